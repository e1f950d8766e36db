"""Updates of the Bot API, understood: the library reads them, here they become what the house knows. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from telegram import CallbackQuery, ChatMemberUpdated, Message, Update

from bot.rules.arrivals import Arrival, ArrivalKind, Media, MediaKind
from bot.work.arrivals import Raw

ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member")
GONE = frozenset({"kicked", "left"})
LARGEST = 200_000  # characters of JSON that are kept of one update; a real one is far smaller


def raw(update: Mapping[str, Any]) -> Raw:
    """How an update is kept. Its key names what it is about as well: ids begin anew after a week of silence.

    Raises:
        ValueError: it has no number, or is larger than any real one.
    """
    number = update.get("update_id")
    if not isinstance(number, int) or isinstance(number, bool):
        raise ValueError("no update_id")
    if len(json.dumps(update)) > LARGEST:
        raise ValueError("too large")
    kind = next((name for name in update if name != "update_id"), "")
    body = update.get(kind)
    told: Mapping[str, Any] = body if isinstance(body, Mapping) else {}
    message = told.get("message") if kind == "callback_query" else told
    message = message if isinstance(message, Mapping) else {}
    chat = _id(message.get("chat")) or _id(told.get("from"))
    marks = (number, kind, chat, told.get("message_id"), told.get("id"), told.get("date"), told.get("edit_date"))
    key = ".".join("" if mark is None else str(mark) for mark in marks)
    return Raw(key[:200], chat or "nowhere", number, update)


def _id(thing: object) -> str:
    return str(thing["id"]) if isinstance(thing, Mapping) and isinstance(thing.get("id"), int) else ""


def read(payload: Mapping[str, Any]) -> Arrival:
    """What happened.

    Raises:
        ValueError: it cannot be understood.
    """
    try:
        update = Update.de_json(dict(payload), None)
    except Exception as error:  # whatever the library stumbles over in what is not an update
        raise ValueError(f"no update: {type(error).__name__}") from None
    if update.callback_query is not None:
        return _pressed(update.callback_query)
    if update.my_chat_member is not None:
        return _turned(update.my_chat_member)
    if update.message is not None:
        return _said(update.message)
    if update.edited_message is not None:
        return _edited(update.edited_message)
    kind = next((name for name in payload if name != "update_id"), "nothing")
    return Arrival(ArrivalKind.OTHER, "nowhere", "", text=kind)


def _said(message: Message) -> Arrival:
    user = message.from_user
    if user is None or user.is_bot:
        return Arrival(ArrivalKind.OTHER, str(message.chat_id), "", text="no person")
    text = message.text or message.caption or ""
    media = _media(message)
    if not text and media is None:
        return Arrival(ArrivalKind.OTHER, str(message.chat_id), str(user.id), text="service")
    answered = message.reply_to_message
    in_topic = message.message_thread_id if message.is_topic_message else None
    # A topic's first message stands as what is answered by everything in it.
    replies = answered is not None and answered.message_id != in_topic
    return Arrival(
        ArrivalKind.WORDS,
        str(message.chat_id),
        str(user.id),
        message=str(message.message_id),
        text=text,
        name=user.full_name,
        is_private=message.chat.type == "private",
        media=media,
        album=message.media_group_id or "",
        reply_to=str(answered.message_id) if answered is not None and replies else "",
        topic=str(in_topic) if in_topic is not None else "",
    )


def _edited(message: Message) -> Arrival:
    user = message.from_user
    if user is None or user.is_bot:
        return Arrival(ArrivalKind.OTHER, str(message.chat_id), "", text="no person")
    return Arrival(
        ArrivalKind.EDIT,
        str(message.chat_id),
        str(user.id),
        message=str(message.message_id),
        text=message.text or message.caption or "",
        name=user.full_name,
        is_private=message.chat.type == "private",
        version=str(int(message.edit_date.timestamp())) if message.edit_date else "0",
    )


def _pressed(query: CallbackQuery) -> Arrival:
    chat = query.message.chat if query.message is not None else None
    return Arrival(
        ArrivalKind.PRESS,
        str(chat.id if chat is not None else query.from_user.id),
        str(query.from_user.id),
        message=str(query.message.message_id) if query.message is not None else "",
        text=query.data or "",
        name=query.from_user.full_name,
        is_private=chat is None or chat.type == "private",
        topic=_topic(query.message),
        callback=query.id,
    )


def _topic(message: object) -> str:
    """Of the message that a button stands under; empty outside topics, and where Telegram does not show the message any more."""
    in_topic = isinstance(message, Message) and message.is_topic_message and message.message_thread_id
    return str(in_topic) if in_topic else ""


def _turned(change: ChatMemberUpdated) -> Arrival:
    gone = change.new_chat_member.status in GONE
    return Arrival(
        ArrivalKind.LEFT if gone else ArrivalKind.BACK,
        str(change.chat.id),
        str(change.from_user.id),
        name=change.from_user.full_name,
        is_private=change.chat.type == "private",
    )


def _media(message: Message) -> Media | None:
    if message.photo:
        largest = max(message.photo, key=lambda one: (one.width * one.height, one.file_size or 0))
        return Media(MediaKind.PHOTO, largest.file_id, size=largest.file_size or 0)
    if message.voice is not None:
        return Media(MediaKind.VOICE, message.voice.file_id, size=message.voice.file_size or 0)
    if message.document is not None:
        document = message.document
        return Media(MediaKind.DOCUMENT, document.file_id, document.file_name or "", document.file_size or 0)
    if message.effective_attachment:
        return Media(MediaKind.OTHER, "")
    return None
