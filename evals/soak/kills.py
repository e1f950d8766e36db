"""A serving process is killed with SIGKILL at random moments under a steady stream of messages.

Firms and people without an account talk, an engineer claims and answers. Whoever gets no answer sends the same message again, as a
browser would. While nothing serves, the records themselves are checked; in the end everything acknowledged must have been handled.
"""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evals.soak import audit, world
from evals.soak.given import Given, Report
from evals.soak.nursery import Door, Nursery, Serving, free_port, until_there
from evals.soak.world import World
from evals.standins.endpoint import embedding_endpoint

KILLS = 300
MESSAGES = 10_000
TALKERS = 8
TALKS_EACH = 3
NEW_TALK = 0.02  # of the messages
EARLY = 0.15  # of the kills hit a process that is not ready yet
DRAINED_S = 60.0
LONGEST_S = 60.0  # between two kills
SAID = (
    "在吗",
    "你们几点上班",
    "注塑件老缩水，客户要退货，急",
    "转人工",
    "刚才那个单子怎么样了",
    "PP料，换过模温，没用",
    "不知道",
    "算了，我们自己弄好了",
    "又坏了",
    "谢谢",
    "申报揭榜挂帅要什么条件",
    "设备租用怎么办理",
)


@dataclass
class Tally:
    """What the clients know. Thread safe by its lock."""

    acknowledged: set[str] = field(default_factory=set)
    turns: int = 0  # acknowledged together with their replies
    claims: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    over: threading.Event = field(default_factory=threading.Event)
    odd: dict[str, int] = field(default_factory=dict)  # answers that nobody should get

    def take(self, update_id: str, *, answered: bool) -> None:
        """One message is acknowledged."""
        with self.lock:
            self.acknowledged.add(update_id)
            self.turns += answered

    def wonder(self, what: str) -> None:
        """Something that should not be."""
        with self.lock:
            self.odd[what] = self.odd.get(what, 0) + 1


def run(folder: Path, given: Given) -> Report:
    """So many kills, and at least so many acknowledged messages."""
    nursery = Nursery()
    try:
        with embedding_endpoint() as embedding:
            return _run(world.make(folder, embedding=embedding), nursery, given)
    finally:
        nursery.close()


