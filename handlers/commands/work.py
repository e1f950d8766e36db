"""`wenzhen work`: one more process that works off messages, where the records are in PostgreSQL."""

from __future__ import annotations

import logging
import signal
import threading

from bot import directory, logs
from bot.errors import Invalid
from bot.settings import Settings
from handlers.commands import console
from handlers.commands.serve import index_behind, leave, leave_later

log = logging.getLogger("wenzhen.work")
LOOK_S = 0.2  # the kernel may hand a signal to another thread, and only a main thread that wakes runs the handler


def work(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT, then finish the turns under way and return.

    Raises:
        Invalid: the records are in SQLite, which has one process.
        DirectoryTaken: another process owns the data directory; each has its own.
    """
    if not settings.database_url.get_secret_value():
        raise Invalid(
            "wenzhen work 只在记录放进 PostgreSQL 后才有用：SQLite 只有 serve 一个进程能写。"
            "请先设置 WENZHEN_DATABASE_URL（迁移用 wenzhen migrate），并用 --data 给它自己的目录。"
        )
    logs.configure(settings.log_level)
    with directory.own(settings.data, verb="work"):
        _work(settings)


def _work(settings: Settings) -> None:
    from bot.bootstrap import build

    services = build(settings)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    index = threading.Thread(target=index_behind, args=(services.library, stop), name="index", daemon=True)
    services.engine.start()
    index.start()
    console.say("问诊的工作进程已启动（按 Ctrl-C 停止）")
    while not stop.wait(LOOK_S):
        pass
    leave_later()
    services.engine.stop()
    index.join(timeout=1)
    if not index.is_alive():
        services.close()
    log.info("stopped")
    if index.is_alive():
        leave()
