"""CSV, XLSX and JSONL as tables of spans."""

import csv
import io
from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import Extract
from corpora.errors import Unreadable
from corpora.loaders.tabular import csv_rows, load_csv, load_jsonl, load_xlsx, sniff_delimiter
from tests.corpora import samples


def cells(extract: Extract) -> list[list[list[str]]]:
    return [[[extract.text[start:end] for start, end in row] for row in table.rows] for table in extract.tables]


def test_cells_lie_inside_the_quotes_of_the_file() -> None:
    data = '课程,地点\r\n"焊接, 初级","东厂\r\n二楼"\r\n\r\n"说""好""",西厂\r\n'.encode()
    extract = load_csv(data, "")
    assert cells(extract) == [[["课程", "地点"], ["焊接, 初级", "东厂\n二楼"], ['说""好""', "西厂"]]]
    assert extract.text == data.decode().replace("\r\n", "\n")


CELL = st.text(alphabet='课程a1 ,;"\n', max_size=8)


@given(st.lists(st.lists(CELL, min_size=2, max_size=4), min_size=1, max_size=5))
def test_every_file_that_python_writes_is_split_as_python_reads_it(rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    text = out.getvalue()
    found = [[text[start:end].replace('""', '"') for start, end in spans] for _, spans in csv_rows(text, ",")]
    assert found == rows


@given(st.text(alphabet='课a,;|\t"\n ', max_size=60))
def test_any_text_is_split_without_losing_a_character(text: str) -> None:
    lines = [text[start:end] for (start, end), _ in csv_rows(text, ",")]
    assert "\n".join(lines) == text.removesuffix("\n") if text.endswith("\n") else "\n".join(lines) == text
    for (start, end), spans in csv_rows(text, ","):
        edges = [start, *(edge for span in spans for edge in span), end]
        assert edges == sorted(edges)


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "，"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    rows = [["课程", "地点", "学费"], ["焊接", "东厂", "80"], ["车工", "西厂", "60"]]
    assert sniff_delimiter("\n".join(delimiter.join(row) for row in rows)) == delimiter


def test_a_comma_inside_quotes_does_not_mislead() -> None:
    assert sniff_delimiter('课程;内容\n焊接;"一,二,三"\n车工;"四,五,六"\n') == ";"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_table_is_read_from_every_encoding(encoding: str) -> None:
    assert cells(load_csv("课程名称,开课地点\n焊接基础,东厂\n".encode(encoding), ""))[0][1] == ["焊接基础", "东厂"]


def test_values_of_a_sheet_read_as_people_write_them() -> None:
    rows: list[list[object]] = [
        ["名称", "值"],
        ["日", datetime.fromisoformat("2026-03-05")],
        ["日时", datetime.fromisoformat("2026-03-05T09:30")],
        ["纯日", date(2026, 3, 5)],
        ["时", time(9, 0)],
        ["整", 1980.0],
        ["分数", 0.1],
        ["是", True],
        ["文", " 两端 "],
    ]
    found = {row[0]: row[1] for row in cells(load_xlsx(samples.xlsx(rows), ""))[0]}
    assert found == {
        "名称": "值",
        "日": "2026-03-05",
        "日时": "2026-03-05 09:30",
        "纯日": "2026-03-05",
        "时": "09:00",
        "整": "1980",
        "分数": "0.1",
        "是": "是",
        "文": "两端",
    }


def test_titles_above_a_sheet_are_lines_and_merged_cells_reach_their_rows() -> None:
    rows = [["春季课表", None, None], ["课程", "地点", "学费"], ["焊接", "东厂", 80], ["车工", None, 60]]
    extract = load_xlsx(samples.xlsx(rows, merge=["A1:C1", "B3:B4"]), "")
    assert extract.text == "春季课表\n课程\t地点\t学费\n焊接\t东厂\t80\n车工\t\t60\n"
    assert cells(extract) == [[["课程", "地点", "学费"], ["焊接", "东厂", "80"], ["车工", "东厂", "60"]]]


def test_every_visible_sheet_is_a_table() -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for name in ("春", "秋", "藏"):
        sheet = book.create_sheet(name)
        sheet.append(["课程", "学费"])
        sheet.append([name + "课", 1])
    book["藏"].sheet_state = "hidden"
    extract = load_xlsx(samples.saved(book), "")
    assert extract.text == "春\n课程\t学费\n春课\t1\n秋\n课程\t学费\n秋课\t1\n"
    assert len(extract.tables) == 2
    assert extract.notes == ("隐藏的工作表没有读取。",)


@pytest.mark.parametrize("data", [b"PK\x03\x04", samples.zipped({"xl/workbook.xml": b"<x"}), samples.docx()])
def test_a_broken_or_other_workbook_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable, match="。$"):
        load_xlsx(data, "")


def test_jsonl_keeps_its_own_characters() -> None:
    data = '{"课程": "焊接"}\n{"课程": "车工"}\n'
    assert load_jsonl(data.encode(), "") == Extract(text=data)
