"""A thousand Telegram chats at once on one serving process: throughput at the limit, order, whole texts, and one chat that must wait."""

from __future__ import annotations

import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.soak import audit, ingests
from evals.soak.given import Given, Report
from evals.soak.nursery import Nursery, free_port
from evals.standins.telegram import StandIn, Trouble
from evals.standins.telegram_markup import cleaned
from evals.standins.telegram_texts import random_text

CHATS = 1000
EACH = 5  # of the random texts
SHORT = 2  # of the short ones with which the chats are compared
FIRST = 10_000
RATE = 25.0  # what is sent at most in a second
BORNE = 30  # what the real one bears
TIMED_FROM = 100  # chats; fewer say nothing about time
ENOUGH = 0.85  # of the rate
STALLED = 1.15  # times what it took without trouble, where one chat must wait
WARM_S = 2.0  # the first call loads and connects, and those that wait for it arrive with the next
WAITS_S = 20.0
STUCK_S = 60.0  # without anything new
_MARK = re.compile(r"^（\d+/\d+）\n")

Texts = Mapping[int, list[str]]  # chat to what it is to be told


@dataclass(frozen=True, slots=True)
class Run:
    """What one round gave; seconds count from the first call."""

    sent: int
    seconds: float
    busiest: int  # calls within a second
    busiest_chat: int
    last_p95_s: float  # within which 95 % of the chats had all of theirs
    too_many: int
    cpu_ms: float  # of the serving process, for each message
    wrong: list[str]

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.sent / self.seconds


def run(folder: Path, given: Given) -> Report:
    """Random texts to every chat; then short ones, without trouble and with one chat that is told to wait again and again."""
    chats, rng = given.chats or CHATS, random.Random(given.seed)
    nursery = Nursery()
    try:
        texts = _round(nursery, folder / "texts", chats, lambda: random_text(rng), EACH)
        calm = _round(nursery, folder / "calm", chats, lambda: "", SHORT)
        troubled = _round(nursery, folder / "troubled", chats, lambda: "", SHORT, waits=True)
    finally:
        nursery.close()
    wrong = [*texts.wrong, *calm.wrong, *troubled.wrong]
    if chats >= TIMED_FROM:
        wrong += _timed((texts, calm, troubled))
    figures = {
        "chats": chats,
        "texts": chats * EACH,
        "messages": texts.sent,
        "a_second": round(texts.rate, 1),
        "busiest_second": texts.busiest,
        "busiest_second_of_a_chat": texts.busiest_chat,
        "cpu_ms_a_message": round(texts.cpu_ms, 1),
        "calm_p95_s": round(calm.last_p95_s, 1),
        "troubled_p95_s": round(troubled.last_p95_s, 1),
        "told_to_wait": troubled.too_many,
    }
    return Report(figures, wrong)


def _timed(rounds: Sequence[Run]) -> list[str]:
    *_, calm, troubled = rounds
    wrong = [f"{one.rate:.1f} a second" for one in rounds if one.rate < ENOUGH * RATE]
    wrong += [f"{one.busiest} within a second" for one in rounds if one.busiest > BORNE]
    if troubled.last_p95_s > STALLED * calm.last_p95_s + 1:
        wrong.append(f"p95 {troubled.last_p95_s:.1f} s beside a chat that waits, else {calm.last_p95_s:.1f} s")
    return wrong


