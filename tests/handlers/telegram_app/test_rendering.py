"""Whatever the text: each piece fits, is safe HTML, is cut where one may cut, and together they are the text."""

import random
import unicodedata

import pytest

from evals.standins.telegram_markup import read_html, units
from evals.standins.telegram_texts import random_text
from handlers.telegram_app.rendering import MAX_UNITS, Piece, render, shortened

HEADER = "【T-000123 青岛某厂】"
LABEL = "内容由AI生成"


def joins(before: str, after: str) -> bool:
    """Whether these two characters are seen as one; by the plain rules, not by the library that cuts."""
    if (
        after in "\u200d\ufe0f\u20e3"
        or unicodedata.category(after) in {"Mn", "Me"}
        or "\U0001f3fb" <= after <= "\U0001f3ff"
    ):
        return unicodedata.category(before) not in {"Cc", "Zl", "Zp"}
    return before == "\u200d" and after > "\u2600" or (before, after) == ("\r", "\n")


def check(text: str, pieces: list[Piece], *, header: str = "", label: str = "") -> None:
    assert "".join(piece.body for piece in pieces) == text
    for number, piece in enumerate(pieces, 1):
        shown, marked = read_html(piece.html)
        assert shown == piece.plain
        assert units(shown) <= MAX_UNITS
        mark = f"（{number}/{len(pieces)}）" if len(pieces) > 1 else ""
        top = f"{header}{mark}\n" if header or mark else ""
        assert shown == top + piece.body + (f"\n\n{label}" if label else "")
        assert [entity.type for entity in marked] == ["bold"] * bool(top) + ["italic"] * bool(label)
    for one, next_one in zip(pieces, pieces[1:], strict=False):
        assert not joins(one.body[-1], next_one.body[0]), (one.body[-5:], next_one.body[:5])


def test_any_text_arrives_whole_within_the_limit_and_cut_where_one_may() -> None:
    rng = random.Random(20261121)
    cut = 0
    for _ in range(5000):
        text, header, label = random_text(rng), rng.choice(("", HEADER)), rng.choice(("", LABEL, "李工"))
        pieces = render(text, header=header, label=label)
        check(text, pieces, header=header, label=label)
        cut += len(pieces) > 1
    assert cut > 500


def test_twenty_thousand_characters_of_two_units_each_fit_into_pieces() -> None:
    for text in ("😀" * 20_000, "👨‍👩‍👧‍👦" * 2857, "字" * 20_000, "<" * 20_000, "\n" * 20_000, " " * 20_000):
        pieces = render(text, header=HEADER, label=LABEL)
        check(text, pieces, header=HEADER, label=LABEL)
        assert all(units(piece.plain) > MAX_UNITS * 0.9 for piece in pieces[:-1])


def test_a_character_longer_than_a_message_is_cut_and_nothing_is_lost() -> None:
    text = "e" + "\u0301" * 9000
    assert "".join(piece.body for piece in render(text)) == text
    assert all(units(piece.plain) <= MAX_UNITS for piece in render(text))


@pytest.mark.parametrize(
    ("unit", "end"),
    [
        ("第一段，讲缩水。还有气泡。\n\n", "\n\n"),
        ("一行一条，没有句号\n", "\n"),
        ("他问：“怎么办？”然后走了，", "”"),
        ("The gauge reads 3.5 bar. ", " "),
        ("没有句号，只有逗号", "，"),
        ("1234567 ", " "),
    ],
)
def test_it_is_cut_at_the_best_place(unit: str, end: str) -> None:
    text = unit * 1500
    pieces = render(text[:20_000])
    assert len(pieces) > 1
    assert all(piece.body.endswith(end) for piece in pieces[:-1])


def test_a_decimal_point_and_half_a_quote_are_no_ends() -> None:
    text = ("x" * 3000 + "3.5") + "y" * 2000
    first, _ = render(text)
    assert not first.body.endswith("3.")
    text = "前" * 2000 + "好。”" + "后" * 3000
    assert render(text)[0].body.endswith("好。”")


def test_a_short_text_without_header_and_label_is_left_as_it_is() -> None:
    assert render("a < b & 'c' \"d\"") == [Piece("a &lt; b &amp; 'c' \"d\"", "a < b & 'c' \"d\"", "a < b & 'c' \"d\"")]
    assert render("") == [Piece("", "", "")]


def test_what_cannot_be_sent_becomes_a_sign_that_something_was_there() -> None:
    (piece,) = render("a\x00b\ud83dc", header="甲\ud800", label="乙\x00")
    assert piece.plain == "甲\ufffd\na\ufffdb\ufffdc\n\n乙\ufffd"
    assert piece.plain.encode()


def test_a_header_stays_one_short_line() -> None:
    (piece,) = render("x", header="【\n很长" * 100 + "】")
    top, _, _ = piece.plain.partition("\n")
    assert units(top) <= 120 and top.endswith("…")
    assert shortened("👨‍👩‍👧‍👦" * 5, 40) == "👨‍👩‍👧‍👦" * 3 + "…"
    assert shortened("短", 2) == "短"


def test_captions_have_their_own_limit() -> None:
    assert len(render("字" * 1024, limit=1024)) == 1
    pieces = render("字" * 1025, limit=1024)
    assert len(pieces) == 2 and all(units(piece.plain) <= 1024 for piece in pieces)
