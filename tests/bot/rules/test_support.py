"""How far passages state what a question asks for."""

import pytest

from bot.rules.support import SIGNALS, Shown, support

BOARD = Shown("联盟章程", "联盟设立议事会，由成员代表组成，负责审议预算。")
NOTICE = Shown("乙市通知", "会议于3月5日召开。请提前10分钟入场。")


def test_every_signal_has_its_figure_even_where_nothing_was_found() -> None:
    assert set(support("议事会有多少名代表", [])) == set(SIGNALS)
    assert set(support("议事会有多少名代表", [BOARD])) == set(SIGNALS)


def test_a_kind_of_fact_that_no_passage_states_is_lacking() -> None:
    figures = support("议事会由多少名代表组成", [BOARD])

    assert figures["hard_asked"] == figures["hard_lacking"] == figures["hard_late"] == 1.0


def test_a_fact_beside_another_subject_stands_apart() -> None:
    beside = support("会议提前几分钟入场", [NOTICE, BOARD])
    apart = support("议事会审议提前几天通知", [BOARD, NOTICE])

    assert beside["hard_lacking"] == apart["hard_lacking"] == 0.0
    assert apart["hard_apart"] > 0.2 > beside["hard_apart"]
    assert apart["hard_late"] > beside["hard_late"]


def test_a_question_without_a_kind_of_fact_lacks_none() -> None:
    figures = support("议事会审议什么", [BOARD])

    assert not any(figures[name] for name in SIGNALS if name.startswith(("hard", "soft")))


@pytest.mark.parametrize(
    ("question", "signal"),
    [("议事会的注册资本", "unmentioned"), ("2019年的议事会", "unnamed"), ("议事会旁边好停车吗", "off_subject")],
)
def test_what_stands_in_no_passage_is_told(question: str, signal: str) -> None:
    assert support(question, [BOARD])[signal] == 1.0
    assert support("议事会审议什么", [BOARD])[signal] == 0.0


def test_the_last_words_of_a_question_are_looked_for_in_one_sentence() -> None:
    held = support("联盟议事会审议预算", [BOARD])
    lost = support("联盟议事会任期届满", [BOARD])

    assert held["tail"] > lost["tail"]
    assert lost["tail_lost"] > held["tail_lost"]


def test_a_way_that_is_told_of_something_else_is_far() -> None:
    told = Shown("丙市办法", "支持技能竞赛；企业申报基地的，向市局提交材料。")

    assert support("技能竞赛怎么报名", [told])["way_far"] > 0.5
    assert support("企业怎么申报基地", [told])["way_far"] < 0.2


def test_a_number_in_another_part_of_the_sentence_is_far() -> None:
    told = Shown("丙市办法", "建立兼职专家库，专家常年驻点，工位不少于30个。")

    assert support("兼职专家库要多少人", [told])["sought_far"] > support("工位要多少个", [told])["sought_far"]


@pytest.mark.parametrize(
    ("question", "signal"), [("丁山区的竞赛有奖吗", "elsewhere"), ("承办省级竞赛得几分", "other_level")]
)
def test_another_place_or_level_than_the_passages_name_is_told(question: str, signal: str) -> None:
    told = Shown("丙市办法", "承办国家级竞赛的，得2分。")

    assert support(question, [told])[signal] == 1.0
    assert support("区里的竞赛有奖吗，承办国家级的得几分", [told])[signal] == 0.0
