"""Under a flood turns are refused before they cost anything, and everything else goes on."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from handlers.web.shedding import LEAST, LONG_S, Shedding

TURN = "/api/v1/conversations/c_1/messages"


async def call(door: Shedding, method: str, path: str) -> list[Any]:
    """What the door sends."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await door({"type": "http", "method": method, "path": path}, None, send)  # type: ignore[arg-type]
    return sent


def test_one_turn_too_many_is_refused_with_a_sentence_and_room_comes_back() -> None:
    async def work() -> None:
        gate, inside = asyncio.Event(), list[str]()

        async def app(scope: Any, receive: Any, send: Any) -> None:
            inside.append(scope["path"])
            if scope["path"] == TURN and scope["method"] == "POST":
                await gate.wait()

        door = Shedding(app, most=2)
        held = [asyncio.create_task(call(door, "POST", TURN)) for _ in range(2)]
        await asyncio.sleep(0)
        start, body = await call(door, "POST", TURN)
        assert start["status"] == 429
        assert json.loads(body["body"])["error"]["kind"] == "busy"
        assert len(inside) == 2
        await call(door, "GET", TURN)
        await call(door, "POST", "/api/v1/tickets/T-1/messages")
        assert len(inside) == 4
        gate.set()
        await asyncio.gather(*held)
        assert await call(door, "POST", TURN) == []

    asyncio.run(work())


def room_of(door: Shedding, hold: Callable[[asyncio.Event], None]) -> int:
    """How many turns it lets in at once."""

    async def work() -> int:
        gate = asyncio.Event()
        hold(gate)
        tasks = [asyncio.create_task(call(door, "POST", TURN)) for _ in range(100)]
        await asyncio.sleep(0)
        refused = sum(task.done() for task in tasks)
        gate.set()
        await asyncio.gather(*tasks)
        return 100 - refused

    return asyncio.run(work())


def test_when_turns_take_long_fewer_wait_and_when_they_are_quick_again_more() -> None:
    gates: list[asyncio.Event] = []
    now, took = [0.0], [0.0]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await gates[-1].wait()
        now[0] += took[0]

    door = Shedding(app, most=64, monotonic_s=lambda: now[0])
    assert room_of(door, gates.append) == 64
    took[0] = LONG_S + 1
    assert room_of(door, gates.append) == 64
    assert room_of(door, gates.append) == LEAST
    took[0] = 0.0
    assert room_of(door, gates.append) == LEAST
    assert room_of(door, gates.append) == 2 * LEAST
