"""The time, as an argument. Nobody below the entry points asks the machine for it."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]  # aware, in UTC
SLACK = timedelta(seconds=2)  # an ordinary correction; a clock that is further behind was set back


class SteadyClock:
    """The wall clock, except that it never goes back: leases and deadlines must not be lived through twice.

    Thread safe. Set back, it goes on from where it was at the pace of the monotonic clock, until the wall is right again.
    """

    def __init__(
        self, wall: Clock = lambda: datetime.now(UTC), monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._wall = wall
        self._monotonic_s = monotonic_s
        self._lock = threading.Lock()
        self._highest = wall()
        self._since_s = monotonic_s()

    def __call__(self) -> datetime:
        """Now."""
        with self._lock:
            ticks_s = self._monotonic_s()
            steady = self._highest + timedelta(seconds=ticks_s - self._since_s)
            self._highest, self._since_s = max(self._wall(), steady), ticks_s
            return self._highest

    @property
    def behind(self) -> timedelta:
        """How far the machine's own clock stands behind this one; more than SLACK means that it was set back."""
        return max(self._highest - self._wall(), timedelta())
