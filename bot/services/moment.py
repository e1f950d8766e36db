"""When something happens: the time now, and the centre's working hours that promises are made in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules import worktime
from bot.rules.worktime import Hours


@dataclass(frozen=True, slots=True)
class Moment:
    """Now (aware), and the working time of the centre."""

    now: datetime
    hours: Hours

    def working(self, span: timedelta) -> datetime:
        """The moment when that much working time has passed."""
        return worktime.add_working(self.hours, self.now, span)
