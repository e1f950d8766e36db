"""Tables as files: CSV and JSONL in their own characters, XLSX with its cells joined by tabs, a row a line."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

from corpora.document import Extract, Span, Table
from corpora.errors import Unreadable
from corpora.loaders.text import decode
from corpora.loaders.writing import Cell, Covered, Writer

DELIMITERS = (",", "\t", ";", "|", "，")
MAX_ROWS = 50_000
MAX_COLUMNS = 200
MAX_EMPTY_ROWS = 2_000  # in a row; a stray cell at the far end of a sheet must not cost a million rows
_SNIFFED_ROWS = 50


def load_csv(data: bytes, name: str) -> Extract:
    """The file's own characters; one table whose cells lie inside the quotes. Delimiters and quotes are noise.

    Raises:
        Unreadable: Binary content or an unknown encoding.
    """
    text, notes = decode(data)
    delimiter = sniff_delimiter(text)
    rows: list[tuple[Span, ...]] = []
    noise: list[Span] = []
    end = 0
    for line, cells in csv_rows(text, delimiter):
        if len(rows) == MAX_ROWS:
            notes = (*notes, f"超过 {MAX_ROWS} 行，后面的没有读取。")
            break
        if any(text[start:stop].strip() for start, stop in cells):
            rows.append(cells)
            noise += _between(line, cells)
            end = line[1]
    if not rows:
        return Extract(text=text, notes=notes)
    table = Table(span=(rows[0][0][0], end), rows=tuple(rows))
    return Extract(text=text, noise=tuple(noise), tables=(table,), notes=notes)


def load_jsonl(data: bytes, name: str) -> Extract:
    """The file's own characters. What the objects hold is left to who knows what they are about.

    Raises:
        Unreadable: Binary content or an unknown encoding.
    """
    text, notes = decode(data)
    return Extract(text=text, notes=notes)


def load_xlsx(data: bytes, name: str) -> Extract:
    """One table a visible sheet. Dates come out as 2026-03-05, formulas as the value that was last computed.

    Raises:
        Unreadable: Broken, encrypted, or another kind of Office file.
    """
    from corpora.loaders.office import Package

    package = Package(data)
    if "xl/workbook.xml" not in package.names:
        kind = {"word": "Word 文档，请把后缀改为 .docx", "ppt": "演示文稿，请导出为 PDF"}.get(package.kind())
        raise Unreadable(f"后缀是 .xlsx，内容却是{kind or '别的东西，请检查文件是否损坏或改错了后缀'}后再导入。")
    book = _workbook(data)
    writer = Writer()
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if len(sheets) < len(book.worksheets):
        writer.notes.append("隐藏的工作表没有读取。")
    for sheet in sheets:
        merged = _merged(package.read(sheet._worksheet_path.lstrip("/")))
        rows = _sheet_rows(sheet, merged, writer.notes)
        if not rows:
            continue
        if len(sheets) > 1:
            writer.line(sheet.title)
        titles = _title_rows(rows)
        for row in rows[:titles]:
            writer.line(" ".join(cell for cell in row if isinstance(cell, str) and cell))
        writer.table(rows[titles:])
    return writer.extract()


def csv_rows(text: str, delimiter: str) -> Iterator[tuple[Span, tuple[Span, ...]]]:
    """Each row's span, line end excluded, and the spans of its cells, quotes excluded."""
    stop = re.escape(delimiter)
    field = re.compile(rf'[ ]*"((?:[^"]|"")*)"[ ]*(?={stop}|\n|\Z)|[^{stop}\n]*')
    cells: list[Span] = []
    begin = position = 0
    while position <= len(text):
        match = field.match(text, position)
        assert match is not None  # the second branch matches anywhere
        cells.append(match.span(1) if match.group(1) is not None else match.span())
        position = match.end()
        if position < len(text) and text[position] == delimiter:
            position += 1
            continue
        yield (begin, position), tuple(cells)
        cells = []
        position += 1
        begin = position
        if position >= len(text):
            return


def sniff_delimiter(text: str) -> str:
    """The delimiter that parts the first rows into the same number of cells most often, and more than one."""
    head = text[:20_000]

    def score(delimiter: str) -> tuple[int, int]:
        widths = [len(cells) for _, (_, cells) in zip(range(_SNIFFED_ROWS), csv_rows(head, delimiter), strict=False)]
        wide = [width for width in widths if width > 1]
        if not wide:
            return 0, 0
        usual = max(set(wide), key=wide.count)
        return wide.count(usual), usual

    best = max(DELIMITERS, key=score)
    return best if score(best)[0] else ","


def _between(line: Span, cells: Sequence[Span]) -> list[Span]:
    edges = [line[0], *(edge for cell in cells for edge in cell), line[1]]
    return [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end]


def _workbook(data: bytes) -> Any:
    import openpyxl

    try:
        return openpyxl.load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except MemoryError:
        raise
    except Exception:
        raise Unreadable("Excel 文件已损坏，打不开，请用 Excel 或 WPS 打开并另存后再导入。") from None


def _merged(sheet: bytes) -> dict[tuple[int, int], Covered]:
    """Places (row, column; from 1) that merged cells cover, their first place excepted."""
    places: dict[tuple[int, int], Covered] = {}
    for area in re.findall(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"', sheet):
        left, top, right, bottom = _column(area[0]), int(area[1]), _column(area[2]), int(area[3])
        for row in range(top, min(bottom, top + MAX_ROWS) + 1):
            for column in range(left, min(right, MAX_COLUMNS) + 1):
                places[row, column] = Covered.ABOVE if row > top else Covered.LEFT
        places.pop((top, left), None)
        if len(places) > 10 * MAX_ROWS:
            break
    return places


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _sheet_rows(sheet: Any, merged: dict[tuple[int, int], Covered], notes: list[str]) -> list[list[Cell]]:
    sheet.reset_dimensions()  # what the file says about its size may be a lie
    rows: list[list[Cell]] = []
    last = 0
    for number, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS), start=1):
        if len(rows) == MAX_ROWS or number - last > MAX_EMPTY_ROWS:
            why = f"超过 {MAX_ROWS} 行" if len(rows) == MAX_ROWS else f"第 {last} 行以后是大片空白"
            notes.append(f"工作表“{sheet.title}”{why}，后面的没有读取。")
            break
        if all(cell.value is None for cell in cells):
            continue
        row: list[Cell] = [merged.get((number, column)) or _shown(cell) for column, cell in enumerate(cells, start=1)]
        while row and row[-1] == "":
            row.pop()
        if any(isinstance(cell, str) and cell for cell in row):
            rows.append(row)
            last = number
    return rows


def _title_rows(rows: Sequence[Sequence[Cell]]) -> int:
    """How many rows above the table hold one cell only: its title and remarks."""
    count = 0
    while count < len(rows) - 1 and sum(1 for cell in rows[count] if isinstance(cell, str) and cell) == 1:
        count += 1
    return count if count < 4 else 0


def _shown(cell: Any) -> str:
    """A cell's value as a person reads it."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    if isinstance(value, float):
        return _number(value, str(cell.number_format or ""))
    return str(value).strip()


def _number(value: float, shape: str) -> str:
    if "%" in shape:
        return f"{value * 100:.10g}%"
    return f"{value:.15g}" if abs(value) < 1e15 else repr(value)
