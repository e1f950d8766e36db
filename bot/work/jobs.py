"""Work behind the scenes: jobs that stand in the records, done at least once each, in order, with growing pauses between attempts."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import bindparam, or_, select, update

from bot.clock import Clock
from bot.db import Records, changes_one
from bot.errors import Unavailable
from bot.models.work import Handling, Job

log = logging.getLogger("wenzhen.jobs")
Handler = Callable[
    [str], None
]  # given the subject; may be called again for the same one, and runs with no transaction open
LOOK_S = 0.5
ATTEMPTS = 8
HELD = timedelta(minutes=10)  # a job that was begun is not begun again before, in case its process still lives
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=5)


class Jobs:
    """Does the jobs of the kinds that it has handlers for. One thread of its own.

    Args:
        handlers: Kind to what does it. Jobs of other kinds are left alone.
        between: Called at each look, beside the jobs; each must cost little where there is nothing to do.
    """

    def __init__(
        self,
        records: Records,
        clock: Clock,
        handlers: Mapping[str, Handler],
        *,
        between: Sequence[Callable[[], None]] = (),
    ) -> None:
        self._records = records
        self._clock = clock
        self._handlers = dict(handlers)
        self._between = tuple(between)
        self._oldest_due = (  # built once: it is asked twice a second
            select(Job)
            .where(
                Job.state == Handling.WAITING,
                Job.kind.in_(self._handlers),
                or_(Job.not_before.is_(None), Job.not_before <= bindparam("now")),
            )
            .order_by(Job.id)
            .limit(1)
        )
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def recover(self) -> None:
        """What a killed process had begun is begun anew at once. Only where this process is the only one."""
        if self._records.is_sqlite:
            with self._records.write() as session:
                session.execute(update(Job).where(Job.state == Handling.WAITING).values(not_before=None))

    def start(self) -> None:
        """Begin."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)
        self._thread.start()

    def halt(self) -> None:
        """Begin nothing more."""
        self._stop.set()

    def stop(self, timeout_s: float) -> bool:
        """Begin no other job; whether the present one ended in that time."""
        self.halt()
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                self.run_due()
                for call in self._between:
                    call()
            except Unavailable as error:
                log.warning("jobs wait: %s", type(error).__name__)
            except Exception:
                log.exception("jobs")
            self._stop.wait(LOOK_S)

    def run_due(self) -> int:
        """Do what is due now, the oldest first; how many were begun."""
        begun = 0
        while not self._stop.is_set() and (job := self._take()) is not None:
            begun += 1
            self._do(job)
        return begun

    def _take(self) -> Job | None:
        now = self._clock()
        with self._records.read() as session:
            job = session.scalars(self._oldest_due, {"now": now}).one_or_none()
            if job is None:
                return None
            session.expunge(job)
        with self._records.write() as session:
            taken = changes_one(
                session,
                update(Job)
                .where(Job.id == job.id, Job.state == Handling.WAITING, Job.attempts == job.attempts)
                .values(attempts=Job.attempts + 1, not_before=now + HELD),
            )
        return job if taken else None

    def _do(self, job: Job) -> None:
        try:
            self._handlers[job.kind](job.subject)
        except Exception as error:
            log.exception("job %d (%s)", job.id, job.kind)
            self._failed(job, error)
        else:
            self._end(job, state=Handling.DONE, done_at=self._clock(), problem="")

    def _failed(self, job: Job, error: Exception) -> None:
        attempts = job.attempts + 1
        problem = type(error).__name__  # its words may quote what a firm wrote
        if attempts >= ATTEMPTS:
            self._end(job, state=Handling.DEAD, done_at=self._clock(), problem=problem)
        else:
            pause = min(FIRST_PAUSE * 2**job.attempts, LONGEST_PAUSE)
            self._end(job, not_before=self._clock() + pause, problem=problem)

    def _end(self, job: Job, **values: object) -> None:
        with self._records.write() as session:
            session.execute(update(Job).where(Job.id == job.id).values(**values))
