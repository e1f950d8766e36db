"""A course catalogue: rows with recognised columns to courses, each citable by its own name."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from corpora import personal
from corpora.course_columns import NAMES, field_of, fields_of
from corpora.course_values import (
    is_online,
    is_online_place,
    is_plain_price,
    read_days,
    read_price,
    read_seats,
    read_yes,
    year_in,
)
from corpora.document import Course, Document, Extract, Kind, Node, NodeKind, Passage, Span, Table
from corpora.errors import Unreadable
from corpora.identity import document_id, passage_id
from corpora.noise import merge, without

MAX_PASSAGE_CHARS = 400
_HEADER_ROWS = 6  # title and remarks above the header
_MAX_NOTES = 20
_WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class _Record:
    """One row: what its recognised columns say, what the others say, and where it stands."""

    fields: Mapping[str, str]
    others: Mapping[str, str]
    span: Span
    line: int  # in the text, from 1


def understand(extract: Extract, *, source: str) -> tuple[Document, ...]:
    """The catalogue in a file: one document whose courses each have their row as span.

    Rows that cannot be understood are skipped and named in `notes`; words of columns that are not known go into the summary.

    Raises:
        Unreadable: No column holds course names.
    """
    notes: list[str] = []
    records = list(_records(extract, notes))
    year = year_in(extract.text[: records[0].span[0]] if records else "") or year_in(source)
    courses: list[Course] = []
    seen: set[str] = set()
    for record in records:
        course = _course(record, year, notes)
        if course is None:
            continue
        if course.id in seen:
            notes.append(f"编号 {course.id} 重复出现（第 {record.line} 行）。")
        seen.add(course.id)
        year = course.start.year if course.start else year
        courses.append(course)
    if not courses:
        raise Unreadable("没有读到任何课程，请检查表头（要有“课程名称”一列）和内容后再导入。")
    if len(notes) > _MAX_NOTES:
        notes[_MAX_NOTES:] = [f"还有 {len(notes) - _MAX_NOTES} 处没有看懂，未逐一列出。"]
    text = extract.text
    document = Document(
        id=document_id(source, Kind.COURSE, text),
        kind=Kind.COURSE,
        source=source,
        title=_title(extract, courses, source),
        text=text,
        tree=_tree(text, courses),
        example=all(course.example for course in courses),
        personal=personal.find(text),
        courses=tuple(courses),
        notes=(*extract.notes, *notes),
    )
    return (document,)


def passages(document: Document) -> tuple[Passage, ...]:
    """One passage a course, more where its summary is long: readable words to search, the row to quote."""
    made: list[Passage] = []
    for course in document.courses:
        clause = clause_of(course)
        spans = tuple(without(course.span, document.personal))
        if not spans:
            continue
        for part, words in enumerate(_windows(_readable(course))):
            made.append(
                Passage(
                    id=passage_id(document.id, f"{clause}\0{part}" if part else clause, spans),
                    document_id=document.id,
                    kind=Kind.COURSE,
                    clause=clause,
                    text=words,
                    context=f"{document.title} › {course.title}",
                    spans=spans,
                    order=len(made),
                )
            )
    return tuple(made)


def clause_of(course: Course) -> str:
    """How people name a row: its printed number and its title."""
    return course.title if course.id.startswith(_MADE) else f"{course.id} {course.title}"


def _records(extract: Extract, notes: list[str]) -> Iterator[_Record]:
    if not extract.tables:
        yield from _json_records(extract.text, notes)
        return
    unnamed = 0
    for table in extract.tables:
        found = _header(extract.text, table)
        if found is None:
            unnamed += 1
            continue
        yield from _table_records(extract.text, table, found, notes)
    if unnamed == len(extract.tables):
        first = extract.tables[0].rows[0]
        names = "、".join(_value(extract.text, cell) for cell in first if cell[0] < cell[1])[:80]
        raise Unreadable(f"表头里认不出课程名称，请把那一列的列名改为“课程名称”后再导入（现有列名：{names}）。")
    if unnamed:
        notes.append(f"有 {unnamed} 个表格没有课程名称一列，没有读取。")


def _header(text: str, table: Table) -> int | None:
    """The row that names the columns: the one among the first with most known names, a course name among them."""
    best, best_count = None, 0
    for index, row in enumerate(table.rows[:_HEADER_ROWS]):
        fields = fields_of([_value(text, cell) for cell in row])
        if "title" in fields and len(fields) > best_count:
            best, best_count = index, len(fields)
    return best


def _table_records(text: str, table: Table, header: int, notes: list[str]) -> Iterator[_Record]:
    columns = [_value(text, cell) for cell in table.rows[header]]
    places = fields_of(columns)
    taken = set(places.values())
    unknown = {place: name for place, name in enumerate(columns) if name and place not in taken}
    _note_unknown(list(unknown.values()), notes)
    end = max(cell[1] for cell in table.rows[header])
    line, counted = 1, 0
    for row in table.rows[header + 1 :]:
        own = [cell for cell in row if cell[0] >= end]  # a merged cell from above lies before
        if not own or not any(text[start:stop].strip() for start, stop in own):
            continue
        values = [_value(text, cell) for cell in row]
        span = _whole_line(text, (own[0][0], own[-1][1]))
        end = span[1]
        line += text.count("\n", counted, span[0])
        counted = span[0]
        if values == columns[: len(values)]:  # the header again, on a further page
            continue
        if len(values) > len(columns):
            notes.append(f"第 {line} 行比表头多出 {len(values) - len(columns)} 格，多出的没有读取。")
        yield _Record(
            fields={field: values[place] for field, place in places.items() if place < len(values)},
            others={name: values[place] for place, name in unknown.items() if place < len(values) and values[place]},
            span=span,
            line=line,
        )


def _json_records(text: str, notes: list[str]) -> Iterator[_Record]:
    begin = 0
    strange: dict[str, None] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        span = (begin + len(line) - len(line.lstrip()), begin + len(line.rstrip()))
        begin += len(line) + 1
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except (ValueError, RecursionError):
            item = None
        if not isinstance(item, dict):
            notes.append(f"第 {number} 行不是有效的 JSON 对象，已跳过。")
            continue
        columns = list(item)
        places = fields_of(columns)
        others = {name: _plain(item[name]) for place, name in enumerate(columns) if place not in places.values()}
        strange.update(dict.fromkeys(others))
        yield _Record(
            fields={field: _plain(item[columns[place]]) for field, place in places.items()},
            others={name: value for name, value in others.items() if value},
            span=span,
            line=number,
        )
    _note_unknown(list(strange), notes)


def _note_unknown(names: Sequence[str], notes: list[str]) -> None:
    unknown = [name for name in names if field_of(name) is None]
    double = [name for name in names if field_of(name) is not None]
    if unknown:
        notes.append(f"没有识别的列：{'、'.join(unknown[:20])}（内容并入简介）。")
    if double:
        notes.append(f"与其他列重复的列：{'、'.join(double[:20])}（内容并入简介）。")


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(_plain(item) for item in value[:50])
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return " ".join(str(value).split())


def _value(text: str, cell: Span) -> str:
    """A cell's words on one line; the doubled quotes of CSV read as one."""
    words = text[cell[0] : cell[1]]
    if '""' in words and text[cell[0] - 1 : cell[0]] == '"':
        words = words.replace('""', '"')
    return " ".join(words.split())


