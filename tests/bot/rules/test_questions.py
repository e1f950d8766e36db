"""What kind of answer a question wants."""

from datetime import date

import pytest

from bot.rules.questions import Titles, asks_validity, dates_in, named_titles, names_itself, parts, shape


@pytest.mark.parametrize(
    "text",
    [
        "这个文件现在还有效吗",
        "办法过期了没有",
        "细则什么时候开始施行",
        "《某办法》有效期多久",
        "它还管用吗",
        "文件是征求意见稿吗",
    ],
)
def test_questions_about_validity_are_seen(text: str):
    assert asks_validity(text)


@pytest.mark.parametrize(
    "text", ["证书有效期多久", "公示多少天", "评估不合格怎么办", "实施方案由谁制定", "认定后怎么有效开展服务活动"]
)
def test_other_questions_are_not_about_validity(text: str):
    assert not asks_validity(text)


def test_two_questions_are_two_parts():
    assert parts("技师指哪些人？申报要什么材料？") == ("技师指哪些人", "申报要什么材料")
    assert parts("观察期是多久，不合格怎么办？") == ("观察期是多久", "不合格怎么办")


def test_one_question_is_one_part():
    assert parts("我们是做模具的，能不能申报？") == ("我们是做模具的，能不能申报？",)
    assert parts("两年没交总结会怎么样") == ("两年没交总结会怎么样",)


def test_lists_and_comparisons_are_seen():
    assert shape("申报条件有哪些").wants_list
    assert not shape("观察期多久").wants_list
    assert shape("湖南和青岛的条件有什么区别").compares


def test_dates_are_read_with_and_without_year():
    assert dates_in("2026年2月9日上午，请于2月6日前回复", year=2026) == (date(2026, 2, 9), date(2026, 2, 6))
    assert dates_in("2月30日", year=2026) == ()
    assert dates_in("2月6日前") == ()


def test_titles_and_numbers_are_named():
    assert named_titles("《某某办法》和甲发〔2024〕10号") == ("某某办法", "〔2024〕10号")


def test_a_title_is_found_by_its_telling_part():
    titles = ["甲省工作站管理办法", "乙市基地管理办法"]
    assert Titles(titles).closest("工作站办法有效吗") == 0
    assert Titles(titles).closest("管理办法有效吗") is None
    assert Titles(titles).closest("有效吗") is None
    assert Titles([]).closest("有效吗") is None


def test_a_part_that_leans_on_the_one_before_does_not_name_itself():
    assert names_itself("座谈会的通知由谁发")
    assert not names_itself("要什么材料")
