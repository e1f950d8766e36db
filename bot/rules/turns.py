"""What a door hands in and gets back, whatever the channel. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.rules.conversations import ReplyKind
from bot.rules.people import NOBODY, Caller

MAX_MESSAGE_CHARS = 20_000  # stored; the first 4,000 of them are searched
ENDED = "turn:"  # begins the topic that tells how a turn ended: its outcome, and of an answer the intent
PRESSED = "#"  # a button's value begins with it where it is not simply words to say


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the asker's side. A pressed button arrives as its value: `#verb:argument:…`, or plain words."""

    key: str  # unique in its conversation: the same key is the same turn
    conversation: str
    text: str  # cleaned
    received_at: datetime
    caller: Caller = NOBODY


@dataclass(frozen=True, slots=True)
class Button:
    """A thing to press. `value` is posted as the next turn's text."""

    label: str
    value: str

    def as_json(self) -> dict[str, str]:
        """As the API shows it."""
        return {"label": self.label, "value": self.value}


@dataclass(frozen=True, slots=True)
class Reply:
    """One message back. `label` where the words are machine-made; `answer` is the whole answer in its contract's shape."""

    text: str
    kind: ReplyKind
    label: str | None = None
    answer: dict[str, Any] | None = None
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a turn left in the records: ids of the firm's message and of the replies to it, in order."""

    message: str
    replies: tuple[str, ...] = ()


class Stale(Exception):
    """The conversation has moved since it was viewed: another owner or another version. Nothing is kept; view it again."""