def _run(clinic: World, nursery: Nursery, given: Given) -> Report:
    rng, tally, port = random.Random(given.seed), Tally(), free_port()
    kills, messages = given.kills or KILLS, given.messages or MESSAGES
    log = clinic.data.parent / "serve.log"
    threads = [
        threading.Thread(target=_talk, args=(clinic, port, number, random.Random(given.seed + number), tally))
        for number in range(TALKERS)
    ]
    threads.append(threading.Thread(target=_help, args=(clinic, port, random.Random(given.seed), tally)))
    for thread in threads:
        thread.start()
    wrong: list[str] = []
    ready: list[float] = []
    done = early = 0
    began = time.monotonic()
    try:
        while done < kills:
            serving = nursery.serve(clinic.data, log, port=port, **clinic.settings)
            if rng.random() < EARLY:
                time.sleep(rng.uniform(0, 0.6))
                early += 1
            else:
                ready.append(serving.wait_ready())
                # counted in messages, so that a slow machine has as many under way as a quick one
                _wait_for(
                    tally, rng.randint(0, 2 * max(1, (messages - len(tally.acknowledged)) // max(1, kills - done)))
                )
                time.sleep(rng.uniform(0, 0.1))
            serving.kill()
            done += 1
            wrong += [f"kill {done}: {words}" for words in _check(clinic, tally)]
            if len(wrong) > 20:
                break
        serving = nursery.serve(clinic.data, log, port=port, **clinic.settings)
        serving.wait_ready()
        _wait_for(tally, messages - len(tally.acknowledged), longest_s=10 * LONGEST_S)
        wrong += _drain(clinic, serving, tally, threads)
    finally:
        tally.over.set()
        for thread in threads:
            thread.join(30)
    wrong += [f"{what}: {count} times" for what, count in tally.odd.items()]
    return Report(_figures(clinic, tally, done, early, ready, time.monotonic() - began), wrong)


def _wait_for(tally: Tally, more: int, *, longest_s: float = LONGEST_S) -> None:
    deadline, wanted = time.monotonic() + longest_s, len(tally.acknowledged) + more
    while len(tally.acknowledged) < wanted and time.monotonic() < deadline:
        time.sleep(0.005)


def _check(clinic: World, tally: Tally) -> list[str]:
    with tally.lock:
        known = set(tally.acknowledged)
    return audit.check(clinic.records, known)


def _drain(clinic: World, serving: Serving, tally: Tally, threads: list[threading.Thread]) -> list[str]:
    """Let everything be finished, stop by SIGTERM, and look once more."""
    tally.over.set()
    for thread in threads:
        thread.join(30)
    deadline = time.monotonic() + DRAINED_S
    left = 1
    while left and time.monotonic() < deadline:
        time.sleep(0.2)
        left = audit.count(clinic.records, "SELECT count(*) FROM inbox WHERE state = 'waiting'")
    serving.kill(15)
    return [f"{left} messages were never handled"] * bool(left) + _check(clinic, tally)


def _figures(clinic: World, tally: Tally, kills: int, early: int, ready: list[float], took_s: float) -> dict[str, Any]:
    ready.sort()
    return {
        "kills": kills,
        "before_ready": early,
        "acknowledged": len(tally.acknowledged),
        "answered_at_once": tally.turns,
        "claims": tally.claims,
        "tickets": audit.count(clinic.records, "SELECT count(*) FROM tickets"),
        "ledger": audit.count(clinic.records, "SELECT count(*) FROM ledger"),
        "ready_s_p50": round(ready[len(ready) // 2], 2) if ready else None,
        "seconds": round(took_s),
    }


# --- who talks ------------------------------------------------------------------------------------------------------------------------


def _talk(clinic: World, port: int, number: int, rng: random.Random, tally: Tally) -> None:
    """One who writes all the time: half of them for a firm, half without an account."""
    token = clinic.firms[number % len(clinic.firms)] if number % 2 == 0 else ""
    door = Door(port, token)
    talks: list[str] = []
    count = 0
    while not tally.over.is_set():
        if len(talks) < TALKS_EACH or rng.random() < NEW_TALK:
            status, body = until_there(lambda: door.call("POST", "/api/v1/conversations"), over=tally.over.is_set)
            if status not in (200, 201):
                if status:
                    tally.wonder(f"begin {status}")
                continue
            talks = [*talks[-TALKS_EACH + 1 :], body["id"]]
        talk, count = rng.choice(talks), count + 1
        message = {"text": rng.choice(SAID), "client_id": f"{number}-{count}"}
        path = f"/api/v1/conversations/{talk}/messages"
        status, body = until_there(
            lambda path=path, message=message: door.call("POST", path, message),  # type: ignore[misc]
            over=tally.over.is_set,
        )
        if status in (200, 202):
            tally.take(f"{talk}:{message['client_id']}", answered=status == 200)
        elif status:
            tally.wonder(f"post {status}")
    door.close()


def _help(clinic: World, port: int, rng: random.Random, tally: Tally) -> None:
    """An engineer who claims what is offered, says a word, and solves or gives back."""
    door = Door(port, clinic.engineers[0])
    form = {"symptom": "缩水", "cause": "保压不足", "steps": "加保压", "verification": "称重", "limits": "仅限 PP"}
    while not tally.over.is_set():
        try:
            _, body = door.call("GET", "/api/v1/offers")
            for offer in (body or {}).get("items", [])[:3]:
                ref = offer["ticket"]["ref"]
                status, _ = door.call("POST", f"/api/v1/tickets/{ref}/claim", {})
                tally.claims += status == 200
                if rng.random() < 0.3:
                    door.call("POST", f"/api/v1/tickets/{ref}/release", {"reason": "不是我的专业"})
                    continue
                door.call("POST", f"/api/v1/tickets/{ref}/messages", {"text": "您好，我看一下"})
                if rng.random() < 0.5:
                    door.call("POST", f"/api/v1/tickets/{ref}/resolve", form)
        except OSError:
            pass
        time.sleep(0.05)
    door.close()
