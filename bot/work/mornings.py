"""Greets the clerks with the figures of the day before, once on each working day, as soon as the centre opens."""

from datetime import date

from bot.clock import Clock
from bot.db import Records
from bot.rules.worktime import CHINA, Hours, is_open
from bot.services import figures
from bot.work.leases import Leases

LANE = "mornings"  # one process at a time


class Mornings:
    """Called at each look of the jobs; costs nothing once the day is greeted."""

    def __init__(self, records: Records, clock: Clock, hours: Hours, leases: Leases) -> None:
        self._records = records
        self._clock = clock
        self._hours = hours
        self._leases = leases
        self._greeted: date | None = None

    def look(self) -> None:
        """Greet, if it is time and nobody has.

        Raises:
            Unavailable: the records are not there.
        """
        now = self._clock()
        today = now.astimezone(CHINA).date()
        if today == self._greeted or not is_open(self._hours, now) or not self._leases.take(LANE):
            return
        try:
            with self._records.write() as session:
                if not figures.is_told(session, today):
                    figures.greet(session, now, today)
            self._greeted = today
        finally:
            self._leases.drop(LANE)
