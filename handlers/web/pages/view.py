"""What is said in a talk as the pages show it: words, links and labels, ready to be placed as text.

An answer comes as it was kept with its message, in the shape of the API; where its quotes stand is looked up when it is shown, as the reader
may see the documents now.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from bot.assistant.shape import STATUS_WORDS
from bot.rules.quoting import best_run
from bot.rules.solutions import case_of
from bot.rules.triage import DOMAIN_NAMES
from corpora.document import Course, Document, Kind, Node, Span, Status
from handlers.web.templating import chinese_date, phone_link
from retrieval.library import Library
from retrieval.protocols import Principal

Said = Mapping[str, Any]  # the JSON of an answer
SOURCES = re.compile(r"\n依据：(?:\n(?:\[\d{1,2}\])+ [^\n]*)+\Z")
LISTED = re.compile(r"\d{1,2}\. ")
REFERENCE = re.compile(r"\[(\d{1,2})\]")
WEEKDAYS = "一二三四五六日"
OPEN = {Kind.POLICY: "打开原文", Kind.COURSE: "打开课程目录", Kind.SOLUTION: "打开案例"}
WITHDRAWN = "这条回答引用的案例已经撤下，不再显示。"
EMERGENCY = (("火警", "119"), ("急救", "120"), ("报警", "110"))


@dataclass(frozen=True)
class Shelf:
    """What one reader may open, looked up by what an answer says of it."""

    library: Library
    reader: Principal

    def document(self, source: str, title: str) -> Document | None:
        """The document of this file and title; None where the reader may not see it or it is gone."""
        seen = [held for held in self.library.documents(self.reader) if held.source == source]
        found = next((held for held in seen if held.title == title), seen[0] if len(seen) == 1 else None)
        return self.library.document(found.id, self.reader) if found else None

    def course(self, course_id: str) -> Course | None:
        """The course, if it is still in a catalogue."""
        return next((course for course, _ in self.library.courses(self.reader) if course.id == course_id), None)

    def has_case(self, solution_id: str) -> bool:
        """Whether this solved case can be opened."""
        return any(solution.id == solution_id for solution, _ in self.library.solutions(self.reader))

    def is_example(self, solution_id: str) -> bool:
        """Whether this solved case is one of the shipped ones."""
        held = self.library.solutions(self.reader)
        return any(solution.example for solution, _ in held if solution.id == solution_id)


def answer_view(said: Said, *, asked: str, telephone: str, shelf: Shelf) -> dict[str, Any]:
    """Everything that a page shows of one answer, plain text and addresses on this machine only.

    Args:
        asked: The question; the run of each quote that fits it best is marked.
    """
    said = without_withdrawn(said, shelf)
    citations = [_citation(cited, asked, shelf) for cited in said["citations"]]
    courses = [_course(row, shelf) for row in said["courses"]]
    view = {
        "id": said["id"],
        "outcome": said["outcome"],
        "parts": parts(answer_words(said), {cited["n"] for cited in citations}),
        "label": said["label"],
        "citations": citations,
        "courses": courses,
        "similar": [_similar(case, shelf) for case in said["similar"]],
        "near": [_near(near, shelf) for near in said["near"]],
        "calls": calls(said["intent"], said["outcome"], telephone),
    }
    return {**view, "plain": copied(said, view)}


def without_withdrawn(said: Said, shelf: Shelf) -> Said:
    """The answer as it may still be shown: a case that was taken back is gone from old talks too, and with it the words about it."""
    kept = [cited for cited in said["citations"] if not _is_withdrawn(cited, shelf)]
    similar = [case for case in said["similar"] if shelf.has_case(case["id"])]
    words = said["answer"] if len(kept) == len(said["citations"]) else WITHDRAWN
    return {**said, "answer": words, "citations": kept, "similar": similar}


def _is_withdrawn(cited: Said, shelf: Shelf) -> bool:
    return case_of(cited["source"]) is not None and shelf.document(cited["source"], cited["document"]) is None


def parts(words: str, known: set[int]) -> list[dict[str, Any]]:
    """The words cut at the references [1] that lead to a citation; all the rest stays text."""
    made: list[dict[str, Any]] = []
    for place, piece in enumerate(REFERENCE.split(words)):
        if place % 2 and int(piece) in known:
            made.append({"text": piece, "n": int(piece)})
        elif piece:
            made.append({"text": f"[{piece}]" if place % 2 else piece, "n": 0})
    return made


def copied(said: Said, view: Mapping[str, Any]) -> str:
    """The answer as it goes to the clipboard: quotes, sources and, last, the label."""
    lines = [said["answer"]]
    for cited in view["citations"]:
        words = "".join(part["text"] for part in cited["quote"])
        facts = (cited["document"], cited["number"], cited["clause"], cited["status_label"], cited["validity"])
        lines.append(f"[{cited['n']}] {_joined(*facts, '示例' if cited['example'] else '')}\n“{words}”")
    for row in view["courses"]:
        facts = (row["title"], row["when"], row["place"], row["price"], row["seats"])
        lines.append(_joined(*facts, "示例" if row["example"] else ""))
    return "\n\n".join([*lines, f"【{said['label']}】"])


def _joined(*facts: str) -> str:
    return " · ".join(fact for fact in facts if fact)


def answer_words(said: Said) -> str:
    """The answer without what stands on cards below it anyway: the list of its courses, and the list of its sources."""
    lines = (SOURCES.sub("", said["answer"]) if said["citations"] else said["answer"]).splitlines()
    listed = [line for line in lines if LISTED.match(line)]
    if not listed or len(listed) != len(said["courses"]):
        return "\n".join(lines)
    return "\n".join(line for line in lines if line not in listed)


def document_address(document_id: str, span: Span) -> str:
    """The page of a document, at these characters."""
    start, end = span
    address = f"/documents/{quote(document_id, safe='')}"
    return f"{address}?at={start}-{end}#cited" if end > start else address


def _citation(cited: Said, asked: str, shelf: Shelf) -> dict[str, Any]:
    document = shelf.document(cited["source"], cited["document"])
    status = Status(cited["status"])
    # A course or a case is not in force or expired; that it is silent about it need not be said.
    silent = document is not None and document.kind is not Kind.POLICY and status is Status.UNKNOWN
    return {
        "n": cited["n"],
        "document": cited["document"],
        "number": cited["number"] or "",
        "clause": cited["clause"],
        "quote": quote_parts(cited["quote"], best_run(asked, cited["quote"])),
        "page": cited["page"],
        "status": status.value,
        "status_label": "" if silent else STATUS_WORDS[status],
        "validity": validity(_day_of(cited["issued"]), _day_of(cited["valid_until"])),
        "example": document is not None and document.example,
        "href": document_address(document.id, place_of(document, cited)) if document else "",
        "open": "打开摘要" if status is Status.DIGEST else OPEN[document.kind if document else Kind.POLICY],
    }


def place_of(document: Document, cited: Said) -> Span:
    """Where the quote stands, within its clause when the same words stand elsewhere too; (0, 0) when it is gone."""
    words = cited["quote"]
    within = next(
        (node.span for node in _walk(document.tree) if node.clause == cited["clause"]), (0, len(document.text))
    )
    start = document.text.find(words, *within)
    if start < 0:
        start = document.text.find(words)
    return (start, start + len(words)) if start >= 0 and words else (0, 0)


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _walk(child)


def _day_of(iso: str | None) -> date | None:
    return date.fromisoformat(iso) if iso else None


def quote_parts(words: str, highlight: Span | None) -> list[dict[str, Any]]:
    """The quote cut before and after its best run. Cut here, because a browser counts characters in UTF-16 units."""
    start, end = highlight or (0, 0)
    parts = ((words[:start], False), (words[start:end], True), (words[end:], False))
    return [{"text": text, "mark": mark} for text, mark in parts if text]


def validity(issued: date | None, valid_until: date | None) -> str:
    """印发 and 有效期至 as far as they are known, in one line."""
    parts = (
        f"{chinese_date(issued)}印发" if issued else "",
        f"有效期至{chinese_date(valid_until)}" if valid_until else "",
    )
    return "，".join(part for part in parts if part)


def course_card(course: Course) -> dict[str, Any]:
    """A course as it is shown on a card."""
    return {
        "title": course.title,
        "level": course.level,
        "when": course_time(course.start, course.end, course.hours),
        "place": "线上" if course.online and not course.place else course.place,
        "price": "价格未载明" if course.price is None else "免费" if course.price == 0 else f"{course.price} 元",
        "seats": "" if course.seats is None else "已满" if course.seats <= 0 else f"余 {course.seats} 席",
        "full": course.seats is not None and course.seats <= 0,
        "example": course.example,
        "href": f"/courses/{quote(course.id, safe='')}",
    }


def course_time(start: date | None, end: date | None, hours: str) -> str:
    """12月5日（周六）至6日（周日） 9:00-17:00, as far as it is known."""
    days = "日期待定"
    if start:
        days = _day(start)
        if end and end > start:
            days += f"至{_day(end) if end.year == start.year else f'{end.year}年{_day(end)}'}"
    return f"{days} {hours}".strip()


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日（周{WEEKDAYS[day.weekday()]}）"


def _course(row: Said, shelf: Shelf) -> dict[str, Any]:
    known = shelf.course(row["id"])
    if known is not None:
        return course_card(known)
    # Taken off since: what was said of it still stands, a link would lead nowhere.
    card = course_card(
        Course(
            row["id"], row["title"], _day_of(row["start"]), None, "", row["place"], row["price"], row["seats"],
            row["level"], "", (0, 0),
        )
    )  # fmt: skip
    return {**card, "href": ""}


def _similar(case: Said, shelf: Shelf) -> dict[str, Any]:
    return {
        "title": case["title"],
        "domain": DOMAIN_NAMES.get(case["domain"], case["domain"]),
        "symptom": case["symptom"],
        "example": shelf.is_example(case["id"]),
        "href": f"/solutions/{quote(case['id'], safe='')}",
    }


def _near(near: Said, shelf: Shelf) -> dict[str, Any]:
    document = shelf.document(near["source"], near["document"])
    return {
        "document": near["document"],
        "number": near["number"] or "",
        "clause": near["clause"],
        "href": f"/documents/{quote(document.id, safe='')}?clause={quote(near['clause'])}#cited" if document else "",
    }


def calls(intent: str, outcome: str, telephone: str) -> list[dict[str, Any]]:
    """Numbers to tap: the emergency ones in danger, the centre's wherever a person is the way on."""
    danger = intent == "safety"
    made = [_call(name, number, f"tel:{number}", urgent=True) for name, number in EMERGENCY] if danger else []
    wanted = danger or outcome in ("handoff", "no_answer")
    if wanted and phone_link(telephone):
        made.append(_call("中心", telephone, phone_link(telephone), urgent=False))
    return made


def names_emergency(text: str) -> bool:
    """Whether the words send somebody to the emergency services."""
    return all(number in text for _, number in EMERGENCY)


def _call(name: str, number: str, href: str, *, urgent: bool) -> dict[str, Any]:
    return {"name": name, "number": number, "href": href, "urgent": urgent}
