"""Where the ruled tables of a PDF page stand, and what place of the grid a point lies in."""

import io
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from corpora.loaders.writing import Covered

Box = tuple[float, float, float, float]  # left, bottom, right, top; y upwards
_NEAR = 3.0  # points; edges closer than this are one ruling


@dataclass(frozen=True, slots=True)
class Grid:
    """A table's grid. `rows` has an empty text where a cell begins, else whence a merged cell covers the place."""

    box: Box
    columns: tuple[float, ...]  # left edges, ascending
    lines: tuple[float, ...]  # negated top edges, ascending, so that rows run downwards
    rows: tuple[tuple[str | Covered, ...], ...]
    origins: tuple[tuple[tuple[int, int], ...], ...]  # for each place the cell that covers it

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies inside."""
        left, bottom, right, top = self.box
        return left - 1 <= x <= right + 1 and bottom - 1 <= y <= top + 1

    def place(self, x: float, y: float) -> tuple[int, int] | None:
        """Row and column of the cell at a point, None outside."""
        if not self.holds(x, y):
            return None
        row = max(0, bisect_right(self.lines, -y) - 1)
        column = max(0, bisect_right(self.columns, x) - 1)
        return self.origins[row][column]


def grids_of(data: bytes, pages: Sequence[int]) -> Iterator[tuple[int, list[Grid]]]:
    """Page index and grids, for each of the given pages that has some."""
    if not pages:
        return
    import pdfplumber

    with pdfplumber.open(io.BytesIO(data), pages=[index + 1 for index in pages]) as document:
        for page in document.pages:
            if page.bbox[:2] != (0, 0):  # places of the two libraries would differ
                continue
            found = [grid for table in page.find_tables() if (grid := _grid(table, float(page.height))) is not None]
            if found:
                yield page.page_number - 1, found
            page.close()


def _grid(table: Any, height: float) -> Grid | None:
    """A grid of at least two rows and columns, None for a frame."""
    boxes: list[Box] = [(left, height - bottom, right, height - top) for left, top, right, bottom in table.cells]
    columns = _edges([box[0] for box in boxes])
    lines = _edges([-box[3] for box in boxes])
    if len(columns) < 2 or len(lines) < 2:
        return None
    rows: list[list[str | Covered]] = [[""] * len(columns) for _ in lines]
    origins = [[(row, column) for column in range(len(columns))] for row in range(len(lines))]
    for left, bottom, right, top in boxes:
        row, column = _at(lines, -top), _at(columns, left)
        for below in range(row, len(lines)):
            if -lines[below] <= bottom + _NEAR:
                break
            for beside in range(column, len(columns)):
                if columns[beside] >= right - _NEAR:
                    break
                origins[below][beside] = (row, column)
                if below > row:
                    rows[below][beside] = Covered.ABOVE
                elif beside > column:
                    rows[below][beside] = Covered.LEFT
    left, top, right, bottom = table.bbox
    return Grid(
        box=(left, height - bottom, right, height - top),
        columns=tuple(columns),
        lines=tuple(lines),
        rows=tuple(map(tuple, rows)),
        origins=tuple(map(tuple, origins)),
    )


def _edges(values: Sequence[float]) -> list[float]:
    edges: list[float] = []
    for value in sorted(values):
        if not edges or value - edges[-1] > _NEAR:
            edges.append(value)
    return edges


def _at(edges: Sequence[float], value: float) -> int:
    return max(0, bisect_right(edges, value + _NEAR) - 1)
