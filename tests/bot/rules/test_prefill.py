"""What a talk says of how a case was solved."""

import random

from bot.rules.prefill import MAX_CHARS, suggested

TALK = [
    (False, "液压站漏油，停了一天了"),
    (True, "您好，请问用了多久？麻烦拍一张油封的照片"),
    (False, "三年了"),
    (True, "看照片是油封老化了。先停机泄压，换成氟橡胶油封；装的时候唇口朝里。"),
    (False, "换了，现在不漏了，谢谢"),
    (True, "注意不要用密封胶代替。仅限 63MPa 以下的站。"),
]


def test_each_sentence_finds_its_field_word_for_word() -> None:
    assert suggested(TALK) == {
        "cause": "看照片是油封老化了。",
        "steps": "先停机泄压，换成氟橡胶油封；\n装的时候唇口朝里。",
        "verification": "换了，现在不漏了，谢谢",
        "limits": "注意不要用密封胶代替。\n仅限 63MPa 以下的站。",
    }


def test_what_does_not_work_yet_is_no_verification() -> None:
    assert suggested([(False, "试了，还是漏"), (False, "好了吗？"), (False, "又不行了")]) == {}


def test_nothing_is_reworded_and_fields_end() -> None:
    rng = random.Random(5)
    said = [
        (rng.random() < 0.7, "".join(rng.choice("加保压降模温好了因为老化，。；") for _ in range(rng.randint(0, 60))))
        for _ in range(80)
    ]
    for text in suggested(said).values():
        assert len(text) <= MAX_CHARS
        assert all(any(part in words for _, words in said) for part in text.split("\n"))
