"""What a short turn takes from the turns before it."""

import pytest

from bot.rules.followup import leans, names_nothing, resolve


@pytest.mark.parametrize(
    "text",
    [
        "那申报呢，要什么材料？",
        "它有效吗",
        "那不合格呢",
        "不是青岛，是湖南",
        "湖南呢",
        "多久？",
        "这个文件现在还有效吗",
        "还有别的要求吗",
    ],
)
def test_a_turn_that_needs_the_one_before_leans(text: str):
    assert leans(text)


@pytest.mark.parametrize(
    "text", ["认定后的观察期是多久", "申报要什么材料", "请问技师指哪些人", "这个月有没有数控课", "人才引进机制占几分"]
)
def test_a_complete_question_stands_alone(text: str):
    assert not leans(text)
    assert resolve(text, ["工作站在哪里办"]).subject == ""


@pytest.mark.parametrize("text", ["那个怎么弄？", "多久？", "这个文件现在还有效吗", "怎么办", "要多少钱"])
def test_a_turn_without_subject_names_nothing(text: str):
    assert names_nothing(text)
    assert resolve(text, []).missing
    assert not resolve(text, ["工作站的观察期"]).missing


def test_a_follow_up_carries_the_turn_before():
    turn = resolve("那申报呢，要什么材料？", ["工作站的观察期是多久"])
    assert turn.subject == "工作站的观察期是多久"
    assert turn.text == "申报，要什么材料？"
    assert "工作站" in turn.search and "材料" in turn.search


def test_a_chain_of_follow_ups_goes_back_to_the_complete_question():
    turn = resolve("那第二年呢", ["今天天气", "工作站的观察期是多久", "不合格呢"])
    assert turn.subject == "工作站的观察期是多久，不合格"


def test_a_correction_of_the_place_asks_the_same_about_the_new_one():
    turn = resolve("不是青岛，是湖南", ["青岛的实践基地场地有什么要求"])
    assert turn.moved
    assert turn.search == "湖南的实践基地场地有什么要求"


def test_another_place_asks_the_same_about_it():
    assert resolve("湖南呢", ["青岛的基地要几个讲师"]).search == "湖南的基地要几个讲师"
    assert resolve("湖南呢", ["基地要几个讲师"]).search == "湖南基地要几个讲师"


def test_nothing_is_carried_from_nothing():
    assert resolve("那申报呢，要什么材料？", []).subject == ""
    assert resolve("那申报呢，要什么材料？", ["  "]).subject == ""


def test_a_place_alone_names_no_subject() -> None:
    assert resolve("青岛的呢", []).missing
    assert not resolve("青岛的基地呢", []).missing
    assert resolve("青岛的呢", ["湖南的培育期多久"]).search == "青岛的培育期多久"
