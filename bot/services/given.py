"""Answers are kept as they are given, so that what is said of them can be traced (`services.answers`)."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, insert
from sqlalchemy.orm import Session

from bot.models.answers import GivenAnswer
from bot.models.base import table_of
from bot.models.conversations import Message
from bot.rules.people import Caller
from retrieval.protocols import Role

KEPT = timedelta(days=180)  # an answer that nobody rated; the talk that one may stand in stays
MAX_PREV = 20
_ANSWERS = table_of(GivenAnswer)
_KEEP = insert(_ANSWERS)
_THROW_AWAY = delete(_ANSWERS).where(_ANSWERS.c.at < bindparam("before"), _ANSWERS.c.rated_at.is_(None))


def keep(
    session: Session,
    now: datetime,
    answer: Mapping[str, Any],
    *,
    question: str,
    prev: Iterable[str] = (),
    caller: Caller,
) -> None:
    """Keep an answer that was given outside a talk; what nobody has rated for half a year is thrown away."""
    session.execute(_THROW_AWAY, {"before": now - KEPT})
    _keep(
        session,
        now,
        answer,
        person_id=caller.person,
        role=caller.role,
        question=question,
        prev=list(prev)[-MAX_PREV:],
        answer={key: value for key, value in answer.items() if key != "explain"},
    )


def note(session: Session, message: Message) -> None:
    """Keep where an answer stands that was given in a talk; its words are the message's."""
    if message.answer is not None and message.answer.get("id"):
        _keep(session, message.at, message.answer, message_id=message.id, conversation_id=message.conversation_id)


def _keep(session: Session, now: datetime, given: Mapping[str, Any], **values: Any) -> None:
    row = {
        "id": given["id"],
        "at": now,
        "message_id": None,
        "conversation_id": None,
        "person_id": None,
        "role": Role.PUBLIC,
        "question": "",
        "prev": [],
        "answer": None,
        "comment": "",
    }
    session.execute(_KEEP, {**row, **values})
