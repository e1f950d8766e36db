"""How often one address and one person may ask, away from this machine. Loopback is not limited: a proxy in front names the far side."""

import hashlib
import ipaddress
import math
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from fastapi.responses import JSONResponse
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from handlers.web.errors import Problem

MOST_BUCKETS = 20_000  # the longest unused are forgotten: a forgotten one is full again, which costs little


@dataclass(frozen=True, slots=True)
class Rate:
    """A bucket that holds `burst` requests and is filled by `per_s` a second."""

    burst: float
    per_s: float


# A firm behind one address has several people; a person types, a page reads on. Opening accounts and talks is rarer than speaking in them.
ADDRESS = Rate(120, 20)
PERSON = Rate(60, 10)
OPENING = Rate(20, 0.2)
OPENINGS = re.compile(
    r"/api/v1/(?:conversations|registrations|complaints|packages/[^/]+/applications)|/|/packages/[^/]+/apply|/talk|/complaints|/sign-in|/enter/.*"
)
FREE = re.compile(r"/static/.*|/healthz|/readyz|/telegram/webhook")


class Buckets:
    """Token buckets by name. Thread safe.

    Args:
        monotonic_s: Seconds that only go forward.
        most: Buckets that are remembered.
    """

    def __init__(self, *, monotonic_s: Callable[[], float] = time.monotonic, most: int = MOST_BUCKETS) -> None:
        self._monotonic_s = monotonic_s
        self._most = most
        self._lock = threading.Lock()
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()  # what is left, and when it was

    def take(self, name: str, rate: Rate) -> float:
        """Take one; 0 where there was one, else the seconds until there is."""
        with self._lock:
            now_s = self._monotonic_s()
            left, at_s = self._held.pop(name, (rate.burst, now_s))
            left = min(rate.burst, left + (now_s - at_s) * rate.per_s)
            wait_s = 0.0 if left >= 1 else (1 - left) / rate.per_s
            self._held[name] = (left - 1 if left >= 1 else left, now_s)
            if len(self._held) > self._most:
                self._held.popitem(last=False)
            return wait_s


class RateLimit:
    """Refuses who asks too often, before anything is read or looked up."""

    def __init__(self, app: ASGIApp, buckets: Buckets) -> None:
        self._app = app
        self._buckets = buckets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wait_s = self._wait_s(scope) if scope["type"] == "http" else 0.0
        if not wait_s:
            await self._app(scope, receive, send)
            return
        seconds = math.ceil(wait_s)
        problem = Problem(429, "busy", f"操作太频繁，请 {seconds} 秒后再试。", retry_after_s=seconds)
        await JSONResponse(problem.as_json(), 429, headers=problem.headers)(scope, receive, send)

    def _wait_s(self, scope: Scope) -> float:
        address = far_address(scope)
        if address is None or FREE.fullmatch(scope["path"]):
            return 0.0
        waits = [self._buckets.take(f"address {address}", ADDRESS)]
        if scope["method"] == "POST" and OPENINGS.fullmatch(scope["path"]):
            waits.append(self._buckets.take(f"opening {address}", OPENING))
        if (holder := _credential(scope)) is not None:
            waits.append(self._buckets.take(f"person {holder}", PERSON))
        return max(waits)


def far_address(scope: Scope) -> str | None:
    """The address that a request came from, an IPv6 one as its network of 64 bits, which one household has; None on this machine."""
    client = scope.get("client")
    try:
        address = ipaddress.ip_address(client[0]) if client else None
    except ValueError:
        return None
    if address is None or address.is_loopback:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return None if address.ipv4_mapped.is_loopback else str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _credential(scope: Scope) -> str | None:
    """A digest of the token or login that is shown, right or wrong: looking it up would cost what is to be saved."""
    connection = HTTPConnection(scope)
    shown = connection.headers.get("authorization") or connection.cookies.get("wenzhen_login")
    return hashlib.sha256(shown.encode()).hexdigest()[:32] if shown else None
