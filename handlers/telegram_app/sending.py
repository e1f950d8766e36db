"""Speaks to the Bot API for the outbox: one message at a time, and what became of it.

The Bot API has no key against doing twice what is asked twice. So a call has three ends: there, certainly not there, unknown; only what
is certainly not there may go again by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class FileKind(StrEnum):
    """How Telegram shows a file."""

    PHOTO = "photo"
    DOCUMENT = "document"
    VOICE = "voice"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes along: its bytes, or Telegram's own id of one that this bot has seen."""

    kind: FileKind
    content: bytes | str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """Exactly one of `data` (what comes back when it is pressed, at most 64 bytes) and `url`."""

    label: str
    data: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What a chat is to see.

    Args:
        text: To be read as it is; cut into several messages where it is long.
        label: Who wrote it; stands on every message made of it.
        header: Which case it belongs to; likewise.
        buttons: Rows, under the last message.
        reply_to: Telegram's id of a message of this chat that the first one answers.
        edits: Telegram's id of a message of ours that this takes the place of, instead of a new one; its text must fit into one.
        attachments: Go first; a text that fits becomes the caption.
        silent: Without a sound.
    """

    text: str = ""
    label: str | None = None
    header: str | None = None
    buttons: tuple[tuple[Button, ...], ...] = ()
    reply_to: str | None = None
    edits: str | None = None
    attachments: tuple[Attachment, ...] = ()
    silent: bool = False


Resolve = Callable[[str, Mapping[str, Any]], Outgoing | None]  # lane and payload; None: no longer to be sent
