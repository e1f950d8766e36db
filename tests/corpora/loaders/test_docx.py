"""Word documents: order, numbers, merged cells, and what is not shown."""

import io

import docx as library
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from corpora.loaders.docx import load
from corpora.loaders.word_numbers import spelled
from tests.corpora.samples import saved, word_file


def paragraph(words: str, *, number: int = 0, level: int = 0, style: str = "") -> str:
    numbered = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>' if number else ""
    styled = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f"<w:p><w:pPr>{styled}{numbered}</w:pPr><w:r><w:t>{words}</w:t></w:r></w:p>"


def level(depth: int, format_: str, text: str, more: str = "") -> str:
    return f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{format_}"/>{more}<w:lvlText w:val="{text}"/></w:lvl>'


def lists(*levels: str, nums: str = '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>') -> str:
    return f'<w:abstractNum w:abstractNumId="0">{"".join(levels)}</w:abstractNum>{nums}'


CHAPTERS = lists(
    level(0, "chineseCountingThousand", "第%1章"),
    level(1, "chineseCountingThousand", "第%2条", '<w:lvlRestart w:val="0"/>'),
    level(2, "chineseCounting", "（%3）", '<w:suff w:val="nothing"/>'),
    level(3, "decimal", "%4."),
)


def test_paragraphs_and_tables_keep_their_order() -> None:
    document = library.Document()
    document.add_paragraph("前")
    table = document.add_table(rows=2, cols=2)
    for cell, words in zip([cell for row in table.rows for cell in row.cells], "甲乙丙丁", strict=True):
        cell.text = words
    document.add_paragraph("后")
    extract = load(saved(document), "")
    assert extract.text == "前\n甲\t乙\n丙\t丁\n后\n"
    assert extract.text[slice(*extract.tables[0].span)] == "甲\t乙\n丙\t丁"


def test_numbers_that_word_prints_are_part_of_the_text() -> None:
    body = "".join(
        [
            paragraph("总则", number=1),
            paragraph("为了办好夜校。", number=1, level=1),
            paragraph("条件如下：", number=1, level=1),
            paragraph("满三个月；", number=1, level=2),
            paragraph("车间同意。", number=1, level=2),
            paragraph("课程", number=1),
            paragraph("条文连续编号：", number=1, level=1),
            paragraph("重新开始；", number=1, level=2),
            paragraph("细项。", number=1, level=3),
        ]
    )
    assert load(word_file(body, numbering=CHAPTERS), "").text.split("\n")[:-1] == [
        "第一章 总则",
        "第一条 为了办好夜校。",
        "第二条 条件如下：",
        "（一）满三个月；",
        "（二）车间同意。",
        "第二章 课程",
        "第三条 条文连续编号：",
        "（一）重新开始；",
        "1. 细项。",
    ]


def test_a_style_brings_its_number_along_and_a_zero_takes_it_away() -> None:
    styles = (
        '<w:style w:styleId="Art"><w:name w:val="article"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:styleId="Sub"><w:name w:val="sub"/><w:basedOn w:val="Art"/></w:style>'
    )
    body = (
        paragraph("甲", style="Art")
        + paragraph("乙", style="Sub")
        + '<w:p><w:pPr><w:pStyle w:val="Art"/><w:numPr><w:numId w:val="0"/></w:numPr></w:pPr><w:r><w:t>丙</w:t></w:r></w:p>'
    )
    numbering = lists(level(0, "decimal", "%1."))
    assert load(word_file(body, numbering=numbering, styles=styles), "").text == "1. 甲\n2. 乙\n丙\n"


def test_a_list_that_starts_anew_counts_from_its_start() -> None:
    nums = (
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
        '<w:num w:numId="2"><w:abstractNumId w:val="0"/>'
        '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>'
    )
    body = paragraph("甲", number=1) + paragraph("乙", number=1) + paragraph("丙", number=2)
    numbering = lists(level(0, "decimal", "%1、"), nums=nums)
    assert load(word_file(body, numbering=numbering), "").text == "1、 甲\n2、 乙\n1、 丙\n"


def test_bullets_are_no_numbers() -> None:
    body = paragraph("甲", number=1)
    assert load(word_file(body, numbering=lists(level(0, "bullet", "·"))), "").text == "甲\n"


