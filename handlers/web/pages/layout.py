"""A document's tree laid out for reading: blocks in order, each cut into segments that are plain, marked or masked. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

from corpora.document import Document, Node, NodeKind, Span
from handlers.web.masking import MASK

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
    """A row of a table; one cell with everything where the columns are not known."""

    anchor: str
    cells: tuple[tuple[Segment, ...], ...]
    cited: bool


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
    responsible: str = ""
    header: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()


class Reader:
    """Cuts one document for one reader.

    Args:
        marks: Cited characters, ascending.
        hidden: Characters this reader must not see, ascending.
    """

    def __init__(self, document: Document, *, marks: Sequence[Span], hidden: Sequence[Span]) -> None:
        self._text = document.text
        self._marks = marks
        self._hidden = hidden
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
            clause=node.clause,
            segments=segments,
            cited=self._touches(spans),
            title=first and _is_title(node, spans),
            page=turned,
            responsible=node.responsible if first else "",
        )

    def _table(self, node: Node, level: int) -> Block:
        rows = [child for child in node.children if child.kind is NodeKind.ROW]
        header = next((row.header for row in rows if row.header), ())
        laid = tuple(self._row(row, len(header)) for row in rows)
        caption = tuple(self._segments(list(node.own), label=""))
        return Block(node.kind.value, level, f"c{node.span[0]}", node.clause, caption, header=header, rows=laid)

    def _row(self, row: Node, columns: int) -> Row:
        spans = [*row.own, *(span for child in row.children for span in _all_own(child))]
        spans.sort()
        cells = [[span] for span in spans] if len(spans) == columns else [spans]
        return Row(
            f"c{row.span[0]}", tuple(tuple(self._segments(cell, label="")) for cell in cells), self._touches(spans)
        )

    def _touches(self, spans: Sequence[Span]) -> bool:
        return any(low < end and start < high for start, end in spans for low, high in self._marks)

    def _segments(self, spans: list[Span], *, label: str) -> Iterator[Segment]:
        before = ""
        for start, end in spans:
            if before:
                yield Segment(_joint(before, self._text[start]))
            strong_to = start
            if label and self._text.startswith(label, start):
                strong_to = start + len(label)
            label = ""
            for low, high in self._cuts(start, end, strong_to):
                yield self._segment(low, high, strong=low < strong_to)
            before = self._text[end - 1] if end > start else before

    def _cuts(self, start: int, end: int, strong_to: int) -> Iterator[Span]:
        edges = {start, end, strong_to}
        for low, high in (*self._marks, *self._hidden):
            edges.update(edge for edge in (low, high) if start < edge < end)
        ordered = sorted(edge for edge in edges if start <= edge <= end)
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


def _all_own(node: Node) -> Iterator[Span]:
    yield from node.own
    for child in node.children:
        yield from _all_own(child)


def _joint(before: str, after: str) -> str:
    """What stands between two spans of one unit: a page mark was cut out inside a sentence, or a paragraph ended."""
    if before in STOPS:
        return "\n"
    return " " if before.isascii() and after.isascii() and not (before.isspace() or after.isspace()) else ""
