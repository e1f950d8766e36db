"""Chat turns at a steady 20 a second, then ten times what the process can do: latency, losses, goodput, honest refusals.

Messages arrive on time whether or not earlier ones are answered, and a turn's time counts from when it should have been sent.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evals.soak import audit, world
from evals.soak.given import Given, Report
from evals.soak.nursery import Door, Nursery, Serving, free_port, until_there
from evals.soak.world import World

SECONDS = 300
RATE = 20.0
TALKS = 200
CLOSED_LOOP = 8  # who measure the peak, each sending when the last is answered
PEAK_S = 15.0
OVERLOAD_S = 30.0
OVERLOAD = 10
GOODPUT = 0.9  # of the peak
P95_S = 1.0
PATIENCE_S = 15.0
DRAINED_S = 60.0
WARM_S = 10.0  # loads what is loaded at first use
SAID = Path(__file__).resolve().parents[1] / "sets" / "triage-tune.jsonl"
# Each of these would open a ticket, and a clinic does not get thousands in five minutes.
LEFT_OUT = frozenset({"safety", "human"})


@dataclass
class Tally:
    """How turns ended."""

    began: float = field(default_factory=time.monotonic)
    took_s: list[float] = field(default_factory=list)  # of those answered
    ended: list[float] = field(default_factory=list)  # when, counted from the beginning
    statuses: dict[int, int] = field(default_factory=dict)
    acknowledged: list[str] = field(default_factory=list)
    mute: int = 0  # refusals without a sentence

    def take(self, status: int, body: Any, due: float, update_id: str) -> None:
        """One turn's end; `due` is when it should have been sent."""
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if status in (200, 202):
            self.acknowledged.append(update_id)
        if status == 200 and body["replies"]:
            self.took_s.append(time.monotonic() - due)
            self.ended.append(time.monotonic() - self.began)
        if status in (429, 503) and not body["error"]["message"]:
            self.mute += 1

    @property
    def turns(self) -> int:
        """How many were sent."""
        return sum(self.statuses.values())

    def quantile(self, share: float) -> float:
        """Seconds within which so many were answered."""
        ordered = sorted(self.took_s)
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3) if ordered else float("inf")

    def rate(self, seconds: float) -> float:
        """Turns answered a second, within these first seconds."""
        return sum(ended <= seconds for ended in self.ended) / seconds


def run(folder: Path, given: Given) -> Report:
    """Steady load, peak, overload, on one process with the built-in embedder and the shipped documents."""
    nursery = Nursery()
    try:
        clinic = world.make(folder, embedding="builtin", shipped=True)
        port = free_port()
        serving = nursery.serve(clinic.data, folder / "serve.log", port=port, **clinic.settings)
        serving.wait_ready()
        try:
            report, acknowledged = asyncio.run(_measure(clinic, serving, given.seconds or SECONDS, given.seed))
            _drained(clinic)
        finally:
            serving.kill(15)
        left = audit.count(clinic.records, "SELECT count(*) FROM inbox WHERE state <> 'done'")
        wrong = report.wrong + audit.check(clinic.records, acknowledged) + [f"{left} never handled"] * bool(left)
        return Report(report.figures, wrong)
    finally:
        nursery.close()


def _said() -> tuple[str, ...]:
    """Messages as people type them, hardly one twice: what is remembered of a text must not flatter the figures."""
    rows = [json.loads(line) for line in SAID.read_text(encoding="utf-8").splitlines()]
    return tuple(row["text"] for row in rows if row["intent"] not in LEFT_OUT)


def _drained(clinic: World) -> None:
    """Wait until nothing waits any more: who gave up waiting has been told that the message is kept."""
    deadline = time.monotonic() + DRAINED_S
    waiting = "SELECT count(*) FROM inbox WHERE state = 'waiting'"
    while audit.count(clinic.records, waiting) and time.monotonic() < deadline:
        time.sleep(0.2)