@pytest.mark.parametrize(
    ("count", "format_", "words"),
    [
        (1, "chineseCounting", "一"),
        (10, "chineseCountingThousand", "十"),
        (15, "japaneseCounting", "十五"),
        (20, "chineseCounting", "二十"),
        (101, "chineseCountingThousand", "一百零一"),
        (110, "chineseCountingThousand", "一百一十"),
        (3, "chineseLegalSimplified", "叁"),
        (12, "ideographDigital", "一二"),
        (3, "decimalEnclosedCircle", "③"),
        (2, "decimalFullWidth", "２"),
        (28, "lowerLetter", "bb"),
        (4, "upperRoman", "IV"),
        (9, "lowerRoman", "ix"),
        (2, "ideographTraditional", "乙"),
        (7, "decimalZero", "07"),
        (5, "somethingNew", "5"),
    ],
)
def test_number_formats(count: int, format_: str, words: str) -> None:
    assert spelled(count, format_) == words


def test_deleted_hidden_and_instructing_words_are_not_read() -> None:
    body = (
        "<w:p><w:r><w:t>留下</w:t></w:r><w:del><w:r><w:delText>删掉</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>插入</w:t></w:r></w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t>隐藏</w:t></w:r>"
        "<w:r><w:instrText>PAGE</w:instrText></w:r><w:hyperlink><w:r><w:t>链接</w:t></w:r></w:hyperlink>"
        "<w:moveFrom><w:r><w:t>移走</w:t></w:r></w:moveFrom><w:r><w:noBreakHyphen/><w:t>完</w:t></w:r></w:p>"
    )
    assert load(word_file(body), "").text == "留下插入链接-完\n"


def test_content_controls_and_text_boxes_are_read_and_contents_are_noise() -> None:
    body = (
        '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr>'
        "<w:sdtContent><w:p><w:r><w:t>第一章 总则 1</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>控件里</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        "<w:p><w:r><w:t>框外</w:t></w:r><w:r><w:pict><w:textbox><w:txbxContent><w:p><w:r><w:t>框里</w:t></w:r></w:p>"
        "</w:txbxContent></w:textbox></w:pict></w:r></w:p>"
    )
    extract = load(word_file(body), "")
    assert extract.text == "第一章 总则 1\n控件里\n框外\n框里\n"
    assert [extract.text[start:end] for start, end in extract.noise] == ["第一章 总则 1"]


def test_merged_cells_stand_once_and_reach_every_row() -> None:
    document = library.Document()
    table = document.add_table(rows=3, cols=3)
    words = [["类别", "课程", "学费"], ["夜班", "焊接", "80"], ["", "车工", "60"]]
    for row, texts in zip(table.rows, words, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    table.cell(0, 1).merge(table.cell(0, 2))
    extract = load(saved(document), "")
    cells = [[extract.text[start:end] for start, end in row] for row in extract.tables[0].rows]
    assert cells == [
        ["类别", "课程\n学费", "课程\n学费"],
        ["夜班", "焊接", "80"],
        ["夜班", "车工", "60"],
    ]
    assert extract.text.count("夜班") == 1


def test_a_frame_of_one_cell_is_text() -> None:
    document = library.Document()
    document.add_table(rows=1, cols=1).cell(0, 0).text = "第一条"
    extract = load(saved(document), "")
    assert (extract.text, extract.tables) == ("第一条\n", ())


def test_a_footnote_is_noted_as_not_read() -> None:
    document = library.Document()
    run = document.add_paragraph("正文").add_run()
    run._r.append(parse_xml(f'<w:footnoteReference {nsdecls("w")} w:id="2"/>'))
    assert load(saved(document), "").notes == ("脚注没有读取。",)


def test_the_strict_dialect_is_read(tmp_path: object) -> None:
    data = word_file(paragraph("正文"))
    strict = io.BytesIO(data).getvalue()
    from tests.corpora.samples import unzipped, zipped

    parts = unzipped(strict)
    old = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    parts["word/document.xml"] = parts["word/document.xml"].replace(
        old, b"http://purl.oclc.org/ooxml/wordprocessingml/main"
    )
    assert load(zipped(parts), "").text == "正文\n"
