"""A far side on loopback that messages are sent to, and who speaks to it: refuses, asks for patience, or takes a message and says nothing."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from bot.work.outbox import Refused, Retryable, Unknown


@dataclass
class FarSide:
    """What came in, in order, and what to do with the next messages of a chat: "later", "refuse", "drop", "break"; else it is taken."""

    got: list[tuple[str, str]] = field(default_factory=list)  # chat, text; only what was taken
    plans: dict[str, list[str]] = field(default_factory=dict)
    gates: dict[str, threading.Event] = field(default_factory=dict)  # a chat that answers only once its gate is open
    calls: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, chat: str, text: str) -> str:
        """Take one message; gives what was planned for it, or nothing."""
        with self.lock:
            self.calls += 1
            plan = self.plans.get(chat, [])
            todo = plan.pop(0) if plan else ""
            if todo in {"", "drop"}:
                self.got.append((chat, text))
        if chat in self.gates:
            self.gates[chat].wait(10)
        return todo

    def texts(self, chat: str) -> list[str]:
        """What one chat got."""
        return [text for to, text in self.got if to == chat]


@contextmanager
def far_side() -> Iterator[tuple[FarSide, str]]:
    """A far side that listens on loopback, and its address."""
    far = FarSide()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            todo = far.take(body["chat"], body["text"])
            if todo == "drop":
                self.close_connection = True
                return
            status = {"later": 429, "refuse": 403, "break": 500}.get(todo, 200)
            words = json.dumps({"id": str(far.calls), "retry_after": 3}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(words)))
            self.end_headers()
            self.wfile.write(words)

        def log_message(self, format: str, *args: Any) -> None:
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield far, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class HttpSender:
    """Speaks to a far side; implements `bot.work.outbox.Sender`."""

    def __init__(self, address: str, *, timeout_s: float = 5.0) -> None:
        """Take the far side's address."""
        self._client = httpx.Client(base_url=address, timeout=timeout_s, trust_env=False)

    def send(self, lane: str, payload: Mapping[str, Any]) -> str:
        """Deliver one message."""
        try:
            answer = self._client.post("/", json={"chat": lane, "text": payload["text"]})
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Retryable(type(error).__name__) from error
        except httpx.HTTPError as error:
            raise Unknown(type(error).__name__) from error
        if answer.status_code == 429:
            raise Retryable("429", after=timedelta(seconds=answer.json()["retry_after"]))
        if answer.status_code >= 500:
            raise Unknown(str(answer.status_code))
        if answer.status_code >= 400:
            raise Refused(str(answer.status_code))
        return str(answer.json()["id"])

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()
