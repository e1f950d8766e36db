"""A stage for dialogues: real records, the real assistant over a small library in memory, people to play, and a clock that is moved."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from shutil import copyfile
from typing import Any

from sqlalchemy.orm import Session

from bot.assistant.answer import Assistant
from bot.db import Records, sqlite_url
from bot.dialogue.dialogue import Dialogue
from bot.dialogue.thinking import Answers
from bot.models.conversations import Conversation, Message
from bot.models.demands import Demand
from bot.models.tickets import Ticket
from bot.profile import Profile
from bot.rules.conversations import ReplyKind, Sender
from bot.rules.people import NOBODY, Caller
from bot.rules.turns import Stale, Turn
from bot.services import conversations, tickets
from bot.services.moment import Moment
from retrieval.protocols import Role
from tests.bot.clinic import HOURS, make_person, moment
from tests.bot.fakes import TODAY, MemoryFinder, case, catalogue, course, document, library
from tests.bot.records import sqlite_records

PROFILE = Profile(name="甲中心", telephone="0731-12345678", hours="周一至周五 9:00-17:30")


def finder() -> MemoryFinder:
    """One document, one course and one solved case."""
    return library(
        document(
            "rules",
            "甲省创新工作站管理办法",
            [
                ("第一条", "第一条 培育期为一年，培育期满组织验收。"),
                ("第二条", "第二条 申报材料包括申请表、场地证明和技师名册。"),
            ],
            region="甲省",
        ),
        catalogue([course("K1", "PLC 编程周末班", TODAY + timedelta(days=14))]),
        case(
            "case-1",
            "注塑件筋位缩水",
            symptom="注塑件筋位背面老缩水",
            cause="保压不足，浇口过早封冻",
            steps="提高保压，延长保压时间",
        ),
    )


class Broken:
    """An assistant that fails at every question, as with a missing index."""

    def ask(self, question: str, **_: Any) -> Any:
        raise RuntimeError("no index")


@dataclass
class Heard:
    """What one turn brought back."""

    replies: list[Message]
    owner: str
    ticket: str  # the state of the conversation's ticket, empty where it has none
    ref: str

    @property
    def text(self) -> str:
        return "\n".join(reply.text for reply in self.replies)

    @property
    def buttons(self) -> dict[str, str]:
        return {button["label"]: button["value"] for reply in self.replies for button in reply.buttons}


@dataclass
class Stage:
    """Plays one firm's talk, turn by turn, as the lanes do."""

    records: Records
    assistant: Answers = field(default_factory=lambda: Assistant(finder(), profile=PROFILE, today=lambda: TODAY))
    at: Moment = field(default_factory=moment)
    turns: int = 0
    buttons: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.dialogue = Dialogue(self.assistant, PROFILE, HOURS)
        with self.records.write() as session:
            self.firm = make_person(session, Role.SME, "王强", organisation="甲厂")
            self.other = make_person(session, Role.SME, "李四", organisation="乙厂")
            self.engineer = make_person(session, Role.ENGINEER, "张工")
            self.clerk = make_person(session, Role.STAFF, "陈老师")
        self.begin(self.firm)

    def begin(self, caller: Caller = NOBODY) -> str:
        """A new talk of this caller."""
        self.caller = caller
        with self.records.write() as session:
            self.conversation = conversations.begin(session, self.at.now, channel="web", caller=caller).id
        return self.conversation

    def later(self, **span: float) -> None:
        """Time passes."""
        self.at = Moment(self.at.now + timedelta(**span), HOURS)

    def turn(self, text: str, caller: Caller | None = None) -> Turn:
        """A message that came in."""
        self.turns += 1
        return Turn(f"k{self.turns}", self.conversation, text, self.at.now, caller or self.caller)

    def say(self, text: str, *, caller: Caller | None = None, meanwhile: Callable[[], None] = lambda: None) -> Heard:
        """One turn; `meanwhile` happens once, between thinking and keeping."""
        turn = self.turn(text, caller)
        while True:
            with self.records.read() as session:
                view = self.dialogue.view(session, turn)
            decision = self.dialogue.decide(view, turn)
            happens, meanwhile = meanwhile, lambda: None
            happens()
            try:
                with self.records.write() as session:
                    spoken = self.dialogue.perform(session, self.at, view, turn, decision)
            except Stale:
                continue
            break
        with self.records.read() as session:
            replies = [session.get_one(Message, id) for id in spoken.replies]
            talk = session.get_one(Conversation, self.conversation)
            ticket = session.query(Ticket).filter_by(ref=talk.ticket_ref).one_or_none()
            heard = Heard(replies, talk.owner.value, ticket.state.value if ticket else "", talk.ticket_ref or "")
            session.expunge_all()
        self.buttons.update(heard.buttons)
        return heard

    def press(self, label: str) -> Heard:
        """Press the button that was last shown with this label."""
        return self.say(self.buttons[label])

    # --- what others do ---------------------------------------------------------------------------------------------------------------

    def _with_ticket(self, work: Callable[[Session, Ticket], Any]) -> None:
        with self.records.write() as session:
            talk = session.get_one(Conversation, self.conversation)
            work(session, session.query(Ticket).filter_by(ref=talk.ticket_ref).one())

    def claim(self) -> None:
        """The engineer takes it."""
        by = self.engineer
        self._with_ticket(lambda s, t: tickets.claim(s, self.at, t.ref, engineer=by.person or "", caller=by))

    def speak(self) -> None:
        """The engineer says something."""
        self._with_ticket(lambda s, t: tickets.engineer_speaks(s, self.at, t, "您好，先发张照片", caller=self.engineer))

    def wait(self) -> None:
        """The engineer waits for the firm."""
        self._with_ticket(lambda s, t: tickets.wait_for_firm(s, self.at, t, caller=self.engineer))

    def resolve(self) -> None:
        """The engineer says that it is solved."""
        self._with_ticket(lambda s, t: tickets.resolve(s, self.at, t, caller=self.engineer))

    def release(self) -> None:
        """The engineer gives it back."""
        self._with_ticket(lambda s, t: tickets.release(s, self.at, t, "没空", caller=self.engineer))

    def time_is_up(self) -> None:
        """The ticket's deadline passes."""
        self._with_ticket(lambda s, t: tickets.pass_deadline(s, self.at, t.ref))

    # --- what is kept -----------------------------------------------------------------------------------------------------------------

    def demand(self) -> Demand:
        """The newest demand."""
        with self.records.read() as session:
            found = session.query(Demand).order_by(Demand.number.desc()).first()
            assert found is not None
            session.expunge_all()
            return found

    def tickets(self) -> list[Ticket]:
        """All tickets, oldest first."""
        with self.records.read() as session:
            found = session.query(Ticket).order_by(Ticket.number).all()
            session.expunge_all()
            return found

    def messages(self) -> list[Message]:
        """The talk."""
        with self.records.read() as session:
            found = list(conversations.history(session, self.conversation))
            session.expunge_all()
            return found


@contextmanager
def staged(empty: Path, folder: Path) -> Iterator[Stage]:
    """A stage on a copy of these empty records: making them costs more than most dialogues."""
    copyfile(empty, folder / "records.sqlite")
    records = Records(sqlite_url(folder / "records.sqlite"))
    try:
        yield Stage(records)
    finally:
        records.close()


def emptied(folder: Path) -> Path:
    """Empty records in this folder, to be copied."""
    with sqlite_records(folder):
        pass
    return folder / "records.sqlite"


def is_system(reply: Message) -> bool:
    """Whether a reply is what happened, not what the bot says."""
    return reply.sender is Sender.SYSTEM and reply.kind is ReplyKind.SYSTEM
