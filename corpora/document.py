"""The words of the house: extract, document, node, passage, course, solution. Values only; nothing here reads or decides.

Every offset counts characters of `Extract.text` or `Document.text`; a span is half open. A quote shown to a person is always
`document.text[start:end]` of one span, so it is a contiguous slice of the original characters by construction.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

Span = tuple[int, int]


class Kind(StrEnum):
    """What a file was ingested as."""

    POLICY = "policy"
    COURSE = "course"
    SOLUTION = "solution"


class Status(StrEnum):
    """Validity of a document on a day, as shown beside every citation."""

    IN_FORCE = "in_force"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    SUPERSEDED = "superseded"
    DRAFT = "draft"
    DIGEST = "digest"
    UNKNOWN = "unknown"


class Visibility(StrEnum):
    """Who may see a document: everyone, signed-in firms and engineers, or staff."""

    PUBLIC = "public"
    MEMBERS = "members"
    STAFF = "staff"


class NodeKind(StrEnum):
    """The units of a Chinese official text, outermost first."""

    DOCUMENT = "document"  # the root
    ATTACHMENT = "attachment"  # 附件
    PART = "part"  # 编
    CHAPTER = "chapter"  # 章
    SECTION = "section"  # 节
    ARTICLE = "article"  # 条
    HEADING = "heading"  # 一、 or an unnumbered heading
    SUBHEADING = "subheading"  # （一）
    POINT = "point"  # 1.
    SUBPOINT = "subpoint"  # （1）
    TABLE = "table"
    ROW = "row"
    PARAGRAPH = "paragraph"  # 款, or running text without a number
    FRONT = "front"  # title, number, addressee, signature: kept, not a clause


@dataclass(frozen=True, slots=True)
class Table:
    """A table that the file format itself marks (DOCX, HTML, PDF rulings, XLSX). Cells are spans of `Extract.text`, row by row."""

    span: Span
    rows: tuple[tuple[Span, ...], ...]


@dataclass(frozen=True, slots=True)
class Extract:
    """What a loader read out of one file, before anything is understood.

    `text` holds the original characters in reading order, one line a paragraph; nothing is normalised.
    """

    text: str
    pages: tuple[
        tuple[int, int], ...
    ] = ()  # (offset where the page starts, its number), ascending; empty when the format has no pages
    noise: tuple[
        Span, ...
    ] = ()  # running heads, page marks, format marks (Markdown `#`, `**`): in `text`, but not part of the document
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()  # what was not understood or skipped, one sentence each


@dataclass(frozen=True, slots=True)
class Node:
    """One unit of a document's tree.

    The own spans of all nodes, in order, cover every non-blank character of the document that is not noise, each exactly once.
    """

    kind: NodeKind
    label: str  # number as printed: 第七条, （三）, 2., 附件; empty when it has none
    heading: str  # words of its heading line after the label; empty when the unit is running text
    clause: str  # the full citable name: 第七条（三）, 附件 · 二、人才集聚与协同 · 2.1
    span: Span  # from its first character to the last one of its last child
    own: tuple[Span, ...]  # its own characters, children and noise excluded
    children: tuple["Node", ...] = ()
    page: int | None = None
    responsible: str = ""  # the trailing 责任单位, without brackets
    lead: str = ""  # lead sentence that governs it (第七条's 应同时具备以下基本条件 for its items); empty when none
    header: tuple[str, ...] = ()  # for table rows: column names in order


@dataclass(frozen=True, slots=True)
class Course:
    """One row of a course catalogue. Prices in yuan; times local to the centre."""

    id: str
    title: str
    start: date | None
    end: date | None
    hours: str  # as printed: 周六、周日 9:00-17:00
    place: str
    price: int | None
    seats: int | None  # free seats
    level: str  # 入门, 初级, 中级, 高级 or as printed
    summary: str
    span: Span  # the row in Document.text
    online: bool = False
    example: bool = False


@dataclass(frozen=True, slots=True)
class Solution:
    """A solved engineering case. Each field is the section's text; empty when the file has none."""

    id: str
    title: str
    domain: str  # a code of the house: machining, moulding, ...
    symptom: str
    cause: str
    steps: str
    verification: str
    limits: str
    equipment: str
    example: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """One document as it was understood. One file may hold several; `text` is then this document's slice of the file."""

    id: str  # hash of source, kind and text: the same file gives the same id on every machine
    kind: Kind
    source: str  # file name relative to the path that was ingested, with / between folders
    title: str
    text: str
    tree: Node
    number: str | None = None  # 文号
    issuer: str | None = None
    region: str | None = None  # 湖南省, 青岛市, 青岛西海岸新区
    issued: date | None = None
    effective: date | None = None
    valid_until: date | None = None  # last day in force
    event: date | None = None  # last day of the meeting or course that a notice calls to
    draft: bool = False
    digest: bool = False
    example: bool = False
    replaces: tuple[str, ...] = ()  # titles or numbers it repeals
    visibility: Visibility = Visibility.PUBLIC
    pages: tuple[tuple[int, int], ...] = ()
    noise: tuple[Span, ...] = ()
    personal: tuple[Span, ...] = ()  # telephone, identity and other personal numbers to be masked
    courses: tuple[Course, ...] = ()
    solution: Solution | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit that is indexed and found. Small passages (an item, a row) and their whole article stand side by side; spans tell which holds which."""

    id: str  # hash of document id, clause and spans
    document_id: str
    kind: Kind
    clause: str
    text: str  # the words themselves, at most MAX_PASSAGE_CHARS, noise left out; what is searched as the body
    context: str  # document title, heading path and lead sentence: searched as the headline, never quoted
    spans: tuple[
        Span, ...
    ]  # quotable slices of Document.text in order; noise (except ** inside a sentence) and personal numbers lie outside
    order: int  # place in the document, from 0
    page: int | None = None
    responsible: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """The outcome of reading one file."""

    source: str
    documents: tuple[Document, ...] = ()
    notes: tuple[str, ...] = ()  # what was not understood
    refused: str | None = None  # one sentence why nothing could be read
    passages: tuple[Passage, ...] = field(default=())
