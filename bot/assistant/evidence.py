"""From passages found to citations shown: which documents yield to which, what is quoted of a clause, and the words about its validity."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from bot.assistant.shape import STATUS_WORDS, Citation, Near
from bot.rules.questions import Titles
from bot.rules.quoting import best_run, inside, stop_at, trim, without
from bot.rules.regions import covers
from corpora.document import Document, Kind, Node, NodeKind, Passage, Span, Status
from corpora.validity import status_on
from retrieval.protocols import Finder, Hit, Principal

_ABOVE_CLAUSES = frozenset(
    {NodeKind.DOCUMENT, NodeKind.ATTACHMENT, NodeKind.PART, NodeKind.CHAPTER, NodeKind.SECTION, NodeKind.TABLE}
)
MIN_QUOTE_CHARS = 4  # a shorter slice is a stray mark between two holes


@dataclass(frozen=True, slots=True)
class Quote:
    """A slice of a document with the name it is cited by."""

    document: Document
    clause: str
    span: Span
    page: int | None
    responsible: str = ""
    highlight: Span | None = None  # in characters of its text; found from the question where None

    @property
    def text(self) -> str:
        """The words themselves."""
        return self.document.text[self.span[0] : self.span[1]]

    def shortened(self, max_chars: int) -> "Quote | None":
        """The quote ended at a sentence so that it has at most `max_chars`; None when not even one sentence fits."""
        end = stop_at(self.text, max_chars)
        return replace(self, span=trim(self.document.text, (self.span[0], self.span[0] + end))) if end else None


class Shelf:
    """All documents that one principal may see, and how they stand to each other.

    What does not depend on a question is kept: with tens of thousands of documents even a look at each takes milliseconds.
    """

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = documents
        self.by_id = {document.id: document for document in documents}
        self.regions = frozenset(document.region for document in documents if document.region)
        self._superseded = _superseded(documents)
        self._originals = _originals(documents)
        # Ids to search when some documents yield to others; empty, which means all, when none does.
        self.candidates = frozenset(self.by_id).difference(self._originals) if self._originals else frozenset()
        self._of_kind = {
            kind: tuple(d for d in documents if d.kind is kind and d.id not in self._originals) for kind in Kind
        }
        self._by_region: dict[str | None, set[str]] = {}
        for document in self.of_kind(Kind.POLICY):
            self._by_region.setdefault(document.region, set()).add(document.id)

    def of_kind(self, kind: Kind) -> tuple[Document, ...]:
        """The documents of one kind; digests that an original replaces are left out."""
        return self._of_kind[kind]

    def about(self, places: Iterable[str]) -> frozenset[str]:
        """Ids of the policy documents whose region is, holds or lies in one of the places."""
        return frozenset[str]().union(
            *(ids for region, ids in self._by_region.items() if any(covers(region, place) for place in places))
        )

    @cached_property
    def titles(self) -> Titles:
        """The titles of the policy documents, in their order."""
        return Titles([document.title for document in self.of_kind(Kind.POLICY)])

    @cached_property
    def titles_with_regions(self) -> Titles:
        """The same, each with its region, by which people name a document too."""
        return Titles([f"{document.title} {document.region or ''}" for document in self.of_kind(Kind.POLICY)])

    @cached_property
    def by_number(self) -> dict[str, Document]:
        """The policy documents by the digits of their number; the first of several with the same."""
        found: dict[str, Document] = {}
        for document in self.of_kind(Kind.POLICY):
            found.setdefault(digits(document.number or ""), document)
        return found

    def status(self, document: Document, today: date) -> Status:
        """Its validity on a day."""
        return status_on(document, today, superseded=document.id in self._superseded)

    def originals(self, document: Document) -> frozenset[str]:
        """Ids of the originals that this digest yields to; empty for an original and for a digest that stands alone."""
        return self._originals.get(document.id, frozenset())

    def superseded(self, document: Document) -> bool:
        """Whether another document here replaces it."""
        return document.id in self._superseded


def quotes_of(hit: Hit) -> tuple[Quote, ...]:
    """The quotable slices of a passage, in order; most passages have one."""
    text = hit.document.text
    spans = (trim(text, span) for span in hit.passage.spans)
    return tuple(
        Quote(hit.document, hit.passage.clause, span, hit.passage.page, hit.passage.responsible)
        for span in spans
        if span[1] - span[0] >= MIN_QUOTE_CHARS
    )


def whole_unit(finder: Finder, hit: Hit, principal: Principal, max_chars: int) -> tuple[Quote, ...]:
    """The slices of the largest unit around a passage that is still one clause (an article, an item with its points) and fits.

    Falls back to the passage's own slices.
    """
    document = finder.document(hit.document.id, principal)
    if document is None or not hit.passage.spans:
        return quotes_of(hit)
    path = _path(document.tree, (hit.passage.spans[0][0], hit.passage.spans[-1][1]))
    best: tuple[Quote, ...] = ()
    for node in reversed(path):
        if not node.clause or node.kind in _ABOVE_CLAUSES:
            break
        quotes = tuple(
            Quote(document, node.clause, span, node.page, node.responsible or hit.passage.responsible)
            for piece in without(node.span, (*document.noise, *document.personal))
            if (span := trim(document.text, piece))[1] - span[0] >= MIN_QUOTE_CHARS
        )
        if sum(len(quote.text) for quote in quotes) > max_chars or len(quotes) > 2:
            break
        best = quotes
    return best or quotes_of(hit)


def distinct(quotes: Iterable[Quote], *, grow: bool = False) -> list[Quote]:
    """The quotes without overlaps within one document: of two, the one that comes first stays.

    Args:
        grow: A later quote that holds an earlier one takes its place.
    """
    kept: list[Quote] = []
    for quote in quotes:
        overlapping = [
            at
            for at, other in enumerate(kept)
            if other.document.id == quote.document.id and _overlap(other.span, quote.span)
        ]
        if not overlapping:
            kept.append(quote)
        elif grow and all(inside([kept[at].span], [quote.span]) for at in overlapping):
            kept[overlapping[0]] = quote
            kept = [other for at, other in enumerate(kept) if at not in overlapping[1:]]
    return kept


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def within(quotes: Sequence[Quote], max_chars: int) -> list[Quote]:
    """As many of the quotes, best first, as fit together; the last one may end at a sentence."""
    kept: list[Quote] = []
    left = max_chars
    for quote in quotes:
        if len(quote.text) <= left:
            kept.append(quote)
            left -= len(quote.text)
            continue
        shorter = quote.shortened(left) if left >= 80 or not kept else None
        if shorter:
            kept.append(shorter)
            left -= len(shorter.text)
    return kept


def cite(quotes: Sequence[Quote], *, question: str, shelf: Shelf, today: date) -> tuple[Citation, ...]:
    """Number the quotes as citations, each with the run in it that fits the question best."""
    return tuple(_citation(n, quote, question, shelf, today) for n, quote in enumerate(quotes, start=1))


def near(hits: Sequence[Hit], *, limit: int = 3) -> tuple[Near, ...]:
    """Pointers to the first clauses, each once."""
    found: dict[tuple[str, str], Near] = {}
    for hit in hits:
        key = (hit.document.id, hit.passage.clause)
        span = hit.passage.spans[0] if hit.passage.spans else (0, 0)
        found.setdefault(
            key,
            Near(
                hit.document.title, hit.document.number, hit.passage.clause, hit.document.source, hit.document.id, span
            ),
        )
    return tuple(found.values())[:limit]


def title(document: str) -> str:
    """The title in 《》, unless it has its own."""
    return document if "《" in document else f"《{document}》"


def shown_clause(clause: str) -> str:
    """A clause's name as it reads within a sentence: 一 rather than 一、."""
    return clause.rstrip("、. ")


