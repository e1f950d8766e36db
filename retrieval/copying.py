"""Copies the catalogue while it is used, and lets a copy stand in another folder. What is derived from it is built anew there."""

import json
import os
import sqlite3
from pathlib import Path

from retrieval.errors import IndexBroken

CATALOGUE = "catalogue.sqlite"


def copy_catalogue(folder: Path, target: Path) -> bool:
    """Copy the catalogue of an index folder as it is at one moment; False where there is none.

    Raises:
        IndexBroken: the catalogue cannot be read, or the copy is not whole.
    """
    source = folder / CATALOGUE
    if not source.exists():
        return False
    try:
        copy_database(source, target)
    except sqlite3.Error as error:
        raise IndexBroken(f"索引目录册无法复制（{error}），请运行 wenzhen doctor 检查。") from error
    return True


def copy_database(source: Path, target: Path) -> None:
    """Copy a SQLite file as it is at one moment, whoever writes to it; the copy is one file with nothing beside it.

    Raises:
        sqlite3.Error: it cannot be read, or the copy is not whole.
    """
    # Only reads: of two connections that both checkpoint one can corrupt the log of SQLite before 3.51.3.
    reader = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)
    try:
        copy = sqlite3.connect(target)
        try:
            reader.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
            (verdict,) = copy.execute("PRAGMA integrity_check").fetchone()
        finally:
            copy.close()
    finally:
        reader.close()
    if verdict != "ok":
        raise sqlite3.DatabaseError(verdict)


def move_paths(catalogue: Path, *, old: Path, new: Path) -> None:
    """In a catalogue that nobody has open, let files that lay below one folder lie below another."""
    here = os.fsencode(old).rstrip(b"/") + b"/"
    there = os.fsencode(new).rstrip(b"/") + b"/"
    db = sqlite3.connect(catalogue)
    try:
        with db:
            for number, path in db.execute("SELECT number, path FROM files").fetchall():
                if path.startswith(here):
                    db.execute("UPDATE files SET path = ? WHERE number = ?", (there + path.removeprefix(here), number))
            for number, listed in db.execute("SELECT number, paths FROM jobs").fetchall():
                paths = [_moved(Path(path), old, new) for path in json.loads(listed)]
                db.execute("UPDATE jobs SET paths = ? WHERE number = ?", (json.dumps(paths), number))
    finally:
        db.close()


def _moved(path: Path, old: Path, new: Path) -> str:
    return str(new / path.relative_to(old)) if path.is_relative_to(old) else str(path)
