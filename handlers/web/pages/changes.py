"""Tells a page that something on it has changed; the page fetches itself again."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from typing import Any

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from bot.clinic.clinic import Clinic
from bot.errors import BotError, NotAllowed, NotFound
from handlers.web.live import HEARTBEAT_S, LOOK_S, LOOK_SHARED_S, RETRY_MS, Streams

Look = Callable[
    [], tuple[Any, frozenset[str]]
]  # what the page shows, as plain values, and the topics that may change it


def changes(clinic: Clinic, streams: Streams, who: str, look: Look) -> EventSourceResponse:
    """An event `changed` each time that what the page shows differs from what it was, once at the beginning too.

    Args:
        who: Whose streams are counted together.

    Raises:
        Busy: too many streams are open.
    """
    streams.check(who)
    return EventSourceResponse(
        _events(clinic, streams, who, look),
        ping=HEARTBEAT_S,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(clinic: Clinic, streams: Streams, who: str, look: Look) -> AsyncIterator[ServerSentEvent]:
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    look_s = LOOK_S if clinic.records.is_sqlite else LOOK_SHARED_S

    def wake() -> None:
        try:
            loop.call_soon_threadsafe(told.set)
        except RuntimeError:
            return  # the loop is closing, and the stream with it

    yield ServerSentEvent(comment="open", retry=RETRY_MS)
    shown, held = "", frozenset[str]()
    with streams.counted(who), ExitStack() as watched:
        while True:
            told.clear()
            try:
                values, topics = await run_in_threadpool(look)
            except (NotFound, NotAllowed):
                return
            except BotError:
                await asyncio.sleep(look_s)
                continue
            if topics != held:
                watched.close()
                for topic in topics:
                    watched.enter_context(clinic.hub.watching(topic, wake))
                held = topics
                continue  # what happened before the watch began told nobody
            now = digest(values)
            if now != shown:
                shown = now
                yield ServerSentEvent("{}", event="changed")
            try:
                await asyncio.wait_for(told.wait(), look_s)
            except TimeoutError:
                continue


def digest(values: Any) -> str:
    """Equal for equal values."""
    return hashlib.sha256(json.dumps(values, ensure_ascii=False, sort_keys=True, default=str).encode()).hexdigest()