def standing(citation: Citation, document: Document) -> str:
    """（文号，有效期至…，现行有效）: what stands beside a citation; empty where there is nothing to say."""
    example = ["示例"] if document.example else []
    if document.kind is not Kind.POLICY:
        return f"（{example[0]}）" if example else ""
    facts = [citation.number or "", citation.region or "" if not citation.number else ""]
    if citation.valid_until:
        facts.append(f"有效期至{citation.valid_until.isoformat()}")
    elif citation.issued:
        facts.append(f"{citation.issued.isoformat()}印发")
    facts += [_standing_word(citation), *example]
    return f"（{'，'.join(fact for fact in facts if fact)}）"


def sources(citations: Sequence[Citation], shelf: Shelf) -> str:
    """One line a document: [1][2] 《…》第十二条、第十三条（…）."""
    grouped: dict[str, list[Citation]] = {}
    for citation in citations:
        grouped.setdefault(citation.document_id or citation.document, []).append(citation)
    lines = []
    for same in grouped.values():
        marks = "".join(f"[{citation.n}]" for citation in same)
        clauses = "、".join(dict.fromkeys(shown_clause(citation.clause) for citation in same if citation.clause))
        lines.append(f"{marks} {title(same[0].document)}{clauses}{standing(same[0], shelf.by_id[same[0].document_id])}")
    return "\n".join(lines)