def _whole_line(text: str, span: Span) -> Span:
    """From the first character of the row's first line to the last of its last: quotes and pipes included."""
    start = text.rfind("\n", 0, span[0]) + 1
    end = text.find("\n", span[1])
    end = len(text) if end < 0 else end
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


_MADE = "课程-"  # ids of rows without a number of their own


def _course(record: _Record, year: int | None, notes: list[str]) -> Course | None:
    fields = {name: record.fields.get(name, "") for name in NAMES}
    if not fields["title"]:
        said = next((value for value in (*record.fields.values(), *record.others.values()) if value), "")
        notes.append(f"第 {record.line} 行（{said[:20]}）没有课程名称，已跳过。")
        return None
    days = read_days(fields["start"], year=year)
    last = read_days(fields["end"], year=days.start.year if days.start else year)
    in_hours = read_days(fields["hours"], year=year) if days.start is None else days
    start, end = days.start or in_hours.start, last.start or days.end or in_hours.end
    if start is None and (fields["start"] or fields["hours"]):
        why = "没有年份" if days.lacks_year else "认不出日期"
        notes.append(f"第 {record.line} 行的开课时间“{(fields['start'] or fields['hours'])[:30]}”{why}，按未定处理。")
    if start is not None and end is not None and end < start:
        notes.append(f"第 {record.line} 行的结束日期早于开课日期，没有采用。")
        end = None
    hours = fields["hours"] or days.rest
    summary = [fields["summary"]]
    if fields["price"] and not is_plain_price(fields["price"]):
        summary.append(f"费用：{fields['price']}")
    summary += [f"{name}：{value}" for name, value in record.others.items()]
    return Course(
        id=fields["id"] or _made_id(fields["title"], fields["start"], fields["place"]),
        title=fields["title"],
        start=start,
        end=end,
        hours=hours,
        place=fields["place"],
        price=read_price(fields["price"]),
        seats=_seats(fields),
        level=fields["level"],
        summary="；".join(part for part in summary if part),
        span=record.span,
        online=is_online(fields["online"]) or read_yes(fields["online"]) or is_online_place(fields["place"]),
        example=read_yes(fields["example"]),
    )


