"""What runs without being asked, started and stopped together."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from bot.clock import SteadyClock
from bot.db import Records
from bot.errors import Unavailable
from bot.work.condition import Condition, Depths, Storing, condition, depths, is_set_back, storing
from bot.work.jobs import Jobs
from bot.work.lanes import Lanes
from bot.work.outbox import Outbox
from bot.work.timers import Timers

log = logging.getLogger("wenzhen.engine")
PULSE_S = 1.0
RENEWED_EVERY = 5  # pulses; a lease lasts much longer
STOPPING_S = 7.0  # a process promises to be gone within ten
PROBED_EVERY_S = 1.0  # whoever asks more often is told what was found last


class Part(Protocol):
    """Something that runs."""

    def recover(self) -> object:
        """Take up what an earlier process left."""

    def start(self) -> None:
        """Begin."""

    def halt(self) -> None:
        """Begin nothing more."""

    def stop(self, timeout_s: float) -> bool:
        """Whether what was under way ended in that time."""


class Engine:
    """Lanes, outbox, jobs and timers of one process. Built at rest: commands that only look never start it."""

    def __init__(
        self,
        records: Records,
        clock: SteadyClock,
        *,
        lanes: Lanes,
        outbox: Outbox,
        timers: Timers,
        jobs: Jobs,
        more: Sequence[Part] = (),
    ) -> None:
        self._records = records
        self._clock = clock
        self._lanes = lanes
        self._outbox = outbox
        self._timers = timers
        self._jobs = jobs
        self._parts: tuple[Part, ...] = (lanes, outbox, jobs, *more)
        self._starting = threading.Lock()
        self._stop = threading.Event()
        self._pulse: threading.Thread | None = None
        self._probing = threading.Lock()
        self._probed: tuple[float, Storing] | None = None

    # --- how it is --------------------------------------------------------------------------------------------------------------------

    def storing(self) -> Storing:
        """Whether messages are stored safely: tried, not guessed."""
        with self._probing:
            if self._probed is None or time.monotonic() - self._probed[0] >= PROBED_EVERY_S:
                self._probed = (time.monotonic(), storing(self._records, self._clock))
            return self._probed[1]

    def condition(self) -> Condition:
        """What waits and what is dead.

        Raises:
            Unavailable: the records are not there.
        """
        return condition(self._records, self._clock)

    def depths(self) -> Depths:
        """How much stands in each state.

        Raises:
            Unavailable: the records are not there.
        """
        return depths(self._records)

    @property
    def under_way(self) -> int:
        """Turns being worked on by this process."""
        return self._lanes.under_way

    @property
    def set_back_s(self) -> float:
        """How far the machine's clock was set back while this runs; 0 where it was not. Deadlines go on as if it had not been."""
        behind = self._clock.behind
        return behind.total_seconds() if is_set_back(behind) else 0.0

    # --- running ----------------------------------------------------------------------------------------------------------------------

    @property
    def is_running(self) -> bool:
        """Whether the threads have been started and not stopped."""
        return self._pulse is not None and not self._stop.is_set()

    def start(self) -> None:
        """Take up what an earlier process left, then what comes; where the records cannot be written yet, as soon as they can."""
        self._stop.clear()
        self._pulse = threading.Thread(target=self._run, name="pulse", daemon=True)
        self._pulse.start()

    def settle(self) -> None:
        """Do the jobs that are due, here and now: for a command that left one and ends before anybody else would do it."""
        if not self.is_running:
            self._jobs.run_due()

    def stop(self, timeout_s: float = STOPPING_S) -> bool:
        """Begin nothing more and finish what is under way; whether all of it ended in that time."""
        if self._pulse is None:
            return True
        deadline = time.monotonic() + timeout_s
        with self._starting:
            self._stop.set()
        for part in self._parts:
            part.halt()
        ended = [
            stop(max(0.0, deadline - time.monotonic())) for stop in (*[part.stop for part in self._parts], self._join)
        ]
        if not all(ended):
            log.warning("stopped with work under way: it is done after the next start")
        return all(ended)

    def _join(self, timeout_s: float) -> bool:
        assert self._pulse is not None
        self._pulse.join(timeout_s)
        return not self._pulse.is_alive()

    def _run(self) -> None:
        while not _quietly(self._begin):
            if self._stop.wait(PULSE_S):
                return
        beats = 0
        while not self._stop.wait(PULSE_S):
            beats += 1
            _quietly(self._timers.tick)
            if beats % RENEWED_EVERY == 0:
                _quietly(self._lanes.renew)
                _quietly(self._outbox.renew)

    def _begin(self) -> None:
        for part in self._parts:
            part.recover()
        with self._starting:
            if not self._stop.is_set():
                for part in self._parts:
                    part.start()


def _quietly(call: Callable[[], object]) -> bool:
    try:
        call()
        return True
    except Unavailable as error:
        log.warning("waiting for the records: %s", type(error).__name__)
    except Exception:
        log.exception("pulse")
    return False
