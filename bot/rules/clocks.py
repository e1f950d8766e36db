"""The clock of a case: how much working time its engineer has used, and until when it should be solved. Pure.

It runs in the centre's working time from the claim, and stands still while the firm owes an answer and while nobody owns the case. What was used
before a pause, or by an engineer before this one, stays used: a case does not become younger by being passed on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from bot.rules import worktime
from bot.rules.tickets import TicketState
from bot.rules.triage import Urgency
from bot.rules.worktime import Hours

RUNNING = frozenset({TicketState.CLAIMED, TicketState.IN_PROGRESS})
# Working time within which a case should be solved.
RESOLUTION: Mapping[Urgency, timedelta] = MappingProxyType(
    {
        Urgency.CRITICAL: timedelta(hours=4),
        Urgency.HIGH: timedelta(hours=8),
        Urgency.NORMAL: timedelta(hours=24),
        Urgency.LOW: timedelta(hours=40),
    }
)


@dataclass(frozen=True, slots=True)
class Clock:
    """How a clock stands.

    Attributes:
        used: Working time that has run.
        since: Since when it runs now; None while it stands.
    """

    used: timedelta = timedelta(0)
    since: datetime | None = None

    def at(self, hours: Hours, now: datetime) -> timedelta:
        """Working time used until now."""
        return self.used + (
            worktime.working_between(hours, self.since, now) if self.since is not None else timedelta(0)
        )

    def due(self, hours: Hours, allowed: timedelta) -> datetime | None:
        """When so much is used up if nothing happens; None while it stands. Where it is used up already, the moment at which it began to run."""
        if self.since is None:
            return None
        return worktime.add_working(hours, self.since, max(allowed - self.used, timedelta(0)))


def read(hours: Hours, moves: Iterable[tuple[datetime, TicketState]]) -> Clock:
    """The clock after these moves of a case, oldest first."""
    clock = Clock()
    for at, state in moves:
        runs = state in RUNNING
        if runs and clock.since is None:
            clock = Clock(clock.used, at)
        elif not runs and clock.since is not None:
            clock = Clock(clock.at(hours, at))
    return clock
