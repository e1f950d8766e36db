"""What the pool says of a demand, and its filters."""

import pytest

from bot.errors import Invalid
from bot.rules.intake import Fact
from bot.rules.pool import Filters, Mark, Sort, filters, standing, town, value
from bot.rules.triage import Demand, Domain


def said(**facts: str) -> dict[str, Fact]:
    return {code: Fact(code, words, "m") for code, words in facts.items()}


def marks(text: str, files: int = 0, **facts: str) -> set[Mark]:
    found = standing(text, said(**facts), kind=Demand.PROBLEM, domain=Domain.MOULDING, files=files)
    return set(found.marks)


def test_a_demand_that_says_next_to_nothing_has_no_mark_and_few_points() -> None:
    found = standing("机器不好使", {}, kind=Demand.PROBLEM, domain=Domain.OTHER, files=0)
    assert (found.completeness, found.marks, found.value, found.town) == (0, (), None, None)


def test_each_mark_is_earned_by_itself() -> None:
    assert marks("缩水") == set()
    assert marks("缩水，不良率 8%") == {Mark.MEASURABLE}
    assert marks("缩水，厂长说了算") == {Mark.DECIDER}
    assert marks("缩水", contact="13800138000") == {Mark.DECIDER}
    assert marks("缩水", contact="") == set()
    assert marks("缩水", files=1) == {Mark.ATTACHED}
    told = {"symptom": "缩水", "equipment": "注塑机", "model": "MA1600", "since_when": "上周", "material": "PP"}
    assert Mark.PRECISE in marks("缩水", **told)


def test_a_complete_demand_has_all_points() -> None:
    facts = said(symptom="缩水", equipment="注塑机", model="MA1600", since_when="上周", material="PP", contact="王厂长")
    found = standing("不良率 8%", facts, kind=Demand.PROBLEM, domain=Domain.MOULDING, files=2)
    assert (found.completeness, len(found.marks)) == (100, 4)


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("损失二十万", 200_000),
        ("客户要索赔30万元", 300_000),
        ("订单300万，交不了", 3_000_000),
        ("每天损失2000块", 2000),
        ("十二万五", 120_000),
        ("１．５万元", 15_000),
        ("先付3万，总共一百二十万", 1_200_000),
        ("一万次以后就裂，3万件", None),
        ("注册资本500万元，年产值2亿", None),
        ("20块料板", None),
        ("AL.50 报警，160 吨", None),
        ("万一", None),
    ],
)
def test_the_sum_at_stake_is_read_from_the_words(text: str, yuan: int | None) -> None:
    assert value(text) == yuan


def test_the_town_is_the_smallest_place_that_is_known() -> None:
    assert town("湖南省长沙市", "青岛某厂", "") == "长沙"
    assert town(None, "青岛某厂", "我们在长沙") == "青岛"
    assert town(None, "某厂", "我们在山东") == "山东"
    assert town(None, "某厂", "") is None


def test_filters_are_read_and_what_differs_is_kept() -> None:
    wanted = filters({"state": "pool", "days": "7", "town": " 青岛 ", "nothing": "x", "kind": "", "sort": "value"})
    assert wanted == Filters(state="pool", days=7, town="青岛", sort=Sort.VALUE)
    assert wanted.as_json() == {"state": "pool", "days": 7, "town": "青岛", "sort": "value"}
    assert filters(wanted.as_json()) == wanted
    assert filters({}).as_json() == {}


@pytest.mark.parametrize(
    "given",
    [{"state": "gone"}, {"sort": "random"}, {"days": "-1"}, {"days": "１"}, {"value": "1e3"}, {"complete": "101"},
     {"town": "长" * 61}, {"words": "\x00"}, {"kind": "none"}],
)  # fmt: skip
def test_a_filter_that_cannot_be_read_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        filters(given)
