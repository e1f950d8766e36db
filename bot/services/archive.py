"""A backup file: a zip of named parts, and a manifest with what each must hold. Whole under its name or not there at all."""

import hashlib
import json
import lzma
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.errors import Conflict, Invalid, Unavailable
from bot.services.portable import Content

FORMAT = 1
MANIFEST = "manifest.json"
RECORDS = "records/"
_TABLE = re.compile(rf"{RECORDS}(?P<table>[a-z_]+)\.jsonl")
_NAME = re.compile(r"(?:[^/\\\x00]+/)*[^/\\\x00]+")
_CHUNK = 1 << 20
# What the library raises on a file of which single bytes are wrong, found by trying.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    LookupError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
)
DAMAGED = "备份文件 {path} 已损坏（{what}），没有恢复任何东西；请换一份备份。"


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its length in bytes, its SHA-256, and its rows where it is a table."""

    size: int
    sha256: str
    rows: int | None = None


@dataclass(slots=True)
class Manifest:
    """What a backup holds. `revision`: of the tables; `folder`: the data directory it was made of; `made_at` may not be known."""

    revision: str
    folder: str = ""
    made_at: datetime | None = None
    parts: dict[str, Part] = field(default_factory=dict)

    @property
    def content(self) -> dict[str, Content]:
        """What every table holds, by name."""
        return {
            found["table"]: Content(part.rows or 0, part.sha256)
            for name, part in self.parts.items()
            if (found := _TABLE.fullmatch(name))
        }

    def as_json(self) -> dict[str, Any]:
        """As it stands in the file."""
        return {
            "format": FORMAT,
            "made_at": self.made_at.isoformat() if self.made_at else None,
            "revision": self.revision,
            "folder": self.folder,
            "parts": {
                name: {"size": part.size, "sha256": part.sha256, "rows": part.rows} for name, part in self.parts.items()
            },
        }


class Writing:
    """A backup in the making."""

    def __init__(self, file: zipfile.ZipFile, manifest: Manifest) -> None:
        self._file = file
        self.manifest = manifest

    def table(self, name: str, lines: Iterable[bytes]) -> None:
        """Add a table by its lines."""
        self._put(f"{RECORDS}{name}.jsonl", lines, counts=True)

    def copy(self, name: str, path: Path) -> None:
        """Add a file under a name."""
        with path.open("rb") as source:
            self._put(name, iter(lambda: source.read(_CHUNK), b""), counts=False)

    def _put(self, name: str, chunks: Iterable[bytes], *, counts: bool) -> None:
        digest, size, rows = hashlib.sha256(), 0, 0
        with self._file.open(name, "w", force_zip64=True) as part:
            for chunk in chunks:
                part.write(chunk)
                digest.update(chunk)
                size += len(chunk)
                rows += 1
        self.manifest.parts[name] = Part(size, digest.hexdigest(), rows if counts else None)


@contextmanager
def writing(path: Path, manifest: Manifest) -> Iterator[Writing]:
    """Make a backup file. It takes its name when the block ends well and everything in it was read back and found equal.

    Raises:
        Conflict: there is another kind of file of this name.
        Unavailable: it cannot be written.
    """
    if path.exists() and not _is_backup(path):
        raise Conflict(f"{path} 已经存在，而且不是备份文件，没有覆盖；请换一个文件名。")
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as zipped:
                made = Writing(zipped, manifest)
                yield made
                zipped.writestr(MANIFEST, json.dumps(manifest.as_json(), ensure_ascii=True, indent=1))
            file.flush()
            os.fsync(file.fileno())
        with reading(unfinished) as written:
            written.check()
        unfinished.replace(path)
    except OSError as error:
        raise Unavailable(f"备份文件 {path} 写不进去（{error.strerror}），请检查磁盘空间和权限。") from error
    finally:
        unfinished.unlink(missing_ok=True)


class Reading:
    """An open backup."""

    def __init__(self, path: Path, file: zipfile.ZipFile, manifest: Manifest) -> None:
        self._path = path
        self._file = file
        self.manifest = manifest

    def check(self) -> None:
        """Read every part and compare it with the manifest.

        Raises:
            Invalid: something is missing, added or altered.
        """
        if set(self._file.namelist()) != {MANIFEST, *self.manifest.parts}:
            raise self._damaged("内容清单对不上")
        for name, part in self.manifest.parts.items():
            digest, size, rows = hashlib.sha256(), 0, 0
            for chunk in self.lines(name) if part.rows is not None else self.chunks(name):
                digest.update(chunk)
                size += len(chunk)
                rows += 1
            if (size, digest.hexdigest()) != (part.size, part.sha256) or part.rows not in (None, rows):
                raise self._damaged(name)

    def lines(self, name: str) -> Iterator[bytes]:
        """A part line by line."""
        yield from self._read(name, lambda part: iter(part))

    def chunks(self, name: str) -> Iterator[bytes]:
        """A part in pieces."""
        yield from self._read(name, lambda part: iter(lambda: part.read(_CHUNK), b""))

    def tables(self) -> dict[str, Iterator[bytes]]:
        """The tables' lines by name, each read when it is its turn."""
        return {found["table"]: self.lines(name) for name in self.manifest.parts if (found := _TABLE.fullmatch(name))}

    def files(self) -> list[str]:
        """The names of what is no table."""
        return [name for name in self.manifest.parts if not _TABLE.fullmatch(name)]

    def extract(self, name: str, path: Path) -> None:
        """Write a part to a file."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.open("wb") as file:
            for chunk in self.chunks(name):
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())

    def _read(self, name: str, pieces: Any) -> Iterator[bytes]:
        try:
            with self._file.open(name) as part:
                yield from pieces(part)
        except _DAMAGE as error:
            raise self._damaged(name) from error

    def _damaged(self, what: str) -> Invalid:
        return Invalid(DAMAGED.format(path=self._path, what=what))


@contextmanager
def reading(path: Path) -> Iterator[Reading]:
    """Open a backup file. Only its manifest is read yet.

    Raises:
        Invalid: it is no backup, it is damaged, or a newer program made it.
    """
    try:
        file = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise Invalid(f"找不到备份文件 {path}，请检查路径。") from None
    except OSError as error:
        raise Invalid(f"备份文件 {path} 打不开（{error.strerror}），请检查权限。") from None
    except _DAMAGE:
        raise Invalid(f"{path} 不是备份文件，或者已经损坏，没有恢复任何东西。") from None
    with file:
        yield Reading(path, file, _manifest(path, file))


def _manifest(path: Path, file: zipfile.ZipFile) -> Manifest:
    try:
        values = json.loads(file.read(MANIFEST))
        if values["format"] != FORMAT:
            raise Invalid(f"备份文件 {path} 是更新版本的程序做的，请先升级程序再恢复。")
        return _read_manifest(values)
    except (*_DAMAGE, TypeError, AttributeError):
        raise Invalid(DAMAGED.format(path=path, what=MANIFEST)) from None


def _read_manifest(values: Mapping[str, Any]) -> Manifest:
    parts = {
        str(name): Part(int(part["size"]), str(part["sha256"]), None if part["rows"] is None else int(part["rows"]))
        for name, part in values["parts"].items()
    }
    if not all(_NAME.fullmatch(name) and not {".", ".."} & set(name.split("/")) for name in parts):
        raise ValueError("a name that leads elsewhere")
    made_at = datetime.fromisoformat(values["made_at"]) if values["made_at"] else None
    return Manifest(str(values["revision"]), str(values["folder"]), made_at, parts)


def _is_backup(path: Path) -> bool:
    try:
        with reading(path):
            return True
    except Invalid:
        return False
