"""Who works a lane: in this process's memory, or in a table where several processes share the records."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import ColumnElement, and_, delete, or_, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.db import Records
from bot.models.work import Lane

LEASE = timedelta(seconds=30)


class Leases(Protocol):
    """A lane has at most one holder at a time. A lease that runs out under slow work costs that work, never a second answer:
    whatever is done in a lane ends its row by a conditional UPDATE in its own transaction."""

    def take(self, lane: str) -> bool:
        """Whether this worker has the lane now."""

    def drop(self, lane: str, *, dropped: bool = False) -> None:
        """Give a lane back; `dropped` where `drop_in` was kept."""

    def drop_in(self, session: Session, lane: str) -> None:
        """Give it back in the transaction that ends the work, which saves one."""

    def elsewhere(self, session: Session) -> frozenset[str]:
        """Lanes that others hold."""

    def renew(self) -> None:
        """Keep what this process holds; to be called well within the time of a lease."""


def leases(records: Records, clock: Clock, lease: timedelta = LEASE) -> Leases:
    """What these records need: SQLite has one process, which the lock of the data directory ensures, so that its memory is enough and
    a message costs no third write to disk."""
    return MemoryLeases() if records.is_sqlite else TableLeases(records, clock, lease)


class MemoryLeases:
    """Leases within one process; they end with it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: set[str] = set()

    def take(self, lane: str) -> bool:
        """Whether this worker has the lane now."""
        with self._lock:
            if lane in self._held:
                return False
            self._held.add(lane)
            return True

    def drop(self, lane: str, *, dropped: bool = False) -> None:
        """Give a lane back."""
        del dropped
        with self._lock:
            self._held.discard(lane)

    def drop_in(self, session: Session, lane: str) -> None:
        """Nothing: `drop` follows."""

    def elsewhere(self, session: Session) -> frozenset[str]:
        """None: there is nobody else."""
        del session
        return frozenset()

    def renew(self) -> None:
        """Nothing runs out."""


class TableLeases:
    """Leases in the table `lanes`, for any number of processes. A row is there only while the lane is held.

    The processes' clocks may differ by much less than a lease.
    """

    def __init__(self, records: Records, clock: Clock, lease: timedelta = LEASE) -> None:
        self._records = records
        self._clock = clock
        self._lease = lease
        self._own = MemoryLeases()  # between the threads of this process
        self._lock = threading.Lock()
        self._held: set[str] = set()
        self.holder = secrets.token_urlsafe(16)

    def take(self, lane: str) -> bool:
        """Whether this worker has the lane now: one statement, which gives the row back when it won."""
        if not self._own.take(lane):
            return False
        now = self._clock()
        mine = {"holder": self.holder, "until": now + self._lease}
        took = False
        try:
            with self._lightly() as session:
                done = session.scalars(
                    postgresql.insert(Lane)
                    .values(lane=lane, **mine)
                    .on_conflict_do_update(
                        index_elements=["lane"],
                        set_=mine,
                        where=or_(Lane.holder.is_(None), Lane.holder == self.holder, ~self._holds(now)),
                    )
                    .returning(Lane.lane)
                )
                took = done.one_or_none() is not None
        finally:
            if not took:
                self._own.drop(lane)
        if took:
            with self._lock:
                self._held.add(lane)
        return took

    def drop(self, lane: str, *, dropped: bool = False) -> None:
        """Give a lane back, unless the work's own transaction did."""
        with self._lock:
            self._held.discard(lane)
        try:
            if not dropped:
                with self._lightly() as session:
                    self.drop_in(session, lane)
        finally:
            self._own.drop(lane)

    def drop_in(self, session: Session, lane: str) -> None:
        """Give it back in the transaction that ends the work."""
        session.execute(delete(Lane).where(Lane.lane == lane, Lane.holder == self.holder))

    def elsewhere(self, session: Session) -> frozenset[str]:
        """Lanes that others hold now."""
        return frozenset(
            session.scalars(select(Lane.lane).where(Lane.holder != self.holder, self._holds(self._clock())))
        )

    def _holds(self, now: datetime) -> ColumnElement[bool]:
        """Whether a lease is neither over nor longer than any: a clock that was set back must not keep a dead process's lanes for an hour."""
        return and_(Lane.until > now, Lane.until <= now + 2 * self._lease)

    def renew(self) -> None:
        """Keep what this process holds."""
        with self._lock:
            held = sorted(self._held)
        if held:
            until = self._clock() + self._lease
            with self._lightly() as session:
                session.execute(update(Lane).where(Lane.lane.in_(held), Lane.holder == self.holder).values(until=until))

    @contextmanager
    def _lightly(self) -> Iterator[Session]:
        with self._records.write() as session:
            # A lease that a crash of the server forgets has only to be taken again: it need not wait for the disk.
            session.execute(text("SET LOCAL synchronous_commit TO OFF"))
            yield session
