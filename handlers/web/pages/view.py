"""A turn of the talk as the chat page shows it: the answer's words, links and labels, ready to be placed as text."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import quote

from bot.assistant.shape import STATUS_WORDS, Answer, Citation, Near, Outcome, SimilarCase
from bot.rules.triage import DOMAIN_NAMES
from corpora.document import Course, Document, Kind, Span, Status
from handlers.web.templating import chinese_date, phone_link

LookUp = Callable[[str], Document | None]  # the document of an id, as the asker may see it
SOURCES = re.compile(r"\n依据：(?:\n(?:\[\d{1,2}\])+ [^\n]*)+\Z")
LISTED = re.compile(r"\d{1,2}\. ")
WEEKDAYS = "一二三四五六日"
OPEN = {Kind.POLICY: "打开原文", Kind.COURSE: "打开课程目录", Kind.SOLUTION: "打开案例"}
EMERGENCY = (("火警", "119"), ("急救", "120"), ("报警", "110"))


def turn_view(answer: Answer, *, telephone: str, look_up: LookUp) -> dict[str, Any]:
    """Everything the page shows of one answer, plain text and addresses on this machine only."""
    calls = _calls(answer, telephone)
    return {
        "id": answer.id,
        "outcome": answer.outcome.value,
        "answer": answer_words(answer),
        "whole": answer.answer,
        "label": answer.label,
        "citations": [_citation(citation, look_up(citation.document_id)) for citation in answer.citations],
        "courses": [course_card(row.course) for row in answer.courses],
        "similar": [_similar(case) for case in answer.similar],
        "near": [_near(near) for near in answer.near],
        "calls": calls,
        "suggestions": [words for words in answer.suggestions if words not in {call["number"] for call in calls}],
    }


def answer_words(answer: Answer) -> str:
    """The answer without what stands on cards below it anyway: the list of its courses, and the list of its sources."""
    lines = SOURCES.sub("", answer.answer).splitlines() if answer.citations else answer.answer.splitlines()
    listed = [line for line in lines if LISTED.match(line)]
    if not listed or len(listed) != len(answer.courses):
        return "\n".join(lines)
    return "\n".join(line for line in lines if line not in listed)


def document_address(document_id: str, span: Span) -> str:
    """The page of a document, at these characters."""
    start, end = span
    address = f"/documents/{quote(document_id, safe='')}"
    return f"{address}?at={start}-{end}#cited" if end > start else address


def _citation(citation: Citation, document: Document | None) -> dict[str, Any]:
    # A course or a case is not in force or expired; that it is silent about it need not be said.
    silent = document is not None and document.kind is not Kind.POLICY and citation.status is Status.UNKNOWN
    return {
        "n": citation.n,
        "document": citation.document,
        "number": citation.number or "",
        "clause": citation.clause,
        "quote": quote_parts(citation.quote, citation.highlight),
        "page": citation.page,
        "status": citation.status.value,
        "status_label": "" if silent else STATUS_WORDS[citation.status],
        "validity": validity(citation.issued, citation.valid_until),
        "example": document is not None and document.example,
        "href": document_address(citation.document_id, citation.span) if citation.document_id else "",
        "open": "打开摘要" if citation.status is Status.DIGEST else OPEN[document.kind if document else Kind.POLICY],
    }


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


def _similar(case: SimilarCase) -> dict[str, Any]:
    return {
        "title": case.title,
        "domain": DOMAIN_NAMES.get(case.domain, case.domain),
        "symptom": case.symptom,
        "example": case.example,
        "href": f"/solutions/{quote(case.id, safe='')}",
    }


def _near(near: Near) -> dict[str, Any]:
    return {
        "document": near.document,
        "number": near.number or "",
        "clause": near.clause,
        "href": document_address(near.document_id, near.span) if near.document_id else "",
    }


def _calls(answer: Answer, telephone: str) -> list[dict[str, Any]]:
    """Numbers to tap: the emergency ones in danger, the centre's wherever a person is the way on."""
    danger = answer.intent.value == "safety"
    calls = [_call(name, number, f"tel:{number}", urgent=True) for name, number in EMERGENCY] if danger else []
    wanted = danger or answer.outcome in (Outcome.HANDOFF, Outcome.NO_ANSWER)
    if wanted and phone_link(telephone):
        calls.append(_call("中心", telephone, phone_link(telephone), urgent=False))
    return calls


def _call(name: str, number: str, href: str, *, urgent: bool) -> dict[str, Any]:
    return {"name": name, "number": number, "href": href, "urgent": urgent}
