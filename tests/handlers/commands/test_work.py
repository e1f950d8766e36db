"""`wenzhen work`, a second process on the same records; and what `doctor` says of them."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.clock import SteadyClock
from bot.rules.people import NOBODY
from bot.services import conversations
from bot.settings import load
from bot.work import inbox
from tests.bot.clinic import HOURS, MONDAY
from tests.bot.records import postgres_records
from tests.bot.work.talk import EchoTalk
from tests.handlers.commands.conftest import Run

WENZHEN = str(Path(sys.executable).with_name("wenzhen"))
PATIENCE_S = 60


def test_with_sqlite_it_says_honestly_that_one_process_is_all(run: Run) -> None:
    outcome = run("work")
    assert outcome.code == 2
    assert "PostgreSQL" in outcome.sentence


def test_another_process_answers_what_this_one_kept_and_stops_cleanly(
    postgres: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.work.hub import Hub
    from bot.work.lanes import Lanes

    with postgres_records(postgres) as records:
        with records.write() as session:
            talk = conversations.begin(session, MONDAY, channel="web", caller=NOBODY).id
        lanes = Lanes(records, EchoTalk(), SteadyClock(), HOURS, Hub())  # at rest: it only keeps and waits
        posted = lanes.post(talk, "你们几点上班")
        monkeypatch.setenv("WENZHEN_DATABASE_URL", records.url.render_as_string(hide_password=False))
        process = subprocess.Popen([WENZHEN, "work"], cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            outcome = lanes.result(posted.id, PATIENCE_S)
            assert outcome is not None
            assert len(outcome.replies) >= 1
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
        finally:
            process.kill()
            process.wait(PATIENCE_S)


def test_doctor_says_what_waits_and_what_is_dead(run: Run) -> None:
    from bot.bootstrap import open_records
    from bot.models.work import Handling, Inbound

    records = open_records(load())
    for number in range(3):
        inbox.receive(records, channel="web", update_id=str(number), lane="c_1", payload={}, now=MONDAY, room=10)
    with records.write() as session:
        session.query(Inbound).filter_by(update_id="2").update({"state": Handling.DEAD})
    records.close()
    checks = {check["name"]: check for check in run("doctor", "--json").json["checks"]}
    assert checks["记录"]["state"] == "ok"
    assert "2 条消息" in checks["队列"]["words"]
    assert (checks["遗留"]["state"], "1 条消息" in checks["遗留"]["words"]) == ("warn", True)
    assert checks["时钟"]["state"] == "ok"