def _round(
    nursery: Nursery, folder: Path, chats: int, make: Callable[[], str], each: int, *, waits: bool = False
) -> Run:
    folder.mkdir(parents=True)
    texts = {FIRST + chat: [f"{number}|{make()}|" for number in range(each)] for chat in range(chats)}
    ingests.in_child(lambda tell: _queue(folder / "data", texts))
    with StandIn() as telegram:
        for chat in texts:
            telegram.user(chat, started=True)
        if waits:
            telegram.faults.add(Trouble.TOO_MANY, chat=FIRST, times=None, seconds=WAITS_S)
        settings = {
            "embedding": "http://127.0.0.1:9/v1",
            "telegram_token": telegram.token,
            "telegram_api_base": telegram.base,
        }
        log = folder / "serve.log"
        serving = nursery.serve(folder / "data", log, port=free_port(), **settings)
        serving.wait_ready()
        try:
            _until_quiet(telegram, folder / "data" / "records.sqlite", len(texts[FIRST]) if waits else 0)
            used_s = serving.cpu_s
        finally:
            serving.kill(15)
        return _judge(telegram, folder, texts, used_s, waits=waits)


def _queue(data: Path, texts: Texts) -> None:
    from bot.bootstrap import build
    from bot.rules.people import NOBODY
    from bot.services import conversations, reach
    from bot.settings import load

    services = build(load(data=data, embedding="http://127.0.0.1:9/v1"))
    try:
        now = services.clinic.moment().now
        with services.clinic.records.write() as session:
            talks = []
            for chat in texts:
                talk = conversations.begin(session, now, channel=reach.TELEGRAM, caller=NOBODY, address=str(chat))
                reach.settle(session, now, str(chat), talk, person=None)
                talks.append((talk.id, texts[chat]))
            for number in range(max(map(len, texts.values()))):
                for talk_id, said in talks:
                    conversations.tell(session, now, talk_id, said[number])
    finally:
        services.close()


def _until_quiet(telegram: StandIn, records: Path, left: int) -> None:
    """Wait until nothing but so much waits in the outbox, or nothing moves any more."""
    waiting = "SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending')"
    heard, since_s = 0, time.monotonic()
    while time.monotonic() - since_s < STUCK_S:
        if audit.count(records, waiting) <= left:
            return
        if len(telegram.calls) > heard:
            heard, since_s = len(telegram.calls), time.monotonic()
        time.sleep(0.5)


def _judge(telegram: StandIn, folder: Path, texts: Texts, used_s: float, *, waits: bool) -> Run:
    calls = [made for made in telegram.calls if made.method == "sendMessage"]
    there = [made for made in calls if made.status == 200]
    began_s = min((made.at_s for made in calls), default=0.0)
    times: dict[int, list[float]] = defaultdict(list)
    for made in there:
        times[made.chat or 0].append(made.at_s)
    ends = sorted(max(of_chat) - began_s for of_chat in times.values()) or [0.0]
    wrong = []
    for chat, said in texts.items():
        shown = "".join(_MARK.sub("", one.text) for one in telegram.sent(chat))
        expected = "" if waits and chat == FIRST else "".join(cleaned(text) for text in said)
        if "".join(shown.split()) != "".join(expected.split()):  # the ends of messages are trimmed there
            wrong.append(f"chat {chat} reads something else than was said: {shown[:80]!r}")
    states = Counter(made.status for made in calls)
    kept = folder / "data" / "records.sqlite"
    queued = len(texts[FIRST]) if waits else 0
    if audit.count(kept, "SELECT count(*) FROM outbox WHERE state <> 'sent'") != queued:
        wrong.append("something was not sent, or nobody knows")
    secret = telegram.token.partition(":")[2].encode()
    wrong += [
        f"the token stands in {path.name}"
        for path in folder.rglob("*")
        if path.is_file() and secret in path.read_bytes()
    ]
    return Run(
        len(there),
        ends[-1] or 1.0,
        _busiest([made.at_s for made in there if made.at_s - began_s >= WARM_S]),
        max((_busiest(of_chat) for of_chat in times.values()), default=0),
        ends[int(0.95 * (len(ends) - 1))],
        states[429],
        1000 * used_s / max(1, len(there)),
        wrong,
    )


def _busiest(times: list[float]) -> int:
    """The most within any second."""
    ordered, first, most = sorted(times), 0, 0
    for last, at_s in enumerate(ordered):
        while at_s - ordered[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most
