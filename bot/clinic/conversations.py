"""Talks as the doors use them: begin one, post into it, read on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.clinic import shapes
from bot.clinic.clinic import Clinic
from bot.clinic.shapes import Json
from bot.db import Session
from bot.errors import Invalid, NotAllowed, Unavailable
from bot.models.conversations import Conversation
from bot.rules.conversations import Sender
from bot.rules.people import Caller
from bot.rules.wording import clean_words
from bot.rules.worktime import CHINA
from bot.services import conversations, files, ledger, reach, solutions, tickets
from bot.work.inbox import Outcome, Received
from retrieval.protocols import Role

PAGE = 200
MAX_CLIENT_ID_CHARS = 100
CHANNEL = "web"


class Posts(Protocol):
    """Where a message is kept before it is answered."""

    def post(self, conversation: str, text: str, *, caller: Caller, client_id: str | None, channel: str) -> Received:
        """Keep one message."""


def begin(clinic: Clinic, caller: Caller, *, channel: str = CHANNEL) -> Json:
    """A new talk."""
    with clinic.writing(caller) as session:
        made = conversations.begin(session, clinic.clock(), channel=channel, caller=caller)
        return {"id": made.id}


def post(
    clinic: Clinic, lanes: Posts, caller: Caller, conversation: str, *, text: str, client_id: str | None = None
) -> int:
    """Keep one message of the asker's side; gives the number to ask `outcome` with. The same client id is the same message.

    Raises:
        NotFound: the caller may not know of this talk.
        NotAllowed: it is another's talk, whom the caller answers in the ticket.
        Invalid, TooLong: the text or the client id cannot be taken.
        Busy, Unavailable: it was not stored.
    """
    words = clean_words(text, what="消息")
    key = checked_key(client_id)
    with clinic.records.read() as session:
        held = conversations.visible(session, conversation, caller)
        _require_asker(held, caller)
        moved = held.channel != CHANNEL
    if moved:  # replies reach the door that was used last
        with clinic.writing(caller) as session:
            reach.come_to(session, conversation, CHANNEL)
    return lanes.post(conversation, words, caller=caller, client_id=key, channel=CHANNEL).id


def checked_key(client_id: str | None) -> str | None:
    """The client's own number of a message, if it gave one.

    Raises:
        Invalid: it cannot be one.
    """
    if client_id is None:
        return None
    if not client_id or len(client_id) > MAX_CLIENT_ID_CHARS or not client_id.isprintable():
        raise Invalid(f"client_id 应为 1 至 {MAX_CLIENT_ID_CHARS} 个可见字符。")
    return client_id


def _require_asker(conversation: Conversation, caller: Caller) -> None:
    if caller.role is not Role.ENGINEER and not caller.is_clerk:
        return
    if (conversation.organisation_id or conversation.person_id) and conversation.person_id != caller.person:
        raise NotAllowed("这是企业的对话，请在工单里回复。")


def replies(clinic: Clinic, conversation: str, outcome: Outcome | None) -> Json:
    """What a turn led to, for who waited for it; nothing yet where it is not done."""
    if outcome is not None and outcome.message is None:
        raise Unavailable("这条消息没能处理，请再发一次，或打中心电话。")
    with clinic.records.read() as session:
        said = conversations.messages_of(session, outcome.replies) if outcome is not None else ()
        gone = solutions.withdrawn(session, said)
        return {
            "message": outcome.message if outcome is not None else None,
            "replies": [shapes.reply(row, gone=gone) for row in said],
            **_standing(session, session.get_one(Conversation, conversation)),
        }


def messages(clinic: Clinic, caller: Caller, conversation: str, *, after: str | None = None) -> Json:
    """The talk from after this message on, oldest first; `next` is what to go on with where there is more.

    Raises:
        NotFound: the caller may not know of this talk.
        Invalid: the talk has no such message.
    """
    page = since(clinic, caller, conversation, after=after)
    note_reading(clinic, caller, page.subject, own=page.own)
    return shapes.listing(page.items, page.items[-1]["id"] if page.more else None)


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a talk, and how the talk stands."""

    items: list[Json]
    more: bool  # whether the talk goes on after it
    standing: Json
    subject: str  # what reading it is written down for
    own: bool  # whether the reader is the asker


def since(clinic: Clinic, caller: Caller, conversation: str, *, after: str | None = None) -> Page:
    """The messages after this one, at most a page of them, and how the talk stands at the same moment.

    Raises:
        NotFound: the caller may not know of this talk.
        Invalid: the talk has no such message.
    """
    with clinic.records.read() as session:
        held = conversations.visible(session, conversation, caller)
        place = conversations.place_of(session, conversation, after) if after else 0
        rows = conversations.history(session, conversation, after_seq=place, limit=PAGE + 1)
        names = conversations.names_of(
            session, (row.person_id for row in rows if row.sender in (Sender.ENGINEER, Sender.STAFF))
        )
        gone = solutions.withdrawn(session, rows)
        sent = files.of_messages(session, rows)
        addressed = held.person_id is None or held.person_id == caller.person
        own = held.organisation_id is None or not (caller.is_clerk or caller.role is Role.ENGINEER)
        return Page(
            [
                shapes.message(row, names, gone=gone, addressed=addressed, files=sent.get(row.id, ()))
                for row in rows[:PAGE]
            ],
            len(rows) > PAGE,
            _standing(session, held),
            held.ticket_ref or held.id,
            own or held.person_id == caller.person,
        )


def _standing(session: Session, held: Conversation) -> Json:
    return shapes.standing(held, tickets.by_ref(session, held.ticket_ref))


def note_reading(clinic: Clinic, caller: Caller, subject: str, *, own: bool = False) -> None:
    """Write into the ledger that an engineer or a clerk has read a firm's talk: once a day for each of them and each case."""
    if own:
        return
    since_morning = _morning(clinic.clock())
    with clinic.records.read() as session:
        if ledger.has_read(session, since=since_morning, subject=subject, caller=caller):
            return
    with clinic.writing(caller) as session:
        ledger.note_reading(session, at=clinic.clock(), since=since_morning, subject=subject, caller=caller)


def _morning(now: datetime) -> datetime:
    return now.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
