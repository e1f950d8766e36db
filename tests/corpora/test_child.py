"""The fence: hostile files end the child, not us, and leave one sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from corpora import child
from corpora.child import parse_in_child
from corpora.errors import Unreadable
from corpora.loaders import Format, load
from tests.corpora import samples

SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


@pytest.mark.parametrize(
    ("format_", "data"),
    [(Format.HTML, samples.html()), (Format.DOCX, samples.docx()), (Format.PDF, samples.pdf())],
    ids=["html", "docx", "pdf"],
)
def test_the_child_gives_what_the_reader_gives(format_: Format, data: bytes) -> None:
    assert parse_in_child(data, "a", format_) == load(data, "a", format_)


def test_the_child_is_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "corpora.py").write_text("raise SystemExit(9)", encoding="utf-8")  # must not be taken for ours
    assert samples.TITLE in parse_in_child(samples.html(), "a", Format.HTML).text


def test_the_child_inherits_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WENZHEN_LLM_API_KEY", "secret")
    monkeypatch.setenv("PYTHONPATH", "relative")
    given = child._environment()
    assert not any("secret" in value or name.startswith("WENZHEN") for name, value in given.items())
    assert all(Path(entry).is_absolute() for entry in given["PYTHONPATH"].split(os.pathsep))


def refusal(data: bytes, format_: Format) -> str:
    with pytest.raises(Unreadable) as caught:
        parse_in_child(data, "a", format_)
    return str(caught.value)


def test_a_zip_bomb_is_not_unpacked() -> None:
    data = samples.zipped({"word/document.xml": bytes(70 * 1024 * 1024)})
    assert len(data) < 200_000
    assert "大得不正常" in refusal(data, Format.DOCX)


def test_many_small_parts_are_no_way_around_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpora.loaders.office.MAX_PACKAGE_BYTES", 10_000)
    with pytest.raises(Unreadable, match="大得不正常"):
        load(samples.zipped({f"word/{n}.xml": bytes(1000) for n in range(20)}), "a", Format.DOCX)


def test_entities_are_not_expanded() -> None:
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    xml = f'<!DOCTYPE x [<!ENTITY a0 "ha">{laughs}]><w:document {SPACE}><w:body><w:p><w:r><w:t>&a9;</w:t></w:r></w:p></w:body></w:document>'
    assert refusal(samples.zipped({"word/document.xml": xml.encode()}), Format.DOCX)


def test_files_named_by_entities_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("机密内容", encoding="utf-8")
    entity = f'<!DOCTYPE x [<!ENTITY s SYSTEM "{secret.as_uri()}">]>'
    word = f"{entity}<w:document {SPACE}><w:body><w:p><w:r><w:t>&s;</w:t></w:r></w:p></w:body></w:document>"
    assert "DOCTYPE" in refusal(samples.zipped({"word/document.xml": word.encode()}), Format.DOCX)
    page = parse_in_child(f"{entity}<html><body><p>前 &s; 后</p></body></html>".encode(), "a", Format.HTML)
    assert "机密" not in page.text


@pytest.mark.parametrize("depth", [300, 100_000])
def test_deep_nesting_ends_in_a_sentence(depth: int) -> None:
    word = f"<w:document {SPACE}><w:body>" + "<w:sdt>" * depth + "</w:sdt>" * depth + "</w:body></w:document>"
    assert refusal(samples.zipped({"word/document.xml": word.encode()}), Format.DOCX)
    assert refusal(b"<html><body>" + b"<div>" * depth + b"</body></html>", Format.HTML)


def test_a_sheet_that_claims_to_be_huge_is_read_as_it_is() -> None:
    book = samples.xlsx([["课程", "学费"], ["焊接", 80]])
    sheet = "xl/worksheets/sheet1.xml"
    parts = samples.unzipped(book)
    parts[sheet] = parts[sheet].replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"')
    assert b"XFD1048576" in parts[sheet]
    assert parse_in_child(samples.zipped(parts), "a", Format.XLSX).text == "课程\t学费\n焊接\t80\n"


def test_a_cell_at_the_far_end_of_a_sheet_costs_no_memory() -> None:
    parts = samples.unzipped(samples.xlsx([["课程", "学费"], ["焊接", 80]]))
    sheet = "xl/worksheets/sheet1.xml"
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    parts[sheet] = parts[sheet].replace(b"</sheetData>", far)
    assert parse_in_child(samples.zipped(parts), "a", Format.XLSX).text.startswith("课程\t学费\n焊接\t80\n")


@pytest.mark.parametrize(
    ("work", "words"),
    [
        ("while True: pass", "1 秒"),
        ("bytearray(400 * 1024 * 1024)", "MB 内存"),
        ("import os; os._exit(7)", "损坏"),
        ("import no_such_reader", "没有装好"),
    ],
    ids=["cpu", "memory", "crash", "missing library"],
)
def test_what_takes_too_much_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: str, words: str) -> None:
    (tmp_path / "hostile.py").write_text(
        "import sys\nfrom corpora import child, loaders\n"
        "child.MAX_CPU_S = 1; child.MAX_MEMORY_BYTES = 300 * 1024 * 1024\n"
        f"def work(data, name, format_):\n    {work}\n"
        "child.load = work\nsys.exit(child.main(['html']))\n",
        encoding="utf-8",
    )
    run = subprocess.run
    monkeypatch.setattr(child, "MAX_CPU_S", 1)
    monkeypatch.setattr(
        child.subprocess,
        "run",
        lambda command, **options: run([sys.executable, str(tmp_path / "hostile.py")], **options),
    )
    with pytest.raises(Unreadable, match="。$") as caught:
        parse_in_child(b"x", "a", Format.HTML)
    assert words.split()[-1] in str(caught.value)


def test_a_child_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    def hangs(command: list[str], **options: object) -> None:
        raise subprocess.TimeoutExpired(command, 60)

    monkeypatch.setattr(child.subprocess, "run", hangs)
    assert "太复杂" in refusal(b"x", Format.PDF)
