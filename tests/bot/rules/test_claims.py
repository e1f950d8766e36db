"""Numbers taken for granted are held against what a clause states of the same thing."""

import pytest

from bot.rules.claims import claims, hold

CLAUSE = (
    "认定后设立为期一年的培育期，不合格的给予半年整改期；名单公示5个工作日；配备不少于3名专职讲师；补助最高20万元。"
)


def verdict(question: str) -> tuple[str, bool] | None:
    held = [one for claim in claims(question) if (one := hold(claim, [CLAUSE]))]
    return (held[0].words, held[0].agrees) if held else None


@pytest.mark.parametrize(
    ("question", "stated", "agrees"),
    [
        ("培育期两年是吧", "一年", False),
        ("培育期是不是两年", "一年", False),
        ("听说培育期要三年", "一年", False),
        ("培育期一年对吧", "一年", True),
        ("培育期12个月吧", "一年", True),
        ("整改期一年对吗", "半年", False),
        ("讲师要5个是吧", "不少于3名", False),
        ("公示10个工作日对吗", "5个工作日", False),
        ("认定后公示三天吧", "5个工作日", False),
        ("不合格的给两年整改对吗", "半年", False),
        ("公示5天吧", "5个工作日", False),
        ("补助50万元是吗", "20万元", False),
    ],
)
def test_a_claim_is_held_against_the_number_of_the_same_thing(question: str, stated: str, agrees: bool) -> None:
    found = verdict(question)
    assert found is not None
    assert found[0].endswith(stated)
    assert found[1] is agrees


@pytest.mark.parametrize(
    "question",
    [
        "培育期多久",
        "培育期一年还是两年",
        "我们成立两年了，能申报吗",
        "如果培育期两年不合格怎么办",
        "有效期两年是吧",  # the clause says nothing of it
        "工程师要20名对吧",
        "认定后验收两年是吧",
        "2026年的培育期是吧",
        "我们有5个讲师够了吧",
    ],
)
def test_what_is_no_claim_or_of_another_thing_is_left_alone(question: str) -> None:
    assert verdict(question) is None


def test_where_the_clause_states_two_numbers_of_it_nothing_is_said() -> None:
    (claim,) = claims("培育期三年是吧")
    assert hold(claim, ["省级培育期一年，市级培育期两年"]) is None
