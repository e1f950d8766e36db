"""What people say of answers: kept for who asked, listed for staff, asked again of today's documents."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from bot.assistant.shape import Answer
from bot.clinic import shapes
from bot.clinic.clinic import Clinic
from bot.clinic.shapes import Json
from bot.db import Session
from bot.errors import BotError, Conflict, NotFound
from bot.models.answers import GivenAnswer
from bot.rules.people import Caller, check_clerk
from bot.rules.wording import clean_words
from bot.services import answers, conversations, given
from retrieval.protocols import Principal

log = logging.getLogger("wenzhen.answers")
PAGE = 100
MAX_COMMENT_CHARS = 2000
COMPARED = ("outcome", "answer", "citations", "near", "courses", "similar")  # what makes two answers differ


class Asks(Protocol):
    """What answers a question; it blocks."""

    def __call__(self, question: str, *, principal: Principal, prev: Sequence[str]) -> Answer: ...


def keep(clinic: Clinic, caller: Caller, answer: Mapping[str, Any], *, question: str, prev: Sequence[str] = ()) -> None:
    """Keep an answer so that it can be rated. Where the records cannot take it just now, it is given all the same."""
    try:
        with clinic.writing(caller) as session:
            given.keep(session, clinic.clock(), answer, question=question, prev=prev, caller=caller)
    except BotError as error:
        log.warning("an answer was not kept: %s", type(error).__name__)


def rate(clinic: Clinic, caller: Caller, answer: str, *, useful: bool, comment: str | None = None) -> Json:
    """Say of one's own answer whether it was of use; saying it again replaces it.

    Raises:
        NotFound: there is no such answer, or it is another's.
        TooLong, Invalid: the comment cannot be taken.
    """
    words = None
    if comment is not None:
        words = clean_words(comment, what="说明", max_chars=MAX_COMMENT_CHARS, required=False)
    with clinic.writing(caller) as session:
        row = answers.own(session, answer, caller)
        answers.rate(session, clinic.clock(), row, useful=useful, comment=words, caller=caller)
        return {"id": row.id, "useful": useful, "comment": row.comment}


def ratings(clinic: Clinic, caller: Caller, conversation: str) -> dict[str, bool]:
    """What was said of the answers of a talk, by their ids.

    Raises:
        NotFound: the caller may not know of this talk.
    """
    with clinic.records.read() as session:
        conversations.visible(session, conversation, caller)
        return answers.ratings(session, conversation)


def wrong(clinic: Clinic, caller: Caller, *, after: int | None = None) -> Json:
    """Answers that were rated as no use, the latest first, with `useful` and `useless` counted over all.

    Raises:
        Unauthenticated, NotAllowed: not staff.
    """
    check_clerk(caller)
    with clinic.records.read() as session:
        rows = answers.wrong(session, limit=PAGE + 1, before=after)
        items = [_traced(session, row) for row in rows[:PAGE]]
        useful, useless = answers.counts(session)
    more = str(rows[PAGE - 1].number) if len(rows) > PAGE else None
    return shapes.listing(items, more) | {"useful": useful, "useless": useless}


def replay(clinic: Clinic, caller: Caller, answer: str, ask: Asks) -> Json:
    """The same question asked again, of what the asker may see today: `before`, `after`, and in which parts they differ.

    Raises:
        Unauthenticated, NotAllowed: not staff.
        NotFound: there is no such answer.
        Conflict: the question was deleted since, with who asked it.
    """
    check_clerk(caller)
    with clinic.records.read() as session:
        row = answers.by_id(session, answer)
        if row.rated_at is None:
            raise NotFound(answers.GONE)  # what nobody complained of is nobody's business
        traced = answers.trace(session, row)
        shown = _traced(session, row)
    if not traced.question:
        raise Conflict("问这句话的人已经注销，问题不在了，不能重新问。")
    after = ask(traced.question, principal=traced.asker, prev=traced.prev).as_json()
    changed = [part for part in COMPARED if traced.answer is not None and traced.answer.get(part) != after[part]]
    return shown | {"before": shown["answer"], "after": after, "changed": changed}


def _traced(session: Session, row: GivenAnswer) -> Json:
    traced = answers.trace(session, row)
    return {
        "id": row.id,
        "at": shapes.iso(row.at),
        "question": traced.question,
        "prev": list(traced.prev),
        "role": traced.asker.role.value,
        "conversation": row.conversation_id,
        "useful": row.useful,
        "comment": row.comment,
        "rated": shapes.iso_or_none(row.rated_at),
        "answer": traced.answer,
    }
