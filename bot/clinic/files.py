"""Files of a talk as the doors use them: put one in, look at one."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.clinic import shapes
from bot.clinic.clinic import Clinic
from bot.clinic.conversations import checked_key, note_reading
from bot.clinic.shapes import Json
from bot.db import Session
from bot.errors import BotError, NotAllowed, NotFound, Unavailable
from bot.models.conversations import Conversation
from bot.models.files import File, FileState
from bot.models.tickets import Ticket
from bot.rules import files as rules
from bot.rules.conversations import Sender
from bot.rules.files import MARKED
from bot.rules.people import Caller
from bot.rules.wording import clean_words
from bot.services import conversations, files, reach, tickets
from bot.work.files import Files
from retrieval.protocols import Role

CHANNEL = "web"
NOT_YOURS = "只有企业自己和正在办理这张工单的工程师能往这段对话里发文件。"


class Posts(Protocol):
    """Where a turn is kept before it is answered."""

    def put(self, session: Session, conversation: str, text: str, *, caller: Caller, key: str, channel: str) -> bool:
        """Keep one as a part of this transaction."""

    def wake(self) -> None:
        """Work off what was put in."""


def keep(
    clinic: Clinic,
    lanes: Posts,
    caller: Caller,
    conversation: str,
    content: bytes,
    *,
    name: str,
    text: str = "",
    client_id: str | None = None,
) -> Json:
    """Put a file into a talk: a message of the asker's side, or of the engineer or clerk who answers there. The same client id is the same file.

    Args:
        text: Words that stand beside it.

    Returns:
        id, name, media_type, size.

    Raises:
        NotFound: the caller may not know of this talk.
        NotAllowed: the caller reads it and has no part in it.
        Invalid, TooLong: it is nothing that may be sent, or the talk is full.
        Busy, Unavailable: it was not kept.
    """
    words = clean_words(text, what="附言", required=False)
    key = (checked_key(client_id) or secrets.token_urlsafe(12)) + MARKED
    with clinic.records.read() as session:
        talk = conversations.visible(session, conversation, caller)
        if not _is_asker(talk, caller):
            _ticket(session, talk, caller)
        if (before := files.of_key(session, talk.id, _turn(talk, caller, key))) is not None:
            return shapes.file(before)
        files.check_room(session, talk)
    store = store_of(clinic)
    kept, content = store.take(content, name)
    spoken = words or rules.mark([kept.judged.kind])
    try:
        shown = _put_down(clinic, lanes, caller, conversation, spoken, key, kept)
    except BotError:
        store.sweep(kept.sha256)
        raise
    store.put(content)
    lanes.wake()
    return shown


def _put_down(
    clinic: Clinic, lanes: Posts, caller: Caller, conversation: str, spoken: str, key: str, kept: files.Bytes
) -> Json:
    with clinic.writing(caller) as session:
        talk = conversations.visible(session, conversation, caller)
        files.check_room(session, talk)
        if _is_asker(talk, caller):
            if talk.channel != CHANNEL:  # replies reach the door that was used last
                reach.come_to(session, conversation, CHANNEL)
            made = files.keep(
                session,
                clinic.clock(),
                talk.id,
                key=_turn(talk, caller, key),
                kept=kept,
                sender=Sender.SME,
                person=caller.person,
            )
            lanes.put(session, talk.id, spoken, caller=caller, key=key, channel=CHANNEL)
        else:
            made = _answer(session, clinic, caller, talk, spoken, _turn(talk, caller, key), kept)
        return shapes.file(made)


def _turn(talk: Conversation, caller: Caller, key: str) -> str:
    """The key of the message that brings it: a turn of the asker's talk, or a word of who answers there."""
    return f"{talk.id}:{key}" if _is_asker(talk, caller) else f"{caller.person}:{key}"


def _answer(
    session: Session, clinic: Clinic, caller: Caller, talk: Conversation, spoken: str, key: str, kept: files.Bytes
) -> File:
    conversations.lock(session, talk.id)
    ticket = _ticket(session, talk, caller)
    speak = tickets.staff_speak if caller.is_clerk else tickets.engineer_speaks
    message = speak(session, clinic.moment(), ticket, spoken, caller=caller, client_key=key)
    sender = Sender.STAFF if caller.is_clerk else Sender.ENGINEER
    return files.keep(
        session,
        clinic.clock(),
        talk.id,
        key=key,
        kept=kept,
        sender=sender,
        person=caller.person,
        message=message,
    )


def _ticket(session: Session, talk: Conversation, caller: Caller) -> Ticket:
    """The case of the talk, where the caller is who answers in it.

    Raises:
        NotAllowed: he is not.
    """
    ticket = tickets.open_ticket_of(session, talk.id)
    if ticket is None or caller.person is None or not (caller.is_clerk or ticket.owner_id == caller.person):
        raise NotAllowed(NOT_YOURS)
    return ticket


def _is_asker(talk: Conversation, caller: Caller) -> bool:
    if caller.role is not Role.ENGINEER and not caller.is_clerk:
        return True
    return not (talk.organisation_id or talk.person_id) or talk.person_id == caller.person


def store_of(clinic: Clinic) -> Files:
    """Where the bytes lie.

    Raises:
        Unavailable: this process keeps none.
    """
    if clinic.files is None:
        raise Unavailable("这里现在收不了文件，请稍后再试。")
    return clinic.files


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that may be shown. `path` is None while a far chat still has it."""

    name: str
    media_type: str
    path: Path | None

    @property
    def is_picture(self) -> bool:
        """Whether it was drawn anew here and may be looked at in place."""
        return self.media_type.startswith("image/")


def open_file(clinic: Clinic, caller: Caller, conversation: str, file: str) -> Opened:
    """A file of a talk, for whoever may read the talk.

    Raises:
        NotFound: there is none, or the caller may not know of it.
    """
    with clinic.records.read() as session:
        talk = conversations.visible(session, conversation, caller)
        found = files.get(session, conversation, file)
        subject = talk.ticket_ref or talk.id
        own = talk.organisation_id is None or not (caller.is_clerk or caller.role is Role.ENGINEER)
        own = own or talk.person_id == caller.person
        opened = Opened(found.name, found.media_type, None)
        if found.state is FileState.KEPT and found.sha256 is not None:
            path = store_of(clinic).path(found.sha256)
            if not path.exists():
                raise NotFound(files.GONE)
            opened = Opened(found.name, found.media_type, path)
    note_reading(clinic, caller, subject, own=own)
    return opened
