"""Tables as files for a spreadsheet. Pure but for the writer's library.

What a firm wrote must stay text: a cell that begins like a formula is run by the program that opens it (OWASP, CSV injection).
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime

Cell = str | int | float | datetime | None
Row = Sequence[Cell]
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
MAX_CELL_CHARS = 32_000  # Excel holds 32,767


def guarded(cell: Cell) -> Cell:
    """The cell as it may be written: text that could be taken for a formula begins with an apostrophe; numbers stay numbers."""
    if not isinstance(cell, str):
        return cell
    text = _UNPRINTABLE.sub("", cell)[:MAX_CELL_CHARS]
    # A spreadsheet skips blanks before it looks for a formula.
    return f"'{text}" if text.startswith(_STARTS) or text.lstrip().startswith(_STARTS) else text


def as_csv(header: Sequence[str], rows: Iterable[Row]) -> bytes:
    """UTF-8 with a mark, which Excel needs to read Chinese."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow(["" if cell is None else guarded(cell) for cell in row])
    return file.getvalue().encode("utf-8-sig")


def as_xlsx(header: Sequence[str], rows: Iterable[Row], *, title: str) -> bytes:
    """One sheet with its header frozen. Every text is stored as text, never as a formula."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    sheet.append(list(header))
    for row in rows:
        cells = []
        for cell in row:
            made = WriteOnlyCell(sheet, value=guarded(cell))
            if isinstance(cell, str):
                made.data_type = "s"
            cells.append(made)
        sheet.append(cells)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
