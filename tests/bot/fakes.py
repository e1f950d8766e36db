"""A small library in memory: scores passages by the pairs of characters they share with the query. It knows no meaning, only words."""

from collections.abc import Sequence
from datetime import date

from bot.rules.wording import grams
from corpora.document import Course, Document, Kind, Node, NodeKind, Passage, Solution, Visibility
from retrieval.protocols import Found, Hit, Principal, Query

TODAY = date(2026, 11, 21)  # a Saturday
ANSWERS = 0.34  # share of the query's pairs that a passage must hold to count as an answer
POINTS = 0.15


class MemoryFinder:
    """Implements `retrieval.protocols.Finder` over documents given as values."""

    def __init__(self, documents: Sequence[Document], passages: Sequence[Passage]) -> None:
        self._documents = tuple(documents)
        self._passages = tuple(passages)
        self.asked: list[Query] = []

    def search(self, query: Query, principal: Principal) -> Found:
        self.asked.append(query)
        wanted = grams(query.text)
        home = {document.id: document for document in self.documents(principal)}
        hits = []
        for passage in self._passages:
            document = home.get(passage.document_id)
            if (
                document is None
                or passage.kind not in query.kinds
                or query.documents
                and document.id not in query.documents
            ):
                continue
            body, head = grams(passage.text), grams(passage.context) | grams(document.title)
            score = sum(1.0 if gram in body else 0.5 if gram in head else 0.0 for gram in wanted) / max(1, len(wanted))
            hits.append(Hit(passage, document, score))
        hits.sort(key=lambda hit: (-hit.score, hit.document.id, hit.passage.order))
        best = hits[0].score if hits else 0.0
        return Found(tuple(hits[: query.top_k]), min(1.0, best), best >= ANSWERS, POINTS <= best < ANSWERS)

    def document(self, document_id: str, principal: Principal) -> Document | None:
        return next((document for document in self.documents(principal) if document.id == document_id), None)

    def documents(self, principal: Principal) -> Sequence[Document]:
        if principal.sees >= {document.visibility for document in self._documents}:
            return self._documents
        return tuple(document for document in self._documents if document.visibility in principal.sees)

    def passages(self, document_id: str, principal: Principal) -> Sequence[Passage]:
        del principal
        return tuple(passage for passage in self._passages if passage.document_id == document_id)

    def courses(self, principal: Principal) -> Sequence[tuple[Course, Document]]:
        return [(course, document) for document in self.documents(principal) for course in document.courses]

    def solutions(self, principal: Principal) -> Sequence[tuple[Solution, Document]]:
        return [(document.solution, document) for document in self.documents(principal) if document.solution]


def document(
    id: str, title: str, clauses: Sequence[tuple[str, str]], *, kind: Kind = Kind.POLICY, **known: object
) -> tuple[Document, list[Passage]]:
    """A document whose text is its clauses, one a line, and one passage for each."""
    text, nodes, spans = "", [], []
    for clause, words in clauses:
        start = len(text)
        text += f"{words}\n"
        span = (start, len(text) - 1)
        spans.append((clause, span))
        nodes.append(Node(NodeKind.ARTICLE, clause, "", clause, span, (span,)))
    tree = Node(NodeKind.DOCUMENT, "", title, "", (0, len(text)), (), tuple(nodes))
    made = Document(id, kind, f"{id}.txt", title, text, tree, **known)  # type: ignore[arg-type]
    passages = [
        Passage(f"{id}-{order}", id, kind, clause, text[span[0] : span[1]], title, (span,), order)
        for order, (clause, span) in enumerate(spans)
    ]
    return made, passages


def catalogue(rows: Sequence[Course], *, id: str = "courses") -> tuple[Document, list[Passage]]:
    """A course catalogue, one row a line."""
    text, placed = "", []
    for row in rows:
        start = len(text)
        text += f"{row.id},{row.title},{row.start},{row.place},{row.price},{row.seats},{row.level},{row.summary}\n"
        placed.append(
            Course(
                row.id,
                row.title,
                row.start,
                row.end,
                row.hours,
                row.place,
                row.price,
                row.seats,
                row.level,
                row.summary,
                (start, len(text) - 1),
                row.online,
                row.example,
            )
        )
    made = Document(
        id,
        Kind.COURSE,
        f"{id}.csv",
        "课程目录",
        text,
        Node(NodeKind.DOCUMENT, "", "", "", (0, len(text)), ()),
        courses=tuple(placed),
    )
    passages = [
        Passage(f"{id}-{n}", id, Kind.COURSE, c.title, text[c.span[0] : c.span[1]], "课程目录", (c.span,), n)
        for n, c in enumerate(placed)
    ]
    return made, passages


def course(
    id: str,
    title: str,
    start: date,
    *,
    hours: str = "9:00-17:00",
    place: str = "长沙",
    price: int | None = 1800,
    seats: int | None = 5,
    level: str = "入门",
    summary: str = "",
    online: bool = False,
) -> Course:
    """A course row; its span is set by `catalogue`."""
    return Course(id, title, start, None, hours, place, price, seats, level, summary, (0, 0), online)


def case(
    id: str, title: str, *, symptom: str, cause: str, steps: str, equipment: str = "", domain: str = "moulding"
) -> tuple[Document, list[Passage]]:
    """A solved case with its three sections."""
    solution = Solution(id, title, domain, symptom, cause, steps, "", "", equipment, example=True)
    return document(
        id,
        title,
        [("现象", symptom), ("原因", cause), ("处理步骤", steps)],
        kind=Kind.SOLUTION,
        solution=solution,
        example=True,
    )


def library(*parts: tuple[Document, list[Passage]]) -> MemoryFinder:
    """A finder over the parts."""
    return MemoryFinder([made for made, _ in parts], [passage for _, passages in parts for passage in passages])


STAFF_ONLY = Visibility.STAFF
