"""Everything in one file while the clinic runs, all of it back into an empty place, and the records from one database to another.

A backup holds the records as of one moment, the catalogue of the index, the profile and the files of the data directory. What can be
built anew (vectors' store, keywords) and what must not leave the machine (the secret) is not in it.
"""

import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from bot import directory
from bot.db import Records, Session
from bot.errors import BotError, Conflict, Invalid, Unavailable
from bot.services import archive, ledger, portable, schema
from bot.services.archive import Manifest, Reading, Writing
from retrieval.copying import CATALOGUE, copy_catalogue, move_paths

log = logging.getLogger("wenzhen.backup")
Progress = Callable[[str, int, int], None]
INDEX = "index"
KEPT = (
    "profile.toml",
    "holidays.toml",
    "solutions",
    "shipped",
    "uploads",
    "files",
)  # of the data directory, beside records and index
NOTHING = frozenset({directory.LOCK, directory.SECRET, directory.RESTORING})  # what an empty data directory may hold


# --- out ------------------------------------------------------------------------------------------------------------------------------


def backup(records: Records, folder: Path, target: Path, *, now: datetime, progress: Progress) -> dict[str, Any]:
    """Put everything into one file; who works goes on working.

    Args:
        folder: The data directory.
        target: The file; another backup of this name is replaced once the new one is checked.

    Returns:
        path, bytes, rows (by table), files.

    Raises:
        Conflict: there is another kind of file of this name.
        Unavailable: it cannot be written.
        IndexBroken: the catalogue cannot be read.
    """
    with records.read() as session:
        revision = schema.revision_of(session)
        if revision is None:
            raise Conflict("还没有任何记录，不用备份；先启动一次 wenzhen serve。")
        manifest = Manifest(revision, str(folder.absolute()), now)
        with archive.writing(target, manifest) as made:
            _put_records(session, made, progress)
            progress("备份索引和文件", 0, 0)
            _put_catalogue(folder, made, near=target.parent)
            for name, path in _files(folder):
                made.copy(name, path)
    rows = {name: held.rows for name, held in manifest.content.items()}
    log.info("backup: %d rows, %d files", sum(rows.values()), len(manifest.parts) - len(rows))
    return {
        "path": str(target),
        "bytes": target.stat().st_size,
        "rows": rows,
        "files": len(manifest.parts) - len(rows),
    }


def _put_records(session: Session, made: Writing, progress: Progress) -> None:
    tables = portable.tables(session)
    for number, table in enumerate(tables):
        progress("备份记录", number, len(tables))
        made.table(table.name, portable.lines(session, table))


