"""What comes from a chat, whatever the channel, and which of it belongs together. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.rules.people import NOBODY, Caller
from bot.rules.turns import MAX_MESSAGE_CHARS

SETTLED = timedelta(seconds=1.5)  # of silence, after which a run of short messages is taken for finished
ALBUM_SETTLED = timedelta(seconds=2)  # an album has no end mark
LONGEST = timedelta(seconds=10)  # nobody waits longer for what might still come
MOST = 30  # messages of one run


class ArrivalKind(StrEnum):
    """What happened in the chat."""

    WORDS = "words"  # text, or a file with or without words under it
    PRESS = "press"
    EDIT = "edit"  # words that were said before read otherwise now
    LEFT = "left"  # nothing can be sent there any more
    BACK = "back"
    OTHER = "other"  # nothing that is to be handled; `text` says what it was


class MediaKind(StrEnum):
    """What a file is."""

    PHOTO = "photo"
    VOICE = "voice"
    DOCUMENT = "document"
    OTHER = "other"  # video, sticker, place, contact: said to be of no use here


@dataclass(frozen=True, slots=True)
class Media:
    """A file as the channel names it. `size` in bytes, 0 where it is not said."""

    kind: MediaKind
    file: str
    name: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Arrival:
    """One update, understood. Ids are the channel's, as text; empty where there is none."""

    kind: ArrivalKind
    chat: str
    user: str  # who did it; in a private chat the other side
    message: str = ""
    text: str = ""  # the words, the value of what was pressed, or of OTHER what it was
    name: str = ""  # as the channel shows the user
    is_private: bool = True
    media: Media | None = None
    album: str = ""
    reply_to: str = ""  # the message that it answers
    topic: str = ""
    version: str = ""  # of an edit
    callback: str = ""  # the press, which wants an answer

    @property
    def is_command(self) -> bool:
        """Whether it is an order to the door, such as /start."""
        return self.kind is ArrivalKind.WORDS and self.text.startswith("/")


@dataclass(frozen=True, slots=True)
class Put:
    """Words of a chat that become a turn of a talk."""

    conversation: str
    text: str
    key: str  # unique in its talk: the same key is the same turn
    caller: Caller = NOBODY


@dataclass(frozen=True, slots=True)
class Unit:
    """How many of the first arrivals are handled now, as one; none: not before `until`."""

    count: int
    until: datetime | None = None


def first_unit(waiting: Sequence[tuple[datetime, Arrival]], now: datetime, *, joins: bool) -> Unit:
    """What of a chat is to be handled next.

    Args:
        waiting: When each was taken in, and what it is, in the chat's order; not empty.
        joins: Whether short messages behind each other are one; an album always is.
    """
    first = waiting[0][1]
    if first.kind is not ArrivalKind.WORDS or first.is_command:
        return Unit(1)
    if first.album:
        return _run(waiting, now, sum(1 for _ in _leading(waiting, first, album=True)), ALBUM_SETTLED)
    if not joins or first.media is not None:
        return Unit(1)
    return _run(waiting, now, _fitting(waiting, first), SETTLED)


def _run(waiting: Sequence[tuple[datetime, Arrival]], now: datetime, count: int, settled: timedelta) -> Unit:
    until = min(max(at for at, _ in waiting[:count]) + settled, waiting[0][0] + LONGEST)
    if count < len(waiting) or count >= MOST or until <= now:
        return Unit(count)
    return Unit(0, until)


def _leading(waiting: Sequence[tuple[datetime, Arrival]], first: Arrival, *, album: bool) -> list[Arrival]:
    run: list[Arrival] = []
    for _, one in waiting[:MOST]:
        plain = one.kind is ArrivalKind.WORDS and not one.is_command and one.topic == first.topic
        together = one.album == first.album if album else one.media is None and not one.album
        if not plain or not together or (one.reply_to != first.reply_to and not album):
            break
        run.append(one)
    return run


def _fitting(waiting: Sequence[tuple[datetime, Arrival]], first: Arrival) -> int:
    """How many messages behind each other fit into one."""
    chars = count = 0
    for one in _leading(waiting, first, album=False):
        chars += len(one.text) + 1
        if count and chars > MAX_MESSAGE_CHARS:
            break
        count += 1
    return count
