"""The Telegram door as the house wires it: a table of contents. Receiving stands in `polling`, understanding in `parsing`, sending in
`sending`; what is said is decided in `bot`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
from collections.abc import Callable, Mapping
from typing import Any

from telegram import Bot
from telegram.constants import ChatAction
from telegram.error import BadRequest, TelegramError

from bot.clinic import sayings
from bot.errors import Invalid, Unavailable
from bot.logs import redact
from bot.rules.arrivals import Arrival, MediaKind
from bot.services.letters import Letter
from bot.settings import Settings
from bot.work.arrivals import Arrivals, Handled
from bot.work.outbox import Sender, Unknown
from handlers.telegram_app import botapi, parsing
from handlers.telegram_app.pacing import Pace
from handlers.telegram_app.polling import Polling
from handlers.telegram_app.sending import Attachment, Button, FileKind, Outgoing, TelegramSender, shut

log = logging.getLogger("wenzhen.telegram")
PATH = "/telegram/webhook"
COURTESIES = 200  # that may wait; one more is left out
PATIENCE_S = 8.0
PROBE_S = 8.0
FETCH_S = 60.0
AGAIN_S = 10.0
SHORT = 6  # characters of a button of which several stand in a row
IN_A_ROW = 3
FILES = {MediaKind.PHOTO: FileKind.PHOTO, MediaKind.VOICE: FileKind.VOICE, MediaKind.DOCUMENT: FileKind.DOCUMENT}


class TelegramDoor:
    """One bot. Built at rest; `start` begins to receive.

    Args:
        token: As BotFather gives it.
        api_base: Where the Bot API is.
        webhook: Where Telegram is to bring updates, and the secret that it shows; None asks for them.
        pace: How fast may be sent; None is what Telegram bears.
    """

    channel = "telegram"

    def __init__(
        self, token: str, api_base: str, *, webhook: tuple[str, str] | None = None, pace: Pace | None = None
    ) -> None:
        self._build: Callable[[], Bot] = lambda: botapi.build(token, api_base)
        self._webhook = webhook
        self._pace = pace
        self._sender: TelegramSender | None = None
        self._polling: Polling | None = None
        self._courtesies: queue.Queue[Callable[[Bot], Any] | None] = queue.Queue(COURTESIES)
        self._threads: list[threading.Thread] = []
        self._stop = threading.Event()

    # --- as the house needs it ----------------------------------------------------------------------------------------------------------

    def read(self, payload: Mapping[str, Any]) -> Arrival:
        """Understand an update.

        Raises:
            ValueError: it cannot be.
        """
        return parsing.read(payload)

    def sender(
        self,
        look_up: Callable[[str, Mapping[str, Any]], Letter | None],
        shut: Callable[[str], None],
        topic_lost: Callable[[str], None] = lambda lane: None,
        moved: Callable[[str, str], None] = lambda lane, new: None,
    ) -> Sender:
        """Who delivers. `topic_lost` and `moved` are told, like `shut`, what became of a chat."""

        def resolve(lane: str, payload: Mapping[str, Any]) -> Outgoing | None:
            letter = look_up(lane, payload)
            return None if letter is None else outgoing(letter)

        self._sender = TelegramSender(
            resolve, self._build, self._pace, on_blocked=shut, on_topic_lost=topic_lost, on_moved=moved
        )
        return self._sender

    def on_handled(self, arrival: Arrival, handled: Handled) -> None:
        """Stop the little clock of a pressed button, show that somebody is at it; left out where Telegram is slow."""
        with contextlib.suppress(queue.Full):
            if arrival.callback:
                self._courtesies.put_nowait(_answering(arrival.callback, handled.answer))
            if handled.turns:
                self._courtesies.put_nowait(_typing(arrival.chat))

    def fetch(self, far_id: str, most_bytes: int) -> bytes:
        """The bytes of a file that somebody has sent here.

        Raises:
            Invalid: it is larger, or gone for good.
            Unavailable: Telegram cannot be reached now.
        """
        if self._sender is None:
            raise Unavailable("Telegram 还没有连上。")
        try:
            return bytes(self._sender.ask(fetching(far_id, most_bytes), FETCH_S))
        except BadRequest as error:
            if "too big" in str(error).lower():
                raise Invalid(too_large_to_fetch(most_bytes)) from None
            raise Invalid("从 Telegram 取不到这个文件，请再发一次，或用网页上传。") from None
        except (TelegramError, Unknown) as error:
            raise Unavailable("Telegram 现在连不上，文件稍后再取。") from error

    # --- running --------------------------------------------------------------------------------------------------------------------------

    def start(self, arrivals: Arrivals) -> None:
        """Begin to receive; returns at once, whatever the network does."""
        self._stop.clear()
        self._threads = [
            threading.Thread(target=self._be_courteous, name="telegram-courtesies", daemon=True),
            threading.Thread(target=self._agree, args=(arrivals,), name="telegram-agreeing", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_s: float) -> bool:
        """Receive nothing more; whether all ended in that time."""
        self._stop.set()
        with contextlib.suppress(queue.Full):
            self._courtesies.put_nowait(None)
        return self._polling is None or self._polling.stop(timeout_s)

    def close(self) -> None:
        """Give back the connections; after the outbox has stopped."""
        if self._sender is not None:
            self._sender.close()

    def receive(self, arrivals: Arrivals, update: object) -> None:
        """Keep one update that was brought; it is on disk when this returns. What is none is thrown away: it would come for ever.

        Raises:
            Unavailable: it could not be kept.
        """
        try:
            if not isinstance(update, Mapping):
                raise ValueError("no object")
            kept = parsing.raw(update)
        except ValueError as error:
            log.error("telegram: an update was thrown away: %s", error)
            return
        arrivals.keep([kept])

    def _agree(self, arrivals: Arrivals) -> None:
        """Tell Telegram how updates are to come, for as long as that takes, and begin."""
        while not self._stop.is_set():
            try:
                asyncio.run(self._told())
                break
            except TelegramError as error:
                log.warning("telegram: not reached yet: %s", redact(str(error)))
            except Exception:
                log.exception("telegram: not reached yet")
            if self._stop.wait(AGAIN_S):
                return
        if self._webhook is not None or self._stop.is_set():
            return
        self._polling = Polling(self._build, arrivals.keep)
        self._polling.start()

    async def _told(self) -> None:
        bot = self._build()
        try:
            if self._webhook is None:
                await bot.delete_webhook()
            else:
                url, secret = self._webhook
                await bot.set_webhook(url, secret_token=secret, allowed_updates=list(parsing.ALLOWED))
            with contextlib.suppress(TelegramError):  # a menu, which nothing hangs on
                await bot.set_my_commands(sayings.MENU)
        finally:
            await shut(bot)

    def _be_courteous(self) -> None:
        while (courtesy := self._courtesies.get()) is not None and not self._stop.is_set():
            if self._sender is None:
                continue
            try:
                self._sender.ask(courtesy, PATIENCE_S)
            except Exception as error:  # nothing hangs on it
                log.debug("telegram: a courtesy was left out: %s", type(error).__name__)


def fetching(far_id: str, most_bytes: int) -> Callable[[Bot], Any]:
    """Ask where a file is, and get it; nothing is got of one that is too large."""

    async def work(bot: Bot) -> bytearray:
        file = await bot.get_file(far_id)
        if (file.file_size or 0) > most_bytes:
            raise BadRequest("file is too big")
        return await file.download_as_bytearray()

    return work


def too_large_to_fetch(most_bytes: int) -> str:
    """What to do with a file that a bot may not fetch."""
    return f"文件超过 {most_bytes // 1024 // 1024} MB，Telegram 不让机器人取；请压缩、拆分后再发，用网页上传，或发一个下载链接。"


def _answering(callback: str, text: str) -> Callable[[Bot], Any]:
    return lambda bot: bot.answer_callback_query(callback, text or None)


def _typing(chat: str) -> Callable[[Bot], Any]:
    return lambda bot: bot.send_chat_action(int(chat), ChatAction.TYPING)


def outgoing(letter: Letter) -> Outgoing:
    """A letter as the sender takes it; short buttons stand beside each other."""
    rows: list[list[Button]] = []
    for label, data in letter.buttons:
        short = len(label) <= SHORT
        if rows and short and len(rows[-1]) < IN_A_ROW and all(len(one.label) <= SHORT for one in rows[-1]):
            rows[-1].append(Button(label, data))
        else:
            rows.append([Button(label, data)])
    files = tuple(Attachment(FILES[one.kind], one.content or one.far_id, one.name) for one in letter.enclosures)
    return Outgoing(
        letter.text,
        label=letter.label,
        header=letter.header,
        buttons=tuple(tuple(row) for row in rows),
        attachments=files,
        edits=letter.edits,
        reacts_to=letter.reacts_to,
        topic=letter.topic,
    )


# --- from settings ----------------------------------------------------------------------------------------------------------------------


def door_of(settings: Settings) -> TelegramDoor | None:
    """The door that the settings describe; None without a token.

    Raises:
        Invalid: a webhook without its secret, or a token that can be none.
    """
    token = settings.telegram_token.get_secret_value().strip()
    if not token:
        return None
    number, _, rest = token.partition(":")
    if not number.isdigit() or not rest:
        raise Invalid("WENZHEN_TELEGRAM_TOKEN 不像机器人的令牌，应为“数字:字母数字”，请从 BotFather 复制。")
    return TelegramDoor(token, settings.telegram_api_base, webhook=webhook_of(settings))


def webhook_of(settings: Settings) -> tuple[str, str] | None:
    """Where Telegram is to bring updates, and the secret.

    Raises:
        Invalid: a webhook without its secret, or with one that Telegram does not take.
    """
    url, secret = settings.telegram_webhook_url.strip().rstrip("/"), settings.telegram_webhook_secret.get_secret_value()
    if not url:
        return None
    if (
        not secret
        or len(secret) > 256
        or not all(char.isascii() and (char.isalnum() or char in "-_") for char in secret)
    ):
        raise Invalid(
            "设了 WENZHEN_TELEGRAM_WEBHOOK_URL 就要设 WENZHEN_TELEGRAM_WEBHOOK_SECRET：1 至 256 位字母、数字、- 或 _。"
        )
    return (url if url.endswith(PATH) else url + PATH), secret


def probe(settings: Settings) -> tuple[bool, str]:
    """Whether the Bot API answers for this bot, and what it is called or why not. No secret is in it."""
    token = settings.telegram_token.get_secret_value().strip()

    async def ask() -> str:
        bot = botapi.build(token, settings.telegram_api_base)
        try:
            return f"@{(await asyncio.wait_for(bot.get_me(), PROBE_S)).username}"
        finally:
            await shut(bot)

    try:
        return True, asyncio.run(ask())
    except TimeoutError:
        return False, "没有在时限内回答"
    except TelegramError as error:
        return False, redact(str(error)).replace(token, "***")