def _put_catalogue(folder: Path, made: Writing, *, near: Path) -> None:
    with tempfile.TemporaryDirectory(dir=near, prefix=".wenzhen-") as scratch:
        copy = Path(scratch) / CATALOGUE
        if copy_catalogue(folder / INDEX, copy):
            made.copy(f"{INDEX}/{CATALOGUE}", copy)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Names and paths of what is kept beside records and index; what is only being written is hidden and left out."""
    for kept in KEPT:
        path = folder / kept
        if path.is_file():
            yield kept, path
        for below in sorted(path.rglob("*")):
            parts = below.relative_to(folder).parts
            if below.is_file() and not below.is_symlink() and not any(part.startswith(".") for part in parts):
                yield "/".join(parts), below


# --- back -----------------------------------------------------------------------------------------------------------------------------


def restore(path: Path, folder: Path, url: str, *, progress: Progress) -> dict[str, Any]:
    """Bring a backup into an empty data directory, and its records into an empty database. All of it, or nothing.

    Killed half way it leaves a mark: nothing else starts in the directory, and restoring again begins anew.

    Args:
        folder: The data directory, held by this process.
        url: Of the records.

    Returns:
        rows (by table), files, ledger (whether its chain is whole).

    Raises:
        Invalid: the file is no backup, damaged, or of a newer program.
        Conflict: directory or database are not empty.
        Unavailable: they cannot be written.
    """
    with archive.reading(path) as read:
        progress("检查备份", 0, 0)
        read.check()
        _check_revision(path, read.manifest.revision)
        again = _check_empty(folder)
        with _marked(folder):
            records = Records(url)
            try:
                with records.write() as session:
                    progress("恢复文件", 0, 0)
                    _put_back(read, folder)
                    progress("恢复记录", 0, 0)
                    _load(session, read, again=again)
                    verdict = ledger.verify(session)
                schema.upgrade(records)
            finally:
                records.close()
        rows = {name: held.rows for name, held in read.manifest.content.items()}
        return {"rows": rows, "files": len(read.files()), "ledger": verdict.as_json()}


def _check_revision(path: Path, revision: str) -> None:
    try:
        schema.check_known(revision)
    except Unavailable:
        raise Invalid(f"备份文件 {path} 是更新版本的程序做的，请先升级程序再恢复。") from None


def _check_empty(folder: Path) -> bool:
    """Whether an earlier restoring was killed here; what it left is cleared: the directory was empty before it."""
    killed = (folder / directory.RESTORING).exists()
    if killed:
        _clear(folder)
    there = sorted(entry.name for entry in folder.iterdir() if entry.name not in NOTHING)
    if there:
        raise Conflict(f"数据目录 {folder} 里已有 {there[0]} 等内容，只能恢复到空目录；请用 --data 另选一个目录。")
    return killed


def _load(session: Session, read: Reading, *, again: bool) -> None:
    wanted, revision = read.manifest.content, schema.revision_of(session)
    if not portable.is_empty(session):
        if again and portable.content(session) == wanted:
            return  # the kill came between the records' commit and the removal of the mark
        raise Conflict("数据库里已有记录，只能恢复到空数据库；请在 WENZHEN_DATABASE_URL 里另给一个空库。")
    if revision is None:
        schema.upgrade_within(session, read.manifest.revision)
    elif revision != read.manifest.revision:
        raise Conflict("数据库里已有另一个版本的空表；请在 WENZHEN_DATABASE_URL 里另给一个全新的空库。")
    portable.load(session, read.tables())
    portable.compare(wanted, portable.content(session))


def _put_back(read: Reading, folder: Path) -> None:
    try:
        for name in read.files():
            read.extract(name, folder / name)
    except OSError as error:
        raise Unavailable(f"数据目录 {folder} 写不进去（{error.strerror}），没有恢复；请检查磁盘空间。") from error
    catalogue = folder / INDEX / CATALOGUE
    if catalogue.exists() and read.manifest.folder:
        move_paths(catalogue, old=Path(read.manifest.folder), new=folder.absolute())


@contextmanager
def _marked(folder: Path) -> Iterator[None]:
    """While the block runs the directory is marked; afterwards everything is there, or nothing."""
    mark = folder / directory.RESTORING
    try:
        mark.touch(mode=0o600)
        _sync(folder)
    except OSError as error:
        raise Unavailable(f"数据目录 {folder} 写不进去（{error.strerror}），没有恢复；请检查权限。") from error
    try:
        yield
    except BaseException:
        _clear(folder)
        mark.unlink(missing_ok=True)
        raise
    _sync(folder)
    mark.unlink()


def _clear(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.name in NOTHING:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --- over -----------------------------------------------------------------------------------------------------------------------------


def migrate(records: Records, url: str, *, progress: Progress) -> dict[str, Any]:
    """Copy the records into another, empty database; the old one stays as it is. Nobody may write to it meanwhile.

    Returns:
        rows (by table), ledger, address (of the other database, without its password).

    Raises:
        Invalid: the address cannot be used, or afterwards the contents differ.
        Conflict: the other database is not empty, or the ledger is broken.
        Unavailable: one of the databases is not there.
    """
    target = Records(url)
    path = Path(target.url.database or "") if target.is_sqlite else None
    is_new = path is not None and not path.exists()
    try:
        with records.read() as source, target.write() as session:
            _prepare_copy(source, session)
            progress("迁移记录", 0, 0)
            held = portable.copy(source, session)
            verdict = ledger.verify(session)
            if verdict.broken_at is not None:
                raise Conflict(
                    f"账本第 {verdict.broken_at} 条{verdict.problem}，没有迁移；请先运行 wenzhen ledger verify。"
                )
    except BotError:
        target.close()
        if path is not None and is_new:
            path.unlink(missing_ok=True)
        raise
    target.close()
    shown = target.url.set(drivername=target.url.get_backend_name()).render_as_string(hide_password=True)
    return {
        "rows": {name: content.rows for name, content in held.items()},
        "ledger": verdict.as_json(),
        "address": shown,
    }


def _prepare_copy(source: Session, target: Session) -> None:
    revision = schema.revision_of(source)
    if revision is None:
        raise Conflict("还没有任何记录，不用迁移：直接设置 WENZHEN_DATABASE_URL 即可。")
    have = schema.revision_of(target)
    if not portable.is_empty(target):
        raise Conflict("目标数据库里已有记录，只能迁移到空数据库。")
    if have is None:
        schema.upgrade_within(target, revision)
    elif have != revision:
        raise Conflict("目标数据库里已有另一个版本的空表，请给一个全新的空库。")
