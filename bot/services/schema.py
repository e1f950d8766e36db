"""The shape of the tables: brought up to the present one, never by hand.

Every start looks whether there is anything to do; Alembic, which takes longer to load than all the rest of it, is asked only if there is.
"""

from __future__ import annotations

import itertools
import os
import re
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, func, inspect, select, table
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.db import Records, sqlite_url
from bot.errors import Invalid, Unavailable
from bot.services import archive, portable
from bot.services.archive import Manifest
from bot.services.portable import VERSION_TABLE, Content
from retrieval.copying import copy_database

if TYPE_CHECKING:
    from alembic.config import Config

FOLDERS = (Path(__file__).parents[1] / "migrations" / "versions",)
STEP = re.compile(r"^(?P<name>(?:down_)?revision)\b[^=\n]*= *[\"'](?P<id>\w+)[\"']", re.MULTILINE)
UPGRADING = 0x77656E7A68656E  # of the lock; any number that nobody else on this database uses
NOT_THERE = "记录的数据库打不开，请检查 WENZHEN_DATABASE_URL、数据库是否在运行、磁盘与权限。"


def config() -> Config:
    """Alembic, configured in code: there is no ini file to lose."""
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", "bot:migrations")
    settings.set_main_option("path_separator", "os")
    return settings


def revisions() -> dict[str, str | None]:
    """Each revision that this program knows, and the one before it; read from the files, as `revision = ` stands in them."""
    found: dict[str, str | None] = {}
    for file in (file for folder in FOLDERS for file in folder.glob("*.py")):
        ids = {match["name"]: match["id"] for match in STEP.finditer(file.read_text(encoding="utf-8"))}
        found[ids["revision"]] = ids.get("down_revision")
    return found


def head() -> str:
    """The newest revision that this program knows."""
    steps = revisions()
    (newest,) = steps.keys() - set(steps.values())
    return newest


def current(records: Records) -> str | None:
    """The revision of these records; None when they are empty.

    Raises:
        Unavailable: the database is not there.
    """
    try:
        with records.engine.connect() as connection:
            return _stamped(connection)
    except OperationalError as error:
        raise Unavailable(NOT_THERE) from error


def revision_of(session: Session) -> str | None:
    """The revision of the records as this transaction sees them; None when they are empty."""
    return _stamped(session.connection())


def _stamped(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.scalar(select(column("version_num")).select_from(table(VERSION_TABLE)))


def check_known(revision: str | None) -> None:
    """Refuse a revision that this program does not know.

    Raises:
        Unavailable: a newer program has made it.
    """
    if revision is not None and revision not in revisions():
        raise Unavailable(
            f"记录是更新版本的程序写的（版本 {revision}），这个程序读不了；请升级程序，或换一个数据目录。"
        )


def upgrade(records: Records, *, to: str = "head", backups: Path | None = None) -> Path | None:
    """Bring the tables up; all steps in one transaction, or none.

    Args:
        backups: The folder that first gets a checked copy of records that are not empty; None makes none.

    Returns:
        The copy, where one was made.

    Raises:
        Unavailable: a newer program has made the records, or the copy cannot be made.
    """
    have, wanted = current(records), head() if to == "head" else to
    check_known(have)
    if have == wanted:
        return None
    copy = _copy(records, have, wanted, backups) if have is not None and backups is not None else None
    with records.engine.begin() as connection:
        if not records.is_sqlite:
            # Processes that start together: one does it, the others wait and find it done.
            connection.execute(select(func.pg_advisory_xact_lock(UPGRADING)))
        if _stamped(connection) != wanted:
            _run(connection, wanted)
    return copy


def upgrade_within(session: Session, to: str) -> None:
    """Bring the tables up as a part of this transaction."""
    _run(session.connection(), to)


def _run(connection: Connection, to: str) -> None:
    from alembic import command

    settings = config()
    settings.attributes["connection"] = connection
    command.upgrade(settings, to)


def _copy(records: Records, have: str, wanted: str, folder: Path) -> Path | None:
    """A copy of the records as they are before the upgrade, compared with them table by table; None where they hold nothing."""
    with records.read() as session:
        if portable.is_empty(session):
            return None
        path = folder
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = _free(folder, f"records-{have}-before-{wanted}", ".sqlite" if records.is_sqlite else ".zip")
            if records.is_sqlite:
                _copy_file(Path(records.url.database or ""), path, portable.content(session))
            else:
                with archive.writing(path, Manifest(revision=have)) as made:
                    for table in portable.tables(session):
                        made.table(table.name, portable.lines(session, table))
        except (OSError, sqlite3.Error, Invalid, Unavailable) as error:
            raise Unavailable(f"升级前的备份 {path} 做不成（{error}），没有升级；请检查磁盘空间。") from error
    return path


def _copy_file(source: Path, path: Path, wanted: Mapping[str, Content]) -> None:
    unfinished = path.with_name(f".{path.name}")
    try:
        unfinished.unlink(missing_ok=True)
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        copy_database(source, unfinished)
        copy = Records(sqlite_url(unfinished))
        try:
            with copy.read() as session:
                portable.compare(wanted, portable.content(session))
        finally:
            copy.close()
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _free(folder: Path, stem: str, suffix: str) -> Path:
    names = (f"{stem}{f'-{number}' if number else ''}{suffix}" for number in itertools.count())
    return next(folder / name for name in names if not (folder / name).exists())
