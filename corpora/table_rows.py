"""What the cells of a table mean: header, groups that span rows, the indicator that an unlabelled row inherits, the name of a row."""

import re
from collections.abc import Sequence

from corpora.document import NodeKind, Span
from corpora.flat_tables import RawTable
from corpora.lines import trim
from corpora.noise import merge, physical_lines, without
from corpora.numbering import Style, read_mark
from corpora.units import Unit

_VALUE = re.compile(
    r"[\d.,，%％‰/／—\-–~～+＋±≥≤<>＜＞]+\s*(分|%|％|元|万元|亿元|个|人|名|项|家|年|月|日|天|课时|学时|小时|元/人)?"
)
_ORDINAL_HEADS = ("序号", "编号", "No", "NO", "no", "项次", "行号")
_MAX_LABEL_CHARS = 30
_MAX_HEADER_CHARS = 24
_MAX_VALUE_CHARS = (
    12  # longer words before empty cells are a sentence over merged columns, not a value with empty ones behind it
)


def read_table(text: str, table: RawTable, noise: Sequence[Span]) -> Unit:
    """The table as a unit: header words its own, groups and rows its children.

    Row names are what people call them: 2.1 for a cell 2.1…, the words of a short label, 2.1（9分） for a row that only inherits
    its label, 第3行 where nothing else tells it apart.
    """
    holes = [hole for hole in noise if hole[0] < table.span[1] and hole[1] > table.span[0]]
    rows = [list(row) for row in table.rows]
    unit = Unit(NodeKind.TABLE)
    header, body = _header(text, rows)
    labels = _label_columns(text, body, len(header) or max((len(row) for row in rows), default=0))
    if header:
        unit.pieces += [cell for cell in rows[0] if cell]
        unit.words.append(" ".join(header))
    groups: dict[int, Unit] = {}
    inherited: dict[int, str] = {}
    for at, row in enumerate(body):
        cells = _placed(row, len(header))
        holder = _group_of(text, cells, labels, groups, inherited, unit, header)
        _add_row(text, cells, labels, inherited, holder, header, at)
    _cover(text, unit, table.span, holes)
    return unit


def _header(
    text: str, rows: Sequence[Sequence[Span | None]]
) -> tuple[tuple[str, ...], Sequence[Sequence[Span | None]]]:
    if len(rows) < 2:
        return (), rows
    names = [_words(text, cell) for cell in rows[0]]
    filled = [name for name in names if name]
    fits = len(filled) >= 2 and all(
        len(name) <= _MAX_HEADER_CHARS and not _VALUE.fullmatch(name) and not name.endswith(("。", "；"))
        for name in filled
    )
    return (tuple(names), rows[1:]) if fits else ((), rows)


def _words(text: str, cell: Span | None) -> str:
    return re.sub(r"\s+", "", text[cell[0] : cell[1]]) if cell else ""


def _label_columns(text: str, rows: Sequence[Sequence[Span | None]], width: int) -> list[int]:
    """Columns that name a row, outermost first: merged ones that group rows, then the one that is the row's own.

    A column of figures or of long words names nothing.
    """
    merged: list[int] = []
    for column in range(width):
        cells = [_words(text, row[column]) for row in rows if column < len(row) and len(row) == width]
        filled = [cell for cell in cells if cell]
        if not _names_things(filled) or (merged and column - merged[-1] > 1 and column == width - 1):
            continue
        merged.append(column)
        if len(filled) == len(cells) or not cells[0]:
            break
    return merged or [0]


def _names_things(cells: Sequence[str]) -> bool:
    """Whether most cells of a column are short names, neither figures nor sentences."""
    if not cells or sum(map(len, cells)) > _MAX_LABEL_CHARS * len(cells):
        return False
    others = sum(1 for cell in cells if _VALUE.fullmatch(cell) or cell.endswith(("。", "；")))
    return others * 2 <= len(cells)


def _placed(row: Sequence[Span | None], width: int) -> list[Span | None]:
    """Cells at their columns. Where cells were merged to the right, the row's last cell is the last column's."""
    cells = [*row, *([None] * (width - len(row)))]
    last = max((at for at, cell in enumerate(cells) if cell), default=0)
    filled = cells[last]
    merges = len(row) < width or (filled is not None and filled[1] - filled[0] > _MAX_VALUE_CHARS)
    if last == 0 or last == len(cells) - 1 or not merges:
        return cells
    return [*cells[:last], *([None] * (len(cells) - 1 - last)), filled]


