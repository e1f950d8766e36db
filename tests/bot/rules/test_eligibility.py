"""Whether one's own firm may apply: the question, replies to a condition, and what was said before."""

from datetime import date

import pytest

from bot.rules.eligibility import (
    Heard,
    Tick,
    asks_whether_we_may,
    goes_on,
    reply_to,
    reply_to_ground,
    settle,
    telling_target,
)

TODAY = date(2026, 11, 21)
FIRM = "（一）在本市行政区域内注册成立满三年；"
CLEAN = "信用良好，近三年内无重大违法违规行为"


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("我们能申报中心吗", "中心"),
        ("我们公司够不够条件当基地", "基地"),
        ("像我们这样的小厂能不能申请这个基地", "基地"),
        ("这个中心我们能申报吗", "中心"),
        ("我们有资格评优质工坊吗？", "优质工坊"),
        ("我们符合申报实践基地的条件吗", "实践基地"),
        ("能申报中心吗", "中心"),
        ("那我们够格吗", ""),
    ],
)
def test_a_firm_asks_whether_it_may(text: str, target: str) -> None:
    assert asks_whether_we_may(text)
    assert telling_target(text) == target


@pytest.mark.parametrize(
    "text",
    [
        "我们怎么申报中心",
        "申报中心要什么条件",
        "高校能申报中心吗",
        "我们能开票吗",
        "你们能来看看吗",
        "我们能申报几个中心",
        "我们能报销差旅吗",
        "我们能参加周末的课吗",
        "不能申报的情形有吗",
    ],
)
def test_other_questions_begin_no_dialogue(text: str) -> None:
    assert not asks_whether_we_may(text)


def test_going_on_is_said_in_few_words() -> None:
    assert goes_on("接着对条件")
    assert goes_on("那继续对吧")
    assert not goes_on("继续教育有什么课")


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("是", Tick.MET),
        ("有的，两台", Tick.MET),
        ("都有", Tick.MET),
        ("没有", Tick.NOT_MET),
        ("还没", Tick.NOT_MET),
        ("设备正在采购", Tick.NOT_MET),
        ("不清楚", Tick.UNKNOWN),
        ("应该有吧", Tick.UNKNOWN),
        ("后面的都符合", Heard.ALL),
        ("注塑件缩水怎么办", None),
        ("培育期多久", None),
    ],
)
def test_a_reply_ticks_the_condition(text: str, heard: Tick | Heard | None) -> None:
    assert reply_to(text, "拥有检测设备") is heard


def test_one_part_does_not_stand_for_the_whole() -> None:
    assert reply_to("有办公场所", "具备固定的办公场所，有稳定的经费保障") is Heard.PART
    assert reply_to("没有办公场所", "具备固定的办公场所，有稳定的经费保障") is Tick.NOT_MET


def test_no_to_a_clean_record_is_asked_back_unless_it_is_plain() -> None:
    assert reply_to("没有", CLEAN) is Heard.WHICH
    assert reply_to("没有违法", CLEAN) is Tick.MET
    assert reply_to("去年被罚过一次", CLEAN) is Tick.NOT_MET
    assert reply_to("是", CLEAN) is Tick.MET


def test_a_ground_to_refuse_is_met_when_it_does_not_hold() -> None:
    assert reply_to_ground("没有") is Tick.MET
    assert reply_to_ground("有") is Tick.NOT_MET
    assert reply_to_ground("不清楚") is Tick.UNKNOWN


@pytest.mark.parametrize(
    ("condition", "said", "tick"),
    [
        ("（二）技术人员不少于20名；", "我们有30名技术人员", Tick.MET),
        ("（二）技术人员不少于20名；", "技术人员15个", Tick.NOT_MET),
        ("（三）上年度营业收入不低于1000万元", "去年营收三千万", Tick.MET),
        ("成立满3年", "公司2019年成立的", Tick.MET),
        ("成立满3年", "公司2024年成立的", Tick.NOT_MET),
        ("成立满3年", "开了五年厂了", Tick.MET),
        ("注册地在青岛市", "我们在长沙", Tick.NOT_MET),
        ("注册地在青岛市", "我们厂在青岛", Tick.MET),
        (FIRM, "我们成立两年", Tick.NOT_MET),
    ],
)
def test_what_was_said_settles_a_condition(condition: str, said: str, tick: Tick) -> None:
    settled = settle(condition, [said], region="青岛市", today=TODAY)
    assert settled is not None
    assert settled.tick is tick


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("（二）专职技术人员不少于20名；", "我们有30名技术人员"),  # of what sort?
        ("（二）技术人员不少于20名；", "我们有30台设备"),
        ("专职导师不少于5名，其中至少2人有三年经验", "专职导师6名"),  # of the two nothing is said
        ("注册地在青岛市", "我们在山东"),  # somewhere in it
        ("注册地在青岛市", "青岛的文件有效吗"),
        ("成立满3年", "公司2023年成立的"),  # the month decides
        ("近三年无违法", "成立三年"),
    ],
)
def test_what_does_not_surely_settle_it_leaves_it_open(condition: str, said: str) -> None:
    settled = settle(condition, [said], region="青岛市", today=TODAY)
    assert settled is None or settled.tick is None


def test_the_last_word_counts() -> None:
    settled = settle("技术人员不少于20名", ["技术人员15个", "不对，技术人员25个"], region=None, today=TODAY)
    assert settled is not None
    assert settled.tick is Tick.MET