def _seats(fields: Mapping[str, str]) -> int | None:
    """Free seats as printed, or what is left of the capacity; None where neither is known."""
    if fields["seats"]:
        return read_seats(fields["seats"])
    capacity, taken = read_seats(fields["capacity"]), read_seats(fields["taken"])
    if capacity is None:
        return None
    return capacity if taken is None else max(0, capacity - taken)


def _made_id(*parts: str) -> str:
    return _MADE + hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:6]


def _title(extract: Extract, courses: Sequence[Course], source: str) -> str:
    """The line above the table, else the file's name where it says something in Chinese."""
    above = extract.text[: courses[0].span[0]].split("\n")
    first = next((line.strip(" #*\t,") for line in above if line.strip()), "")
    if extract.tables and extract.tables[0].span[0] > 0 and 2 <= len(first) <= 60:
        return first
    stem = PurePosixPath(source).stem
    return stem if re.search("[一-鿿]", stem) else "课程目录"


def _tree(text: str, courses: Sequence[Course]) -> Node:
    """Rows in order, what stands between them as front matter."""
    nodes: list[Node] = []
    rows = merge([course.span for course in courses])
    for start, end in without((0, len(text)), rows):
        inner = text[start:end]
        if inner.strip():
            span = (start + len(inner) - len(inner.lstrip()), start + len(inner.rstrip()))
            nodes.append(Node(kind=NodeKind.FRONT, label="", heading="", clause="", span=span, own=(span,)))
    for course in courses:
        label = "" if course.id.startswith(_MADE) else course.id
        nodes.append(
            Node(
                kind=NodeKind.ROW,
                label=label,
                heading=course.title,
                clause=clause_of(course),
                span=course.span,
                own=(course.span,),
            )
        )
    nodes.sort(key=lambda node: node.span)
    return Node(
        kind=NodeKind.DOCUMENT, label="", heading="", clause="", span=(0, len(text)), own=(), children=tuple(nodes)
    )


def _readable(course: Course) -> str:
    start = f"{course.start.isoformat()}（周{_WEEKDAYS[course.start.weekday()]}）" if course.start else ""
    end = f"至{course.end.isoformat()}" if course.end and course.end != course.start else ""
    price = "" if course.price is None else "免费" if course.price == 0 else f"{course.price}元"
    seats = "" if course.seats is None else "已满" if course.seats == 0 else f"剩余{course.seats}"
    parts = (
        ("", course.title),
        ("级别：", course.level),
        ("时间：", "，".join(part for part in (start + end, course.hours) if part)),
        ("地点：", course.place),
        ("方式：", "线上" if course.online else ""),
        ("费用：", price),
        ("名额：", seats),
        ("", course.summary),
    )
    return "；".join(name + value for name, value in parts if value)


def _windows(words: str) -> Iterator[str]:
    for start in range(0, len(words), MAX_PASSAGE_CHARS):
        yield words[start : start + MAX_PASSAGE_CHARS]
