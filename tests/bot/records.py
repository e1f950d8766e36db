"""Records for tests: SQLite in a folder of its own, and a PostgreSQL of this test run."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from bot.db import Records, sqlite_url
from bot.services import schema

_NUMBERS = itertools.count()


@contextmanager
def sqlite_records(folder: Path) -> Iterator[Records]:
    """Empty records in a file."""
    records = Records(sqlite_url(folder / "records.sqlite"))
    schema.upgrade(records)
    try:
        yield records
    finally:
        records.close()


@contextmanager
def postgres_records(server: str, *, upgraded: bool = True) -> Iterator[Records]:
    """Empty records in a database of their own on this server; without tables where they are not to be `upgraded`."""
    name = f"wenzhen_{next(_NUMBERS)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    records = Records(address_of(server, name))
    if upgraded:
        schema.upgrade(records)
    try:
        yield records
    finally:
        records.close()
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def address_of(server: str, database: str) -> str:
    """The address of another database on the same server."""
    head, _, query = server.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{database}" + (f"?{query}" if query else "")
