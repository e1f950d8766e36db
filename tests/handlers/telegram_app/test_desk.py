"""An engineer's desk over real HTTP: a topic for each case, marks under his words, tools by a tap, the team's group."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.bootstrap import Services
from bot.clinic import conversations, people
from bot.rules.people import Caller
from evals.standins.telegram import StandIn, Trouble, User
from tests.handlers.telegram_app.house import invited, opened

ENGINEER, FIRM = 2001, 1001


@pytest.fixture
def telegram() -> Iterator[StandIn]:
    """The stand-in."""
    with StandIn() as standin:
        yield standin


@pytest.fixture
def house(tmp_path: Path, telegram: StandIn) -> Iterator[Services]:
    """The house."""
    with opened(tmp_path, telegram) as services:
        yield services


def joined(telegram: StandIn, house: Services, number: int, name: str, role: str = "engineer") -> User:
    """Somebody who has followed an invitation."""
    user = telegram.user(number, name)
    user.says(f"/start {invited(house, role)}")
    telegram.wait_for(number, "请回复您的姓名")
    user.says(name)
    telegram.wait_for(number, "欢迎")
    return user


def firm_on_the_web(house: Services, name: str) -> tuple[Caller, str]:
    """A registered firm and its talk."""
    made = people.register(house.clinic, organisation=name, name="王强", phone="13800138000", consent=True)
    firm = people.caller_of_token(house.clinic, made["token"])
    return firm, conversations.begin(house.clinic, firm)["id"]


def posts(house: Services, firm: Caller, talk: str, text: str) -> None:
    """The firm writes on the web."""
    number = conversations.post(house.clinic, house.lanes, firm, talk, text=text)
    assert house.lanes.result(number, 60) is not None


def told(house: Services, firm: Caller, talk: str) -> list[str]:
    """What the engineer said to this firm."""
    said = conversations.messages(house.clinic, firm, talk)["items"]
    return [one["text"] for one in said if one["from"] == "engineer"]


def test_two_firms_in_two_topics(telegram: StandIn, house: Services) -> None:
    zhang = joined(telegram, house, ENGINEER, "张工")
    firms = [firm_on_the_web(house, f"第{number}厂") for number in (1, 2)]
    for number, (firm, talk) in enumerate(firms, 1):
        posts(house, firm, talk, "转人工")
        zhang.presses(telegram.wait_for(ENGINEER, f"新工单 T-00000{number}"), "接单").wait()
        telegram.wait_for(ENGINEER, f"T-00000{number} · 第{number}厂\n这个话题只属于这张工单")
    names = {name: topic for topic, name in telegram.topics(ENGINEER).items()}
    first, second = names["T-000001 · 第1厂"], names["T-000002 · 第2厂"]
    posts(house, *firms[1], "液压站漏油")
    telegram.wait_for(ENGINEER, "液压站漏油", thread=second)
    said = zhang.says("先停机看油位", thread=second)
    zhang.says("模温多少", thread=first)
    telegram.wait_until_fetched()
    telegram.wait_until(lambda: said.reaction == "👍")
    assert told(house, *firms[1]) == ["先停机看油位"]
    telegram.wait_until(lambda: told(house, *firms[0]) == ["模温多少"])

    begun = telegram.wait_for(ENGINEER, "这个话题只属于这张工单", thread=second)
    zhang.presses(begun, "要资料").wait()
    zhang.presses(telegram.wait_for(ENGINEER, "就替您问这家企业", thread=second), "照片").wait()
    telegram.wait_for(ENGINEER, "已问 T-000002 · 第2厂", thread=second)
    assert "麻烦拍几张照片" in told(house, *firms[1])[-1]
    zhang.presses(begun, "类似案例").wait()
    telegram.wait_for(ENGINEER, "没有找到类似的已解决案例", thread=second)
    zhang.presses(begun, "内部备注").wait()
    telegram.wait_for(ENGINEER, "下一条您说的话记成内部备注", thread=second)
    zhang.says("油封是老问题", thread=second)
    telegram.wait_for(ENGINEER, "备注已记在 T-000002", thread=second)
    assert "油封是老问题" not in told(house, *firms[1])


def test_where_the_client_has_no_topics_there_is_one_current_case(tmp_path: Path) -> None:
    with StandIn(topics=False) as telegram, opened(tmp_path, telegram) as house:
        zhang = joined(telegram, house, ENGINEER, "张工")
        firm, talk = firm_on_the_web(house, "星沙塑料厂")
        posts(house, firm, talk, "转人工")
        zhang.presses(telegram.wait_for(ENGINEER, "新工单 T-000001"), "接单").wait()
        telegram.wait_for(ENGINEER, "当前单 T-000001 · 星沙塑料厂")
        zhang.says("看过了")
        telegram.wait_until(lambda: told(house, firm, talk) == ["看过了"])
        assert telegram.topics(ENGINEER) == {}


def test_a_word_that_may_not_have_arrived_is_marked_and_sent_again_by_a_tap(telegram: StandIn, house: Services) -> None:
    zhang = joined(telegram, house, ENGINEER, "张工")
    boss = telegram.user(FIRM, "王老板")
    boss.says("转人工")
    telegram.wait_for(FIRM, "同意")
    boss.says("我是星沙塑料厂的王强 13800138000 同意")
    zhang.presses(telegram.wait_for(ENGINEER, "新工单 T-000001"), "接单").wait()
    telegram.wait_for(FIRM, "张工已接单")
    telegram.faults.add(Trouble.DROPPED_AFTER, chat=FIRM)
    said = zhang.says("先停机")
    card = telegram.wait_for(ENGINEER, "不知道是否送到")
    telegram.wait_until(lambda: said.reaction == "🤔")
    zhang.presses(card, "再发一次").wait()
    telegram.wait_until(lambda: said.reaction == "👍")
    assert len([one for one in telegram.sent(FIRM) if "先停机" in one.text]) == 2  # as he was warned


def test_a_team_s_group_shows_new_cases_and_who_has_them(telegram: StandIn, house: Services) -> None:
    clerk = joined(telegram, house, 3001, "李主任", "staff")
    zhang = joined(telegram, house, ENGINEER, "张工")
    stranger = telegram.user(4001, "路人")
    group = telegram.group(-5001, "共享工程师群", clerk, zhang, stranger)
    clerk.says("/team", chat=group)
    telegram.wait_for(3001, "这个群从现在起会收到需求池的新工单")
    posts(house, *firm_on_the_web(house, "星沙塑料厂"), "转人工")
    card = telegram.wait_for(-5001, "新工单 T-000001")
    assert "请向中心要一条工程师邀请" in stranger.presses(card, "接单").wait()
    stranger.says(f"@{telegram.username} 有单吗", chat=group)
    assert telegram.wait_for(-5001, "现在待接的工单").labels == ["接 T-000001"]
    assert "请到和我的私聊里办" in zhang.presses(card, "接单").wait()
    telegram.wait_until(lambda: "已接单，张工" in card.text)
    assert card.labels == []
    telegram.wait_for(ENGINEER, "当前单 T-000001 · 星沙塑料厂")
    clerk.says("今日数字")
    assert "新工单 1，接单 1" in telegram.wait_for(3001, "企业来话").text
