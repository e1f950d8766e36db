"""A process to be killed: takes in updates, answers with an echo, sends. Records, lanes, outbox and door are the real ones.

Usage: python -m tests.handlers.telegram_app.running DATABASE BASE TOKEN [PORT SECRET]; with a port it is a webhook.
"""

import socket
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.clinic.chats import Chats
from bot.clock import SteadyClock
from bot.db import Records, sqlite_url
from bot.profile import Profile
from bot.rules import worktime
from bot.services import letters, schema
from bot.services.letters import Letter
from bot.work.arrivals import Arrivals
from bot.work.hub import Hub
from bot.work.lanes import Lanes
from bot.work.outbox import Outbox
from handlers.telegram_app.app import TelegramDoor
from handlers.telegram_app.pacing import Pace
from tests.bot.work.talk import EchoTalk

HOURS = worktime.parse(())


def main(database: str, base: str, token: str, port: str = "", secret: str = "") -> None:
    """Run until killed."""
    records = Records(sqlite_url(Path(database)))
    schema.upgrade(records)
    clock, hub = SteadyClock(), Hub()
    records.on_commit = hub.tell
    webhook = (f"http://127.0.0.1:{port}/telegram/webhook", secret) if port else None
    door = TelegramDoor(token, base, webhook=webhook, pace=Pace(overall=(200, 0.1), chat=(50, 0.1), group=(50, 0.1)))

    def look_up(lane: str, payload: Mapping[str, Any]) -> Letter | None:
        with records.read() as session:
            return letters.letter(session, lane, payload)

    lanes = Lanes(records, EchoTalk(), clock, HOURS, hub, room=1000)
    outbox = Outbox(records, {"telegram": door.sender(look_up, lambda lane: None)}, clock, hub)
    arrivals = Arrivals(
        records, "telegram", Chats(Profile()), door.read, lanes, clock, HOURS, on_handled=door.on_handled
    )
    for part in (lanes, outbox, arrivals):
        part.recover()
        part.start()
    if port:
        _serve(int(port), secret, door, arrivals)
    door.start(arrivals)
    while True:
        time.sleep(60)


def _serve(port: int, secret: str, door: TelegramDoor, arrivals: Arrivals) -> None:
    import uvicorn
    from fastapi import FastAPI

    from handlers.web import errors
    from handlers.web.api.telegram_hook import Hook, hook_router

    app = FastAPI()
    errors.install(app)
    app.include_router(hook_router(Hook(secret, lambda update: door.receive(arrivals, update))))
    listener = socket.create_server(("127.0.0.1", port))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none", lifespan="off"))
    threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
