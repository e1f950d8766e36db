"""A document's tree laid out for reading: blocks in order, each cut into segments that are plain, marked or masked. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

from corpora.document import Document, Node, NodeKind, Span
from handlers.web.masking import MASK, hidden_spans, masked_words
from handlers.web.pages.cells import cells_of, fitted, header_of, repeats_header, rows_of
from retrieval.protocols import Principal

BLANKS = re.compile(r"[ \t\u3000]*\n\s*")
TITLES = frozenset({NodeKind.PART, NodeKind.CHAPTER, NodeKind.SECTION, NodeKind.ATTACHMENT, NodeKind.HEADING})
MAX_TITLE_CHARS = 60  # a longer "heading" is a paragraph that begins with a number
STOPS = "。；：！？!?;:"


@dataclass(frozen=True, slots=True)
class Segment:
    """Characters that look alike."""

    text: str
    marked: bool = False
    hidden: bool = False
    strong: bool = False  # the number of a clause
    here: bool = False  # the first marked characters of the page: where the reader is taken


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: as many cells as columns, or one with everything where the columns are not known."""

    anchor: str
    cells: tuple[tuple[Segment, ...], ...]
    cited: bool
    group: bool = False  # names the rows below it; one cell


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a paragraph or a table."""

    kind: str
    level: int  # depth in the tree, from 0
    anchor: str
    clause: str
    segments: tuple[Segment, ...]
    cited: bool = False
    title: bool = False  # shown as a heading
    page: int | None = None  # set where a new page begins
    header: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()


class Reader:
    """Cuts one document for one reader.

    Args:
        marks: Cited characters, ascending.
        principal: Who reads; what this one must not see is masked.
    """

    def __init__(self, document: Document, principal: Principal, *, marks: Sequence[Span]) -> None:
        self._text = document.text
        self._marks = marks
        self._hidden = hidden_spans(document, principal)
        self._principal = principal
        self._arrived = False
        self._page: int | None = None

    def blocks(self, node: Node, level: int = 0) -> Iterator[Block]:
        """The node and everything below it, in the order of the text."""
        if node.kind is NodeKind.TABLE:
            yield self._table(node, level)
            return
        first = True
        for part in self._parts(node):
            if isinstance(part, Node):
                yield from self.blocks(part, level + 1)
            else:
                yield self._block(node, part, level, first=first)
                first = False

    def _parts(self, node: Node) -> Iterator[Node | list[Span]]:
        """Own characters and children by place; runs of own spans between two children are one part."""
        places: list[tuple[int, Node | Span]] = [(span[0], span) for span in node.own]
        places += [(child.span[0], child) for child in node.children]
        run: list[Span] = []
        for _, item in sorted(places, key=itemgetter(0)):
            if not isinstance(item, Node):
                run.append(item)
                continue
            if run:
                yield run
                run = []
            yield item
        if run:
            yield run

    def _block(self, node: Node, spans: list[Span], level: int, *, first: bool) -> Block:
        turned = node.page if first and node.page != self._page else None
        self._page = node.page or self._page
        segments = tuple(self._segments(spans, label=node.label if first else ""))
        return Block(
            kind=node.kind.value,
            level=level,
            anchor=f"c{spans[0][0]}",
            clause=masked_words(node.clause, self._principal),
            segments=segments,
            cited=self._touches(spans),
            title=first and _is_title(node, spans),
            page=turned,
        )

    def _table(self, node: Node, level: int) -> Block:
        header = header_of(node)
        own = [span for span in node.own if not repeats_header(self._text[span[0] : span[1]], header)]
        grouped = any(child.kind is NodeKind.HEADING for child in node.children)
        columns = max(len(header), 1)
        if grouped:
            # A group stands in a row of its own above its rows, so the columns that named it are empty below.
            columns = min(columns, max((len(cells_of(self._text, row)) for row in rows_of(node)), default=1))
        return Block(
            kind=node.kind.value,
            level=level,
            anchor=f"c{node.span[0]}",
            clause=masked_words(node.clause, self._principal),
            segments=tuple(self._segments(own)),
            header=tuple(masked_words(name, self._principal) for name in header[len(header) - columns :]),
            rows=tuple(self._rows(node, columns, grouped=grouped)),
        )

    def _rows(self, node: Node, columns: int, *, grouped: bool) -> Iterator[Row]:
        for child in node.children:
            if child.kind is NodeKind.HEADING:
                words = [span for cell in cells_of(self._text, child, with_children=False) for span in cell]
                cell = tuple(self._segments(words, joint=" "))
                yield Row(f"c{child.span[0]}", (cell,), self._touches(child.own), group=True)
                yield from self._rows(child, columns, grouped=grouped)
            else:
                cells = fitted(cells_of(self._text, child), columns, from_right=grouped or bool(child.lead))
                laid = tuple(tuple(self._segments(cell, joint="\n")) for cell in cells)
                yield Row(f"c{child.span[0]}", laid, self._touches([span for cell in cells for span in cell]))

    def run(self, span: Span) -> tuple[Segment, ...]:
        """Characters outside the tree's order, such as one row of a catalogue."""
        return tuple(self._segments([span]))

    def is_cited(self, span: Span) -> bool:
        """Whether a mark touches these characters."""
        return self._touches([span])

    def _touches(self, spans: Sequence[Span]) -> bool:
        return any(low < end and start < high for start, end in spans for low, high in self._marks)

    def _segments(self, spans: Sequence[Span], *, label: str = "", joint: str | None = None) -> Iterator[Segment]:
        """The spans in pieces that look alike.

        Args:
            label: The number that the first span begins with, shown strong.
            joint: Stands between two spans; None chooses by what they end and begin with.
        """
        before = ""
        for start, end in spans:
            if before:
                yield Segment(_joint(before, self._text[start]) if joint is None else joint)
            strong_to = start + len(label) if label and self._text.startswith(label, start) else start
            label = ""
            for low, high in self._cuts(start, end, strong_to):
                yield self._segment(low, high, strong=low < strong_to)
            before = self._text[end - 1] if end > start else before

    def _cuts(self, start: int, end: int, strong_to: int) -> Iterator[Span]:
        edges = {start, end, min(strong_to, end)}
        for low, high in (*self._marks, *self._hidden):
            edges.update(edge for edge in (low, high) if start < edge < end)
        ordered = sorted(edges)
        yield from zip(ordered, ordered[1:], strict=False)

    def _segment(self, start: int, end: int, *, strong: bool) -> Segment:
        marked = any(low <= start < high for low, high in self._marks)
        hidden = any(low <= start < high for low, high in self._hidden)
        here = marked and not self._arrived
        self._arrived = self._arrived or marked
        text = MASK * (end - start) if hidden else BLANKS.sub("\n", self._text[start:end])
        return Segment(text, marked, hidden, strong, here)


def _is_title(node: Node, spans: Sequence[Span]) -> bool:
    return node.kind in TITLES and bool(node.heading) and sum(end - start for start, end in spans) <= MAX_TITLE_CHARS


def _joint(before: str, after: str) -> str:
    """What stands between two spans of one unit: a page mark was cut out inside a sentence, or a paragraph ended."""
    if before in STOPS:
        return "\n"
    return " " if before.isascii() and after.isascii() and not (before.isspace() or after.isspace()) else ""
