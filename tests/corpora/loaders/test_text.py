"""Encodings, page marks, and what is not text."""

import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import Unreadable
from corpora.loaders.text import decode, load, page_marks

PROSE = "第一条　为了办好车间夜校，制定本办法。\n第二条　夜校每周二、周四晚上开课，学员凭卡入场。\n"
COMMON = st.text(
    alphabet="的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动", min_size=1
)


@pytest.mark.parametrize(
    "data",
    [
        PROSE.encode(),
        codecs.BOM_UTF8 + PROSE.encode(),
        PROSE.encode("gb18030"),
        PROSE.encode("gbk"),
        codecs.BOM_UTF16_LE + PROSE.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + PROSE.encode("utf-16-be"),
        codecs.BOM_UTF32_LE + PROSE.encode("utf-32-le"),
        PROSE.replace("\n", "\r\n").encode(),
        PROSE.replace("\n", "\r\n").encode("gb18030"),
    ],
    ids=["utf-8", "utf-8-bom", "gb18030", "gbk", "utf-16-le", "utf-16-be", "utf-32", "crlf", "gb18030-crlf"],
)
def test_the_same_prose_is_read_from_every_encoding(data: bytes) -> None:
    assert decode(data) == (PROSE, ())


@given(COMMON)
def test_common_characters_survive_gb18030(text: str) -> None:
    assert decode(text.encode("gb18030"))[0] == text


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc", "Cn"))))
def test_utf8_chinese_comes_back_with_only_its_line_ends_changed(text: str) -> None:
    text = "第" + text
    assert decode(text.encode())[0] == text.replace("\r\n", "\n").replace("\r", "\n")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_in_one_sentence(data: bytes) -> None:
    try:
        text, _ = decode(data)
    except Unreadable as error:
        assert str(error).endswith("。")
    else:
        assert text.encode().decode() == text


def test_a_quote_is_found_again_in_the_file_as_python_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("第一条　内容。\r\n  缩进\x0b行\x85尾 \r第二条\n".encode())
    assert load(path.read_bytes(), "a.txt").text == path.read_text(encoding="utf-8")


def test_a_few_damaged_bytes_are_replaced_and_noted() -> None:
    data = (PROSE * 5).encode()
    text, notes = decode(data[:400] + b"\xff" + data[400:])
    assert 1 <= text.count("�") <= 4
    assert len(notes) == 1
    assert "UTF-8" in notes[0]


@pytest.mark.parametrize(
    "data",
    [
        "學員須於開課前完成報名手續，並繳交學費，逾期視同放棄。".encode("big5"),
        "受講者は開講日までに申し込みを済ませてください。よろしくお願いします。".encode("shift_jis"),
        "Größe und Fläche naïve façade déjà vu".encode("latin-1"),
        PROSE.encode("utf-16-le"),
        codecs.BOM_UTF16_LE + PROSE.encode(),
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        bytes(range(1, 32)) * 20,
    ],
    ids=["big5", "shift-jis", "latin-1", "utf-16 without mark", "wrong mark", "png", "control characters"],
)
def test_other_encodings_and_binary_are_refused(data: bytes) -> None:
    with pytest.raises(Unreadable, match="。$"):
        decode(data)


def test_a_page_that_names_big5_is_read_as_big5() -> None:
    text = "學員須於開課前完成報名手續。"
    assert decode(text.encode("big5"), declared="Big5") == (text, ())


def test_page_marks_are_noise_and_give_page_numbers() -> None:
    text = "通知正文。\n— 1 —\n第二页文字。\n  －2－  \n末页。\n"
    marks, pages = page_marks(text)
    assert [text[start:end] for start, end in marks] == ["— 1 —", "－2－"]
    assert [(text[offset:].strip()[:3], number) for offset, number in pages] == [
        ("通知正", 1),
        ("第二页", 2),
        ("末页。", 3),
    ]


def test_a_last_mark_opens_no_empty_page() -> None:
    assert page_marks("正文\n第 1 页 共 1 页\n")[1] == ((0, 1),)


def test_a_date_range_or_a_bare_number_is_no_page_mark() -> None:
    assert page_marks("12\n2020-2021\n— 设备 —\n第3页说明\n") == ((), ())
