"""Garbled questions: seeded, changed, and still asking the same; the loss is counted over pairs."""

import random
from dataclasses import replace

import pytest

from evals.answers import Judged, Question
from evals.perturb import WAYS, Garbled, garbled, reordered, summarise, tables, width

TEXT = "我们厂想申报，认定要什么条件，多久能批？"
ASKED = [Question(str(number), f"{TEXT}{number}", "fact") for number in range(6)]


@pytest.mark.parametrize("way", WAYS)
def test_every_way_changes_a_question_and_the_same_seed_changes_it_the_same(way: str) -> None:
    once, again = (WAYS[way](f"{TEXT}A3", random.Random(3)) for _ in range(2))
    assert once == again
    assert once != f"{TEXT}A3"


@pytest.mark.parametrize("way", ["typos", "homophones"])
def test_one_character_in_ten_is_mistaken_and_none_is_lost(way: str) -> None:
    made = WAYS[way](TEXT, random.Random(1))
    assert len(made) == len(TEXT)
    assert sum(a != b for a, b in zip(made, TEXT, strict=True)) == len(TEXT) // 10


def test_the_parts_stay_when_they_are_reordered() -> None:
    made = reordered("甲，乙，丙？", random.Random(0))
    assert made in ("乙，丙，甲？", "丙，甲，乙？")
    assert reordered("只有一句？", random.Random(0)) == "只有一句？"


def test_width_turns_both_ways() -> None:
    assert width("PLC3，好", random.Random(0)) == "ＰＬＣ３,好"


def test_no_table_replaces_a_character_by_itself_alone() -> None:
    for name in ("typos", "homophones", "traditional"):
        assert [char for char, others in tables()[name].items() if set(others) == {char}] == []


def test_so_many_are_made_in_equal_parts_each_with_an_id_of_its_own() -> None:
    made = garbled(ASKED, count=14, seed=5)
    assert made == garbled(ASKED, count=14, seed=5)
    assert made != garbled(ASKED, count=14, seed=6)
    assert {way: sum(one.way == way for one in made) for way in WAYS} == dict.fromkeys(WAYS, 2)
    assert len({one.question.id for one in made}) == 14
    assert len(garbled(ASKED, count=10_000, seed=5)) == len(WAYS) * len(ASKED)


def test_the_loss_is_that_of_the_pairs() -> None:
    absent = Question("9", TEXT, "none")
    made = [Garbled(one, "typos", replace(one, id=f"{one.id}~typos")) for one in (*ASKED[:3], absent)]

    def judged(question: Question, right: bool, answered: bool = True) -> Judged:
        return Judged(question, {"outcome": "answered" if answered else "no_answer"}, right, None, (), 1.0)

    clean = {one.clean.id: judged(one.clean, True, one.clean.answerable) for one in made}
    after = {one.question.id: judged(one.question, at != 1) for at, one in enumerate(made)}
    figures = summarise(made, clean, after)
    assert (figures["n"], figures["clean"], figures["garbled"], figures["loss"]) == (4, 1.0, 0.5, 0.5)
    assert figures["right_loss"] == pytest.approx(1 / 3, abs=1e-4)
    assert (figures["refused_loss"], figures["typos_n"], figures["dialect_n"]) == (1.0, 4, 0)
