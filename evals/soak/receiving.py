"""What comes from Telegram: late, twice and in another order; from a thousand chats at once; into a process that is killed again and again."""

from __future__ import annotations

import random
import secrets
import sqlite3
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evals.soak import audit, ingests, replays, world
from evals.soak.given import Given, Report
from evals.soak.nursery import Nursery, Serving, free_port
from evals.soak.world import World
from evals.standins.endpoint import embedding_endpoint
from evals.standins.telegram import StandIn, Trouble, User

UPDATES, CHATS, KILLS = 10_000, 1000, 200
WAYS = ("polling", "webhook")
FIRST = 10_000
PEOPLE = 40  # who write while it is killed
BACKLOG = 60  # messages that may wait for their answers before more are written
BETWEEN = 10  # answers between two kills, at most
WAITS_S = 20.0
STUCK_S = 90.0  # without anything new
COME_UP_S = 60.0
STALLED = 1.15  # times what it took without trouble
TIMED_FROM = 100  # chats; fewer say nothing about time
WORDS = ("/start", "/help", "谢谢")
ANSWERS = ("继续说话即表示知道", "/courses 最近的课程", "")  # what is read of each; the last is a turn of the talk
LEFT = {
    "updates": "SELECT count(*) FROM updates WHERE state = 'waiting'",
    "turns": "SELECT count(*) FROM inbox WHERE state = 'waiting'",
    "sends": "SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending')",
}


