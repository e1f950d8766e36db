"""The clinic as its doors see it: the records, the time, and who watches. The verbs stand in the files beside this one.

A verb takes the clinic and the caller, opens the one transaction that it needs, and gives plain values in the contract's shape.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.clock import Clock
from bot.db import Records, Session
from bot.errors import Unauthenticated
from bot.profile import Profile
from bot.rules.people import Caller
from bot.rules.worktime import Hours
from bot.services import people
from bot.services.moment import Moment
from bot.work.files import Files
from bot.work.hub import Hub
from retrieval.protocols import Finder


@dataclass(frozen=True, slots=True)
class Clinic:
    """What every verb of the clinic needs."""

    records: Records
    clock: Clock
    hours: Hours
    profile: Profile
    hub: Hub
    finder: Finder | None = None  # shows engineers cases like theirs; without it they see none
    files: Files | None = None  # where what is sent in talks lies; without it none can be sent

    def moment(self) -> Moment:
        """Now."""
        return Moment(self.clock(), self.hours)

    @contextmanager
    def writing(self, caller: Caller) -> Iterator[Session]:
        """The one transaction of what a caller does, kept unless the caller was deleted since the door let him in.

        Raises:
            Unauthenticated: so it was; nothing is kept.
            DiskFull, Busy, Unavailable: as `Records.write`.
        """
        with self.records.write() as session:
            yield session
            if people.is_forgotten(session, caller.person):
                raise Unauthenticated("这个账号已经注销，这一步没有保存。")
