"""Tables for a spreadsheet: texts stay texts."""

import csv
import io

import pytest
from openpyxl import load_workbook

from bot.rules.sheets import as_csv, as_xlsx, guarded

HOSTILE = ["=1+1", "+1", "-1+cmd|'/c calc'!A0", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", '=HYPERLINK("http://x")']


@pytest.mark.parametrize("text", HOSTILE)
def test_text_that_begins_like_a_formula_is_disarmed(text: str) -> None:
    assert guarded(text) == f"'{text}"


def test_numbers_stay_numbers_and_words_stay_words() -> None:
    assert [guarded(cell) for cell in (-5, 3.5, None, "缩水=不良", "a\x00b\x07")] == [-5, 3.5, None, "缩水=不良", "ab"]


def test_the_csv_is_read_back_and_no_cell_is_a_formula() -> None:
    content = as_csv(("甲", "乙"), [[text, -1] for text in HOSTILE] + [['引号"，\n换行', None]])
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[0] == ["甲", "乙"] and rows[-1] == ['引号"，\n换行', ""]
    assert all(row[0].startswith("'") and row[1] == "-1" for row in rows[1:-1])


def test_the_sheet_holds_strings_and_no_formula() -> None:
    book = load_workbook(io.BytesIO(as_xlsx(("甲",), [[text] for text in HOSTILE], title="需求池")))
    cells = [row[0] for row in book["需求池"].iter_rows()]
    assert [cell.data_type for cell in cells] == ["s"] * (len(HOSTILE) + 1)
    assert all(str(cell.value).startswith("'") for cell in cells[1:])