def run(folder: Path, given: Given) -> Report:
    """All three."""
    updates, chats, kills = given.updates or UPDATES, given.chats or CHATS, given.kills or KILLS
    nursery = Nursery()
    try:
        came, wrong = ingests.in_child(lambda tell: replays.run(folder / "replays", updates, given.seed)).result
        figures: dict[str, Any] = {"updates": updates, "came": came}
        with embedding_endpoint() as embedding:
            calm = _crowd(nursery, folder / "calm", embedding, chats)
            troubled = _crowd(nursery, folder / "troubled", embedding, chats, waits=True)
            killed = [
                _killed(nursery, folder / way, embedding, way, max(1, kills // len(WAYS)), random.Random(given.seed))
                for way in WAYS
            ]
    finally:
        nursery.close()
    wrong += [*calm.wrong, *troubled.wrong]
    if chats >= TIMED_FROM and troubled.p95_s > STALLED * calm.p95_s + 1:
        wrong.append(f"p95 {troubled.p95_s:.1f} s beside a chat that waits, else {calm.p95_s:.1f} s")
    figures |= {
        "chats": chats,
        "answers": calm.answers,
        "a_second": round(calm.answers / max(1.0, calm.seconds), 1),
        "calm_p95_s": round(calm.p95_s, 1),
        "troubled_p95_s": round(troubled.p95_s, 1),
    }
    for way, one in zip(WAYS, killed, strict=True):
        wrong += [f"{way}: {words}" for words in one.wrong]
        figures |= {
            f"{way}_kills": one.kills,
            f"{way}_messages": one.messages,
            f"{way}_sends": one.sends,
            f"{way}_unknown": one.unknown,
            f"{way}_unknown_share": round(one.unknown / max(1, one.sends), 4),
        }
    return Report(figures, wrong)


def _settings(telegram: StandIn, embedding: str, hook: tuple[int, str] | None = None) -> dict[str, str]:
    settings = {
        "embedding": embedding,
        "telegram_token": telegram.token,
        "telegram_api_base": telegram.base,
    }
    if hook is not None:
        settings |= {"telegram_webhook_url": f"http://127.0.0.1:{hook[0]}", "telegram_webhook_secret": hook[1]}
    return settings


def _left(records: Path) -> dict[str, int]:
    return {name: count for name, query in LEFT.items() if (count := audit.count(records, query))}


def _until_quiet(telegram: StandIn, records: Path, *, sends: int = 0) -> dict[str, int]:
    """Wait until nothing is left but so many sends, or nothing moves any more; gives what is left."""
    heard, since_s = -1, time.monotonic()
    while time.monotonic() - since_s < STUCK_S:
        left = _left(records)
        if not telegram.pending and set(left) <= {"sends"} and left.get("sends", 0) <= sends:
            return {}
        if len(telegram.calls) + telegram.pending != heard:
            heard, since_s = len(telegram.calls) + telegram.pending, time.monotonic()
        time.sleep(0.3)
    return left | {"pending": telegram.pending}


def _tokens(telegram: StandIn, folder: Path) -> list[str]:
    secret = telegram.token.partition(":")[2].encode()
    files = (path for path in folder.rglob("*") if path.is_file())
    return [f"the token stands in {path.name}" for path in files if secret in path.read_bytes()]


# --- a thousand chats -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Crowd:
    """One round: seconds from the first message to the last answer, and within which 95 % of the chats had all of theirs."""

    answers: int
    seconds: float
    p95_s: float
    wrong: list[str]


def _crowd(nursery: Nursery, folder: Path, embedding: str, chats: int, *, waits: bool = False) -> Crowd:
    """Everybody writes at once; with `waits` one chat is told to wait again and again."""
    made = world.make(folder, embedding=embedding, empty=True)
    with StandIn() as telegram:
        people = [telegram.user(FIRST + number, started=True) for number in range(chats)]
        if waits:
            telegram.faults.add(Trouble.TOO_MANY, chat=FIRST, times=None, seconds=WAITS_S)
        serving = _up(nursery, made, folder / "serve.log", free_port(), _settings(telegram, embedding))
        try:
            began_s = time.monotonic()
            for words in WORDS:
                for person in people:
                    person.says(words)
            left = _until_quiet(telegram, made.records, sends=len(WORDS) * 2 if waits else 0)
        finally:
            serving.kill(15)
        wrong = [f"{count} {name} are left" for name, count in left.items()] + _tokens(telegram, folder)
        ends = []
        answers = 0
        for person in people[1 if waits else 0 :]:
            shown = telegram.sent(person.id)
            answers += len(shown)
            ends.append(max((one.at_s for one in shown), default=began_s) - began_s)
            wrong += _out_of_order(person, [one.text for one in shown])
        ends.sort()
        return Crowd(answers, ends[-1], ends[int(0.95 * (len(ends) - 1))], wrong[:20])


def _out_of_order(person: User, shown: list[str]) -> list[str]:
    place = 0
    for words in ANSWERS:
        place = next((at + 1 for at, text in enumerate(shown) if at >= place and words in text), 0)
        if not place:
            return [f"chat {person.id} reads {[text[:12] for text in shown]}"]
    return [] if len(shown) == len(ANSWERS) else [f"chat {person.id} reads {len(shown)} answers"]


# --- killed ---------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Killed:
    """What came of so many kills."""

    kills: int
    messages: int
    sends: int
    unknown: int
    wrong: list[str]


@dataclass
class _Stream:
    """Writes as long as not too much waits. Thread safe enough: one writes, others look."""

    telegram: StandIn
    people: list[User]
    rng: random.Random
    written: list[str] = field(default_factory=list)
    helped: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Until it is over."""
        while not self.over.is_set():
            if len(self.written) + self.helped - self.heard > BACKLOG:
                time.sleep(0.02)
                continue
            person = self.rng.choice(self.people)
            if self.rng.random() < 0.2:
                person.says("/help")
                self.helped += 1
            else:
                text = f"第{len(self.written)}问谢谢"
                self.written.append(text)
                person.says(f"/ask {text}")
            time.sleep(self.rng.uniform(0.0, 0.04))

    @property
    def heard(self) -> int:
        """How many messages of the bot have arrived."""
        return sum(1 for made in list(self.telegram.calls) if made.method == "sendMessage" and made.status == 200)


def _up(nursery: Nursery, made: World, log: Path, port: int, settings: dict[str, str]) -> Serving:
    serving = nursery.serve(made.data, log, port=port, **settings)
    serving.wait_ready()
    return serving


def _killed(nursery: Nursery, folder: Path, embedding: str, way: str, kills: int, rng: random.Random) -> Killed:
    made = world.make(folder, embedding=embedding, empty=True)
    port = free_port()
    hook = (port, secrets.token_urlsafe(16)) if way == "webhook" else None
    log = folder / "serve.log"
    with StandIn() as telegram:
        settings = _settings(telegram, embedding, hook)
        stream = _Stream(telegram, [telegram.user(FIRST + number) for number in range(PEOPLE)], rng)
        writing = threading.Thread(target=stream.run)
        writing.start()
        wrong: list[str] = []
        try:
            for _ in range(kills):
                serving = nursery.serve(made.data, log, port=port, **settings)
                serving.wait_ready()
                wanted = stream.heard + rng.randint(0, BETWEEN)
                _wait(lambda wanted=wanted: stream.heard >= wanted)  # type: ignore[misc]
                time.sleep(rng.uniform(0.0, 0.1))
                serving.kill()
            stream.over.set()
            writing.join()
            serving = _up(nursery, made, log, port, settings)
            left = _until_quiet(telegram, made.records)
            serving.kill(15)
        finally:
            stream.over.set()
            writing.join()
        wrong += [f"{count} {name} are left" for name, count in left.items()]
        wrong += audit.check(made.records, ()) + _tokens(telegram, folder)
        return _judge(telegram, made.records, stream, kills, wrong)


def _wait(is_so: Callable[[], bool]) -> None:
    until_s = time.monotonic() + COME_UP_S
    while not is_so() and time.monotonic() < until_s:
        time.sleep(0.01)


def _judge(telegram: StandIn, records: Path, stream: _Stream, kills: int, wrong: list[str]) -> Killed:
    with closing(sqlite3.connect(records)) as connection:

        def rows(query: str) -> list[Any]:
            return connection.execute(query).fetchall()

        said = Counter(text for (text,) in rows("SELECT text FROM messages WHERE sender = 'sme'"))
        helped = len(rows("SELECT 1 FROM messages WHERE text LIKE '直接说就行%'"))
        turns = rows("SELECT count(*), sum(json_array_length(result, '$.replies')) FROM inbox")[0]
        answers = len(rows("SELECT 1 FROM messages WHERE sender = 'bot'"))
        sent: dict[int, set[int]] = defaultdict(set)
        unknown: Counter[int] = Counter()
        states = Counter(state for (state,) in rows("SELECT state FROM outbox"))
        for lane, state, far_id in rows("SELECT lane, state, far_id FROM outbox"):
            sent[int(lane)] |= {int(one) for one in (far_id or "").split()}
            unknown[int(lane)] += state == "unknown"
    written = Counter(stream.written)
    wrong += [f"{len(written - said)} messages are lost"] if written - said else []
    wrong += [f"{len(said - written)} messages are there twice"] if said - written else []
    if helped != stream.helped:
        wrong.append(f"{stream.helped} times help was asked for, {helped} times told")
    if (turns[0], turns[1]) != (len(stream.written), answers):
        wrong.append(f"{len(stream.written)} messages, {turns[0]} turns, {turns[1]} replies, {answers} answers")
    for person in stream.people:
        there = {one.id for one in telegram.sent(person.id)}
        if not sent[person.id] <= there:
            wrong.append(f"chat {person.id} lacks what is called sent")
        if len(there - sent[person.id]) > unknown[person.id]:
            wrong.append(f"chat {person.id} reads more than was sent")
    return Killed(kills, len(stream.written) + stream.helped, sum(states.values()), states["unknown"], wrong[:20])
