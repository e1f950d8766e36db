"""Serving the application on a listening socket until a signal says stop."""

import resource
import signal
import socket
import threading
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from handlers.web.connection import Connection

MOST_FILES = 8192
GRACE_S = 8  # SIGTERM to exit is promised within 10


def serve(
    app: FastAPI,
    listening: socket.socket,
    *,
    on_ready: Callable[[str, int], None] | None = None,
    on_stop: Callable[[], None] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, finish what is being answered, and return.

    Args:
        on_ready: Called once with host and port as soon as requests are taken.
        on_stop: Called once, on a thread of its own, while the last requests are finished; has ended when this returns.
    """
    _allow_files()
    host, port = listening.getsockname()[:2]
    stopping = threading.Thread(target=on_stop or _nothing, name="stopping", daemon=True)
    server = _Announcing(config_of(app), lambda: on_ready(host, port) if on_ready else None, stopping.start)
    # uvicorn raises the signal again once it has shut down: that one must not kill a process that ended well.
    kept = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        server.run(sockets=[listening])
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
    if stopping.ident is not None:
        stopping.join()


def config_of(app: FastAPI) -> uvicorn.Config:
    """How an application is served."""
    return uvicorn.Config(
        app,
        log_config=None,  # logging is set up by the command, which redacts
        access_log=False,
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=20,
        ws="none",
        http=Connection,
        lifespan="on",
    )


def _nothing() -> None:
    pass


def _allow_files() -> None:
    """Let this process hold as many connections as it lets in; many systems begin with 1,024 files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class _Announcing(uvicorn.Server):
    """A server that says when it takes requests, and when it stops taking them."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None], stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce
        self._stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping()
        await super().shutdown(sockets)
