"""Transactions: all or nothing, one writer, readers that cannot write, moments that keep their zone."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import func, select, text

from bot.db import DiskFull, Records, sqlite_url
from bot.errors import BotError, Invalid, Unavailable
from bot.models.people import Organisation
from bot.services import schema
from bot.services.conversations import touched

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone(timedelta(hours=8)))


def firm(name: str = "甲厂") -> Organisation:
    return Organisation(id=f"o_{name}", name=name, created_at=NOON)


def count(records: Records) -> int:
    with records.read() as session:
        return session.scalar(select(func.count()).select_from(Organisation)) or 0


def test_a_transaction_that_fails_keeps_nothing(records: Records) -> None:
    with pytest.raises(RuntimeError), records.write() as session:
        session.add(firm())
        session.flush()
        raise RuntimeError
    assert count(records) == 0


def test_watchers_are_told_after_the_commit_and_not_without_one(records: Records) -> None:
    told: list[tuple[frozenset[str], int]] = []
    records.on_commit = lambda topics: told.append((topics, count(records)))
    with records.write() as session:
        session.add(firm())
        touched(session, "pool")
        assert told == []
    with pytest.raises(RuntimeError), records.write() as session:
        touched(session, "other")
        raise RuntimeError
    assert told == [(frozenset({"pool"}), 1)]


def test_a_moment_comes_back_aware_and_in_utc(records: Records) -> None:
    with records.write() as session:
        session.add(firm())
    with records.read() as session:
        kept = session.scalars(select(Organisation)).one().created_at
    assert kept == NOON
    assert kept.tzinfo is UTC


def test_a_moment_without_a_zone_is_a_mistake(records: Records) -> None:
    with pytest.raises(Exception, match="time zone"), records.write() as session:
        session.add(Organisation(id="o", name="甲厂", created_at=datetime(2026, 1, 1)))  # noqa: DTZ001


def test_a_reader_sees_one_moment(records: Records) -> None:
    with records.read() as reading:
        before = reading.scalar(select(func.count()).select_from(Organisation))
        with records.write() as session:
            session.add(firm())
        assert reading.scalar(select(func.count()).select_from(Organisation)) == before == 0
    assert count(records) == 1


def test_a_reader_on_sqlite_cannot_write(tmp_path: Path) -> None:
    records = Records(sqlite_url(tmp_path / "records.sqlite"))
    schema.upgrade(records)
    with pytest.raises(BotError), records.read() as session:
        session.execute(text("delete from organisations"))
    records.close()


def test_sqlite_commits_are_on_disk_and_deleted_words_are_wiped(tmp_path: Path) -> None:
    records = Records(sqlite_url(tmp_path / "records.sqlite"))
    with records.write() as session:
        pragmas = {
            name: session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1}
    records.close()


def test_writers_on_sqlite_wait_for_each_other(tmp_path: Path) -> None:
    records = Records(sqlite_url(tmp_path / "records.sqlite"))
    schema.upgrade(records)
    inside, leave = Event(), Event()

    def hold() -> None:
        with records.write() as session:
            session.add(firm("甲厂"))
            inside.set()
            leave.wait(10)

    holder = Thread(target=hold)
    holder.start()
    inside.wait(10)
    second = Thread(target=lambda: _add(records, "乙厂"))
    second.start()
    second.join(0.2)
    assert second.is_alive()
    leave.set()
    second.join(10)
    holder.join(10)
    assert count(records) == 2
    records.close()


def _add(records: Records, name: str) -> None:
    with records.write() as session:
        session.add(firm(name))


def test_a_full_disk_is_said_and_keeps_nothing(tmp_path: Path) -> None:
    records = Records(sqlite_url(tmp_path / "records.sqlite"))
    schema.upgrade(records)
    with records.write() as session:
        pages = session.execute(text("PRAGMA page_count")).scalar_one()
        session.execute(text(f"PRAGMA max_page_count={pages}"))
    with pytest.raises(DiskFull), records.write() as session:
        session.add(firm("甲" * 1_000_000))
    assert count(records) == 0
    records.close()


@pytest.mark.parametrize("url", ["", "mysql://u@h/d", "sqlite://", "not an address", "postgresql+asyncpg"])
def test_an_address_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(Invalid):
        Records(url)


def test_a_server_that_is_not_there_is_unavailable() -> None:
    records = Records("postgresql://nobody@127.0.0.1:1/none?connect_timeout=1")
    with pytest.raises(Unavailable), records.write() as session:
        session.execute(text("select 1"))