def _group_of(
    text: str,
    cells: Sequence[Span | None],
    labels: Sequence[int],
    groups: dict[int, Unit],
    inherited: dict[int, str],
    table: Unit,
    header: Sequence[str],
) -> Unit:
    """The innermost group that the row lies in; a filled group cell opens a new one."""
    holder = table
    for column, following in zip(labels, labels[1:], strict=False):
        cell = cells[column] if column < len(cells) else None
        if cell and _is_alone(cells, column):
            groups.pop(column, None)
            return holder
        if cell:
            words = _words(text, cell)
            mark = read_mark(words)
            group = Unit(
                NodeKind.HEADING, name=words, mark=mark, label=mark.label if mark else "", header=tuple(header)
            )
            group.heading = mark.rest if mark else words
            group.words.append(words)
            group.pieces += [each for each in cells[column:following] if each]  # its weight stands behind its name
            group.words += [_words(text, each) for each in cells[column + 1 : following] if each]
            groups[column] = holder.add(group)
            for later in [each for each in groups if each > column]:
                del groups[later]
            for later in [each for each in inherited if each > column]:
                del inherited[later]
        holder = groups.get(column, holder)
    return holder


def _is_alone(cells: Sequence[Span | None], column: int) -> bool:
    """Whether the row has nothing between its first label and its last cell: it is a row by itself, no group."""
    filled = [at for at, cell in enumerate(cells) if cell]
    return filled[:1] == [column] and len(filled) <= 3 and len(cells) >= 4 and len(filled) < len(cells)


def _add_row(
    text: str,
    cells: Sequence[Span | None],
    labels: Sequence[int],
    inherited: dict[int, str],
    holder: Unit,
    header: Sequence[str],
    at: int,
) -> None:
    taken = set(holder.pieces)
    own = [cell for cell in cells if cell and cell not in taken]
    if not own:
        return
    key = labels[-1]
    words = _words(text, cells[key]) if key < len(cells) and cells[key] not in taken else ""
    if not words and cells[0] and cells[0] not in taken and _is_alone(cells, 0):
        words = _words(text, cells[0])
    row = Unit(NodeKind.ROW, header=tuple(header))
    if words:
        mark = read_mark(words)
        decimal = mark if mark and mark.style is Style.DECIMAL else None
        row.label = decimal.label if decimal else ""
        row.heading = decimal.rest if decimal else words[:_MAX_LABEL_CHARS]
        row.name = decimal.name if decimal else (words if len(words) <= _MAX_LABEL_CHARS else f"第{at + 1}行")
        inherited[key] = words
    elif key in inherited:
        row.lead = inherited[key]
        mark = read_mark(inherited[key])
        base = mark.name if mark and mark.style is Style.DECIMAL else inherited[key][:_MAX_LABEL_CHARS]
        row.name = f"{base}（{_points(text, cells, key, header) or f'第{at + 1}行'}）"
    else:
        row.name = f"第{at + 1}行"
    _own_words(text, row, own)
    holder.add(row)


def _points(text: str, cells: Sequence[Span | None], key: int, header: Sequence[str]) -> str:
    """The first figure right of the label, with 分 where its column counts points."""
    for column in range(key + 1, len(cells)):
        words = _words(text, cells[column])
        if words and _VALUE.fullmatch(words) and words not in "/／—-":
            counts = column < len(header) and "分" in header[column]
            return words + "分" if counts and words.replace(".", "").isdigit() else words
    return ""


def _own_words(text: str, row: Unit, cells: Sequence[Span]) -> None:
    """Cells are the row's own, except numbered lines within one, which become its items."""
    for cell in cells:
        lines = [span for each in physical_lines(text, *cell) if (span := trim(text, each))]
        marks = [read_mark(text[a:b]) for a, b in lines]
        if len(lines) < 2 or sum(1 for mark in marks if mark) < 2:
            row.pieces.append(cell)
            row.words.append(re.sub(r"\s+", " ", text[cell[0] : cell[1]]))
            continue
        for span, mark in zip(lines, marks, strict=True):
            words = text[span[0] : span[1]]
            if mark:
                item = Unit(NodeKind.SUBPOINT, name=mark.name, label=mark.label, mark=mark)
                row.add(item).pieces.append(span)
                item.words.append(words)
            else:
                row.pieces.append(span)
                row.words.append(words)


def _cover(text: str, table: Unit, span: Span, holes: Sequence[Span]) -> None:
    """Give the table what no cell holds (pipes, stray words), and take noise out of every unit."""
    taken: list[Span] = []
    for unit in table.walk():
        unit.pieces = [
            trimmed for piece in merge(unit.pieces) for left in without(piece, holes) if (trimmed := trim(text, left))
        ]
        taken += unit.pieces
    rest = [left for part in without(span, merge([*taken, *holes])) if (left := trim(text, part))]
    table.pieces = list(merge([*table.pieces, *rest]))
