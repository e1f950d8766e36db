"""docs/telegram.md, followed with the stand-in: set up as it says, come in as it says, and every order that it names does something."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.clinic import sayings
from evals.standins.telegram import StandIn, User

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "telegram.md").read_text(encoding="utf-8")
WENZHEN = str(Path(sys.executable).with_name("wenzhen"))
BOSS, ENGINEER, CLERK = 1001, 2001, 3001
ORDERS = re.compile(r"`(/[a-z]+)(?: ([^`]*))?`")
WORDS = {"KEY": "", "内容": "看过了", "原因": "没空", "问题": "你们几点上班"}


@dataclass
class Installed:
    """A clinic as an operator runs it."""

    place: Path
    environment: dict[str, str]

    def wenzhen(self, *words: str) -> str:
        """What a command prints."""
        done = subprocess.run(
            [WENZHEN, *words],
            cwd=self.place,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def invited(self, role: str) -> str:
        """The key of an invitation."""
        return str(json.loads(self.wenzhen("person", "invite", "--role", role, "--json"))["key"])


@pytest.fixture
def telegram() -> Iterator[StandIn]:
    """The stand-in."""
    with StandIn() as standin:
        yield standin


@pytest.fixture
def clinic(tmp_path: Path, telegram: StandIn) -> Iterator[Installed]:
    """Set up with the settings that the page names, and no others."""
    values = {
        "WENZHEN_TELEGRAM_TOKEN": telegram.token,
        "WENZHEN_TELEGRAM_API_BASE": telegram.base,
    }
    assert all(name in PAGE for name in values)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WENZHEN_")} | values
    with (tmp_path.parent / "serve.log").open("w") as log:
        process = subprocess.Popen(
            [WENZHEN, "serve", "--port", "0"], cwd=tmp_path, env=environment, stdout=log, stderr=log
        )
        try:
            yield Installed(tmp_path, environment)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def orders(title: str) -> list[str]:
    """The orders that a section names, with words in the place of what it leaves open."""
    found = []
    for name, rest in ORDERS.findall(section(title)):
        if (order := f"{name} {WORDS.get(rest, rest)}".strip()) not in found:
            found.append(order)
    return found


def joined(telegram: StandIn, clinic: Installed, number: int, name: str, role: str) -> User:
    user = telegram.user(number, name)
    user.says(f"/start {clinic.invited(role)}")
    telegram.wait_for(number, "请回复您的姓名", timeout_s=60)
    user.says(name)
    telegram.wait_for(number, "欢迎", timeout_s=60)
    return user


def answer(telegram: StandIn, user: User, order: str) -> str:
    before = len(telegram.sent(user.id))
    user.says(order)
    return telegram.wait(user.id, before + 1, timeout_s=60)[before].text


def test_the_page_is_followed_from_set_up_to_a_claimed_case(telegram: StandIn, clinic: Installed) -> None:
    boss = telegram.user(BOSS, "王老板")
    boss.says("/start")
    telegram.wait_for(BOSS, "在线问诊", timeout_s=90)
    assert f"@{telegram.username}" in clinic.wenzhen("doctor")

    for order in orders("A firm's chat"):
        words = answer(telegram, boss, order)
        assert (words.startswith(sayings.FIRM_HELP[:6])) is (order == "/help"), f"{order}: {words}"

    zhang = joined(telegram, clinic, ENGINEER, "张工", "engineer")
    boss.says("转人工")
    telegram.wait_for(BOSS, "同意", timeout_s=60)
    boss.says("我是星沙塑料厂的王强 13800138000 同意")
    zhang.presses(telegram.wait_for(ENGINEER, "新工单 T-000001", timeout_s=60), "接单").wait()
    telegram.wait_for(ENGINEER, "这个话题只属于这张工单", timeout_s=60)
    for order in orders("An engineer's chat"):
        words = answer(telegram, zhang, order.replace("T-000012", "T-000001"))
        assert not words.startswith(sayings.DESK_HELP[:10]), f"{order}: {words}"

    clerk = joined(telegram, clinic, CLERK, "李主任", "staff")
    telegram.group(-5001, "共享工程师群", clerk, zhang)
    assert "企业来话" in answer(telegram, clerk, "/today")


def test_every_order_of_the_help_stands_on_the_page() -> None:
    told = set(re.findall(r"^(/[a-z]+)", f"{sayings.FIRM_HELP}\n{sayings.DESK_HELP}", re.MULTILINE))
    assert told <= {name for name, _ in ORDERS.findall(PAGE)}
