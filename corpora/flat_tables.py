"""Tables that a conversion to plain text has flattened: one cell a line behind tabs, tabs inside a line, or pipes.

Finds where such a table stands and what its cells are; what the cells mean is read in table_rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from corpora.document import Span, Table
from corpora.lines import trim
from corpora.noise import without
from corpora.numbering import read_mark


@dataclass(frozen=True, slots=True)
class RawTable:
    """A grid of cells as it was found; None is an empty cell. Cells are trimmed spans, ascending, apart."""

    span: Span
    rows: tuple[tuple[Span | None, ...], ...]

    @property
    def start(self) -> int:
        return self.span[0]


_MAX_HEADER_CHARS = 24
_MAX_BLANKS = 6  # empty lines between two rows; more ends the table
_MAX_CELL_LINES = 12  # lines of one cell before the next tab
_MIN_CELLS = 4


@dataclass(frozen=True, slots=True)
class _Printed:
    """A physical line, empty ones included."""

    start: int
    end: int
    words: str

    @property
    def is_cell(self) -> bool:
        return self.words.startswith("\t") and "\t" not in self.words.strip()


def find_tables(text: str, noise: Sequence[Span], declared: Sequence[Table]) -> list[RawTable]:
    """All tables of a file, ascending and apart: those that the format declares, then those that only the layout shows."""
    tables = [raw for table in sorted(declared, key=lambda each: each.span) if (raw := _from_declared(text, table))]
    tables = _apart(tables)
    if "\t" in text or "|" in text:
        lines = _printed_lines(text)
        found = _cells_behind_tabs(text, lines) + _lines_with(text, lines, "\t") + _lines_with(text, lines, "|")
        holes = [table.span for table in tables]
        tables += [each for each in found if without(each.span, holes) == [each.span]]
        tables = _apart(sorted(tables, key=lambda each: each.span))
    return [clean for table in tables if (clean := _without_noise(text, table, noise))]


def _apart(tables: Sequence[RawTable]) -> list[RawTable]:
    kept: list[RawTable] = []
    for table in tables:
        if not kept or table.span[0] >= kept[-1].span[1]:
            kept.append(table)
    return kept


def _from_declared(text: str, table: Table) -> RawTable | None:
    """A declared table, or None where its spans make no sense. A cell that a merged area repeats stands once."""
    seen: set[Span] = set()
    rows: list[tuple[Span | None, ...]] = []
    last = max(0, table.span[0])
    limit = min(len(text), table.span[1])
    for row in table.rows:
        cells: list[Span | None] = []
        for cell in row:
            span = trim(text, (max(0, cell[0]), min(cell[1], len(text))))
            if span is None or span in seen:
                cells.append(None)
                continue
            if span[0] < last or span[1] > limit:
                return None
            last = span[1]
            seen.add(span)
            cells.append(span)
        rows.append(tuple(cells))
    return RawTable((max(0, table.span[0]), limit), tuple(rows)) if seen else None


def _without_noise(text: str, table: RawTable, noise: Sequence[Span]) -> RawTable | None:
    """Cells that are wholly noise count as empty."""
    holes = [hole for hole in noise if hole[0] < table.span[1] and hole[1] > table.span[0]]
    if not holes:
        return table
    rows = tuple(
        tuple(cell if cell and any(trim(text, left) for left in without(cell, holes)) else None for cell in row)
        for row in table.rows
    )
    return RawTable(table.span, rows) if any(cell for row in rows for cell in row) else None


def _printed_lines(text: str) -> list[_Printed]:
    lines, start = [], 0
    for words in text.split("\n"):
        lines.append(_Printed(start, start + len(words), words))
        start += len(words) + 1
    return lines


def _cells_behind_tabs(text: str, lines: Sequence[_Printed]) -> list[RawTable]:
    tables: list[RawTable] = []
    at = 0
    while at < len(lines):
        if not lines[at].is_cell:
            at += 1
            continue
        cells, after = _run_of_cells(lines, at)
        if table := _grid(text, cells):
            tables.append(table)
        at = after
    return tables


def _run_of_cells(lines: Sequence[_Printed], at: int) -> tuple[list[list[int]], int]:
    """Cells from line `at` on, each as the indices of its lines, and the index of the line after the run.

    A line without a tab goes on with the cell above it when it follows at once and another cell comes soon after.
    """

    def index_lines(first: int) -> int:
        """Where a cell's continuation lines end, if a tab follows them soon; else `first`."""
        end = first
        while (
            end < len(lines) and end - first < _MAX_CELL_LINES and lines[end].words.strip() and not lines[end].is_cell
        ):
            end += 1
        soon = end
        while soon < len(lines) and soon - end <= _MAX_BLANKS and not lines[soon].words:
            soon += 1
        return end if soon < len(lines) and lines[soon].is_cell and end > first else first

    cells: list[list[int]] = []
    blanks = 0
    while at < len(lines):
        line = lines[at]
        if line.is_cell:
            cell = [at]
            end = index_lines(at + 1) if line.words.strip() else at + 1
            cell += range(at + 1, end)
            cells.append(cell)
            at, blanks = end, 0
        elif not line.words.strip() and blanks < _MAX_BLANKS:
            at, blanks = at + 1, blanks + 1
        else:
            break
    return _positions(cells, lines), at


