"""Where Telegram brings updates, if it is told to: kept as they come, before the answer. What they mean is the Telegram door's."""

import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from bot.errors import Unauthenticated

PATH = "/telegram/webhook"
HEADER = "x-telegram-bot-api-secret-token"


@dataclass(frozen=True, slots=True)
class Hook:
    """Who may bring updates, and who keeps them: on disk when `receive` returns."""

    secret: str
    receive: Callable[[object], None]


def hook_router(hook: Hook) -> APIRouter:
    """The route that takes updates from who shows the secret."""
    router = APIRouter()

    @router.post(PATH, include_in_schema=False, status_code=200)
    async def receive_update(request: Request) -> Response:
        """One update; 200 once it is kept. What is no update is answered 200 as well: it would come for ever."""
        shown = request.headers.get(HEADER, "")
        if not hmac.compare_digest(shown.encode(), hook.secret.encode()):
            raise Unauthenticated("推送的密钥不对。")
        body = await request.body()
        try:
            update = json.loads(body)
        except ValueError:
            update = None
        await run_in_threadpool(hook.receive, update)
        return Response(status_code=200)

    return router
