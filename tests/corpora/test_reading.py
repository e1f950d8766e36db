"""One file in, documents or one sentence out."""

import codecs
import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from corpora.document import Document, Kind, Node, NodeKind, Reading
from corpora.reading import MAX_FILE_BYTES, extract_file, read_file
from tests.corpora import samples


def read(folder: Path, name: str, data: bytes, kind: Kind = Kind.POLICY) -> Document:
    path = folder / name
    path.write_bytes(data)
    reading = read_file(path, source=name, kind=kind)
    assert reading.refused is None
    assert reading.passages
    return reading.documents[0]


def refusal(folder: Path, name: str, data: bytes, kind: Kind = Kind.POLICY) -> str:
    path = folder / name
    path.write_bytes(data)
    reading = read_file(path, source=name, kind=kind)
    assert reading.refused is not None
    assert reading.documents == reading.passages == ()
    assert reading.refused.count("。") == 1
    assert reading.refused.endswith("。")
    return reading.refused


def nodes(root: Node) -> Iterator[Node]:
    yield root
    for child in root.children:
        yield from nodes(child)


def clauses(document: Document) -> list[str]:
    """Clauses of everything but the table, in order."""
    kinds = (NodeKind.CHAPTER, NodeKind.ARTICLE, NodeKind.SUBHEADING, NodeKind.POINT)
    return [node.clause for node in nodes(document.tree) if node.kind in kinds]


FORMATS = {
    "办法.txt": samples.text(),
    "办法.md": samples.markdown(),
    "办法.html": samples.html(),
    "办法.htm": samples.html("gb18030"),
    "办法.docx": samples.docx(),
    "办法.pdf": samples.pdf(),
}


@pytest.fixture(scope="module")
def readings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Reading]:
    """The regulation read from every format."""
    folder = tmp_path_factory.mktemp("formats")
    for name, data in FORMATS.items():
        (folder / name).write_bytes(data)
    return {name: read_file(folder / name, source=name, kind=Kind.POLICY) for name in FORMATS}


@pytest.mark.parametrize("name", FORMATS)
def test_a_regulation_has_the_same_tree_in_every_format(readings: dict[str, Reading], name: str) -> None:
    (document,) = readings[name].documents
    assert document.title == samples.TITLE
    assert document.number == "东机发〔2026〕12号"
    assert document.effective == date(2026, 3, 1)
    assert document.valid_until == date(2028, 2, 29)
    expected = [
        "第一章",
        "第一条",
        "第二条",
        "第二条（一）",
        "第二条（二）",
        "第二条（三）",
        "第二章",
        "第三条",
        "第四条",
        "第五条",
    ]
    assert [clause.split(" ")[0] for clause in clauses(document) if clause] == expected


@pytest.mark.parametrize("name", [name for name in FORMATS if not name.endswith(".txt")])
def test_rows_of_a_table_are_citable_in_every_format(readings: dict[str, Reading], name: str) -> None:
    (document,) = readings[name].documents
    rows = [node for node in nodes(document.tree) if node.kind is NodeKind.ROW]
    assert [row.clause.rpartition(" · ")[2] for row in rows] == ["焊接基础", "车工识图"]
    assert rows[0].header == samples.TABLE[0]


@pytest.mark.parametrize("name", FORMATS)
def test_what_serves_the_page_or_the_site_is_not_quoted(readings: dict[str, Reading], name: str) -> None:
    words = " ".join(passage.text for passage in readings[name].passages)
    for other in ("— 1 —", "制度汇编", "网站首页", "版权所有", "不是正文", "内部资料", "**", "|"):
        assert other not in words


@pytest.mark.parametrize("name", FORMATS)
def test_a_paragraph_is_one_quote_in_every_format(readings: dict[str, Reading], name: str) -> None:
    texts = {document.id: document.text for document in readings[name].documents}
    quotes = {texts[each.document_id][start:end] for each in readings[name].passages for start, end in each.spans}
    spaced = {quote.replace(" ", "　") for quote in quotes}
    assert samples.LINES[9] in spaced


