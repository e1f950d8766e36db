"""Refuses turns that cannot be taken, before they cost anything: under a flood the process goes on doing as much as it can."""

import re
import time
from collections.abc import Callable

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.work.inbox import TOO_MANY
from handlers.web.errors import Problem

TURNS = re.compile(r"/api/v1/conversations/[^/]+/messages")
FULL = Problem(429, "busy", TOO_MANY)
LONG_S = 5.0  # a turn that takes longer makes the queue shorter; after 10 the asker has gone with a promise instead of a reply
SHORT_S = 2.5  # one that takes less lets it grow again
SHRINKS = 0.95
LEAST = 8


class Shedding:
    """Lets so many turns be inside at once; one more is answered 429 without being read.

    A turn is inside until it is answered, so that who is inside is about who waits in the inbox. How many that may be follows from how
    long they take (additive increase, multiplicative decrease): on a slow machine a long queue would answer everyone too late. The inbox
    counts for itself too: it also knows what earlier processes left, and those whose askers went away.

    Args:
        most: Turns inside at once.
        monotonic_s: Seconds that only go forward.
    """

    def __init__(self, app: ASGIApp, *, most: int, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._most = most
        self._monotonic_s = monotonic_s
        self._allowed = float(most)
        self._inside = 0
        self._refusal = JSONResponse(FULL.as_json(), FULL.status, headers=FULL.headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or not TURNS.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return
        if self._inside >= int(self._allowed):
            await self._refusal(scope, receive, send)
            return
        self._inside += 1
        began = self._monotonic_s()
        try:
            await self._app(scope, receive, send)
        finally:
            self._inside -= 1
            self._learn(self._monotonic_s() - began)

    def _learn(self, took_s: float) -> None:
        if took_s > LONG_S:
            self._allowed = max(min(LEAST, self._most), self._allowed * SHRINKS)
        elif took_s < SHORT_S:
            self._allowed = min(self._most, self._allowed + 1)
