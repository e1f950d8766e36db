"""What may be asked."""

import pytest

from bot.errors import Invalid, TooLong
from bot.rules.wording import clean, codes, grams, sentences, without_greeting


def test_cleaning_takes_blanks_and_invisible_characters_only():
    assert clean(" \u200b培育期 多久？\ufeff\n") == "培育期 多久？"


@pytest.mark.parametrize("text", ["", " ", "\x00", "a\udc80", "\u200b\u2060"])
def test_text_without_readable_characters_is_invalid(text: str):
    with pytest.raises(Invalid):
        clean(text)


def test_the_limit_is_four_thousand_characters():
    assert len(clean("问" * 4000)) == 4000
    with pytest.raises(TooLong):
        clean("问" * 4001)


def test_pairs_do_not_reach_across_marks():
    assert grams("甲乙，丙 PLC") == {"甲乙", "plc"}


def test_codes_hold_letters_and_digits():
    assert codes("发那科 AL.50 报警，S7-1200 通信断，PLC 停") == ("al.50", "s7-1200")


def test_greetings_are_taken_off_unless_alone():
    assert without_greeting("你好，请问培育期多久") == "培育期多久"
    assert without_greeting("你好") == "你好"


def test_sentences_end_at_full_marks():
    assert sentences("甲？乙；\n丙。") == ("甲", "乙", "丙")