def test_the_same_file_gives_the_same_ids(tmp_path: Path) -> None:
    first = read(tmp_path, "a.docx", samples.docx())
    assert read(tmp_path, "a.docx", samples.docx()).id == first.id


BAD = {
    "空.txt": (b"", "空的"),
    "空白.txt": (b" \n\n ", "没有文字"),
    "二进制.txt": (bytes(range(256)) * 8, "二进制|空字节|编码"),
    "图片.txt": (b"\x89PNG\r\n\x1a\n" + bytes(50), "PNG"),
    "日文.txt": (("お申し込みは開講日までに済ませてください。" * 3).encode("shift_jis"), "编码"),
    "假标记.txt": (codecs.BOM_UTF16_LE + "第一条　内容。".encode(), "编码"),
    "其实是.docx": (samples.pdf(), r"PDF.*\.pdf"),
    "其实是.pdf": (samples.docx(), "Office"),
    "其实是.xlsx": (samples.docx(), "Word"),
    "表格.docx": (samples.xlsx([["a", "b"]]), "Excel"),
    "文字.docx": ("只是文字".encode(), "不是Word"),
    "文字.pdf": ("只是文字".encode(), "不是PDF"),
    "网页.txt": (samples.html(), "网页"),
    "破.pdf": (b"%PDF-1.4\n" + b"garbage " * 100, "损坏"),
    "截断.pdf": (samples.pdf()[:700], "损坏"),
    "破.docx": (samples.docx()[:2000], "损坏"),
    "破.xlsx": (b"PK\x03\x04" + bytes(200), "损坏"),
    "加密.pdf": (samples.encrypted_pdf(), "密码"),
    "扫描.pdf": (samples.scanned_pdf(), "扫描件，没有文字层"),
    "加密.docx": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "密码"),
    "空页.html": (b"<html><body><script>1</script></body></html>", "正文"),
    "压缩.docx": (samples.zipped({"a.txt": b"a"}), "不是 Word"),
    "老.doc": (b"\xd0\xcf\x11\xe0", "不认识的文件类型"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    data, pattern = BAD[name]
    assert re.search(pattern, refusal(tmp_path, name, data))


def test_a_file_past_the_limit_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "大.txt"
    with path.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    reading = read_file(path, source="大.txt", kind=Kind.POLICY)
    assert reading.refused is not None
    assert "200 MB" in reading.refused
    assert str(MAX_FILE_BYTES // 1024 // 1024) in reading.refused


def test_a_file_that_is_gone_or_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    for path in (tmp_path / "gone.txt", tmp_path, tmp_path / "pipe.txt"):
        assert read_file(path, source="x", kind=Kind.POLICY).refused is not None


def test_an_unreadable_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(samples.text())

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    assert "权限" in (read_file(path, source="a.txt", kind=Kind.POLICY).refused or "")


def test_a_fault_of_the_reader_itself_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(samples.text())

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("corpora.regulation.structure", broken)
    assert "ZeroDivisionError" in (read_file(path, source="a.txt", kind=Kind.POLICY).refused or "")


def test_a_text_that_is_far_too_long_is_refused(tmp_path: Path) -> None:
    assert "万字" in refusal(tmp_path, "长.txt", ("第一条　长。\n" * 600_000).encode())


def test_a_name_with_odd_characters_is_read(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\n\xff.txt"))
    path.write_bytes(samples.text())
    assert extract_file(path).text.startswith(samples.TITLE)


def test_a_table_file_given_as_policy_has_citable_rows(tmp_path: Path) -> None:
    data = "设备,检查周期,负责人\n行车,每月一次,设备科\n叉车,每季一次,物流科\n".encode("gb18030")
    document = read(tmp_path, "周期.csv", data)
    assert [node.clause for node in nodes(document.tree) if node.kind is NodeKind.ROW] == ["行车", "叉车"]
    book = samples.xlsx([["设备", "检查周期"], ["行车", "每月一次"], ["叉车", "每季一次"]])
    document = read(tmp_path, "周期.xlsx", book)
    assert [node.clause for node in nodes(document.tree) if node.kind is NodeKind.ROW] == ["行车", "叉车"]
