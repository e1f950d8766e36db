"""PDF: paragraphs across printed lines and pages, running heads, tables, and what has no text."""

from collections.abc import Sequence

import pytest

from corpora.document import Extract
from corpora.errors import Unreadable
from corpora.loaders.pdf import load
from tests.corpora import samples

LONG = "夜校每周二、周四晚上开课，每次两课时，由实训室安排设备并准备耗材；遇到检修、停电或者法定假日时，由教务员提前一天通知学员改期，改期的课应当在当月补齐"


def lines(extract: Extract) -> list[str]:
    return extract.text.split("\n")[:-1]


def noise(extract: Extract) -> list[str]:
    return [extract.text[start:end] for start, end in extract.noise]


def cells(extract: Extract) -> list[list[list[str]]]:
    return [[[extract.text[start:end] for start, end in row] for row in table.rows] for table in extract.tables]


def read(paragraphs: Sequence[str], **options: object) -> Extract:
    return load(samples.pdf(paragraphs, **({"table": ()} | options)), "")  # type: ignore[arg-type]


def test_printed_lines_become_paragraphs_again() -> None:
    paragraphs = [f"第一条 {LONG}。", "（一）短的一项；", f"（二）{LONG}；", "第二条 短。", f"{LONG}。"]
    assert [line for line in lines(read(paragraphs, feet=False))] == paragraphs


def test_a_paragraph_goes_on_over_a_page_without_marks() -> None:
    extract = read([f"第{n}条 {LONG}，{LONG}。" for n in range(1, 30)], feet=False)
    assert len(lines(extract)) == 29
    offsets, numbers = zip(*extract.pages, strict=True)
    assert numbers == tuple(range(1, len(numbers) + 1))
    assert len(numbers) > 2
    assert list(offsets) == sorted(offsets)
    assert offsets[-1] < len(extract.text)


def test_running_heads_and_page_marks_are_noise() -> None:
    extract = read([f"{LONG}。"], repeat=30)
    pages = len(extract.pages)
    assert pages >= 3
    assert sorted(set(noise(extract))) == sorted({"东河机械厂制度汇编", *(f"— {n} —" for n in range(1, pages + 1))})
    starts = [extract.text[offset:].lstrip()[:9] for offset, _ in extract.pages]
    assert starts == ["东河机械厂制度汇编"] * pages


def test_a_quote_never_holds_a_page_mark() -> None:
    extract = read([f"{LONG}。"], repeat=30)
    body = [line for line in lines(extract) if line not in noise(extract)]
    assert all("—" not in line and "汇编" not in line for line in body)
    assert "".join(body) == f"{LONG}。" * 30


def test_a_ruled_table_keeps_its_grid() -> None:
    assert cells(load(samples.pdf(), "")) == [[list(row) for row in samples.TABLE]]


def test_a_table_over_two_pages_is_one_and_its_header_counts_once() -> None:
    rows = [("课程", "课时"), *((f"课程{n}", str(n)) for n in range(60))]
    extract = read(["前言。"], table=rows)
    (table,) = cells(extract)
    assert table == [list(row) for row in rows]
    assert "课程\t课时" in noise(extract)
    assert len(extract.pages) == 2


def test_merged_cells_of_a_ruled_table() -> None:
    from io import BytesIO

    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.platypus import SimpleDocTemplate, Table, TableStyle

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    look = [("GRID", (0, 0), (-1, -1), 0.5, "black"), ("FONT", (0, 0), (-1, -1), "STSong-Light", 11)]
    look += [("SPAN", (0, 1), (0, 2)), ("SPAN", (0, 3), (2, 3))]
    out = BytesIO()
    rows = [["类别", "课程", "学费"], ["夜班", "焊接", "80"], ["", "车工", "60"], ["以上均含耗材", "", ""]]
    SimpleDocTemplate(out).build([Table(rows, style=TableStyle(look))])
    assert cells(load(out.getvalue(), "")) == [
        [["类别", "课程", "学费"], ["夜班", "焊接", "80"], ["夜班", "车工", "60"], ["以上均含耗材"] * 3]
    ]


def test_a_page_that_is_a_picture_is_noted() -> None:
    import io

    import pypdf
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    picture = io.BytesIO()
    canvas = Canvas(picture)
    canvas.drawImage(ImageReader(_dot()), 50, 50, 300, 300)
    canvas.showPage()
    canvas.save()
    writer = pypdf.PdfWriter()
    writer.append(io.BytesIO(samples.pdf()))
    writer.append(io.BytesIO(picture.getvalue()))
    extract = load(samples.saved(writer), "")
    assert extract.notes == ("第 2 页是图片，没有文字层，没有读到内容。",)


def _dot() -> "object":
    from PIL import Image

    return Image.new("RGB", (8, 8), "gray")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (samples.scanned_pdf(), "扫描件"),
        (samples.encrypted_pdf(), "密码"),
        (b"%PDF-1.7\nnothing", "损坏"),
        (samples.pdf()[:900], "损坏"),
    ],
    ids=["scanned", "encrypted", "rubbish", "cut off"],
)
def test_what_has_no_text_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        load(data, "")
