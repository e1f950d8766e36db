"""The records as lines of JSON that do not know which database they came from: written from one view, loaded, compared.

Works on the tables that are there, not on the models: what an older program left is copied just as well. A table's lines stand in the
order of its key, so that equal tables have equal lines, whatever the database.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO

from sqlalchemy import JSON, Column, DateTime, MetaData, String, Table, collate, delete, func, insert, select, text
from sqlalchemy.orm import Session

from bot.errors import Invalid

VERSION_TABLE = "alembic_version"  # says of which revision the tables are; never copied
LEDGER_HEAD = "ledger_head"  # holds one row from the beginning
BATCH = 500  # rows


@dataclass(frozen=True, slots=True)
class Content:
    """What a table holds: how many rows, and the SHA-256 of its lines."""

    rows: int
    sha256: str


def tables(session: Session) -> list[Table]:
    """The tables that are there, those that others point to first."""
    found = MetaData()
    found.reflect(session.connection())
    return [table for table in found.sorted_tables if table.name != VERSION_TABLE]


def lines(session: Session, table: Table) -> Iterator[bytes]:
    """A line for each row, in order of the key."""
    keys = [_ordered(session, column) for column in table.primary_key.columns]
    names = [column.name for column in table.columns]
    rows = session.execute(select(table).order_by(*keys).execution_options(yield_per=BATCH))
    for row in rows:
        fields = {name: _plain(value) for name, value in zip(names, row, strict=True)}
        yield json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def write(session: Session, table: Table, file: BinaryIO) -> Content:
    """Put a table's lines into a file."""
    return _told(lines(session, table), file.write)


def content(session: Session) -> dict[str, Content]:
    """What every table holds, by name."""
    return {table.name: _told(lines(session, table), _nowhere) for table in tables(session)}


def is_empty(session: Session) -> bool:
    """Whether there is nothing that somebody could miss: no tables, or none with a row of its own."""
    return not any(
        session.execute(select(func.count()).select_from(table)).scalar_one()
        for table in tables(session)
        if table.name != LEDGER_HEAD
    )


def load(session: Session, sources: Mapping[str, Iterable[bytes]]) -> None:
    """Fill the tables from lines; what a new table holds by itself gives way.

    Raises:
        Invalid: a table or a column is unknown here, or a line cannot be read.
    """
    here = tables(session)
    if unknown := sources.keys() - {table.name for table in here}:
        raise Invalid(f"备份里有这个程序不认识的表：{'、'.join(sorted(unknown))}。")
    for table in reversed(here):
        session.execute(delete(table))
    for table in here:
        _load(session, table, sources.get(table.name, ()))
        _go_on_counting(session, table)


def copy(source: Session, target: Session) -> dict[str, Content]:
    """Fill the target's tables with what the source's hold.

    Raises:
        Invalid: the tables differ, or afterwards their contents do.
    """
    load(target, {table.name: lines(source, table) for table in tables(source)})
    held = content(source)
    compare(held, content(target))
    return held


def compare(wanted: Mapping[str, Content], there: Mapping[str, Content]) -> None:
    """Refuse contents that are not the same.

    Raises:
        Invalid: naming the first table that differs.
    """
    for name in sorted(wanted.keys() | there.keys()):
        first, second = wanted.get(name), there.get(name)
        if first != second:
            counts = f"{first.rows if first else 0} 行对 {second.rows if second else 0} 行"
            raise Invalid(f"核对不符：表 {name} 的内容不一样（{counts}），没有保存。")


def _ordered(session: Session, column: Column[Any]) -> Any:
    # PostgreSQL sorts text by the rules of a language; SQLite by its bytes.
    if isinstance(column.type, String) and session.get_bind().dialect.name == "postgresql":
        return collate(column, "C")
    return column


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return aware.isoformat(timespec="microseconds")
    return value


def _load(session: Session, table: Table, source: Iterable[bytes]) -> None:
    columns = {column.name: column for column in table.columns}
    for column in columns.values():
        if isinstance(column.type, JSON):
            column.type = JSON(none_as_null=True)
    batch: list[dict[str, Any]] = []
    for line in source:
        batch.append(_row(line, columns, table.name))
        if len(batch) == BATCH:
            session.execute(insert(table), batch)
            batch = []
    if batch:
        session.execute(insert(table), batch)


def _row(line: bytes, columns: Mapping[str, Column[Any]], table: str) -> dict[str, Any]:
    try:
        fields = json.loads(line)
        if fields.keys() != columns.keys():
            raise ValueError("other columns")
        return {name: _value(fields[name], column) for name, column in columns.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Invalid(f"备份里表 {table} 的内容读不懂，没有恢复。") from None


def _value(value: Any, column: Column[Any]) -> Any:
    if value is not None and isinstance(column.type, DateTime):
        moment = datetime.fromisoformat(value)
        return moment if getattr(column.type, "timezone", False) else moment.astimezone(UTC).replace(tzinfo=None)
    return value


def _go_on_counting(session: Session, table: Table) -> None:
    """PostgreSQL counts keys in a sequence, which does not notice keys that are given."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for column in table.primary_key.columns:
        sequence = session.execute(
            text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": column.name}
        ).scalar()
        if sequence is not None:
            last = session.execute(select(func.max(column))).scalar()
            session.execute(
                text("SELECT setval(CAST(:sequence AS regclass), :last, :used)"),
                {"sequence": sequence, "last": last or 1, "used": last is not None},
            )


def _told(source: Iterable[bytes], put: Callable[[bytes], object]) -> Content:
    digest, rows = hashlib.sha256(), 0
    for line in source:
        put(line)
        digest.update(line)
        rows += 1
    return Content(rows, digest.hexdigest())


def _nowhere(line: bytes) -> None:
    del line
