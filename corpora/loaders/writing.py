"""Puts an Extract together, line by line, for formats whose text does not lie in the file as such."""

import re
from collections.abc import Mapping, Sequence
from enum import Enum

from corpora.document import Extract, Span, Table

_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_TABS = re.compile(r"\t+ *")
_EMPTY_LINES = re.compile(r"\s*\n\s*")


class Covered(Enum):
    """A place in a table that a merged cell reaches from elsewhere: it gets that cell's span."""

    ABOVE = "above"
    LEFT = "left"


Cell = str | Covered


class Writer:
    """Collects lines and tables in reading order; every line ends with a line feed."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._noise: list[Span] = []
        self._tables: list[Table] = []
        self._pages: list[tuple[int, int]] = []
        self.notes: list[str] = []

    def line(self, text: str, *, noise: bool = False, starts: Sequence[tuple[int, int]] = ()) -> None:
        """One paragraph; inner line feeds stay. Blank text writes nothing.

        Args:
            text: The words.
            noise: Not part of the document.
            starts: Where in clean words a further page begins: offset in `text`, page number.
        """
        text = clean(text).strip()
        if not text:
            return
        self._pages.extend((self._length + offset, number) for offset, number in starts)
        span = self._write(text)
        self._write("\n")
        if noise:
            self._noise.append(span)

    def page(self, number: int) -> None:
        """What follows stands on this page."""
        self._pages.append((self._length, number))

    def table(
        self,
        rows: Sequence[Sequence[Cell]],
        *,
        noise: frozenset[int] = frozenset(),
        starts: Mapping[int, int] | None = None,
    ) -> None:
        """A row after another, cells parted by tabs; line feeds inside a cell stay. Rows without words are left out.

        Args:
            rows: Cell texts, or whence a merged cell covers the place.
            noise: Indices of rows that are no part of the table: running heads, a header repeated on a further page.
            starts: Index of the row that begins a page, and the page's number.
        """
        start = self._length
        spans: list[tuple[Span, ...]] = []
        for index, row in enumerate(rows):
            if starts and index in starts:
                self._pages.append((self._length, starts[index]))
            if not any(isinstance(cell, str) and cell.strip() for cell in row):
                continue
            begin = self._length
            cells = self._row(row, spans[-1] if spans else ())
            if index in noise:
                self._noise.append((begin, self._length))
            else:
                spans.append(cells)
            self._write("\n")
        if spans:
            self._tables.append(Table(span=(start, self._length - 1), rows=tuple(spans)))

    def extract(self) -> Extract:
        """All that was written."""
        return Extract(
            text="".join(self._parts),
            pages=tuple(self._pages),
            noise=tuple(self._noise),
            tables=tuple(self._tables),
            notes=tuple(dict.fromkeys(self.notes)),
        )

    def _row(self, row: Sequence[Cell], above: Sequence[Span]) -> tuple[Span, ...]:
        cells: list[Span] = []
        for column, cell in enumerate(row):
            if column:
                self._write("\t")
            if cell is Covered.ABOVE and column < len(above):
                cells.append(above[column])
            elif cell is Covered.LEFT and cells:
                cells.append(cells[-1])
            else:
                cells.append(self._write(_tidy(cell) if isinstance(cell, str) else ""))
        return tuple(cells)

    def _write(self, text: str) -> Span:
        start = self._length
        self._parts.append(text)
        self._length += len(text)
        return start, self._length


def _tidy(cell: str) -> str:
    return _EMPTY_LINES.sub("\n", _TABS.sub(" ", clean(cell).strip()))


def clean(text: str) -> str:
    """Without control characters; halves of surrogate pairs become the replacement character."""
    return _CONTROL.sub("", _SURROGATE.sub("�", text))


def joined(lines: Sequence[str]) -> str:
    """Printed lines of one paragraph put together: with a blank only where two Latin words or numbers meet."""
    text = ""
    for line in lines:
        line = line.strip(" \t\n")
        if (
            text
            and line
            and text[-1].isascii()
            and line[0].isascii()
            and text[-1] not in "-(/"
            and line[0] not in ").,;"
        ):
            text += " "
        text += line
    return text
