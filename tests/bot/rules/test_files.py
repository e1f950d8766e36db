"""What a file is, and how it is called."""

import pytest

from bot.errors import Invalid, TooLong
from bot.rules.arrivals import MediaKind
from bot.rules.files import DOCX as WORD
from bot.rules.files import JPEG, MAX_BYTES, OGG, TEXT, clean_name, counted, is_mark, judge, mark
from bot.rules.files import PDF as PORTABLE
from bot.rules.files import XLSX as SHEET
from tests.bot.pictures import DOCX, PDF, XLSX, jpeg, office, picture


def test_what_a_file_is_its_bytes_say() -> None:
    assert judge(jpeg()).media_type == "image/jpeg"
    assert judge(picture("PNG")).media_type == "image/png"
    assert judge(picture("WEBP")).media_type == "image/webp"
    assert (judge(PDF), judge(DOCX), judge(XLSX)) == (PORTABLE, WORD, SHEET)
    assert judge("报警代码 AL.50".encode()) is TEXT
    assert judge("报警代码 AL.50".encode("gb18030")) is TEXT


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "空的"),
        (b"MZ\x90\x00\x03" + bytes(60), "只收"),
        (b"\x7fELF\x02\x01" + bytes(60), "只收"),
        (bytes.fromhex("0000002066747970") + b"heic" + bytes(60), "HEIC"),
        (office("evil.exe"), "只收"),
        (b"PK\x03\x04" + bytes(100), "损坏"),
        (office("word/document.xml", more="word/vbaProject.bin"), "宏"),
        (b"OggS" + bytes(60), "只收"),
        (b"GIF89a" + bytes(60), "只收"),
    ],
)
def test_what_may_not_be_sent_is_refused_with_a_way_out(content: bytes, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        judge(content)


def test_a_spoken_message_counts_only_where_one_is_recorded() -> None:
    assert judge(b"OggS" + bytes(60), voice=True) is OGG


def test_what_is_too_large_is_told_how_large() -> None:
    with pytest.raises(TooLong, match="21 MB.*20 MB"):
        judge(bytes(MAX_BYTES + 1))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("铭牌.JPG", "铭牌.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\temp\\a b.png", "a_b.jpg"),
        ("发票\u202egpj.exe", "发票gpj.jpg"),
        ("x" * 300 + ".jpg", "x" * 80 + ".jpg"),
        ("a\x00b\ud800.png", "ab.jpg"),
        ("<script>.jpg", "script.jpg"),
        ("a\r\nSet-Cookie: x", "aSet-Cookie_x.jpg"),
        ("...", "照片.jpg"),
        ("", "照片.jpg"),
        ("V1.2 图纸", "V1.2_图纸.jpg"),
    ],
)
def test_a_hostile_name_becomes_a_plain_one(given: str, kept: str) -> None:
    assert clean_name(given, JPEG) == kept


def test_what_stands_for_files_is_known_again() -> None:
    kinds = [MediaKind.PHOTO, MediaKind.DOCUMENT, MediaKind.PHOTO]
    assert counted(kinds) == "照片 2 张、文件 1 个"
    assert is_mark(mark(kinds)) and is_mark(mark([MediaKind.VOICE]))
    assert not is_mark("［照片 2 张］缩水") and not is_mark("照片 2 张")
