"""Starts real `wenzhen serve` processes quickly: forked from a process that has imported everything and opened nothing.

What is saved is the time of the imports alone. The process runs the installed command with its own arguments, files, port and locks.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, NoReturn

READY_S = 60.0
NEEDED = (
    "bot.assistant.answer",
    "bot.dialogue.dialogue",
    "bot.services.schema",
    "bot.work.engine",
    "bot.work.indexing",
    "bot.work.shelf",
    "corpora.passages",
    "corpora.reading",
    "corpora.regulation",
    "handlers.commands.serve",
    "handlers.web.app",
    "handlers.web.server",
    "httpx",
    "retrieval.embedding",
)


@dataclass(frozen=True, slots=True)
class Serving:
    """A process that serves, or will in a moment."""

    pid: int
    port: int

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send it a signal and wait until it is gone."""
        try:
            os.kill(self.pid, number)
            while True:
                os.kill(self.pid, 0)
                time.sleep(0.005)
        except ProcessLookupError:
            return

    @property
    def cpu_s(self) -> float:
        """The processor time that it has used; unlike its latency it does not depend on who else uses the machine."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def lives(self) -> bool:
        """Whether it is there."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def wait_ready(self) -> float:
        """Wait until it answers; how long that took."""
        began = time.monotonic()
        while time.monotonic() - began < READY_S:
            try:
                if Door(self.port).call("GET", "/healthz")[0] == 200:
                    return time.monotonic() - began
            except OSError:
                if not self.lives:
                    raise RuntimeError("serve ended by itself") from None
            time.sleep(0.01)
        raise RuntimeError("serve was not ready in time")


class Nursery:
    """Forks processes that serve. Make it before any thread is started."""

    def __init__(self) -> None:
        """Import everything once, in a child of its own."""
        ask_reads, self._asks = os.pipe()
        tell_reads, tells = os.pipe()
        self._tells = os.fdopen(tell_reads, "r")
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._asks)
            _nurse(os.fdopen(ask_reads, "r"), tells)
        os.close(ask_reads)
        os.close(tells)

    def serve(self, data: Path, log: Path, *, port: int, **settings: str) -> Serving:
        """Start one; it is not ready yet."""
        order = {"data": str(data), "log": str(log), "port": port, "settings": settings}
        os.write(self._asks, (json.dumps(order) + "\n").encode())
        return Serving(int(self._tells.readline()), port)

    def close(self) -> None:
        """End the nurse; what it has started goes on."""
        os.close(self._asks)
        os.waitpid(self._pid, 0)
        self._tells.close()


def _nurse(orders: Any, tells: int) -> NoReturn:
    try:
        for name in NEEDED:
            import_module(name)
        import_module("retrieval.dense").preload()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever ends is gone at once
        for line in orders:
            child = os.fork()
            if child == 0:
                _serve(**json.loads(line))
            os.write(tells, f"{child}\n".encode())
    finally:
        os._exit(0)


def _serve(data: str, log: str, port: int, settings: dict[str, str]) -> NoReturn:
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
        os.environ.update({f"WENZHEN_{name.upper()}": value for name, value in settings.items()})
        sys.argv = ["wenzhen", "serve", "--data", data, "--port", str(port)]
        (command,) = entry_points(group="console_scripts", name="wenzhen")
        command.load()()
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Door:
    """A client with one connection. A broken one raises OSError, and the next call begins another."""

    def __init__(self, port: int, token: str = "", *, timeout_s: float = 30.0) -> None:
        """Remember where; nothing is opened yet."""
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
        self._headers = {"Content-Type": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        """Status and JSON.

        Raises:
            OSError: there was no whole answer.
        """
        try:
            self._connection.request(
                method, path, None if body is None else json.dumps(body).encode(), headers=self._headers
            )
            answer = self._connection.getresponse()
            words = answer.read()
            return answer.status, json.loads(words) if words else None
        except (http.client.HTTPException, ValueError) as error:
            self._connection.close()
            raise ConnectionError(type(error).__name__) from error
        except OSError:
            self._connection.close()
            raise

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def until_there(call: Callable[[], tuple[int, Any]], *, over: Callable[[], bool]) -> tuple[int, Any]:
    """The answer, asking again for as long as there is none, or the door asks for patience."""
    while True:
        try:
            status, body = call()
            if status not in (429, 503):
                return status, body
        except OSError:
            pass
        if over():
            return 0, None
        time.sleep(0.02)
