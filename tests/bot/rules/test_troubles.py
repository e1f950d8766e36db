"""Families of shop-floor words: what a trouble is of, what is wrong, which alarm."""

import pytest

from bot.rules.troubles import alarms, is_vague, knows_alarm, tells, told, unmentioned


def test_two_words_for_one_fault_are_one_family():
    assert told("注塑件边上一圈披锋").faults & told("注塑件飞边").faults


def test_a_word_inside_a_longer_one_is_not_read():
    assert not told("不影响交货").faults
    assert told("漏保老跳").things and "leak" not in told("漏保老跳").faults


def test_the_same_fault_of_another_machine_shares_no_thing():
    blown, pressed = told("吹塑瓶底总是开裂"), told("冲压件拉深开裂")
    assert blown.faults & pressed.faults
    assert not blown.things & pressed.things


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("伺服报AL.050停机", ("al50",)),
        ("驱动器跳 AL-50", ("al50",)),
        ("变频器报E.OC1", ("eoc1",)),
        ("风机一启动就跳OC", ("oc",)),
        ("系统报SV0401", ("sv401",)),
        ("S7-1200通讯老断", ()),
        ("MA1600注塑机缩水", ()),
        ("检具报NG", ()),
    ],
)
def test_alarms_have_one_form_and_models_are_none(text: str, codes: tuple[str, ...]):
    assert alarms(text) == codes


def test_a_case_knows_its_own_alarm_and_the_meaning_of_common_letters():
    assert knows_alarm("报 AL.050 或 Err16", "al50")
    assert not knows_alarm("报 AL.050 或 Err16", "al32")
    assert knows_alarm("过流、OC 之类的代码", "eoc2")


@pytest.mark.parametrize("text", ["激光切割老是挂渣", "绕线机排线老是乱", "漏保一合就跳", "磨出来的轴有振纹"])
def test_a_complaint_of_the_shop_floor_is_told(text: str):
    assert tells(text)


@pytest.mark.parametrize(
    "text", ["申报材料包括什么", "这份东西几年后就作废了", "软件也要拿出来大家用吗", "影响评审的事有哪些"]
)
def test_a_question_of_rules_is_none(text: str):
    assert not tells(text)


@pytest.mark.parametrize(
    ("text", "vague"), [("机床报警了", True), ("设备坏了", True), ("机床报警AL.32", False), ("主轴不转", False)]
)
def test_what_only_says_that_it_does_not_work_is_vague(text: str, vague: bool):
    assert is_vague(text) is vague


def test_what_a_case_nowhere_mentions_is_named_in_the_firms_words():
    assert unmentioned("玻璃杯退火就炸裂", "淬火裂纹，热处理后开裂") == ("玻璃杯",)
