"""The shipped corpora, written as ordinary files with their dates made absolute.

The data lie in the folders `policies/`, `courses/` and `solutions/` beside this module. Digests and cases are copied as
they are; a catalogue row names its dates relative to the first start, so that a fresh installation never shows a
catalogue of the past:

    sat+9     the first Saturday on or after the ninth day from the first start (mon tue wed thu fri sat sun)
    +9, -20   that many days from the first start
    start+8   that many days after the start of the same row; only in the end column

Reading the written files is left to the readers, as for any other file.
"""

import csv
import hashlib
import io
import json
import os
import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

from corpora.errors import CorpusError

ROOT = Path(__file__).parent
SUFFIXES = {"policies": ".md", "courses": ".csv", "solutions": ".md"}
START, END = "开课日期", "结束日期"
# What the last render wrote, to remove what is no longer shipped. Hidden, so that it is not ingested.
RECORD = ".shipped.json"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = re.compile(rf"(start|{'|'.join(WEEKDAYS)})?([+-]\d{{1,4}})")


class BadNotation(CorpusError):
    """A relative date in the shipped catalogue is not written in the notation above."""


def render(target: Path, *, first_start: date) -> None:
    """Write the shipped corpora under `target` in the folders `policies/`, `courses/` and `solutions/`.

    Every file is complete or not there, unchanged files are not touched, and the same day gives the same bytes. What an
    earlier render wrote and is no longer shipped is removed; other files in `target` are left alone.

    Args:
        target: Made where missing.
        first_start: The day that relative dates count from.

    Raises:
        BadNotation: a shipped catalogue is broken (a test keeps this from happening).
        OSError: `target` cannot be written.
    """
    files = dict(contents(first_start))
    for name, data in files.items():
        _write(target / name, data)
    record = target / RECORD
    for name in _recorded(record):
        if name not in files:
            (target / name).unlink(missing_ok=True)
    listed = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    _write(record, json.dumps(listed, ensure_ascii=False, indent=1).encode())


def contents(first_start: date, *, root: Path = ROOT) -> Iterator[tuple[str, bytes]]:
    """Each shipped file as (name relative to the target with /, bytes), sorted by name within its folder.

    Raises:
        BadNotation: as for `render`.
    """
    for folder, suffix in SUFFIXES.items():
        for path in files_of(root / folder, suffix):
            data = path.read_bytes()
            if suffix == ".csv":
                data = _absolute(data.decode("utf-8"), first_start).encode()
            yield f"{folder}/{path.name}", data


def files_of(folder: Path, suffix: str) -> list[Path]:
    """The shipped files in `folder`, sorted by name, README files aside; none where there is no such folder."""
    return sorted(path for path in folder.glob(f"*{suffix}") if not path.name.upper().startswith("README"))


def resolve(cell: str, *, first_start: date, start: date | None = None) -> date:
    """The day that a relative date means.

    Args:
        cell: One of the three notations.
        first_start: The day that all but `start+N` count from.
        start: The start of the same row; None forbids `start+N`.

    Raises:
        BadNotation: `cell` is written otherwise.
    """
    match = _DAY.fullmatch(cell.strip())
    if match is None or (match[1] == "start" and start is None):
        raise BadNotation(f"自带课程表里的日期“{cell}”不是约定的写法。")
    anchor, days = match[1], timedelta(days=int(match[2]))
    if anchor == "start" and start is not None:
        return start + days
    day = first_start + days
    if anchor is None:
        return day
    return day + timedelta(days=(WEEKDAYS.index(anchor) - day.weekday()) % 7)


def _absolute(text: str, first_start: date) -> str:
    """The catalogue with both date columns absolute, YYYY-MM-DD."""
    rows = csv.DictReader(io.StringIO(text), strict=True)
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=rows.fieldnames or (), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        start = resolve(row[START], first_start=first_start)
        end = resolve(row[END], first_start=first_start, start=start)
        writer.writerow(row | {START: start.isoformat(), END: end.isoformat()})
    return out.getvalue()


def _recorded(record: Path) -> Mapping[str, str]:
    """What the last render listed; nothing where it is missing or damaged. Only names in our folders are believed."""
    try:
        listed = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(listed, dict):
        return {}
    ours = re.compile(rf"(?:{'|'.join(SUFFIXES)})/[^/\\]+\.(?:md|csv)")
    return {name: digest for name, digest in listed.items() if ours.fullmatch(name)}


def _write(path: Path, data: bytes) -> None:
    """Make `path` hold `data`, at once or not at all; leave it alone where it already does."""
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
