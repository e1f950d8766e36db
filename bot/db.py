"""The records' engine and the one function that commits.

SQLite: write-ahead log, every commit on disk before it returns. One connection writes and checkpoints, readers beside it cannot (before
3.51.3 two that do both at once can corrupt the log). PostgreSQL: an ordinary pool; what must be exclusive is a conditional UPDATE on both.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from sqlalchemy import CursorResult, DateTime, Engine, Update, create_engine, event
from sqlalchemy.engine import URL, Dialect, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.orm import Session as Session  # named by rooms that may not import the ORM
from sqlalchemy.pool import QueuePool
from sqlalchemy.types import TypeDecorator

from bot.errors import Busy, Invalid, Unavailable

log = logging.getLogger("wenzhen.records")
BUSY_MS = 10_000
READERS = 8
WRITERS = 16  # PostgreSQL only


_UNSYNCHRONISED = {"synchronize_session": False}


class DiskFull(Unavailable):
    """The records cannot grow; nothing of this transaction was kept."""


class Instant(TypeDecorator[datetime]):
    """An aware moment; UTC in the database, UTC when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; SQLite holds no offset."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware again."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Records:
    """The records of one clinic. Thread safe.

    Args:
        url: `sqlite:///path` or `postgresql+psycopg://…`.

    Raises:
        Invalid: the address is none that can be used.
    """

    def __init__(self, url: str) -> None:
        self.url = _checked(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writing = threading.Lock()
        self.on_commit: Callable[[frozenset[str]], None] = _tell_nobody  # given the topics that were touched
        if self.is_sqlite:
            path = Path(self.url.database or "")
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = _sqlite(path, writes=True)
            self._reader = _sqlite(path, writes=False)
        else:
            self._writer = create_engine(self.url, pool_size=WRITERS, max_overflow=0, pool_pre_ping=True)
            self._reader = self._writer

    @property
    def engine(self) -> Engine:
        """The engine that writes; for migrations."""
        return self._writer

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction: everything in the block is kept at its end, or nothing. The only place that commits.

        No embedding, retrieval, model or network call belongs inside: on SQLite everyone else waits.

        Raises:
            DiskFull: there is no room.
            Busy: others held what was needed; the same may succeed a moment later.
            Unavailable: the database is not there.
        """
        with self._exclusively(), _translated(), Session(self._writer, expire_on_commit=False) as session:
            with session.begin():
                yield session
            topics = frozenset(session.info.get("topics", ()))
        if topics:
            self.on_commit(topics)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A view of one moment; writing in it fails on SQLite and is thrown away on PostgreSQL.

        Raises:
            Unavailable: the database is not there.
        """
        with _translated(), Session(self._reader, expire_on_commit=False, autoflush=False) as session:
            if not self.is_sqlite:
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session
            session.rollback()

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        if not self._writing.acquire(timeout=BUSY_MS / 1000):
            raise Busy("现在记录写入太忙，请稍后再试。")
        try:
            yield
        finally:
            self._writing.release()

    def forget(self) -> bool:
        """Write SQLite's file afresh, so that what was deleted stands nowhere in it, nor in the write-ahead log.

        Zeroing deleted cells is not enough: when pages are split, copies stay in the gaps between cells. Everyone who writes waits, about
        a second for each 100 MB.

        Returns:
            Whether it is done; False where somebody reads an older state for longer than one waits, or the disk has no room for it. The
            log is emptied at the latest when the records are closed.

        Raises:
            Busy: others wrote for too long.
        """
        if not self.is_sqlite:
            return True
        import sqlite3

        with self._exclusively():
            connection = self._writer.raw_connection()
            try:
                cursor = connection.cursor()
                cursor.execute("VACUUM")
                blocked, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            except sqlite3.OperationalError as error:
                log.error("records: could not be written afresh: %s", error)
                return False
            finally:
                connection.close()
        if blocked:
            log.warning("records: the log could not be emptied, somebody is still reading an older state")
        return not blocked

    def close(self) -> None:
        """Give back every connection; the writer goes last, so that it is the one to checkpoint."""
        self._reader.dispose()
        self._writer.dispose()


def changes_one(session: Session, statement: Update, given: Mapping[str, Any] | None = None) -> bool:
    """Run a conditional UPDATE; whether it found its one row as expected. Whoever it loses against has changed the row meanwhile."""
    return changed(session, statement, given) == 1


def changed(session: Session, statement: Update, given: Mapping[str, Any] | None = None) -> int:
    """Run an UPDATE; how many rows it found."""
    done = cast(CursorResult[Any], session.execute(statement, given, execution_options=_UNSYNCHRONISED))
    return done.rowcount


def sqlite_url(path: Path) -> str:
    """The address of a SQLite file."""
    return URL.create("sqlite", database=str(path)).render_as_string()


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise Invalid("数据库地址写得不对，应为 postgresql://用户:口令@主机/库名。") from None
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        return parsed
    raise Invalid("数据库只支持 SQLite 文件和 PostgreSQL，请检查 WENZHEN_DATABASE_URL。")


def _sqlite(path: Path, *, writes: bool) -> Engine:
    import sqlite3

    def connect() -> sqlite3.Connection:
        mode = "rwc" if writes else "ro"
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode={mode}",
            uri=True,
            timeout=BUSY_MS / 1000,
            isolation_level=None,
            check_same_thread=False,
        )
        statements = ["PRAGMA foreign_keys=ON"]
        if writes:
            # What a person had deleted must not survive in free pages.
            statements += ["PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA secure_delete=ON"]
        for statement in statements:
            connection.execute(statement)
        return connection

    engine = create_engine(
        "sqlite://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=1 if writes else READERS,
        max_overflow=0,
        pool_timeout=BUSY_MS / 1000,
    )
    begin = "BEGIN IMMEDIATE" if writes else "BEGIN"

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # The driver would begin late, after the first read: two that read first and write then would both go on.
        connection.exec_driver_sql(begin)

    return engine


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise _meaning(error) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise _meaning(error) from error
        raise


def _meaning(error: DBAPIError) -> Unavailable:
    words = str(error.orig)
    log.error("records: %s", words.splitlines()[0] if words else type(error).__name__)
    if "full" in words or "No space left" in words:
        return DiskFull("磁盘空间不足，这一步没有保存；请联系中心腾出空间后再试。")
    if any(sign in words for sign in ("locked", "deadlock", "could not serialize", "timeout")):
        return Busy("现在记录写入太忙，请稍后再试。")
    return Unavailable("记录暂时打不开，这一步没有保存，请稍后再试。")


def _tell_nobody(topics: frozenset[str]) -> None:
    del topics
