"""Long polling: what Telegram has for us is kept, and only then confirmed by asking for what comes after it."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
from telegram import Bot
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.errors import Unavailable
from bot.logs import redact
from bot.work.arrivals import Raw
from handlers.telegram_app.parsing import ALLOWED, raw
from handlers.telegram_app.sending import shut

log = logging.getLogger("wenzhen.telegram")
WAIT_S = 25  # that the far side keeps a question open
BATCH = 100
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0


class Polling:
    """Asks for updates in a thread of its own, whatever the network does.

    Args:
        build: Makes the bot.
        keep: Keeps updates; they are on disk when it returns.
    """

    def __init__(self, build: Callable[[], Bot], keep: Callable[[Sequence[Raw]], int]) -> None:
        self._build = build
        self._keep = keep
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()

    def start(self) -> None:
        """Begin to ask."""
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="telegram-polling", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """Ask no more; whether it ended in that time. What was fetched and not confirmed comes again."""
        if self._thread is None:
            return True
        if self._ready.wait(timeout_s):
            assert self._loop is not None and self._stop is not None
            if self._thread.is_alive():
                self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        bot = self._build()
        asking = asyncio.create_task(self._ask(bot))
        await self._stop.wait()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await shut(bot)

    async def _ask(self, bot: Bot) -> None:
        offset: int | None = None
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                updates = await _fetch(bot, offset)
                offset = await asyncio.to_thread(self._kept, updates, offset)
                pause_s = FIRST_PAUSE_S
            except RetryAfter as error:
                await asyncio.sleep(_seconds(error))
            except InvalidToken:
                log.error("telegram: the token is not accepted; nothing is received")
                await asyncio.sleep(LONGEST_PAUSE_S)
            except Conflict as error:
                log.error("telegram: somebody else asks for the updates, or a webhook is set: %s", redact(str(error)))
                await asyncio.sleep(LONGEST_PAUSE_S)
            except (TelegramError, httpx.HTTPError, Unavailable) as error:
                log.warning("telegram: nothing is received for now: %s", type(error).__name__)
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
            except Exception:
                log.exception("telegram: receiving")
                await asyncio.sleep(pause_s)

    def _kept(self, updates: Sequence[Mapping[str, Any]], offset: int | None) -> int | None:
        """Keep them; what is to be asked for next, which confirms them."""
        if not updates:
            return None  # all is confirmed; and ids that begin anew, lower than before, must not look confirmed
        understood, last = [], offset or 0
        for update in updates:
            number = update.get("update_id")
            last = max(last, number + 1) if isinstance(number, int) else last
            try:
                understood.append(raw(update))
            except ValueError as error:
                log.error("telegram: an update was thrown away: %s", error)
        self._keep(understood)
        # Ids may begin anew: what was just fetched says where they are, not what came before.
        numbers = [one.number for one in understood]
        return max(numbers) + 1 if numbers else last


async def _fetch(bot: Bot, offset: int | None) -> list[Mapping[str, Any]]:
    """The updates as they came. The library would hand out objects; what is kept is what was sent."""
    given = {"offset": offset, "limit": BATCH, "timeout": WAIT_S, "allowed_updates": list(ALLOWED)}
    data = {name: value for name, value in given.items() if value is not None}
    found = await bot._post("getUpdates", data, read_timeout=WAIT_S + 10)
    return [one for one in found if isinstance(one, Mapping)]


def _seconds(error: RetryAfter) -> float:
    after = error.retry_after
    return float(after) if isinstance(after, int) else after.total_seconds()
