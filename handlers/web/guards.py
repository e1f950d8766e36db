"""What stands before every endpoint: security headers on the way out, a limit on the way in."""

import asyncio
import re
from collections import Counter

from fastapi.responses import JSONResponse
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.rules.files import MAX_BYTES
from handlers.web.errors import Problem
from handlers.web.limits import far_address

# A question of 4,000 characters with twenty earlier turns fits, and a solution with five fields of 20,000, even escaped as \uXXXX.
MAX_BODY_BYTES = 1024 * 1024
READ_TIMEOUT_S = 20.0
UPLOADS = re.compile(
    r"/api/v1/conversations/[^/]+/files|/talk/[^/]+/files|/desk/tickets/[^/]+/files|(?:/api/v1|/console)/(?:documents|courses)"
)
MAX_UPLOAD_BYTES = MAX_BYTES + 64 * 1024  # a file, and what a form puts around it
UPLOAD_TIMEOUT_S = 240.0  # of a phone with a bad connection
UPLOADS_AT_ONCE = 6  # each is held in memory until it is kept
UPLOADS_OF_ONE = 2  # address: who sends slowly must not shut everyone out

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class SafeHeaders:
    """Puts the security headers on every response. Pages and files are revalidated, answers are never stored."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault(
                    "Cache-Control", "no-store" if scope["path"].startswith(("/api/", "/internal/")) else "no-cache"
                )
            await send(message)

        await self._app(scope, receive, with_headers)


NOWHERE = Problem(404, "not_found", "没有这个地址，请检查路径。")
UNREADABLE = Problem(422, "invalid", "地址里有空字符（NUL），无法处理。")


class Readable:
    """Refuses an address with a NUL in it: no id holds one, and not every database can even look for it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and ("\x00" in scope["path"] or b"%00" in scope["query_string"]):
            problem = NOWHERE if "\x00" in scope["path"] else UNREADABLE
            await JSONResponse(problem.as_json(), problem.status)(scope, receive, send)
            return
        await self._app(scope, receive, send)


TOO_LARGE = Problem(413, "invalid", "请求太大，请缩短后再发。")
TOO_LARGE_FILE = Problem(
    413, "invalid", f"文件超过上限 {MAX_BYTES // 1024 // 1024} MB，请压缩、拆分后再发，或发一个下载链接。"
)
TOO_MANY_FILES = Problem(429, "busy", "现在同时上传的人太多，请稍后再发。", retry_after_s=5)
TOO_SLOW = Problem(400, "invalid", "请求没有发完，请检查网络后再发一次。")


class BodyLimit:
    """Reads a whole body before anything looks at it, and refuses one that is too large or never ends.

    What is over the limit is read and thrown away until the deadline: a client that is still sending would see a broken
    connection instead of the sentence that says why.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._uploads: Counter[str] = Counter()  # by address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
        elif not UPLOADS.fullmatch(scope["path"]):
            body = await _read(receive, MAX_BODY_BYTES, READ_TIMEOUT_S, TOO_LARGE)
            await self._go_on(body, scope, receive, send)
        elif self._is_full(scope):
            await self._go_on(TOO_MANY_FILES, scope, receive, send)
        else:
            address = far_address(scope) or ""
            self._uploads[address] += 1
            try:
                body = await _read(receive, MAX_UPLOAD_BYTES, UPLOAD_TIMEOUT_S, TOO_LARGE_FILE)
                await self._go_on(body, scope, receive, send)
            finally:
                self._uploads[address] -= 1
                self._uploads += Counter()  # forgets who has none

    def _is_full(self, scope: Scope) -> bool:
        address = far_address(scope)
        return self._uploads.total() >= UPLOADS_AT_ONCE or (
            address is not None and self._uploads[address] >= UPLOADS_OF_ONE
        )

    async def _go_on(self, body: bytes | Problem | None, scope: Scope, receive: Receive, send: Send) -> None:
        if isinstance(body, Problem):
            response = JSONResponse(body.as_json(), body.status, headers={**body.headers, "Connection": "close"})
            await response(scope, receive, send)
        elif body is not None:
            await self._app(scope, _replay(body, receive), send)


async def _read(receive: Receive, limit: int, timeout_s: float, too_large: Problem) -> bytes | Problem | None:
    """The body, why it is refused, or None when the client has gone."""
    kept = bytearray()
    size = 0
    try:
        async with asyncio.timeout(timeout_s):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None
                chunk = message.get("body", b"")
                size += len(chunk)
                if size <= limit:
                    kept += chunk
                if not message.get("more_body", False):
                    return bytes(kept) if size <= limit else too_large
    except TimeoutError:
        return too_large if size > limit else TOO_SLOW


def _replay(body: bytes, receive: Receive) -> Receive:
    """A receive that gives the body once, then whatever the connection says."""
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
