"""What one side writes the other sees at once: server-sent events of a talk, woken by this process's commits, polled for those of others."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress

from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from bot.clinic.clinic import Clinic
from bot.clinic.conversations import Page
from bot.errors import BotError, Busy, NotAllowed, NotFound

MAX_STREAMS = 256
MAX_STREAMS_OF_ONE_TALK = 16
LOOK_S = 15.0  # how often a stream looks by itself, where only this process writes
LOOK_SHARED_S = 2.0  # the same where other processes do too
HEARTBEAT_S = 15
RETRY_MS = 2000
UNREAD_S = 30.0  # a reader who takes nothing in that time, all buffers being full, is gone or means harm

Read = Callable[[str | None], Page]  # what came after this message, if the reader may (still) know of it


class Streams:
    """How many streams are open, so that they cannot be opened without end. For one event loop."""

    def __init__(self, *, most: int = MAX_STREAMS, most_of_one: int = MAX_STREAMS_OF_ONE_TALK) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._open: dict[str, int] = {}

    @property
    def open(self) -> int:
        """Streams now."""
        return sum(self._open.values())

    def check(self, topic: str) -> None:
        """Refuse one more where there are too many.

        Raises:
            Busy: there are.
        """
        if self.open >= self._most or self._open.get(topic, 0) >= self._most_of_one:
            raise Busy("打开的页面太多，请关掉一些再试；刷新页面也能看到新消息。")

    @contextmanager
    def counted(self, topic: str) -> Iterator[None]:
        """Count one while the block runs."""
        self._open[topic] = self._open.get(topic, 0) + 1
        try:
            yield
        finally:
            self._open[topic] -= 1
            if not self._open[topic]:
                del self._open[topic]


def stream(clinic: Clinic, streams: Streams, topic: str, read: Read, *, after: str | None) -> EventSourceResponse:
    """The events of a talk: `message` with the message's id for resuming, `state` when another owns it or its ticket moved.

    Raises:
        Busy: too many streams are open.
    """
    streams.check(topic)
    return _Events(
        _events(clinic, streams, topic, read, after),
        ping=HEARTBEAT_S,
        send_timeout=UNREAD_S,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


class _Events(EventSourceResponse):
    """A stream that ends when its reader has stopped reading."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(SendTimeoutError):
            await super().__call__(scope, receive, send)


async def _events(
    clinic: Clinic, streams: Streams, topic: str, read: Read, after: str | None
) -> AsyncIterator[ServerSentEvent]:
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    look_s = LOOK_S if clinic.records.is_sqlite else LOOK_SHARED_S
    standing = None
    yield ServerSentEvent(comment="open", retry=RETRY_MS)
    with streams.counted(topic), clinic.hub.watching(topic, lambda: _wake(loop, told)):
        while True:
            told.clear()
            try:
                page = await run_in_threadpool(read, after)
            except (NotFound, NotAllowed):
                return  # the reader may not know of it any more
            except BotError:
                await asyncio.sleep(look_s)
                continue
            for item in page.items:
                after = item["id"]
                yield ServerSentEvent(json.dumps(item, ensure_ascii=False), event="message", id=after)
            if page.standing != standing:
                standing = page.standing
                yield ServerSentEvent(json.dumps(standing, ensure_ascii=False), event="state")
            if page.more:
                continue
            try:
                await asyncio.wait_for(told.wait(), look_s)
            except TimeoutError:
                continue


def _wake(loop: asyncio.AbstractEventLoop, told: asyncio.Event) -> None:
    try:
        loop.call_soon_threadsafe(told.set)
    except RuntimeError:
        return  # the loop is closing, and the stream with it
