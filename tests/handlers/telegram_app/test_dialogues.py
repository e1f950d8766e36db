"""The dialogues of the other doors, unchanged, through Telegram: updates as it writes them in, buttons as it brings them back."""

import itertools
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.clinic.chats import Chats
from bot.db import Records, sqlite_url
from bot.models.work import Outbound
from bot.rules.outbox import Delivery
from bot.rules.people import NOBODY, Caller
from bot.services import conversations, letters, reach
from bot.work.arrivals import Arrivals
from handlers.telegram_app.app import outgoing
from handlers.telegram_app.parsing import raw, read
from retrieval.protocols import Role
from tests.bot.chats import Turns
from tests.bot.clinic import HOURS
from tests.bot.dialogue.stage import PROFILE, Heard, Stage, emptied
from tests.bot.dialogue.tables import TABLES
from tests.test_dialogues import play

DATE = 1_795_400_000


class TelegramStage(Stage):
    """Plays a talk in a private chat. An engineer's own talk is another room there; it is played as on the web."""

    def __post_init__(self) -> None:
        self.numbers = itertools.count(1)
        self.chat = 1000
        self.waited = timedelta()
        self.turns_kept = Turns()
        self.keys: dict[str, str] = {}
        self.arrivals = Arrivals(
            self.records, "telegram", Chats(PROFILE), read, self.turns_kept, lambda: self.at.now + self.waited, HOURS
        )
        super().__post_init__()

    def begin(self, caller: Caller = NOBODY) -> str:
        """A new chat of this caller."""
        conversation = super().begin(caller)
        self.chat += 1
        with self.records.write() as session:
            talk = conversations.visible(session, conversation, caller)
            reach.settle(session, self.at.now, str(self.chat), talk, person=caller.person)
        return conversation

    def say(self, text: str, *, caller: Caller | None = None, meanwhile: Callable[[], None] = lambda: None) -> Heard:
        """One message in the chat, and what the chat shows then."""
        if (caller or self.caller).role is Role.ENGINEER:
            return super().say(text, caller=caller, meanwhile=meanwhile)
        self.comes({"message": self.message(text)})
        self.waited += timedelta(seconds=2)  # nothing follows
        self.arrivals.run_due()
        return self.answered(meanwhile)

    def press(self, label: str) -> Heard:
        """The button that was last shown with this label."""
        if self.caller.role is Role.ENGINEER:
            return super().press(label)
        user, message = {"id": self.chat, "is_bot": False, "first_name": "王"}, self.message("…")
        self.comes(
            {
                "callback_query": {
                    "id": str(next(self.numbers)),
                    "from": user,
                    "chat_instance": "1",
                    "data": self.keys[label],
                    "message": message,
                }
            }
        )
        self.arrivals.run_due()
        return self.answered(lambda: None)

    def message(self, text: str) -> dict[str, object]:
        user = {"id": self.chat, "is_bot": False, "first_name": "王"}
        chat = {"id": self.chat, "type": "private", "first_name": "王"}
        return {"message_id": next(self.numbers), "date": DATE, "from": user, "chat": chat, "text": text}

    def comes(self, update: dict[str, object]) -> None:
        self.arrivals.keep([raw({"update_id": next(self.numbers), **update})])

    def answered(self, meanwhile: Callable[[], None]) -> Heard:
        """The turn that the words became, as the lanes do it; every reply must stand in the chat, with its buttons."""
        conversation, text, _ = self.turns_kept.kept[-1]
        assert conversation == self.conversation
        heard = super().say(text, caller=self.turns_kept.callers[-1], meanwhile=meanwhile)
        shown = self.shown()
        for reply in heard.replies:
            assert any(reply.text.split("/enter/")[0] in one for one in shown)
        return heard

    def shown(self) -> list[str]:
        """What the chat shows anew; its buttons are remembered."""
        shown = []
        with self.records.write() as session:
            rows = select(Outbound).where(Outbound.state == Delivery.QUEUED, Outbound.lane == str(self.chat))
            for row in session.scalars(rows.order_by(Outbound.id)):
                letter = letters.letter(session, row.lane, row.payload)
                assert letter is not None
                sent = outgoing(letter)
                assert all(len(button.data.encode()) <= 64 for line in sent.buttons for button in line)
                self.keys.update({button.label: button.data for line in sent.buttons for button in line})
                shown.append(sent.text)
                row.state, row.far_id = Delivery.SENT, str(next(self.numbers))
        return shown


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Empty records, made once."""
    return emptied(tmp_path_factory.mktemp("empty"))


@pytest.fixture
def stage(empty: Path, tmp_path: Path) -> Iterator[TelegramStage]:
    """Records of its own, and people to play."""
    (tmp_path / "records.sqlite").write_bytes(empty.read_bytes())
    records = Records(sqlite_url(tmp_path / "records.sqlite"))
    yield TelegramStage(records)
    records.close()


@pytest.mark.parametrize("name", TABLES)
def test_the_dialogue_goes_as_the_table_says(stage: TelegramStage, name: str) -> None:
    play(stage, TABLES[name])
