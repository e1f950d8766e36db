"""A connection that loses patience: with a client that never finishes saying what it wants, and with too many at once.

What the server itself refuses, before any application is asked, is said in the house's shape too.
"""

import asyncio
import json
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

from handlers.web.errors import Problem
from handlers.web.guards import HEADERS, TOO_SLOW

ASKING_S = 20.0  # until the head of a request is there, from connecting or from its first byte on
MAX_HEAD_BYTES = 256 * 1024  # the parser itself has no limit
MOST = 2000  # connections at once; an ordinary process may hold 4,096 files and needs some itself
UNREADABLE = Problem(400, "invalid", "请求读不懂，请检查格式。")
TOO_MANY = Problem(503, "unavailable", "现在连接的人太多，请稍后再试。")


class Connection(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """One client."""

    _deadline: asyncio.TimerHandle | None = None
    _head_bytes = 0  # of a request that is not there yet

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a request."""
        super().connection_made(transport)
        if len(self.connections) > MOST:
            self._refuse(TOO_MANY)
        else:
            self._wait()

    def data_received(self, data: bytes) -> None:
        """Something of a request, or a whole one."""
        super().data_received(data)
        self._head_bytes += len(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_waiting()
        elif self.transport.is_closing():
            return
        elif self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(UNREADABLE)
        elif self._deadline is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone, or was sent away."""
        self._stop_waiting()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP."""
        del msg
        self._refuse(UNREADABLE)

    def _wait(self) -> None:
        self._deadline = self.loop.call_later(ASKING_S, self._give_up)

    def _stop_waiting(self) -> None:
        self._head_bytes = 0
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if self.transport.is_closing():
            return
        if self._head_bytes:
            self._refuse(TOO_SLOW)
        else:
            self.transport.close()  # browsers connect in advance: what was not asked is not answered

    def _refuse(self, problem: Problem) -> None:
        body = json.dumps(problem.as_json(), ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Connection": "close",
            "Cache-Control": "no-store",
            **problem.headers,
            **HEADERS,
        }
        head = [f"HTTP/1.1 {problem.status} {HTTPStatus(problem.status).phrase}"]
        head += [f"{name}: {value}" for name, value in headers.items()]
        self.transport.write("\r\n".join([*head, "", ""]).encode("ascii") + body)
        self.transport.close()
