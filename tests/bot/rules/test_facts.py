"""Hard facts that a question asks for."""

import pytest

from bot.rules.facts import asked, lacking, states


@pytest.mark.parametrize(
    ("question", "text", "missing"),
    [
        ("一次性奖励多少万元", "从高到低分确定名单。", "金额"),
        ("一次性奖励多少万元", "给予50万元奖励。", None),
        ("每年交多少钱", "1.多元化收入来源：会费。", "金额"),
        ("观察期多久", "设半年观察期。", None),
        ("观察期多久", "设观察期。", "期限"),
        ("要几家合作单位", "与不少于3家企业合作。", None),
        ("要几家合作单位", "与企业合作。", "数量"),
        ("网址是什么", "登录平台办理。", "网址"),
        ("中心的电话是多少", "电话：0731-88880000", None),
        ("中心的电话是多少", "请来电咨询。", "电话"),
        ("贷款利率是多少", "支持质押贷款。", "比例"),
        ("申报截止日期是哪天", "公示5个工作日。", "截止日期"),
        ("申报截止日期是哪天", "请于2月6日前提交。", None),
        ("2019年培养了多少人", "2024年培养了300人。", "2019年的内容"),
        ("DeepSeek 大模型有补贴吗", "支持人工智能应用。", "“DeepSeek”"),
        ("《某某办法》怎么说", "本细则自发布之日起施行。", "“某某办法”"),
        ("这一项值几分", "人才集聚 12 拥有队伍", None),
        ("不合格怎么办", "给予整改。", None),
    ],
)
def test_a_fact_that_no_clause_states_is_named(question: str, text: str, missing: str | None):
    assert lacking(question, [text]) == missing


def test_where_scores_are_spoken_of_points_are_asked_for_and_not_money():
    assert lacking("长期合作在评分表里给多少", ["长期合作的，9分"]) is None
    assert lacking("长期合作给多少", ["长期合作的，9分"]) == "金额"
    assert lacking("得分第一的奖多少万元", ["长期合作的，9分"]) == "金额"


def test_a_text_states_what_is_asked_or_does_not():
    assert states("会议几点开", "会议时间：2026年2月9日上午9:30")
    assert not states("会议几点开", "请提前进入会议室")
    assert states("不合格怎么办", "随便什么")


@pytest.mark.parametrize("text", ["三个工作日内退还。", "当天退还。", "2月6日退还。"])
def test_a_time_is_told_by_a_day_and_by_how_long_it_takes(text: str):
    (kind,) = (one.wanted for one in asked("押金什么时候退") if one.wanted.soft)
    assert kind.stated.search(text)
    assert not kind.stated.search("押金应当退还。")


@pytest.mark.parametrize("question", ["牵头的是哪几个", "制度包括哪几块", "手里有多少成果", "上了黑名单还能报吗"])
def test_words_that_only_look_like_asking_for_a_number_ask_for_none(question: str):
    assert not asked(question)
