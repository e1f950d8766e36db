"""The library's bot, built the house's way. The token is put into an address only when it goes onto the wire.

Everything that could print an address (logs of three libraries, errors, `repr(bot)`, the path of a file) knows a stand-in of the token only.
"""

import os

import httpx
from telegram import Bot
from telegram.request import HTTPXRequest

# Durations as timedelta, the library's way to come; without it every 429 is also a warning that something is deprecated.
os.environ.setdefault("PTB_TIMEDELTA", "true")

CONNECT_S = 5.0
READ_S = 6.0  # a process that is told to stop is gone within ten
WRITE_S = 6.0
UPLOAD_S = 20.0
POOL_S = 2.0
CONNECTIONS = 32
KEPT_IDLE_S = 20.0  # shorter than the far side keeps them, so that a message is not written into a closed one
HIDDEN = "hidden"


def build(token: str, api_base: str) -> Bot:
    """A bot that speaks to this Bot API; to be used in one event loop. Proxies of the environment are not used.

    `bot.token`, and addresses of files, hold a stand-in: the number of the bot and a word.

    Args:
        token: As BotFather gives it, number:secret.
        api_base: `https://api.telegram.org`, or where a stand-in listens.
    """
    number, _, _ = token.partition(":")
    alias = f"{number}-{HIDDEN}"  # without the colon, which the library escapes in addresses of files
    limits = httpx.Limits(max_connections=CONNECTIONS, keepalive_expiry=KEPT_IDLE_S)

    def request() -> HTTPXRequest:
        wire = httpx.AsyncHTTPTransport(limits=limits, trust_env=False)
        return HTTPXRequest(
            read_timeout=READ_S,
            write_timeout=WRITE_S,
            connect_timeout=CONNECT_S,
            pool_timeout=POOL_S,
            media_write_timeout=UPLOAD_S,
            httpx_kwargs={"transport": _Unmasking(wire, f"bot{alias}/", f"bot{token}/"), "trust_env": False},
        )

    base = api_base.rstrip("/")
    return Bot(
        alias,
        base_url=f"{base}/bot",
        base_file_url=f"{base}/file/bot",
        request=request(),
        get_updates_request=request(),
    )


class _Unmasking(httpx.AsyncBaseTransport):
    """Puts the token in the place of its stand-in."""

    def __init__(self, inner: httpx.AsyncBaseTransport, masked: str, plain: str) -> None:
        self._inner = inner
        self._masked = masked.encode()
        self._plain = plain.encode()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url.copy_with(raw_path=request.url.raw_path.replace(self._masked, self._plain, 1))
        sent = httpx.Request(
            request.method, url, headers=request.headers, stream=request.stream, extensions=request.extensions
        )
        return await self._inner.handle_async_request(sent)

    async def aclose(self) -> None:
        await self._inner.aclose()
