"""Deadlines and waves of offers: each second, whatever has become due is done, every ticket in a transaction of its own."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.db import Records, Session
from bot.errors import BotError, Conflict
from bot.rules.worktime import Hours
from bot.services import offers, tickets
from bot.services.moment import Moment
from bot.work.leases import Leases

log = logging.getLogger("wenzhen.timers")
AGAIN = timedelta(minutes=5)  # until a ticket whose deadline could not be passed is tried again
Act = Callable[[Session, Moment, str], None]
LANE = "timers"  # one process at a time: a reminder is not a move, so nothing else would make it single


class Timers:
    """Passes the deadlines of tickets and invites the next engineers. One thread at a time.

    Args:
        leases: Who among several processes does it.
    """

    def __init__(self, records: Records, clock: Clock, hours: Hours, leases: Leases) -> None:
        self._records = records
        self._clock = clock
        self._hours = hours
        self._leases = leases
        self._failed: dict[str, datetime] = {}  # when to try again

    def tick(self) -> int:
        """Do all that is due now; how many deadlines were passed and waves invited. Nothing where another process is at it.

        Raises:
            Unavailable: the records are not there.
        """
        due = self._due()
        if not due or not self._leases.take(LANE):
            return 0
        try:
            return sum(self._pass(act, ref) for act, ref in due)
        finally:
            self._leases.drop(LANE)

    def _due(self) -> list[tuple[Act, str]]:
        now = self._clock()
        self._failed = {ref: until for ref, until in self._failed.items() if until > now}
        limit = 50 + len(self._failed)
        with self._records.read() as session:
            found: list[tuple[Act, str]] = [(_widen, ref) for ref in offers.due_waves(session, now, limit)]
            found += [(_pass_deadline, ref) for ref in tickets.overdue(session, now, limit)]
        return [(act, ref) for act, ref in found if ref not in self._failed]

    def _pass(self, act: Act, ref: str) -> bool:
        try:
            with self._records.write() as session:
                act(session, Moment(self._clock(), self._hours), ref)
        except Conflict:  # someone moved it in this very moment
            return False
        except BotError:
            raise
        except Exception:
            log.exception("what is due for %s could not be done", ref)
            self._failed[ref] = self._clock() + AGAIN
            return False
        return True


def _widen(session: Session, moment: Moment, ref: str) -> None:
    offers.widen(session, moment, ref)


def _pass_deadline(session: Session, moment: Moment, ref: str) -> None:
    tickets.pass_deadline(session, moment, ref)
