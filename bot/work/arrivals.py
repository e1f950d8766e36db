"""Takes in what comes from far chats and has it handled: each chat in the channel's order, every update once.

An update is kept, as it came, before it is confirmed. What it leads to is kept in the one transaction that ends it: a turn of a talk that
`bot.work.lanes` goes on with, words of an engineer to a firm, or an honest sentence. Nothing slow belongs here.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.db import Records
from bot.errors import Busy, Unavailable
from bot.models.channels import Update
from bot.models.work import Handling
from bot.rules.arrivals import Arrival, Put, first_unit
from bot.rules.people import Caller
from bot.rules.worktime import Hours
from bot.services.moment import Moment
from bot.work.leases import Leases, leases

log = logging.getLogger("wenzhen.arrivals")
LANE = "arrivals"  # one process at a time
CHATS = 200  # looked at in one go
READ = 40  # updates of a chat, a little more than are ever joined
ATTEMPTS = 3
PAUSE = timedelta(seconds=0.5)  # of a chat whose words find no room
LOOK_S = 1.0
UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Raw:
    """An update as it came, and what must be known to keep it. `number`: the channel's order."""

    key: str
    chat: str
    number: int
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of a unit: a word for the record, turns that go on in their lanes, and what pops up where something was pressed."""

    outcome: str
    turns: tuple[Put, ...] = ()
    answer: str = ""


class Chats(Protocol):
    """What is done with what comes from chats."""

    def joins(self, session: Session, chat: str) -> bool:
        """Whether short messages behind each other are one there."""

    def handle(self, session: Session, moment: Moment, unit: Sequence[Arrival]) -> Handled:
        """Do it, in the transaction that ends the updates."""

    def apologise(self, session: Session, moment: Moment, unit: Sequence[Arrival]) -> None:
        """Say that it could not be done."""


class Turns(Protocol):
    """Where turns go on."""

    def put(self, session: Session, conversation: str, text: str, *, caller: Caller, key: str, channel: str) -> bool:
        """Keep one as a part of this transaction."""

    def wake(self) -> None:
        """Work off what was put in."""


class _Ended(Exception):
    """Somebody else handled them meanwhile; nothing of this is kept."""


@dataclass(slots=True)
class _Chat:
    ids: list[int] = field(default_factory=list)
    unit: list[Arrival] = field(default_factory=list)
    attempts: int = 0


class Arrivals:
    """One channel's way in. Thread safe.

    Args:
        read: Understands a payload; raises ValueError where it cannot.
        on_handled: Told what was handled and what became of it once that is kept: a press wants an answer, and who wrote may be shown
            that somebody is at it. Must not block.
    """

    def __init__(
        self,
        records: Records,
        channel: str,
        chats: Chats,
        read: Callable[[Mapping[str, Any]], Arrival],
        turns: Turns,
        clock: Clock,
        hours: Hours,
        *,
        held: Leases | None = None,
        on_handled: Callable[[Arrival, Handled], None] | None = None,
    ) -> None:
        self._records = records
        self._channel = channel
        self._chats = chats
        self._read = read
        self._turns = turns
        self._clock = clock
        self._hours = hours
        self._leases = held or leases(records, clock)
        self._on_handled = on_handled
        self._handling = threading.Lock()
        self._parked: dict[str, datetime] = {}
        self._news = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    # --- taking in --------------------------------------------------------------------------------------------------------------------

    def keep(self, updates: Sequence[Raw]) -> int:
        """Keep these; they are on disk when this returns. Gives how many were new.

        Raises:
            DiskFull, Unavailable: none was kept.
        """
        if not updates:
            return 0
        insert = sqlite.insert if self._records.is_sqlite else postgresql.insert
        now = self._clock()
        rows = [
            {
                "channel": self._channel,
                "key": one.key,
                "chat": one.chat,
                "number": one.number,
                "payload": dict(one.payload),
                "state": Handling.WAITING,
                "attempts": 0,
                "outcome": "",
                "received_at": now,
            }
            for one in updates
        ]
        with self._records.write() as session:
            new = [
                session.scalars(
                    insert(Update)
                    .values(row)
                    .on_conflict_do_nothing(index_elements=["channel", "key"])
                    .returning(Update.id)
                ).one_or_none()
                for row in rows
            ]
        for one in updates:
            self._parked.pop(one.chat, None)  # what came may be what was waited for
        self._news.set()
        return sum(one is not None for one in new)

    # --- threads ----------------------------------------------------------------------------------------------------------------------

    def recover(self) -> None:
        """Nothing is to be done for what an earlier process left: it waits as it did."""

    def start(self) -> None:
        """Begin to handle what waits and what comes."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._work, name=f"arrivals-{self._channel}", daemon=True)
        self._thread.start()

    def halt(self) -> None:
        """Begin nothing more."""
        self._stop.set()
        self._news.set()

    def stop(self, timeout_s: float) -> bool:
        """Begin nothing more; whether what was under way ended in that time."""
        self.halt()
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def run_due(self) -> int:
        """Handle all that may be handled now on the caller's thread; how many units that were."""
        handled = 0
        while not self._stop.is_set():
            done = sum(self._step(chat) for chat in self._waiting())
            if not done:
                return handled
            handled += done
        return handled

    def _work(self) -> None:
        while not self._stop.is_set():
            self._news.clear()
            try:
                if self._leases.take(LANE):
                    try:
                        self.run_due()
                    finally:
                        self._leases.drop(LANE)
            except Unavailable as error:
                log.warning("arrivals wait: %s", type(error).__name__)
            except Exception:
                log.exception("arrivals")
            self._news.wait(self._pause_s())

    def _pause_s(self) -> float:
        now = self._clock()
        soonest = min((until - now for until in self._parked.values()), default=timedelta(seconds=LOOK_S))
        return min(LOOK_S, max(0.01, soonest.total_seconds()))

    # --- one chat ---------------------------------------------------------------------------------------------------------------------

    def _waiting(self) -> list[str]:
        now = self._clock()
        self._parked = {chat: until for chat, until in self._parked.items() if until > now}
        with self._records.read() as session:
            rows = session.execute(
                select(Update.chat)
                .where(Update.channel == self._channel, Update.state == Handling.WAITING)
                .group_by(Update.chat)
                .order_by(func.min(Update.id))
                .limit(CHATS + len(self._parked))
            )
            return [chat for (chat,) in rows if chat not in self._parked]

    def _step(self, chat: str) -> bool:
        """Handle the chat's next unit; False where it has to wait."""
        if self._stop.is_set():
            return False
        begun = time.monotonic()
        try:
            with self._handling:
                return self._handle(chat)
        except Busy:
            self._parked[chat] = self._clock() + PAUSE
            return False
        finally:
            if (took := time.monotonic() - begun) > 1:
                log.warning("an update took %.1f s", took)

    def _handle(self, chat: str) -> bool:
        with self._records.read() as session:
            found = self._next(session, chat)
        if found is None:
            return False
        if not found.unit:
            self._end(found, Handling.DEAD, UNREADABLE)
            return True
        try:
            with self._records.write() as session:
                self._take(session, found)
                moment = Moment(self._clock(), self._hours)
                handled = self._chats.handle(session, moment, found.unit)
                for turn in handled.turns:
                    self._turns.put(
                        session, turn.conversation, turn.text, caller=turn.caller, key=turn.key, channel=self._channel
                    )
                _note(session, found, handled.outcome)
        except _Ended:
            return False
        except Unavailable:
            raise
        except Exception:
            log.exception("an update could not be handled")
            self._failed(found)
            return True
        if handled.turns:
            self._turns.wake()
        if self._on_handled is not None:
            self._on_handled(found.unit[-1], handled)
        return True

    def _next(self, session: Session, chat: str) -> _Chat | None:
        rows = session.scalars(
            select(Update)
            .where(Update.channel == self._channel, Update.state == Handling.WAITING, Update.chat == chat)
            .order_by(Update.number, Update.id)
            .limit(READ)
        ).all()
        waiting: list[tuple[datetime, Arrival]] = []
        for row in rows:
            try:
                waiting.append((row.received_at, self._read(row.payload)))
            except ValueError:
                if not waiting:
                    return _Chat([row.id])
                break
        if not waiting:
            return None
        unit = first_unit(waiting, self._clock(), joins=self._chats.joins(session, chat))
        if not unit.count:
            assert unit.until is not None
            self._parked[chat] = unit.until
            return None
        taken = rows[: unit.count]
        return _Chat([row.id for row in taken], [one for _, one in waiting[: unit.count]], taken[0].attempts)

    def _take(self, session: Session, found: _Chat) -> None:
        """End the updates in this transaction; their words stand elsewhere from now on."""
        done = session.scalars(
            update(Update)
            .where(Update.id.in_(found.ids), Update.state == Handling.WAITING)
            .values(state=Handling.DONE, payload={}, done_at=self._clock())
            .returning(Update.id)
            .execution_options(synchronize_session=False)
        ).all()
        if len(done) != len(found.ids):
            raise _Ended

    def _failed(self, found: _Chat) -> None:
        if found.attempts + 1 < ATTEMPTS:
            with self._records.write() as session:
                session.execute(update(Update).where(Update.id.in_(found.ids)).values(attempts=found.attempts + 1))
            return
        self._end(found, Handling.DEAD, "failed")
        with self._records.write() as session:
            self._chats.apologise(session, Moment(self._clock(), self._hours), found.unit)

    def _end(self, found: _Chat, state: Handling, outcome: str) -> None:
        with self._records.write() as session:
            session.execute(
                update(Update)
                .where(Update.id.in_(found.ids), Update.state == Handling.WAITING)
                .values(state=state, outcome=outcome, done_at=self._clock())
            )


def _note(session: Session, found: _Chat, outcome: str) -> None:
    session.execute(
        update(Update)
        .where(Update.id.in_(found.ids))
        .values(outcome=outcome[:40])
        .execution_options(synchronize_session=False)
    )
