"""Request and response shapes of the API."""

from datetime import date
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from bot.rules.wording import clean
from corpora.document import Course, Document, Status

MAX_PREV = 20  # the latest turns; no pronoun reaches further back


class QuestionIn(BaseModel):
    """A question and the asker's earlier turns."""

    model_config = ConfigDict(json_schema_extra={"example": {"text": "认定后的有效期多久？", "prev": []}})

    text: str = Field(description="问题，1 至 4000 字。")
    prev: list[str] | None = Field(None, description="同一个人先前说过的话，最早的在前。")
    explain: bool = Field(False, description="附上为什么这样答（explain）；只给中心工作人员。")

    def checked(self) -> tuple[str, tuple[str, ...]]:
        """The question and the latest earlier turns, fit to be asked.

        Raises:
            TooLong: more characters than are searched.
            Invalid: nothing to read, or a character that no text holds.
        """
        turns = [turn for turn in self.prev or () if turn.strip()]
        return clean(self.text), tuple(clean(turn) for turn in turns[-MAX_PREV:])


class ErrorFacts(BaseModel):
    """What went wrong."""

    kind: str = Field(description="invalid、unauthenticated、not_allowed、not_found、conflict、busy 或 unavailable。")
    message: str = Field(description="一句话说明发生了什么、怎么办。")
    state: str | None = None
    owner: str | None = None


class ErrorOut(BaseModel):
    """The body of every error."""

    error: ErrorFacts


class CitationOut(BaseModel):
    """One clause, quoted word for word."""

    n: int
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


class NearOut(BaseModel):
    """A clause that is close and does not answer."""

    document: str
    number: str | None
    clause: str
    source: str


class SimilarOut(BaseModel):
    """A solved case like the one asked about."""

    id: str
    title: str
    domain: str
    symptom: str


class CourseRowOut(BaseModel):
    """A course in an answer; price in yuan, free seats."""

    id: str
    title: str
    start: date | None
    place: str
    price: int | None
    seats: int | None
    level: str


class AnswerOut(BaseModel):
    """The answer, the same for command and API."""

    id: str
    outcome: str = Field(description="answered、clarify、no_answer、handoff 或 refused。")
    intent: str
    answer: str
    label: str
    confidence: float
    citations: list[CitationOut]
    near: list[NearOut]
    similar: list[SimilarOut]
    courses: list[CourseRowOut]
    ticket: dict[str, Any] | None
    mode: str = Field(description="extractive 或 generated。")
    explain: dict[str, Any] | None = Field(None, description="为什么这样答；只在工作人员要求时有。")


class DocumentOut(BaseModel):
    """What is known of a document. Dates are ISO; `valid_until` is the last day in force."""

    id: str
    kind: str
    title: str
    number: str | None
    issuer: str | None
    region: str | None
    issued: date | None
    effective: date | None
    valid_until: date | None
    status: Status
    source: str
    example: bool

    @classmethod
    def of(cls, document: Document, status: Status) -> Self:
        """The facts of one document."""
        return cls(
            id=document.id,
            kind=document.kind.value,
            title=document.title,
            number=document.number,
            issuer=document.issuer,
            region=document.region,
            issued=document.issued,
            effective=document.effective,
            valid_until=document.valid_until,
            status=status,
            source=document.source,
            example=document.example,
        )


class NodeOut(BaseModel):
    """One unit of a document; `text` is its own, without its children, personal numbers masked."""

    kind: str
    label: str
    clause: str
    text: str
    page: int | None
    responsible: str
    children: list["NodeOut"]


class DocumentWithTree(DocumentOut):
    """A document and how it was read."""

    tree: NodeOut


class CourseOut(CourseRowOut):
    """A row of the course catalogue."""

    end: date | None
    hours: str
    summary: str
    online: bool
    example: bool
    document: str = Field(description="目录所在文件的编号。")

    @classmethod
    def of(cls, course: Course, document: Document) -> Self:
        """One row and the catalogue it stands in."""
        return cls(
            id=course.id,
            title=course.title,
            start=course.start,
            end=course.end,
            hours=course.hours,
            place=course.place,
            price=course.price,
            seats=course.seats,
            level=course.level,
            summary=course.summary,
            online=course.online,
            example=course.example,
            document=document.id,
        )


class CourseIn(BaseModel):
    """One course as staff type it in. Days are ISO, price in yuan, free seats."""

    model_config = ConfigDict(extra="ignore")

    title: str = Field(description="课程名称；同名同开课日期的被替换。")
    start: date | None = None
    end: date | None = None
    hours: str = ""
    place: str = ""
    price: int | None = Field(None, ge=0)
    seats: int | None = Field(None, ge=0)
    level: str = ""
    summary: str = ""


class UploadedDocument(BaseModel):
    """A document that was read from an uploaded file."""

    id: str
    title: str
    number: str | None


class UploadedOut(BaseModel):
    """What became of an uploaded file."""

    name: str = Field(description="收录后的文件名，即回答里的出处。")
    kind: str
    documents: list[UploadedDocument]
    report: dict[str, Any] = Field(
        description="与 wenzhen ingest --json 相同：read、unchanged、removed、skipped、notes、documents、passages。"
    )


class DocumentList(BaseModel):
    """All documents that the asker may see."""

    items: list[DocumentOut]
    next: str | None = None


class CourseList(BaseModel):
    """All courses that the asker may see."""

    items: list[CourseOut]
    next: str | None = None
