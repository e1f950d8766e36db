"""Answers that were given (`services.given`): rated by who asked, traced back to their question."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.errors import NotFound
from bot.models.answers import GivenAnswer
from bot.models.conversations import Conversation, Message
from bot.models.people import Person
from bot.rules.conversations import Sender
from bot.rules.people import Caller
from bot.rules.solutions import cases_in, without_cases
from bot.services import ledger, solutions
from bot.services.given import MAX_PREV
from bot.services.topics import touched
from retrieval.protocols import Principal, Role

TOPIC = "answers"  # told when one is rated
GONE = "没有这条回答，或者您看不到它；只能评价自己问的。"


def own(session: Session, answer_id: str, caller: Caller) -> GivenAnswer:
    """The answer of this id, if the caller is who asked; of one without an account whoever knows the id.

    Raises:
        NotFound: there is none, or it is another's.
    """
    row = _newest(session, answer_id)
    if not _is_own(session, row, caller):
        raise NotFound(GONE)
    return row


def by_id(session: Session, answer_id: str) -> GivenAnswer:
    """The answer of this id, whoever asks; doors ask who may before.

    Raises:
        NotFound: there is none.
    """
    return _newest(session, answer_id)


def _newest(session: Session, answer_id: str) -> GivenAnswer:
    wanted = select(GivenAnswer).where(GivenAnswer.id == answer_id).order_by(GivenAnswer.number.desc()).limit(1)
    row = session.scalars(wanted).first()
    if row is None:
        raise NotFound(GONE)
    return row


def _is_own(session: Session, row: GivenAnswer, caller: Caller) -> bool:
    if row.conversation_id is None:
        return row.person_id is None or row.person_id == caller.person
    talk = session.get_one(Conversation, row.conversation_id)
    if talk.person_id is None and talk.organisation_id is None:
        return True
    if caller.person is not None and talk.person_id == caller.person:
        return True
    return caller.role is Role.SME and caller.organisation is not None and talk.organisation_id == caller.organisation


def rate(
    session: Session, now: datetime, row: GivenAnswer, *, useful: bool, comment: str | None, caller: Caller
) -> None:
    """What who asked says of it. A later word replaces an earlier one; a comment stays unless there is a new one."""
    row.useful, row.rated_at = useful, now
    if comment is not None:
        row.comment = comment
    session.flush()
    ledger.append(session, at=now, event="answer.rated", subject=row.id, caller=caller, data={"useful": useful})
    touched(session, TOPIC)


def ratings(session: Session, conversation_id: str) -> dict[str, bool]:
    """What was said of the answers in a talk, by their ids."""
    rated = select(GivenAnswer.id, GivenAnswer.useful).where(
        GivenAnswer.conversation_id == conversation_id, GivenAnswer.useful.is_not(None)
    )
    return {id: bool(useful) for id, useful in session.execute(rated)}


@dataclass(frozen=True, slots=True)
class Traced:
    """An answer with what it was given to.

    Attributes:
        question: Empty where it was deleted since.
        answer: In its contract's shape, without cases that were taken back; None where it was deleted since.
        asker: With whose eyes the documents were looked at.
    """

    row: GivenAnswer
    question: str
    prev: tuple[str, ...]
    answer: dict[str, Any] | None
    asker: Principal


def trace(session: Session, row: GivenAnswer) -> Traced:
    """The question that it answered, what was said before, and the answer itself."""
    if row.conversation_id is None or row.message_id is None:
        asker = session.get(Person, row.person_id) if row.person_id else None
        principal = Principal(row.role, asker.organisation_id if asker else None)
        return Traced(row, row.question, tuple(row.prev), _shown(session, row.answer), principal)
    message = session.get_one(Message, row.message_id)
    said = session.scalars(
        select(Message.text)
        .where(
            Message.conversation_id == row.conversation_id,
            Message.seq < message.seq,
            Message.sender.not_in((Sender.BOT, Sender.SYSTEM)),
        )
        .order_by(Message.seq.desc())
        .limit(MAX_PREV + 1)
    ).all()
    talk = session.get_one(Conversation, row.conversation_id)
    speaker = session.get(Person, talk.person_id) if talk.person_id else None
    principal = Principal(speaker.role, speaker.organisation_id) if speaker else Principal()
    question, *before = said or [""]
    answer = None if message.answer is None else message.answer | {"answer": message.text}
    return Traced(row, question, tuple(reversed(before)), _shown(session, answer), principal)


def _shown(session: Session, answer: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if answer is None:
        return None
    gone = cases_in(answer) - solutions.found(session)
    return without_cases(answer["answer"], answer, gone)[1]


def wrong(session: Session, *, limit: int, before: int | None = None) -> list[GivenAnswer]:
    """Answers that were rated as no use, the latest rating first.

    Args:
        before: Go on after this one's number.
    """
    query = select(GivenAnswer).where(GivenAnswer.useful.is_(False))
    if before is not None:
        last = session.get(GivenAnswer, before)
        if last is None or last.rated_at is None:
            return []
        query = query.where(
            (GivenAnswer.rated_at < last.rated_at)
            | ((GivenAnswer.rated_at == last.rated_at) & (GivenAnswer.number < last.number))
        )
    return list(session.scalars(query.order_by(GivenAnswer.rated_at.desc(), GivenAnswer.number.desc()).limit(limit)))


def counts(session: Session) -> tuple[int, int]:
    """How many answers were rated useful, and how many not."""
    rated = session.scalars(select(GivenAnswer.useful).where(GivenAnswer.rated_at.is_not(None))).all()
    return sum(map(bool, rated)), sum(not useful for useful in rated)
