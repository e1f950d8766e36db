"""Documents and courses that staff put in by hand: kept in the data directory, read as the command reads files."""

import csv
import hashlib
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from bot.clinic.clinic import Clinic
from bot.clinic.shapes import Json
from bot.errors import Invalid, TooLong, Unavailable
from bot.rules.people import Caller, check_clerk
from bot.rules.wording import clean_words
from bot.services import ledger
from corpora.document import Document, Kind
from corpora.walking import printable, refusal_of_suffix
from retrieval.library import IngestReport
from retrieval.protocols import Principal

MAX_NAME_BYTES = 200  # file systems take 255; a hidden copy with a longer name stands beside it for a moment
MAX_CELL_CHARS = 2000
ROWS = "录入的课程.csv"  # the courses that were typed in, one file for all of them
COLUMNS = {
    "title": "课程名称",
    "start": "开课日期",
    "end": "结束日期",
    "hours": "上课时间",
    "place": "地点",
    "price": "价格",
    "seats": "余位",
    "level": "级别",
    "summary": "简介",
}


class Shelf(Protocol):
    """What reads files in and says what there is."""

    def ingest(self, paths: Sequence[Path], *, kind: Kind) -> IngestReport: ...

    def documents(self, principal: Principal) -> Sequence[Document]: ...


def upload(clinic: Clinic, caller: Caller, shelf: Shelf, folder: Path, *, name: str, data: bytes, kind: str) -> Json:
    """Keep a file under its name and read it in; one of the same name and kind is replaced. Gives the ingest's report.

    Args:
        folder: Where uploads of all kinds lie, in the data directory: reading another folder again takes nothing out of it.

    Raises:
        Unauthenticated, NotAllowed: not staff.
        Invalid: no file of this name or content can be read; what was there before stays.
        Unavailable: it cannot be written.
    """
    check_clerk(caller)
    if kind not in (Kind.POLICY, Kind.COURSE, Kind.SOLUTION):
        raise Invalid("kind 请写 policy（政策文件）、course（课程目录）或 solution（案例）。")
    target = folder / kind / _checked(name)
    if not data:
        raise Invalid("文件是空的（0 字节），请检查后再上传。")
    report = _take_in(shelf, target, data, Kind(kind))
    event = "document.uploaded"
    documents = [held for held in shelf.documents(caller.principal) if held.source == target.name]
    with clinic.writing(caller) as session:
        ledger.append(
            session,
            at=clinic.clock(),
            event=event,
            subject=hashlib.sha256(data).hexdigest()[:16],
            caller=caller,
            data={"kind": kind, "documents": report.documents, "passages": report.passages},
        )
    return {
        "name": target.name,
        "kind": kind,
        "documents": [{"id": held.id, "title": held.title, "number": held.number} for held in documents],
        "report": report.as_json(),
    }


def add_course(clinic: Clinic, caller: Caller, shelf: Shelf, folder: Path, row: Mapping[str, Any]) -> Json:
    """Add one course to those that were typed in; the same title on the same day is replaced.

    Args:
        row: By the keys of `COLUMNS`; only `title` must say something.

    Raises:
        Unauthenticated, NotAllowed: not staff.
        TooLong, Invalid: a value cannot be taken.
    """
    check_clerk(caller)
    cells = {key: _cell(row.get(key), COLUMNS[key], required=key == "title") for key in COLUMNS}
    path = folder / Kind.COURSE / ROWS
    held = _rows(path)
    same = (cells["title"], cells["start"])
    kept = [one for one in held if (one[COLUMNS["title"]], one[COLUMNS["start"]]) != same]
    lines = io.StringIO()
    writer = csv.DictWriter(lines, list(COLUMNS.values()))
    writer.writeheader()
    writer.writerows([*kept, {COLUMNS[key]: words for key, words in cells.items()}])
    return upload(clinic, caller, shelf, folder, name=ROWS, data=lines.getvalue().encode(), kind=Kind.COURSE)


def _cell(value: Any, name: str, *, required: bool) -> str:
    words = "" if value is None else str(value)
    tidy = clean_words(words, what=name, max_chars=MAX_CELL_CHARS, required=required)
    # A spreadsheet would take what begins so for a formula.
    return " ".join(tidy.split()).lstrip("=+@")


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [{name: row.get(name) or "" for name in COLUMNS.values()} for row in csv.DictReader(file)]
    except FileNotFoundError:
        return []


def _checked(name: str) -> str:
    """The last part of a file's name, fit to be kept and cited."""
    plain = printable(name.replace("\\", "/").rsplit("/", 1)[-1]).strip()
    if not plain or plain.startswith((".", "~$")):
        raise Invalid("文件要有名字，不能以点开头。")
    if len(plain.encode()) > MAX_NAME_BYTES:
        raise TooLong("文件名太长，请改短后再上传。")
    if plain.lower().startswith("readme"):
        raise Invalid("说明文件（README）不作为资料导入。")
    if (refusal := refusal_of_suffix(plain)) is not None:
        raise Invalid(refusal)
    return plain


def _take_in(shelf: Shelf, target: Path, data: bytes, kind: Kind) -> IngestReport:
    """Read the new file in; where it cannot be read, what stood in its place comes back."""
    before = target.read_bytes() if target.exists() else None
    _write(target, data)
    report = shelf.ingest([target], kind=kind)
    if report.skipped:
        if before is None:
            target.unlink()
        else:
            _write(target, before)
        shelf.ingest([target], kind=kind)
        raise Invalid(report.skipped[0].text)
    return report


def _write(target: Path, data: bytes) -> None:
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        os.replace(part, target)  # noqa: PTH105 - whole under its name or not there at all
    except OSError as error:
        raise Unavailable(f"文件存不下来（{error.strerror}），没有收录；请检查数据目录的空间和权限。") from error
    finally:
        part.unlink(missing_ok=True)