def _positions(cells: list[list[int]], lines: Sequence[_Printed]) -> list[list[int]]:
    """Each cell as [first line, last line, start, end]."""
    return [[cell[0], cell[-1], lines[cell[0]].start, lines[cell[-1]].end] for cell in cells]


def _grid(text: str, cells: Sequence[Sequence[int]]) -> RawTable | None:
    """Rows by the gaps between cells: the smallest gap parts cells, any larger one parts rows."""
    if len(cells) < _MIN_CELLS:
        return None
    gaps = [after[0] - before[1] for before, after in zip(cells, cells[1:], strict=False)]
    smallest = min(gaps)
    if all(gap == smallest for gap in gaps):
        return None
    rows: list[list[Span | None]] = [[]]
    for at, (_, _, start, end) in enumerate(cells):
        if at and gaps[at - 1] > smallest:
            rows.append([])
        rows[-1].append(trim(text, (start, end)))
    rows = [row for row in rows if any(row)]
    if len(rows) < 2 or not _is_header(text, rows[0]):
        return None
    filled = [cell for row in rows for cell in row if cell]
    return RawTable((filled[0][0], filled[-1][1]), tuple(tuple(row) for row in rows))


def _is_header(text: str, row: Sequence[Span | None]) -> bool:
    filled = [cell for cell in row if cell]
    return len(filled) >= 2 and all(
        cell[1] - cell[0] <= _MAX_HEADER_CHARS and text[cell[1] - 1] not in "。；！？" for cell in filled
    )


def _lines_with(text: str, lines: Sequence[_Printed], separator: str) -> list[RawTable]:
    """Tables whose rows are lines with at least one separator between two cells; at least two such lines in a row."""
    tables: list[RawTable] = []
    group: list[tuple[Span | None, ...]] = []
    bounds: list[Span] = []

    def close() -> None:
        if len(group) >= 2 and _is_header(text, group[0]) and len({len(row) for row in group[:2]}) == 1:
            tables.append(RawTable((bounds[0][0], bounds[-1][1]), tuple(group)))
        group.clear()
        bounds.clear()

    for line in lines:
        row = _row(text, line, separator)
        if row:
            group.append(row)
            bounds.append(trim(text, (line.start, line.end)) or (line.start, line.end))
        elif line.words.strip(" \t|-:") or not line.words.strip():
            close()
        elif bounds:  # the rule below a pipe table's header
            bounds.append((line.start, line.end))
    close()
    return tables


def _row(text: str, line: _Printed, separator: str) -> tuple[Span | None, ...] | None:
    words = line.words.strip() if separator == "\t" else line.words.strip().strip("|")
    if separator not in words or not line.words.strip(" \t|-:"):
        return None
    if separator == "|" and not line.words.lstrip().startswith("|"):
        return None
    offset = line.start + line.words.index(words)
    cells: list[Span | None] = []
    for part in words.split(separator):
        cells.append(trim(text, (offset, offset + len(part))))
        offset += len(part) + 1
    mark = read_mark(words)
    is_framed = separator == "|" and len(cells) >= 2 and line.words.rstrip().endswith("|")  # a form has empty cells
    if sum(1 for cell in cells if cell) < (1 if is_framed else 2) or (separator == "\t" and mark and len(cells) == 2):
        return None
    return tuple(cells)