def _standing_word(citation: Citation) -> str:
    if citation.status is Status.EXPIRED and not citation.valid_until:
        return "所述活动已过"
    if citation.status is Status.IN_FORCE and not citation.valid_until:
        return "未注明有效期"
    return STATUS_WORDS[citation.status]


def warning(citation: Citation) -> str:
    """One sentence when the cited document is not in force; empty when it is, or when that is unknown."""
    name = title(citation.document)
    if citation.status is Status.EXPIRED and citation.valid_until:
        return f"注意：{name}已于{citation.valid_until.isoformat()}到期，以下是当时的规定。"
    if citation.status is Status.EXPIRED:
        return f"注意：{name}说的事已经过去，以下是当时的内容。"
    if citation.status is Status.SUPERSEDED:
        return f"注意：{name}已被新文件替代，请以新文件为准。"
    if citation.status is Status.DRAFT:
        return f"注意：{name}是征求意见稿，还不是正式文件。"
    if citation.status is Status.NOT_YET:
        return f"注意：{name}尚未开始施行。"
    if citation.status is Status.DIGEST:
        return "注意：这是摘要，不是原文，办事请以原件为准。"
    return ""


def _citation(n: int, quote: Quote, question: str, shelf: Shelf, today: date) -> Citation:
    document = quote.document
    return Citation(
        n=n,
        document=document.title,
        number=document.number,
        clause=quote.clause,
        quote=quote.text,
        source=document.source,
        page=quote.page,
        region=document.region,
        issued=document.issued,
        valid_until=document.valid_until,
        status=shelf.status(document, today),
        document_id=document.id,
        span=quote.span,
        highlight=quote.highlight or best_run(question, quote.text),
    )


def _path(node: Node, span: Span) -> list[Node]:
    """The nodes from the root down to the smallest one that holds the span."""
    path = [node]
    while True:
        inner = next(
            (child for child in path[-1].children if child.span[0] <= span[0] and span[1] <= child.span[1]), None
        )
        if inner is None:
            return path
        path.append(inner)


def _superseded(documents: Sequence[Document]) -> frozenset[str]:
    """Ids of the documents whose number or title another one says it repeals."""
    repealed = {(_bare(name), document.id) for document in documents for name in document.replaces}
    names = {name for name, _ in repealed}
    return frozenset(
        document.id
        for document in documents
        if any(
            _bare(own) in names and (_bare(own), document.id) not in repealed
            for own in (document.number or "", document.title)
            if own
        )
    )


def _originals(documents: Sequence[Document]) -> dict[str, frozenset[str]]:
    """For each digest the originals with its number or its title."""
    numbers: dict[str, set[str]] = {}
    titles: dict[str, set[str]] = {}
    for document in documents:
        if not document.digest:
            if document.number:
                numbers.setdefault(_bare(document.number), set()).add(document.id)
            titles.setdefault(_bare(document.title), set()).add(document.id)
    found: dict[str, frozenset[str]] = {}
    for document in documents:
        if document.digest:
            same = numbers.get(_bare(document.number or ""), set()) | titles.get(_bare(document.title), set())
            if same:
                found[document.id] = frozenset(same)
    return found


def _bare(name: str) -> str:
    """A title or number without marks, blanks and the word digest, for comparing."""
    inner = re.search(r"《(.+)》", name)
    text = inner[1] if inner else name
    return re.sub(r"[\s《》〔〕\[\]（）()【】“”\"·—\-]|摘要|要点|（试行）|试行|非原文|示例", "", text)


def digits(text: str) -> str:
    """The digits of a text, by which numbers of documents are compared: 〔2026〕187号 and [2026] 187 号 are the same."""
    return re.sub(r"\D", "", text)


def passage_chars(passage: Passage) -> int:
    """How long its quotable slices are together."""
    return sum(end - start for start, end in passage.spans)
