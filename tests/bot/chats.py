"""Far chats for tests: people who write and press, without any network, and what they would see."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clinic.chats import Chats
from bot.db import Records
from bot.models.work import Outbound
from bot.profile import Profile
from bot.rules.arrivals import Arrival, ArrivalKind, Media, MediaKind
from bot.rules.outbox import Delivery
from bot.rules.people import Caller
from bot.services import letters, reach
from bot.services.letters import Letter
from bot.work.arrivals import Arrivals, Handled, Raw
from tests.bot.clinic import HOURS, MONDAY

PROFILE = Profile(name="甲中心", telephone="0731-12345678", hours="周一至周五 9:00-17:30")


@dataclass
class Turns:
    """Keeps what would go on in the lanes."""

    kept: list[tuple[str, str, str]] = field(default_factory=list)  # conversation, text, key
    callers: list[Caller] = field(default_factory=list)

    def put(self, session: Session, conversation: str, text: str, *, caller: Caller, key: str, channel: str) -> bool:
        del session, channel
        if any(held[2] == key and held[0] == conversation for held in self.kept):
            return False
        self.kept.append((conversation, text, key))
        self.callers.append(caller)
        return True

    def wake(self) -> None:
        """Nobody sleeps."""


def read(payload: Mapping[str, Any]) -> Arrival:
    """An arrival as `raw` packed it."""
    if "broken" in payload:
        raise ValueError("broken")
    given = dict(payload)
    media = given.pop("media", None)
    kind = ArrivalKind(given.pop("kind"))
    return Arrival(kind, media=Media(MediaKind(media), "file-1") if media else None, **given)


@dataclass
class World:
    """All chats of one clinic, and the time."""

    records: Records
    turns: Turns = field(default_factory=Turns)
    now: datetime = MONDAY
    numbers: int = 0
    said: int = 0
    handled: list[Handled] = field(default_factory=list)
    topics: bool = False  # whether clients have them
    opened: dict[str, str] = field(default_factory=dict)  # name to id
    marks: dict[str, str] = field(default_factory=dict)  # under messages, by their ids

    def __post_init__(self) -> None:
        self.arrivals = Arrivals(
            self.records,
            "telegram",
            Chats(PROFILE),
            read,
            self.turns,
            lambda: self.now,
            HOURS,
            on_handled=lambda _, handled: self.handled.append(handled),
        )

    def later(self, seconds: float) -> None:
        """Time passes, and what is due is done."""
        self.now += timedelta(seconds=seconds)
        self.arrivals.run_due()

    def raw(self, chat: int, kind: str = "words", **told: Any) -> Raw:
        """One update that has not come yet."""
        self.numbers += 1
        payload = {"kind": kind, "chat": str(chat), "user": str(chat), "message": str(self.numbers), **told}
        return Raw(f"{self.numbers}", str(chat), self.numbers, payload)

    def comes(self, *updates: Raw) -> int:
        """Updates come in."""
        return self.arrivals.keep(updates)

    def says(self, chat: int, text: str, **told: Any) -> str:
        """Words that nothing follows for a while; gives their id in the chat."""
        update = self.raw(chat, text=text, **told)
        self.comes(update)
        self.later(2)
        return str(update.payload["message"])

    def presses(
        self, chat: int, data: str, *, user: int | None = None, group: bool = False, topic: str = ""
    ) -> Handled:
        """A button is pressed."""
        told = {"user": str(user or chat), "callback": f"cb{self.numbers}", "is_private": not group, "topic": topic}
        self.comes(self.raw(chat, "press", text=data, **told))
        self.later(0)
        return self.handled[-1]

    # --- what is seen -----------------------------------------------------------------------------------------------------------------

    def deliver(self, chat: int | None = None) -> list[tuple[str, Letter]]:
        """Everything that waits arrives, in order: far id and what is seen."""
        seen = []
        with self.records.write() as session:
            waiting = select(Outbound).where(Outbound.state == Delivery.QUEUED).order_by(Outbound.id)
            while rows := [row for row in session.scalars(waiting) if chat in (None, int(row.lane.split(":")[0]))]:
                for row in rows:
                    if (letter := self._arrive(session, row)) is not None:
                        seen.append((str(row.far_id), letter))
        return seen

    def _arrive(self, session: Session, row: Outbound) -> Letter | None:
        """One message arrives; what shows as none is done and not seen."""
        letter = letters.letter(session, row.lane, row.payload)
        if letter is None or letter.topic is not None and not self.topics:
            row.state = Delivery.CANCELLED
            return None
        self.said += 1
        row.state, row.far_id = Delivery.SENT, str(90_000 + self.said)
        session.flush()
        if letter.reacts_to is not None:
            self.marks[letter.reacts_to] = letter.text
            return None
        if letter.topic is not None:
            self.opened[letter.topic] = row.far_id
            reach.ended(session, row.id, Delivery.SENT)
            return None
        return letter

    def sees(self, chat: int) -> str:
        """The words of what has arrived just now."""
        return "\n".join(
            f"{letter.header or ''} {letter.text} {letter.label or ''}" for _, letter in self.deliver(chat)
        )

    def button(self, chat: int, label: str) -> str:
        """What the newest button that begins so sends, among what has arrived just now."""
        for _, letter in reversed(self.deliver(chat)):
            for shown, data in letter.buttons:
                if shown.startswith(label):
                    return data
        raise AssertionError(f"no button {label!r}")
