"""The cells of a table's rows, from what the tree keeps of them. Pure."""

import re
from collections.abc import Iterator

from corpora.document import Node, NodeKind, Span

SEPARATOR = re.compile(r"[\t|]")
RULINGS = re.compile(r"[\s|+:：\-–—=]+")
MAX_DELIMITER_CHARS = 3  # a comma between quotes


def header_of(table: Node) -> tuple[str, ...]:
    """The column names that the rows carry; empty when they carry none."""
    for child in table.children:
        found = child.header or header_of(child)
        if found:
            return found
    return ()


def rows_of(table: Node) -> Iterator[Node]:
    """The rows, those below groups included."""
    for child in table.children:
        if child.kind is NodeKind.HEADING:
            yield from rows_of(child)
        else:
            yield child


def repeats_header(words: str, header: tuple[str, ...]) -> bool:
    """Whether a table's own characters are its header, or the lines drawn between its cells."""
    return RULINGS.sub("", words) in RULINGS.sub("", "".join(header))


def cells_of(text: str, row: Node, *, with_children: bool = True) -> list[list[Span]]:
    """The row's cells in order, each a list of spans; an empty list is an empty cell.

    Args:
        with_children: Numbered lines inside a cell are the row's children; they stay with the cell that they stand in.
    """
    below = [span for child in row.children for span in all_own(child)] if with_children else []
    cells: list[list[Span]] = []
    end = row.span[0]
    for start, stop in sorted([*row.own, *below]):
        parted = _parts_cells(text[end:start])
        for at, piece in enumerate(_split(text, start, stop)):
            if at or parted or not cells:
                cells.append([piece] if piece[0] < piece[1] else [])
            else:
                cells[-1].append(piece)
        end = stop
    return cells


def fitted(cells: list[list[Span]], columns: int, *, from_right: bool) -> list[list[Span]]:
    """The cells in as many columns, or one cell with everything where they do not fit.

    Args:
        from_right: Empty cells are added at the left, where a row shares what is printed above it.
    """
    if len(cells) > columns:
        cells = [cell for cell in cells if cell]
    if len(cells) > columns:
        return [[span for cell in cells for span in cell]]
    if len(cells) == 1:
        return cells
    missing: list[list[Span]] = [[] for _ in range(columns - len(cells))]
    return [*missing, *cells] if from_right else [*cells, *missing]


def all_own(node: Node) -> Iterator[Span]:
    """The characters of a node and of everything below it, in spans."""
    yield from node.own
    for child in node.children:
        yield from all_own(child)


def _parts_cells(gap: str) -> bool:
    """Whether what stands between two runs of a row's characters parts two cells: a tab, a pipe, or a comma in quotes.

    Anything longer is noise that was cut out of one cell, such as a page mark.
    """
    return bool(SEPARATOR.search(gap)) or 0 < len(gap.strip()) <= MAX_DELIMITER_CHARS


def _split(text: str, start: int, end: int) -> Iterator[Span]:
    """The parts between separators, blanks around them left out; an empty part is an empty span."""
    at = start
    for found in SEPARATOR.finditer(text, start, end):
        yield _trimmed(text, at, found.start())
        at = found.end()
    yield _trimmed(text, at, end)


def _trimmed(text: str, start: int, end: int) -> Span:
    words = text[start:end]
    start += len(words) - len(words.lstrip())
    return start, max(start, start + len(words.strip()))
