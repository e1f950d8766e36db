"""Matching: who is invited, in which order, and why."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.rules import matching
from bot.rules.matching import Case, DeclineReason, Engineer, Match, Record, Trade, decline_reason, matches, wave, why
from bot.rules.triage import Demand, Domain, Urgency

CASE = Case("T-000002", Domain.MOULDING, Demand.PROBLEM, Urgency.NORMAL, "注塑件缩水，保压加了也没用", place="青岛市")
MOULDER = Engineer("p_moulder", ("moulding",), place="青岛")


def order(*engineers: Engineer, case: Case = CASE) -> list[str]:
    return [match.engineer for match in matches(case, engineers)]


def known(**trade: int) -> Record:
    return Record(accepted=5, trades={Domain.MOULDING: Trade(**trade)})


def test_the_trade_goes_before_another_one_whatever_it_is_called() -> None:
    for skill in ("moulding", "模具成形", "注塑模具"):
        assert order(Engineer("p_a", ("电焊",)), Engineer("p_b", (skill,)))[0] == "p_b"


def test_a_skill_that_stands_in_the_case_counts_beside_the_trade() -> None:
    assert order(MOULDER, replace(MOULDER, id="p_z", skills=("moulding", "注塑件")))[0] == "p_z"


def test_words_of_the_case_find_the_trade_that_triage_missed() -> None:
    case = replace(CASE, domain=Domain.OTHER)
    assert order(Engineer("p_a", ("welding",)), Engineer("p_b", ("moulding",)), case=case)[0] == "p_b"


def test_solved_cases_and_ratings_go_before_none_and_failures_after() -> None:
    solved = replace(MOULDER, id="p_solved", record=known(solved=4))
    failed = replace(MOULDER, id="p_failed", record=known(failed=4))
    plain = replace(MOULDER, id="p_plain", record=known())
    assert order(failed, plain, solved) == ["p_solved", "p_plain", "p_failed"]
    liked = replace(plain, id="p_liked", record=replace(known(), ratings=4, stars=20))
    disliked = replace(plain, id="p_disliked", record=replace(known(), ratings=4, stars=4))
    assert order(disliked, liked) == ["p_liked", "p_disliked"]


def test_one_success_says_less_than_twenty() -> None:
    one = replace(MOULDER, id="p_one", record=known(solved=1))
    many = replace(MOULDER, id="p_many", record=known(solved=20, failed=1))
    assert order(one, many)[0] == "p_many"


def test_who_is_there_free_near_and_willing_goes_first() -> None:
    for worse in (
        replace(MOULDER, away=timedelta(hours=20)),
        replace(MOULDER, away=None),
        replace(MOULDER, busy=True),
        replace(MOULDER, place="长沙"),
        replace(MOULDER, place="潍坊"),
        replace(MOULDER, load=3),
        replace(MOULDER, record=Record(declined=6)),
        replace(MOULDER, record=Record(pending=4)),
    ):
        assert order(replace(worse, id="p_a"), replace(MOULDER, id="p_b")) == ["p_b", "p_a"]


def test_saying_that_it_is_not_ones_trade_lowers_that_trade_alone() -> None:
    said = replace(MOULDER, id="p_a", skills=("moulding", "welding"), record=known(not_mine=1))
    other = replace(MOULDER, id="p_b", skills=("moulding", "welding"), record=known())
    assert order(said, other) == ["p_b", "p_a"]
    assert order(said, other, case=replace(CASE, domain=Domain.WELDING, text="焊缝有气孔")) == ["p_a", "p_b"]


def test_nobody_is_named_whom_the_firm_blocks_or_who_passed_it_on() -> None:
    people = [Engineer("p_a"), Engineer("p_b", organisation="o_x"), Engineer("p_c")]
    assert order(*people, case=replace(CASE, blocked=frozenset({"o_x"}), excluded=frozenset({"p_c"}))) == ["p_a"]
    everyone = frozenset({"p_a", "p_b", "p_c"})
    assert order(*people, case=replace(CASE, blocked=everyone)) == []
    assert wave(CASE, [], 1) == []


def test_an_engineer_without_skills_is_invited_after_those_with_them() -> None:
    assert order(Engineer("p_a"), MOULDER) == ["p_moulder", "p_a"]
    assert why(CASE, Engineer("p_a", away=None)) == "领域：模具成形；新加入"


def test_a_full_engineer_stands_at_the_end() -> None:
    assert order(replace(MOULDER, load=2, capacity=2), Engineer("p_z")) == ["p_z", "p_moulder"]


def test_a_language_that_he_does_not_speak_lowers_him() -> None:
    case = replace(CASE, text="The parts shrink after moulding, holding pressure does not help")
    speaks = replace(MOULDER, id="p_z", languages=frozenset({"en"}))
    assert order(MOULDER, speaks, case=case)[0] == "p_z"
    assert "会英语" in why(case, speaks)


def test_the_same_records_give_the_same_list_in_whatever_order_they_are_read() -> None:
    people = [replace(MOULDER, id=f"p_{number}") for number in range(9)]
    assert order(*people) == order(*reversed(people))


def test_why_is_said_in_words() -> None:
    one = replace(MOULDER, skills=("模具成形", "注塑件"), load=1, record=replace(known(solved=3), ratings=2, stars=9))
    assert why(CASE, one) == (
        "专长：模具成形（注塑件）；办结过 3 个同类问题；企业评分 4.5；同在青岛；现在在岗；手上 1 张单"
    )


# --- waves ----------------------------------------------------------------------------------------------------------------------------


def ranked(count: int, *, new: frozenset[int] = frozenset(), fit: float = 0.5) -> list[Match]:
    return [
        Match(f"p_{number:02}", 1 - number / 100, fit, 0.5, 0.5, 0.0, is_new=number in new, is_full=False)
        for number in range(count)
    ]


def ref(*, keeps: bool) -> str:
    return next(f"T-{n:06}" for n in range(99) if matching.keeps_a_place(f"T-{n:06}") is keeps)


def test_waves_widen() -> None:
    case, left, sizes = replace(CASE, ref=ref(keeps=False)), ranked(60), []
    for number in range(1, 9):
        invited = wave(case, left, number)
        sizes.append(len(invited))
        left = left[len(invited) :]
    assert sizes == [3, 5, 10, 20, 20, 2, 0, 0]


def test_in_danger_everyone_hears_of_it_at_the_second_wave() -> None:
    case = replace(CASE, urgency=Urgency.CRITICAL)
    assert len(wave(case, ranked(60), 1)) == 6
    assert len(wave(case, ranked(54), 2)) == 54


def test_in_some_cases_a_place_is_kept_for_a_newcomer_who_fits() -> None:
    people = ranked(10, new=frozenset({7, 8}))
    assert [one.engineer for one in wave(replace(CASE, ref=ref(keeps=True)), people, 1)] == ["p_00", "p_01", "p_07"]
    assert [one.engineer for one in wave(replace(CASE, ref=ref(keeps=False)), people, 1)] == ["p_00", "p_01", "p_02"]
    misfit = [replace(one, fit=0.01) if one.is_new else one for one in people]
    assert "p_07" not in {one.engineer for one in wave(replace(CASE, ref=ref(keeps=True)), misfit, 1)}


def test_about_one_case_in_five_keeps_a_place() -> None:
    assert 150 < sum(matching.keeps_a_place(f"T-{number:06}") for number in range(1000)) < 250


def test_the_next_wave_comes_after_a_third_of_the_time() -> None:
    window = timedelta(hours=3)
    assert [matching.until_wave(number, window) / timedelta(hours=1) for number in (1, 2, 3, 4, 5)] == [1, 2, 3, 6, 9]


# --- what a refusal says --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("这个不是我的专业", DeclineReason.NOT_MY_TRADE),
        ("液压我没搞过", DeclineReason.NOT_MY_TRADE),
        ("太远了，过不去", DeclineReason.TOO_FAR),
        ("这周出差", DeclineReason.TOO_BUSY),
        ("手上的单太多", DeclineReason.TOO_BUSY),
        ("", DeclineReason.OTHER),
        ("不想接", DeclineReason.OTHER),
    ],
)
def test_a_refusal_teaches_what_it_says(words: str, reason: DeclineReason) -> None:
    assert decline_reason(words) is reason


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("青岛", "青岛市", 0.0),
        ("山东省青岛市", "青岛", 0.0),
        ("山东", "青岛", 0.4),
        ("潍坊", "青岛", 0.4),
        ("长沙", "青岛", 1.0),
        ("北京", "北京市", 0.0),
        (None, "青岛", 0.5),
        ("某地", "青岛", 0.5),
    ],
)
def test_places_are_so_far_apart(one: str | None, other: str, apart: float) -> None:
    assert matching.distance(one, other) == apart
