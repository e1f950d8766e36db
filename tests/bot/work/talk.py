"""A dialogue for tests: says the words back, and checks version and owner as the real one must."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from bot.models.conversations import Conversation
from bot.rules.conversations import Owner, ReplyKind, Sender
from bot.rules.turns import Spoken, Stale, Turn
from bot.services import conversations
from bot.services.moment import Moment


@dataclass
class EchoTalk:
    """Implements `bot.work.lanes.Talks`. `before_deciding` and `failure` break in where the slow part is."""

    before_deciding: Callable[[Turn], None] = lambda turn: None
    failure: Exception | None = None
    fails_in_perform: bool = False
    decided: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def view(self, session: Session, turn: Turn) -> tuple[int, Owner]:
        conversation = session.get_one(Conversation, turn.conversation, populate_existing=True)
        return conversation.version, conversation.owner

    def decide(self, view: tuple[int, Owner], turn: Turn) -> str:
        del view
        self.before_deciding(turn)
        with self.lock:
            self.decided.append(turn.text)
        if self.failure and not self.fails_in_perform:
            raise self.failure
        return f"您说：{turn.text}"

    def perform(self, session: Session, moment: Moment, view: tuple[int, Owner], turn: Turn, decision: str) -> Spoken:
        if self.view(session, turn) != view:
            raise Stale
        message = conversations.add_message(
            session, moment.now, turn.conversation, sender=Sender.SME, text=turn.text, client_key=turn.key
        )
        if self.failure:
            raise self.failure
        if view[1] is Owner.ENGINEER:
            return Spoken(message.id)
        reply = conversations.add_message(
            session, moment.now, turn.conversation, sender=Sender.BOT, text=decision, kind=ReplyKind.ANSWER
        )
        return Spoken(message.id, (reply.id,))
