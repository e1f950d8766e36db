"""Under a flood turns are refused before they cost anything, and everything else goes on."""

import asyncio
import json
from typing import Any

from handlers.web.shedding import Shedding


def test_one_turn_too_many_is_refused_with_a_sentence_and_room_comes_back() -> None:
    async def work() -> None:
        gate, inside = asyncio.Event(), 0

        async def app(scope: Any, receive: Any, send: Any) -> None:
            nonlocal inside
            inside += 1
            if scope["method"] == "POST":
                await gate.wait()

        door = Shedding(app, most=2)

        async def call(method: str, path: str) -> list[Any]:
            sent: list[Any] = []

            async def send(message: Any) -> None:
                sent.append(message)

            await door({"type": "http", "method": method, "path": path}, None, send)  # type: ignore[arg-type]
            return sent

        turn = "/api/v1/conversations/c_1/messages"
        held = [asyncio.create_task(call("POST", turn)) for _ in range(2)]
        await asyncio.sleep(0)
        start, body = await call("POST", turn)
        assert start["status"] == 429
        assert json.loads(body["body"])["error"]["kind"] == "busy"
        assert inside == 2
        await call("GET", turn)
        gate.set()
        await call("POST", "/api/v1/tickets/T-1/messages")
        await asyncio.gather(*held)
        assert inside == 4
        assert await call("POST", turn) == []

    asyncio.run(work())
