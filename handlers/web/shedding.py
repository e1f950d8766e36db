"""Refuses turns that cannot be taken, before they cost anything: under a flood the process goes on doing as much as it can."""

import re

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.work.inbox import TOO_MANY
from handlers.web.errors import Problem

TURNS = re.compile(r"/api/v1/conversations/[^/]+/messages")
FULL = Problem(429, "busy", TOO_MANY)


class Shedding:
    """Lets so many turns be inside at once; one more is answered 429 without being read.

    A turn is inside until it is answered, so that who is inside is about who waits in the inbox. The inbox counts for itself too: it also
    knows what earlier processes left, and those whose askers went away.

    Args:
        most: Turns inside at once.
    """

    def __init__(self, app: ASGIApp, *, most: int) -> None:
        self._app = app
        self._most = most
        self._inside = 0
        self._refusal = JSONResponse(FULL.as_json(), FULL.status, headers=FULL.headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or not TURNS.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return
        if self._inside >= self._most:
            await self._refusal(scope, receive, send)
            return
        self._inside += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._inside -= 1
