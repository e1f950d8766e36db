"""The shape of an answer, the same for every door: values, and their one JSON form. Nothing here decides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from bot.rules.intent import Intent
from corpora.document import Course, Span, Status

MAX_ANSWER_CHARS = 1500  # of the answer and all its quotes together
EXTRACTED = "AI摘录，以原文为准"
GENERATED = "内容由AI生成"

STATUS_WORDS = {
    Status.IN_FORCE: "现行有效",
    Status.EXPIRED: "已失效",
    Status.NOT_YET: "尚未施行",
    Status.SUPERSEDED: "已被新文件替代",
    Status.DRAFT: "征求意见稿，非正式文件",
    Status.DIGEST: "摘要，非原文",
    Status.UNKNOWN: "未注明有效期",
}


class Outcome(StrEnum):
    """How a question ended."""

    ANSWERED = "answered"
    CLARIFY = "clarify"
    NO_ANSWER = "no_answer"
    HANDOFF = "handoff"
    REFUSED = "refused"


class Mode(StrEnum):
    """Where the words of an answer come from."""

    EXTRACTIVE = "extractive"
    GENERATED = "generated"


@dataclass(frozen=True, slots=True)
class Citation:
    """One clause that answers, with one contiguous slice of its document.

    `document_id`, `span` and `highlight` lead a page to the place; they are not part of the JSON contract.
    """

    n: int  # from 1, as in [1] in the answer
    document: str
    number: str | None
    clause: str
    quote: str
    source: str
    page: int | None
    region: str | None
    issued: date | None
    valid_until: date | None
    status: Status
    document_id: str = ""
    span: Span = (0, 0)  # of Document.text
    highlight: Span | None = None  # the best run, in characters of `quote`

    def as_json(self) -> dict[str, Any]:
        """The keys of the contract, all of them, dates as ISO strings."""
        return {
            "n": self.n,
            "document": self.document,
            "number": self.number,
            "clause": self.clause,
            "quote": self.quote,
            "source": self.source,
            "page": self.page,
            "region": self.region,
            "issued": _iso(self.issued),
            "valid_until": _iso(self.valid_until),
            "status": self.status.value,
        }


@dataclass(frozen=True, slots=True)
class Near:
    """A clause that is close but does not answer."""

    document: str
    number: str | None
    clause: str
    source: str
    document_id: str = ""
    span: Span = (0, 0)

    def as_json(self) -> dict[str, Any]:
        """The keys of the contract."""
        return {"document": self.document, "number": self.number, "clause": self.clause, "source": self.source}


@dataclass(frozen=True, slots=True)
class SimilarCase:
    """A solved case like the one asked about."""

    id: str
    title: str
    domain: str
    symptom: str
    example: bool = False

    def as_json(self) -> dict[str, Any]:
        """The keys of the contract."""
        return {"id": self.id, "title": self.title, "domain": self.domain, "symptom": self.symptom}


@dataclass(frozen=True, slots=True)
class CourseRow:
    """A course as it is shown on a card."""

    course: Course

    def as_json(self) -> dict[str, Any]:
        """The keys of the contract; price in yuan, seats that are free."""
        course = self.course
        return {
            "id": course.id,
            "title": course.title,
            "start": _iso(course.start),
            "place": course.place,
            "price": course.price,
            "seats": course.seats,
            "level": course.level,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person gets for a question. `answered` carries a citation unless it is a fixed text; the other outcomes carry none."""

    id: str
    outcome: Outcome
    intent: Intent
    answer: str
    label: str
    confidence: float = 0.0  # that the documents answer, whatever the outcome
    citations: tuple[Citation, ...] = ()
    near: tuple[Near, ...] = ()
    similar: tuple[SimilarCase, ...] = ()
    courses: tuple[CourseRow, ...] = ()
    ticket: Mapping[str, Any] | None = None
    mode: Mode = Mode.EXTRACTIVE
    suggestions: tuple[str, ...] = field(
        default=()
    )  # things to say next, for doors that have buttons; not part of the JSON
    evidence: Mapping[str, Any] | None = None  # why it is so, where staff asked for it; `explain` in the JSON

    def as_json(self) -> dict[str, Any]:
        """The answer as the command and the API print it; every key is always present, `explain` only where it was asked for."""
        told = {} if self.evidence is None else {"explain": dict(self.evidence)}
        return {
            "id": self.id,
            "outcome": self.outcome.value,
            "intent": self.intent.value,
            "answer": self.answer,
            "label": self.label,
            "confidence": round(self.confidence, 4),
            "citations": [citation.as_json() for citation in self.citations],
            "near": [near.as_json() for near in self.near],
            "similar": [case.as_json() for case in self.similar],
            "courses": [row.as_json() for row in self.courses],
            "ticket": dict(self.ticket) if self.ticket is not None else None,
            "mode": self.mode.value,
            **told,
        }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
