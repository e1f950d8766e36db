"""The clinic in Telegram over real HTTP: a firm asks, is passed on, and talks with an engineer; both never leave the chat."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.bootstrap import Services
from bot.clinic import conversations, people
from bot.verbs import run
from evals.standins.telegram import StandIn, User
from tests.handlers.telegram_app.house import invited, opened

BOSS, ENGINEER = 1001, 2001


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


def engineer(telegram: StandIn, house: Services, number: int = ENGINEER, name: str = "张工") -> User:
    """Somebody who has followed an invitation."""
    user = telegram.user(number, name)
    user.says(f"/start {invited(house, 'engineer')}")
    telegram.wait_for(number, "请回复您的姓名")
    user.says(name)
    telegram.wait_for(number, "共享工程师")
    return user


def test_from_a_question_to_a_solved_case_without_leaving_the_chat(telegram: StandIn, house: Services) -> None:
    boss = telegram.user(BOSS, "王老板")
    boss.says("/start")
    assert "继续说话即表示知道" in telegram.wait_for(BOSS, "在线问诊").text
    boss.says("培育期多久？")
    answer = telegram.wait_for(BOSS, "两年")
    assert "第一条" in answer.text and "AI摘录，以原文为准" in answer.text

    zhang = engineer(telegram, house)
    boss.says("转人工")
    telegram.wait_for(BOSS, "同意")
    boss.says("我是星沙塑料厂的王强 13800138000 同意")
    telegram.wait_for(BOSS, "已为您开出工单 T-000001")
    card = telegram.wait_for(ENGINEER, "新工单 T-000001")
    assert "13800138000" not in card.text and "星沙塑料厂" not in card.text
    zhang.presses(card, "接单").wait()
    telegram.wait_for(ENGINEER, "当前单 T-000001 · 星沙塑料厂")
    telegram.wait_for(BOSS, "工程师张工已接单")

    boss.says("超声波焊机焊 ABS 外壳焊不牢")
    relayed = telegram.wait_for(ENGINEER, "焊不牢")
    assert "T-000001 · 星沙塑料厂" in relayed.text
    zhang.says("先把振幅调到 80% 试试")
    said = telegram.wait_for(BOSS, "先把振幅调到 80% 试试")
    assert "工程师 张工" in said.text and "AI" not in said.text

    zhang.says("/solve")
    telegram.wait_for(ENGINEER, "原因？")
    zhang.says("振幅不够")
    steps = telegram.wait_for(ENGINEER, "处理步骤？")
    assert "先把振幅调到 80% 试试" in steps.text
    zhang.presses(steps, "就用这些").wait()
    zhang.presses(telegram.wait_for(ENGINEER, "验证？"), "跳过").wait()
    zhang.presses(telegram.wait_for(ENGINEER, "适用范围与限制？"), "跳过").wait()
    zhang.presses(telegram.wait_for(ENGINEER, "提交后企业会收到"), "提交").wait()
    solution = telegram.wait_for(BOSS, "问题解决了吗")
    boss.presses(solution, "确认，不公开").wait()
    telegram.wait_for(BOSS, "T-000001 已办结")
    telegram.wait_for(ENGINEER, "已办结")


def test_a_firm_on_the_web_and_its_engineer_in_telegram(telegram: StandIn, house: Services) -> None:
    zhang = engineer(telegram, house)
    made = people.register(house.clinic, organisation="星沙塑料厂", name="王强", phone="13800138000", consent=True)
    firm = people.caller_of_token(house.clinic, made["token"])
    talk = conversations.begin(house.clinic, firm)["id"]

    def posts(text: str) -> None:
        number = conversations.post(house.clinic, house.lanes, firm, talk, text=text)
        assert house.lanes.result(number, 30) is not None

    posts("转人工")
    zhang.presses(telegram.wait_for(ENGINEER, "新工单 T-000001"), "接单").wait()
    telegram.wait_for(ENGINEER, "当前单 T-000001 · 星沙塑料厂")
    posts("超声波焊机焊不牢")
    relayed = telegram.wait_for(ENGINEER, "超声波焊机焊不牢")
    zhang.replies_to(relayed, "先看振幅")
    telegram.wait_until_fetched()
    posts("看了，80%")
    telegram.wait_for(ENGINEER, "看了，80%")
    said = conversations.messages(house.clinic, firm, talk)["items"]
    assert [(one["from"], one["name"]) for one in said if one["text"] == "先看振幅"] == [("engineer", "张工")]


def test_a_client_offers_the_orders_of_the_help(telegram: StandIn, house: Services) -> None:
    del house
    telegram.wait_until(lambda: bool(telegram.menu))
    assert {"courses", "tickets", "human", "help"} <= set(telegram.menu)


def test_the_token_stands_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with StandIn() as standin, opened(tmp_path, standin) as services:
        standin.user(BOSS, "王老板").says("/start")
        standin.wait_for(BOSS, "在线问诊")
        run(services, "backup", {"path": str(tmp_path / "backup.zip")}, lambda what, done, total: None)
        secret = standin.token.partition(":")[2].encode()
    for file in (one for one in tmp_path.rglob("*") if one.is_file()):
        assert secret not in file.read_bytes(), file.name
    assert secret.decode() not in caplog.text