async def _measure(clinic: World, serving: Serving, seconds: int, seed: int) -> tuple[Report, list[str]]:
    rng, port = random.Random(seed), serving.port
    door = Door(port, clinic.firms[0])
    talks = [
        until_there(lambda: door.call("POST", "/api/v1/conversations"), over=lambda: False)[1]["id"]
        for _ in range(TALKS)
    ]
    client = _Client(port, clinic.firms[0], talks, rng)
    await client.closed(CLOSED_LOOP, WARM_S)
    used_s = serving.cpu_s
    steady = await client.open(RATE, seconds)
    used_s = serving.cpu_s - used_s
    peak_s, flood_s = min(PEAK_S, seconds), min(OVERLOAD_S, seconds)
    peak = (await client.closed(CLOSED_LOOP, peak_s)).rate(peak_s)
    flood = await client.open(OVERLOAD * peak, flood_s)
    goodput = flood.rate(flood_s)
    figures = {
        "turns": steady.turns,
        "answered": len(steady.took_s),
        "p50_s": steady.quantile(0.5),
        "p95_s": steady.quantile(0.95),
        "cpu_ms_a_turn": round(1000 * used_s / max(1, len(steady.took_s))),
        "load_of_the_machine": os.getloadavg()[0],
        "statuses": steady.statuses,
        "peak": round(peak, 1),
        "flood": round(OVERLOAD * peak),
        "flood_goodput": round(goodput, 1),
        "flood_p95_s": flood.quantile(0.95),
        "flood_statuses": flood.statuses,
    }
    wrong = []
    if steady.quantile(0.95) > P95_S:
        wrong.append(f"p95 {steady.quantile(0.95)} s at {RATE:.0f} a second")
    if len(steady.took_s) < steady.turns:
        wrong.append(f"{steady.turns - len(steady.took_s)} turns without an answer at {RATE:.0f} a second")
    if goodput < GOODPUT * peak:
        wrong.append(f"goodput {goodput:.1f} of {peak:.1f} under {OVERLOAD} times the capacity")
    if flood.mute or set(flood.statuses) - {200, 202, 429, 503}:
        wrong.append(f"refusals that say nothing: {flood.mute}, statuses {flood.statuses}")
    return Report(figures, wrong), client.acknowledged


class _Client:
    """Sends turns over kept connections, as many at once as it takes."""

    def __init__(self, port: int, token: str, talks: list[str], rng: random.Random) -> None:
        self._port = port
        self._token = token
        self._talks = talks
        self._rng = rng
        self._said = _said()
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._count = 0
        self.acknowledged: list[str] = []

    async def closed(self, many: int, seconds: float) -> Tally:
        """So many who each send when the last one is answered."""
        tally = Tally()

        async def go_on() -> None:
            while time.monotonic() < tally.began + seconds:
                await self._turn(tally, time.monotonic())

        await asyncio.gather(*[go_on() for _ in range(many)])
        self.acknowledged += tally.acknowledged
        return tally

    async def open(self, rate: float, seconds: float) -> Tally:
        """So many a second, whatever becomes of the earlier ones."""
        tally = Tally()
        under_way = []
        for number in range(int(rate * seconds)):
            due = tally.began + number / rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            under_way.append(asyncio.create_task(self._turn(tally, due)))
        await asyncio.gather(*under_way)
        self.acknowledged += tally.acknowledged
        return tally

    async def _turn(self, tally: Tally, due: float) -> None:
        self._count += 1
        talk, client_id = self._rng.choice(self._talks), f"load-{self._count}"
        body = json.dumps({"text": self._rng.choice(self._said), "client_id": client_id}).encode()
        try:
            status, answer = await asyncio.wait_for(
                self._post(f"/api/v1/conversations/{talk}/messages", body), PATIENCE_S
            )
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            status, answer = 0, None
        tally.take(status, answer, due, f"{talk}:{client_id}")

    def _kept(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """A connection that the server has not closed meanwhile, as it does with idle ones."""
        while self._free:
            reader, writer = self._free.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return None

    async def _post(self, path: str, body: bytes) -> tuple[int, Any]:
        reader, writer = self._kept() or await asyncio.open_connection("127.0.0.1", self._port)
        kept = False
        try:
            writer.write(
                f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self._token}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = int(head.split("content-length:", 1)[1].split("\r\n", 1)[0])
            words = await reader.readexactly(length)
            kept = "connection: close" not in head
            return int(head.split(" ", 2)[1]), json.loads(words)
        finally:
            if kept:
                self._free.append((reader, writer))
            else:
                writer.close()
