"""`serve` twice on one PostgreSQL, each with a data directory of its own: what one takes in the other shows, and finishes when it is killed."""

import http.client
import itertools
import json
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot import directory
from bot.db import Records
from bot.models.conversations import Message
from bot.rules.conversations import Sender
from bot.work.leases import LEASE
from tests.bot.records import postgres_records
from tests.handlers.commands.test_serve import WENZHEN

PATIENCE_S = 90
NOWHERE = (
    "http://127.0.0.1:9/v1"  # of the embedder, which nothing here needs: loading one takes longer than all the rest
)
TALKS, SAID = 6, 8


@dataclass
class Serving:
    """One of the two."""

    process: subprocess.Popen[bytes]
    data: Path
    log: Path

    @property
    def port(self) -> int:
        """Where it listens, once it does."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            held = directory.owner(self.data)
            if held is not None and held.address:
                return int(held.address.rpartition(":")[2])
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        raise AssertionError("serve did not announce itself")

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and JSON.

        Raises:
            OSError: it is gone.
        """
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            given = None if body is None else json.dumps(body)
            client.request(method, f"/api/v1{path}", given, {"Content-Type": "application/json"})
            answer = client.getresponse()
            return answer.status, json.loads(answer.read())
        except http.client.HTTPException as error:
            raise ConnectionError from error
        finally:
            client.close()


@contextmanager
def serving(place: Path, name: str) -> Iterator[Serving]:
    data, log = place / name, place / f"{name}.log"
    with log.open("wb") as output:
        command = [WENZHEN, "serve", "--port", "0", "--data", str(data)]
        process = subprocess.Popen(command, cwd=place, stdout=output, stderr=output)
        try:
            yield Serving(process, data, log)
        finally:
            process.kill()
            process.wait(PATIENCE_S)


@pytest.fixture
def pair(postgres: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Serving, Serving, Records]]:
    """Both, begun at the same moment on tables that are not there yet."""
    with postgres_records(postgres, upgraded=False) as records:
        monkeypatch.setenv("WENZHEN_DATABASE_URL", records.url.render_as_string(hide_password=False))
        monkeypatch.setenv("WENZHEN_EMBEDDING", NOWHERE)
        with serving(place, "one") as one, serving(place, "two") as two:
            assert one.port != two.port
            yield one, two, records


def begin(one: Serving) -> str:
    return str(one.call("POST", "/conversations", {})[1]["id"])


class Watching(threading.Thread):
    """Reads the events of a talk until it has heard these words."""

    def __init__(self, where: Serving, talk: str, words: str) -> None:
        super().__init__(daemon=True)
        self._client = http.client.HTTPConnection("127.0.0.1", where.port, timeout=PATIENCE_S)
        self._client.request("GET", f"/api/v1/conversations/{talk}/events")
        self._answer = self._client.getresponse()
        self._words = words
        self.heard = threading.Event()

    def run(self) -> None:
        while line := self._answer.fp.readline():
            if self._words in line.decode():
                self.heard.set()
                break
        self._client.close()


def test_what_one_takes_in_the_other_shows_live_and_finishes_when_it_is_killed(
    pair: tuple[Serving, Serving, Records],
) -> None:
    one, two, records = pair
    talk = begin(one)
    watching = Watching(two, talk, "你们几点上班")
    watching.start()
    assert one.call("POST", f"/conversations/{talk}/messages", {"text": "你们几点上班"})[0] == 200
    assert watching.heard.wait(PATIENCE_S)

    talks = [begin(one) for _ in range(TALKS)]
    acknowledged = itertools.count()
    is_time = threading.Event()

    def speak(number: int) -> None:
        """Say what is to be said, to either; what gets no answer is sent again, as a browser would."""
        for place in range(SAID):
            turn = {"text": f"你们几点上班 {place}", "client_id": f"said-{place}"}
            where = (one, two)[(number + place) % 2]
            while True:
                try:
                    if where.call("POST", f"/conversations/{talks[number]}/messages", turn)[0] in (200, 202):
                        break
                except (OSError, AssertionError):
                    where = two
            if next(acknowledged) == TALKS * SAID // 3:
                is_time.set()

    speakers = [threading.Thread(target=speak, args=(number,)) for number in range(TALKS)]
    for speaker in speakers:
        speaker.start()
    assert is_time.wait(PATIENCE_S)
    one.process.send_signal(signal.SIGKILL)
    one.process.wait(PATIENCE_S)
    with (
        records.write() as session
    ):  # as if a lease had passed; what is given up by then is only what the dead one held
        session.execute(
            text("UPDATE lanes SET until = until - make_interval(secs => :s)"), {"s": LEASE.total_seconds()}
        )
    for speaker in speakers:
        speaker.join(PATIENCE_S)
        assert not speaker.is_alive()
    assert [heard_in(records, talk) for talk in talks] == [[f"你们几点上班 {place}" for place in range(SAID)]] * TALKS
    assert [answers_in(records, talk) for talk in talks] == [SAID] * TALKS
    two.process.send_signal(signal.SIGTERM)
    assert two.process.wait(20) == 0


def heard_in(records: Records, talk: str) -> list[str]:
    with records.read() as session:
        rows = session.query(Message).filter_by(conversation_id=talk, sender=Sender.SME).order_by(Message.seq)
        return [row.text for row in rows]


def answers_in(records: Records, talk: str) -> int:
    with records.read() as session:
        return session.query(Message).filter_by(conversation_id=talk, sender=Sender.BOT).count()
