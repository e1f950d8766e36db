"""`wenzhen serve`: the web, the API and the background index, in one process that owns the data directory."""

from __future__ import annotations

import errno
import logging
import os
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING

from bot import directory, logs
from bot.errors import Unavailable
from bot.settings import Settings
from handlers.commands import console

if TYPE_CHECKING:
    from bot.bootstrap import Services
    from handlers.telegram_app.app import TelegramDoor
    from handlers.web.api.telegram_hook import Hook

log = logging.getLogger("wenzhen.serve")
STOPPING_S = 3.5  # for receiving, then for what is under way
LONGEST_S = 9.0  # from the signal to the end; ten are promised


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is under way and return.

    Raises:
        Unavailable: the address cannot be listened on.
        DirectoryTaken: another process owns the data directory.
    """
    logs.configure(settings.log_level)
    with directory.own(settings.data, verb="serve") as hold, _listen(settings.host, settings.port) as listener:
        _serve(settings, hold, listener)


def _serve(settings: Settings, hold: directory.Hold, listener: socket.socket) -> None:
    from bot.bootstrap import build
    from handlers.web import server
    from handlers.web.app import create_app

    door = far_door(settings)
    services = build(settings, secret=directory.secret(settings.data), door=door)
    stop = threading.Event()
    worker = threading.Thread(target=index_behind, args=(services.library, stop), name="index", daemon=True)

    def ready(host: str, port: int) -> None:
        shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host
        services.engine.start()
        if door is not None and services.arrivals is not None:
            door.start(services.arrivals)
        hold.announce(shown, port)
        worker.start()  # only now: loading the vector store would hold up the first page
        console.say(f"问诊已启动：在浏览器打开 http://{shown}:{port}/ （按 Ctrl-C 停止）")

    try:
        server.serve(
            create_app(services, hook=_hook(settings, services, door)),
            listener,
            on_ready=ready,
            on_stop=lambda: _stop(services, door),
        )
    finally:
        stop.set()
        if worker.ident is not None:
            worker.join(timeout=1)
        if not worker.is_alive():
            services.close()
    log.info("stopped")
    if worker.is_alive():
        leave()


def _stop(services: Services, door: TelegramDoor | None) -> None:
    leave_later()
    if door is not None:
        door.stop(STOPPING_S)
    services.engine.stop(STOPPING_S)
    if door is not None:
        door.close()


def far_door(settings: Settings) -> TelegramDoor | None:
    """The Telegram door where a token is set; the library takes a second to load, so only then.

    Raises:
        Invalid: the settings do not fit together.
    """
    if not settings.telegram_token.get_secret_value().strip():
        return None
    from handlers.telegram_app.app import door_of

    return door_of(settings)


def _hook(settings: Settings, services: Services, door: TelegramDoor | None) -> Hook | None:
    """Where Telegram brings updates, if it is to."""
    arrivals = services.arrivals
    if door is None or arrivals is None or not settings.telegram_webhook_url.strip():
        return None
    from handlers.web.api.telegram_hook import Hook

    return Hook(settings.telegram_webhook_secret.get_secret_value(), lambda update: door.receive(arrivals, update))


def leave_later() -> None:
    """See to it that this process is gone in the time that is promised, whatever is still closing then."""

    def wait() -> None:
        time.sleep(LONGEST_S)
        log.warning("leaving while parts are still closing")
        leave()

    threading.Thread(target=wait, name="leaving", daemon=True).start()


def leave() -> None:
    """End this process now. For when a library is in the middle of something that cannot be interrupted (the vector store takes seconds
    to load on a busy machine): everything that was promised is on disk, and the next start finishes the rest, as it does after a kill.
    """
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)


def index_behind(library, stop: threading.Event) -> None:  # type: ignore[no-untyped-def]
    """Load the embedder and finish what an earlier process left: half-done ingests, passages without vectors."""
    try:
        library.catch_up(stop=stop.is_set)
    except Exception:
        # Questions are still answered from keywords; /readyz and `doctor` show what is missing.
        log.exception("background indexing stopped")


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, proto)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(1024)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Unavailable(f"端口 {port} 已被占用，请用 --port 换一个，或先停掉占用它的程序。") from None
        raise Unavailable(
            f"无法监听 {host}:{port}（{error.strerror}），请检查 WENZHEN_HOST 和 WENZHEN_PORT。"
        ) from None
    listener.set_inheritable(False)
    return listener
