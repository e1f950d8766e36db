"""Killed again and again under a stream of updates: nothing is lost, nothing answered twice; what may not have arrived is listed."""

import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.db import Records, sqlite_url
from bot.models.channels import Update
from bot.models.conversations import Message
from bot.models.work import Handling, Inbound, Outbound
from bot.rules.conversations import Sender
from bot.rules.outbox import Delivery
from bot.services import schema
from evals.standins.telegram import StandIn

KILLS, QUESTIONS, PEOPLE = 10, 12, 6  # kills of each way in, and questions before each
ROOT = Path(__file__).resolve().parents[3]
LONGEST_S = 120.0


def command(folder: Path, standin: StandIn, hook: tuple[int, str] | None) -> list[str]:
    more = [str(hook[0]), hook[1]] if hook else []
    module = "tests.handlers.telegram_app.running"
    return [sys.executable, "-m", module, str(folder / "records.sqlite"), standin.base, standin.token, *more]


def talk(standin: StandIn, rng: random.Random, written: list[str]) -> None:
    """A stream of questions of several people."""
    people = [standin.user(1000 + number) for number in range(PEOPLE)]
    for _ in range(QUESTIONS):
        text = f"第{len(written)}问"
        written.append(text)
        rng.choice(people).says(f"/ask {text}")
        time.sleep(rng.uniform(0.0, 0.08))


def left(records: Records) -> int:
    """What has not come to its end."""
    with records.read() as session:
        return sum(
            session.scalars(select(func.count()).select_from(table).where(table.state.in_(open))).one()
            for table, open in (
                (Update, [Handling.WAITING]),
                (Inbound, [Handling.WAITING]),
                (Outbound, [Delivery.QUEUED, Delivery.SENDING]),
            )
        )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


@pytest.mark.parametrize("way", ["polling", "webhook"])
def test_nothing_is_lost_and_nothing_answered_twice(tmp_path: Path, way: str) -> None:
    rng = random.Random(7)
    records = Records(sqlite_url(tmp_path / "records.sqlite"))
    schema.upgrade(records)
    records.close()
    hook = (free_port(), secrets.token_urlsafe(16)) if way == "webhook" else None
    with (tmp_path / "log").open("wb") as log, StandIn() as standin:
        written: list[str] = []
        for _ in range(KILLS):
            before = len(standin.calls)
            process = subprocess.Popen(command(tmp_path, standin, hook), cwd=ROOT, stderr=log, stdout=log)
            _until(lambda before=before: len(standin.calls) > before, "it never came up")
            talk(standin, rng, written)
            time.sleep(rng.uniform(0.0, 0.6))
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        process = subprocess.Popen(command(tmp_path, standin, hook), cwd=ROOT, stderr=log, stdout=log)
        records = Records(sqlite_url(tmp_path / "records.sqlite"))
        try:
            _until(lambda: not standin.pending and not left(records), "it never came to an end")
            with records.read() as session:
                said = Counter(session.scalars(select(Message.text).where(Message.sender == Sender.SME)))
                answers = Counter(session.scalars(select(Message.text).where(Message.sender == Sender.BOT)))
                unknown = set(
                    session.scalars(
                        select(Message.text)
                        .join(Outbound, Outbound.message_id == Message.id)
                        .where(Outbound.state == Delivery.UNKNOWN)
                    )
                )
        finally:
            records.close()
            process.kill()
            process.wait()
        arrived = Counter(one.text.split("\n")[0] for number in range(PEOPLE) for one in standin.sent(1000 + number))
    assert said == Counter(written)
    assert answers == Counter(f"您说：{text}" for text in written)
    assert [text for text, count in arrived.items() if count > 1] == []
    assert set(answers) - set(arrived) <= unknown
    assert len(unknown) <= KILLS * 4  # at most what its four senders were at
    assert standin.token.encode() not in (tmp_path / "log").read_bytes()
    assert standin.token.encode() not in (tmp_path / "records.sqlite").read_bytes()


def _until(done: object, problem: str) -> None:
    deadline = time.monotonic() + LONGEST_S
    while not done():  # type: ignore[operator]
        if time.monotonic() > deadline:
            pytest.fail(problem)
        time.sleep(0.05)
