"""Speaks to the Bot API for the outbox: one message at a time, and what became of it.

The Bot API has no key against doing twice what is asked twice. So a call has three ends: there, certainly not there, unknown; only what
is certainly not there may go again by itself.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as Overdue
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import httpx
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.errors import Unavailable
from bot.logs import redact
from bot.work.outbox import Part, Refused, Retryable, Unknown, Withdrawn
from handlers.telegram_app.outgoing import (
    Attachment,
    Button,
    FileKind,
    Outgoing,
    Step,
    digest_of,
    place_in,
    steps_of,
)
from handlers.telegram_app.pacing import Pace

__all__ = ["Attachment", "Button", "FileKind", "Outgoing", "Resolve", "TelegramSender", "shut"]
log = logging.getLogger("wenzhen.telegram")
T = TypeVar("T")
PROGRESS = "progress"  # in a row's payload: how many of its messages are there, and what they said
MAX_DATA_BYTES = 64
CLOSING_S = 2.0
GIVEN_UP_S = 60.0  # beyond every time-out of the wire
WITHOUT_TOKEN = timedelta(minutes=1)
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
# Connections that were never made, or requests that never left: certainly not there.
NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)


Resolve = Callable[[str, Mapping[str, Any]], Outgoing | None]  # lane and payload; None: no longer to be sent


def _nothing(lane: str) -> None:
    del lane


def _nothing_moved(lane: str, new_lane: str) -> None:
    del lane, new_lane


class TelegramSender:
    """Implements `bot.work.outbox.Sender` and `Paced`. Thread safe; the bot lives in an event loop of its own.

    Args:
        resolve: What a row is to show, asked anew before each of its messages. `Unavailable` makes it try later.
        build: Makes the bot.
        on_blocked: The person has blocked the bot or is gone, the group has removed it: nothing will arrive there any more.
        on_moved: A group got another id; it is used from now on, the next start needs it kept.
        on_topic_lost: The topic of this lane is closed or gone; the message went into the chat itself.
    """

    def __init__(
        self,
        resolve: Resolve,
        build: Callable[[], Bot],
        pace: Pace | None = None,
        *,
        on_blocked: Callable[[str], None] = _nothing,
        on_moved: Callable[[str, str], None] = _nothing_moved,
        on_topic_lost: Callable[[str], None] = _nothing,
    ) -> None:
        self._resolve = resolve
        self._build = build
        self._pace = pace or Pace()
        self._on_blocked = on_blocked
        self._on_moved = on_moved
        self._on_topic_lost = on_topic_lost
        self._moved: dict[int, int] = {}
        self._starting = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._bot: Bot | None = None

    def rest_s(self) -> float:
        """How long nothing may go to anybody."""
        return self._pace.rest_s()

    def turn_s(self, lane: str) -> float:
        """0 where a message may go to this chat now; else seconds until it is worth asking again."""
        return self._pace.turn_s(lane)

    def send(self, lane: str, payload: Mapping[str, Any]) -> str | Part:
        """Show the next message of a row, `chat` or `chat:topic` being its lane.

        Raises:
            Retryable, Refused, Unknown, Withdrawn: as the outbox means them.
        """
        outgoing = self._outgoing(lane, payload)
        steps = steps_of(outgoing)
        place = place_in(steps, payload.get(PROGRESS))
        try:
            far_id = self._show(lane, outgoing, steps, place)
        except TelegramError as error:
            raise self._meaning(error, lane, outgoing) from error
        if place + 1 == len(steps):
            return far_id
        told = {name: value for name, value in payload.items() if name != PROGRESS}
        return Part(far_id, told | {PROGRESS: {"done": place + 1, "digest": digest_of(steps[: place + 1])}})

    def ask(self, make: Callable[[Bot], Awaitable[T]], timeout_s: float = GIVEN_UP_S) -> T:
        """Have the bot do something that is not in the outbox (typing, an answer to a pressed button, a topic); waits for the result.

        Raises:
            TelegramError: as the library says it.
            Unknown: there was no answer in that time.
        """

        loop, bot = self._running(), self._bot
        assert bot is not None

        async def work() -> T:
            return await make(bot)

        pending = asyncio.run_coroutine_threadsafe(work(), loop)
        try:
            return pending.result(timeout_s)
        except CancelledError as error:
            raise Unknown("发送途中程序停止，对方可能已收到") from error
        except Overdue as error:
            if pending.done():
                raise
            pending.cancel()
            raise Unknown("没有等到 Telegram 的回答") from error

    def close(self) -> None:
        """Give back connections and the thread; what is under way breaks off."""
        with self._starting:
            loop, self._loop = self._loop, None
        if loop is None or self._thread is None:
            return
        try:
            asyncio.run_coroutine_threadsafe(self._shut(), loop).result(CLOSING_S)
        except Exception as error:  # nothing hangs on it any more
            log.warning("telegram: connections were left open: %s", type(error).__name__)
        loop.call_soon_threadsafe(loop.stop)
        self._thread.join()
        loop.close()

    # --- the loop -----------------------------------------------------------------------------------------------------------------------

    def _running(self) -> asyncio.AbstractEventLoop:
        """The loop, with the bot in it."""
        with self._starting:
            if self._loop is None:
                loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=loop.run_forever, name="telegram-sending", daemon=True)
                self._thread.start()
                # Takes a while; what is to go meanwhile must not go in a bunch afterwards.
                self._bot = asyncio.run_coroutine_threadsafe(self._built(), loop).result()
                self._loop = loop
            return self._loop

    async def _built(self) -> Bot:
        return self._build()

    async def _shut(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if self._bot is not None:
            await shut(self._bot)

    # --- one message --------------------------------------------------------------------------------------------------------------------

    def _outgoing(self, lane: str, payload: Mapping[str, Any]) -> Outgoing:
        told = {name: value for name, value in payload.items() if name != PROGRESS}
        try:
            outgoing = self._resolve(lane, told)
        except Unavailable as error:
            raise Retryable(str(error)) from error
        except Exception as error:
            log.exception("what is to be sent could not be made")
            raise Refused("这条消息没能生成，没有发出") from error
        if outgoing is None:
            raise Withdrawn("不再需要发送")
        return outgoing

    def _show(self, lane: str, outgoing: Outgoing, steps: Sequence[Step], place: int) -> str:
        chat, thread = _address(lane)
        step = steps[place]
        keys = _keyboard(outgoing.buttons) if place + 1 == len(steps) else None
        reply_to = outgoing.reply_to if place == 0 else None
        plain = False
        tried: set[str] = set()
        while True:
            where = _Where(self._moved.get(chat, chat), thread, _reply(reply_to), outgoing.silent)
            call = (
                _quietly(outgoing, where)
                if outgoing.is_quiet
                else _call(step, where, keys, outgoing.edits, plain=plain)
            )
            self._running()
            time.sleep(self._pace.depart_s(lane))
            try:
                far_id = self.ask(call)
                self._pace.spend(lane, len(far_id.split()) - 1)
                return far_id
            except ChatMigrated as error:
                remedy = "moved"
                self._moved[chat] = error.new_chat_id
                _told(self._on_moved, lane, _lane(error.new_chat_id, thread))
            except BadRequest as error:
                remedy = _remedy(error)
                if remedy == "same" and outgoing.edits is not None:
                    return outgoing.edits
                if remedy not in {"plain", "thread"} or remedy in tried:
                    raise
                plain = plain or remedy == "plain"
                if remedy == "thread":
                    thread = None
                    _told(self._on_topic_lost, lane)
            if remedy in tried:
                raise Refused("群组换了编号，没有找到新的") from None
            tried.add(remedy)

    def _meaning(self, error: TelegramError, lane: str, outgoing: Outgoing) -> Exception:
        """What an error says about whether it is there."""
        again = outgoing.edits is not None or outgoing.reacts_to is not None  # doing it twice does no harm
        words = redact(str(error))
        if isinstance(error, RetryAfter):
            after = error.retry_after
            pause = after if isinstance(after, timedelta) else timedelta(seconds=after)
            self._pace.park(lane, pause.total_seconds())
            return Retryable(f"Telegram 要求稍后再发（{pause.total_seconds():.0f} 秒）", after=pause)
        if isinstance(error, InvalidToken):
            log.error("telegram: the token is not accepted")
            return Retryable("Telegram 不认机器人的令牌，请检查设置", after=WITHOUT_TOKEN)
        if isinstance(error, Forbidden):
            _told(self._on_blocked, lane)
            return Refused(f"对方收不到：已停用、屏蔽了机器人或移出了群（{words}）")
        if isinstance(error, BadRequest):
            if "chat not found" in words.lower():
                _told(self._on_blocked, lane)
            if outgoing.is_quiet:  # a client without topics or marks: nobody misses them
                return Withdrawn(f"这个聊天没有这种功能（{words}）")
            return Refused(f"Telegram 拒收：{words}")
        if isinstance(error.__cause__, NEVER_SENT):
            return Retryable(f"连不上 Telegram（{type(error.__cause__).__name__}）")
        if again:
            return Retryable(f"不知道改成了没有，再改一次（{words}）")
        if isinstance(error, NetworkError) and "entity too large" in words.lower():
            return Refused(f"Telegram 拒收：{words}")
        return Unknown(f"没有等到回执，对方可能已收到（{words}）")


async def shut(bot: Bot) -> None:
    """Close the connections of a bot, begun or not."""
    await bot.shutdown()
    for request in bot._request:
        await request.shutdown()


@dataclass(frozen=True, slots=True)
class _Where:
    chat: int
    thread: int | None
    reply: ReplyParameters | None
    silent: bool

    @property
    def options(self) -> dict[str, Any]:
        return {
            "message_thread_id": self.thread,
            "reply_parameters": self.reply,
            "disable_notification": self.silent or None,
        }


def _call(
    step: Step, where: _Where, keys: InlineKeyboardMarkup | None, edits: str | None, *, plain: bool
) -> Callable[[Bot], Awaitable[str]]:
    words = step.piece.plain if plain else step.piece.html
    mode = None if plain else "HTML"

    async def work(bot: Bot) -> str:
        if edits is not None:
            await bot.edit_message_text(
                words, where.chat, int(edits), parse_mode=mode, reply_markup=keys, link_preview_options=NO_PREVIEW
            )
            return edits
        if not step.attachments:
            return _id(
                await bot.send_message(
                    where.chat,
                    words,
                    parse_mode=mode,
                    reply_markup=keys,
                    link_preview_options=NO_PREVIEW,
                    **where.options,
                )
            )
        if len(step.attachments) > 1:
            album = [InputMediaPhoto(each.content) for each in step.attachments]
            shown = await bot.send_media_group(where.chat, album, caption=words, parse_mode=mode, **where.options)
            return " ".join(_id(each) for each in shown)
        (file,) = step.attachments
        caption = {"caption": words, "parse_mode": mode, "reply_markup": keys, **where.options}
        named: dict[str, Any] = {"filename": file.name} if file.name and isinstance(file.content, bytes) else {}
        if file.kind is FileKind.PHOTO:
            return _id(await bot.send_photo(where.chat, file.content, **named, **caption))
        if file.kind is FileKind.VOICE:
            return _id(await bot.send_voice(where.chat, file.content, **named, **caption))
        return _id(await bot.send_document(where.chat, file.content, **named, **caption))

    return work


def _quietly(outgoing: Outgoing, where: _Where) -> Callable[[Bot], Awaitable[str]]:
    """What shows as no message: a topic, a mark under a message."""

    async def work(bot: Bot) -> str:
        if outgoing.topic is not None:
            return str((await bot.create_forum_topic(where.chat, outgoing.topic)).message_thread_id)
        assert outgoing.reacts_to is not None
        await bot.set_message_reaction(where.chat, int(outgoing.reacts_to), outgoing.text)
        return outgoing.reacts_to

    return work


def _id(message: Message) -> str:
    return str(message.message_id)


def _address(lane: str) -> tuple[int, int | None]:
    chat, _, topic = lane.partition(":")
    try:
        return int(chat), int(topic) if topic else None
    except ValueError:
        raise Refused("没有这样的会话地址") from None


def _lane(chat: int, thread: int | None) -> str:
    return f"{chat}:{thread}" if thread is not None else str(chat)


def _reply(reply_to: str | None) -> ReplyParameters | None:
    # The message may have been deleted meanwhile; what is said about it is not worth less.
    return ReplyParameters(int(reply_to), allow_sending_without_reply=True) if reply_to else None


def _keyboard(rows: Sequence[Sequence[Button]]) -> InlineKeyboardMarkup | None:
    for button in (button for row in rows for button in row):
        if bool(button.data) == bool(button.url) or len(button.data.encode()) > MAX_DATA_BYTES:
            log.error("a button that Telegram cannot show: %d bytes", len(button.data.encode()))
            raise Refused("按钮不合 Telegram 的要求，没有发出")
    found = [
        [InlineKeyboardButton(each.label, callback_data=each.data or None, url=each.url or None) for each in row]
        for row in rows
        if row
    ]
    return InlineKeyboardMarkup(found) if found else None


def _remedy(error: BadRequest) -> str:
    words = str(error).lower()
    if "can't parse entities" in words:
        return "plain"
    if "thread not found" in words or "topic_closed" in words or "topic_deleted" in words:
        return "thread"
    return "same" if "message is not modified" in words else ""


def _told(callback: Callable[..., None], *words: str) -> None:
    try:
        callback(*words)
    except Exception:
        log.exception("what became of a chat could not be kept")
