"""What a chat is to see, and in how many calls. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.work.outbox import Refused
from handlers.telegram_app.rendering import MAX_CAPTION_UNITS, MAX_UNITS, Piece, render

ALBUM = 10


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
        reacts_to: Telegram's id of a message of this chat that the text, one emoji, is set under, instead of a message.
        topic: The name of a topic that is opened in this chat, instead of a message; its id is the far id.
    """

    text: str = ""
    label: str | None = None
    header: str | None = None
    buttons: tuple[tuple[Button, ...], ...] = ()
    reply_to: str | None = None
    edits: str | None = None
    attachments: tuple[Attachment, ...] = ()
    silent: bool = False
    reacts_to: str | None = None
    topic: str | None = None

    @property
    def is_quiet(self) -> bool:
        """Whether it shows as no message of its own."""
        return self.reacts_to is not None or self.topic is not None


@dataclass(frozen=True, slots=True)
class Step:
    """One call, and what it shows; the piece is the caption where there are attachments."""

    piece: Piece
    attachments: tuple[Attachment, ...] = ()


def steps_of(outgoing: Outgoing) -> list[Step]:
    """The calls that show it, in order; files first. Every one carries header and label, so that no picture stands without its case.

    Raises:
        Refused: there is nothing to show, or too much for the message that it takes the place of.
    """

    def pieces(text: str, limit: int = MAX_UNITS) -> list[Piece]:
        return render(text, label=outgoing.label, header=outgoing.header, limit=limit)

    if outgoing.is_quiet:
        words = outgoing.topic or outgoing.text
        return [Step(Piece(words, words, words))]
    if outgoing.edits is not None:
        found = pieces(outgoing.text)
        if len(found) > 1:
            raise Refused("改后的文字太长，放不进原来那条消息")
        steps = [Step(found[0])]
    else:
        groups = _groups(outgoing.attachments, alone_at_the_end=bool(outgoing.buttons))
        steps = [Step(pieces("", MAX_CAPTION_UNITS)[0], group) for group in groups]
        caption = pieces(outgoing.text, MAX_CAPTION_UNITS) if groups else []
        if len(caption) == 1:
            steps[0] = Step(caption[0], groups[0])
        else:
            steps += [Step(piece) for piece in pieces(outgoing.text) if piece.body.strip()]
    if not steps or not all(step.attachments or step.piece.plain.strip() for step in steps):
        raise Refused("这条消息是空的")
    return steps


def _groups(attachments: Sequence[Attachment], *, alone_at_the_end: bool) -> list[tuple[Attachment, ...]]:
    """Photos that follow each other, as albums; every other file alone. Albums bear no buttons: the last photo may have to stand alone."""
    groups: list[tuple[Attachment, ...]] = []
    for place, each in enumerate(attachments, 1):
        joins = groups and each.kind is groups[-1][-1].kind is FileKind.PHOTO and len(groups[-1]) < ALBUM
        if joins and not (alone_at_the_end and place == len(attachments)):
            groups[-1] = (*groups[-1], each)
        else:
            groups.append((each,))
    return groups


def place_in(steps: Sequence[Step], progress: Mapping[str, Any] | None) -> int:
    """Which step comes next. What was changed after its first messages went begins anew: the whole of it is to be read."""
    if not progress:
        return 0
    done = int(progress["done"])
    return done if done < len(steps) and digest_of(steps[:done]) == progress["digest"] else 0


def digest_of(steps: Sequence[Step]) -> str:
    """Tells texts apart that were shown already."""
    return hashlib.sha256("\0".join(step.piece.body for step in steps).encode()).hexdigest()[:16]
