"""Conversations: begin one, add a message, give it to another owner. Every change counts the version up."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from bot.errors import Invalid, NotFound
from bot.models.base import new_id, table_of
from bot.models.conversations import Conversation, Message
from bot.models.people import Person
from bot.models.tickets import Ticket, Touch
from bot.rules.conversations import Owner, ReplyKind, Sender, may_read
from bot.rules.people import Caller
from bot.services import given, reach
from bot.services.topics import touched as touched
from retrieval.protocols import Role

# Said several times in every turn, so built once, and on the plain tables: a statement through the ORM costs several times as much.
_TALKS = table_of(Conversation)
_NEXT = (
    update(_TALKS)
    .where(_TALKS.c.id == bindparam("talk"))
    .values(last_seq=_TALKS.c.last_seq + 1, version=_TALKS.c.version + 1, updated_at=bindparam("now"))
    .returning(_TALKS.c.last_seq, _TALKS.c.channel, _TALKS.c.address, _TALKS.c.owner)
)
_SAY = insert(table_of(Message))

GONE = "没有这段对话，或者您看不到它；请检查链接，或重新开始一段对话。"


def begin(session: Session, now: datetime, *, channel: str, caller: Caller, address: str = "") -> Conversation:
    """A new conversation, owned by the bot."""
    conversation = Conversation(
        id=new_id("c"),
        channel=channel,
        address=address,
        person_id=caller.person,
        organisation_id=caller.organisation,
        created_at=now,
        updated_at=now,
        state={},
    )
    session.add(conversation)
    session.flush()
    return conversation


def visible(session: Session, conversation_id: str, caller: Caller) -> Conversation:
    """The conversation, if the caller may know of it.

    Raises:
        NotFound: there is none, or it is another's.
    """
    conversation = session.get(Conversation, conversation_id)
    if conversation is None or not may_read(
        caller,
        organisation=conversation.organisation_id,
        engineers=engineers_of(session, conversation_id) if caller.role is Role.ENGINEER else frozenset(),
        person=conversation.person_id,
    ):
        raise NotFound(GONE)
    return conversation


def engineers_of(session: Session, conversation_id: str) -> frozenset[str]:
    """Who owns a ticket of this conversation, or did."""
    return frozenset(
        session.scalars(
            select(Touch.person_id)
            .join(Ticket, Ticket.ref == Touch.ticket_ref)
            .where(Ticket.conversation_id == conversation_id)
        )
    )


def add_message(
    session: Session,
    now: datetime,
    conversation_id: str,
    *,
    sender: Sender,
    text: str,
    person: str | None = None,
    label: str | None = None,
    kind: ReplyKind | None = None,
    answer: dict[str, Any] | None = None,
    buttons: Sequence[dict[str, Any]] = (),
    client_key: str | None = None,
) -> Message:
    """Put a message at the end. Taking its number locks the conversation until the transaction ends."""
    session.flush()  # plain statements do not wait for what the session still holds
    seq, channel, address, owner = session.execute(_NEXT, {"talk": conversation_id, "now": now}).one()
    values = {
        "id": new_id("m"),
        "conversation_id": conversation_id,
        "seq": seq,
        "at": now,
        "sender": sender,
        "person_id": person,
        "text": text,
        "label": label,
        "kind": kind,
        "answer": answer,
        "buttons": list(buttons),
        "client_key": client_key,
    }
    session.execute(_SAY, values)
    message = Message(**values)
    given.note(session, message)
    touched(session, conversation_id)
    reach.deliver(session, now, message, channel=channel, address=address, owner=owner)
    return message


def tell(
    session: Session, now: datetime, conversation_id: str, text: str, *, buttons: Sequence[dict[str, Any]] = ()
) -> Message:
    """A word of the system: what happened, not what anyone says."""
    return add_message(
        session, now, conversation_id, sender=Sender.SYSTEM, kind=ReplyKind.SYSTEM, text=text, buttons=buttons
    )


def give(session: Session, now: datetime, conversation_id: str, owner: Owner, *, ticket: str | None = None) -> None:
    """Let another one own it, and say which ticket it is about."""
    values: dict[str, Any] = {"owner": owner, "version": Conversation.version + 1, "updated_at": now}
    if ticket is not None:
        values["ticket_ref"] = ticket
    session.execute(update(Conversation).where(Conversation.id == conversation_id).values(**values))
    touched(session, conversation_id)


def lock(session: Session, conversation_id: str) -> None:
    """Whoever else writes to this conversation waits until the transaction ends.

    A turn takes its conversation first and its ticket afterwards: who takes both in another order may be made to start again.
    """
    session.execute(update(Conversation).where(Conversation.id == conversation_id).values(version=Conversation.version))


def said_before(session: Session, conversation_id: str, client_key: str) -> Message | None:
    """The message that was posted with this key, if there is one."""
    return session.scalars(
        select(Message).where(Message.conversation_id == conversation_id, Message.client_key == client_key)
    ).one_or_none()


def place_of(session: Session, conversation_id: str, message_id: str) -> int:
    """The number of a message within its conversation.

    Raises:
        Invalid: the conversation has no such message.
    """
    seq = session.scalars(
        select(Message.seq).where(Message.conversation_id == conversation_id, Message.id == message_id)
    ).one_or_none()
    if seq is None:
        raise Invalid("after 应是这段对话里一条消息的编号。")
    return seq


def messages_of(session: Session, ids: Sequence[str]) -> Sequence[Message]:
    """These messages, in order."""
    return session.scalars(select(Message).where(Message.id.in_(ids)).order_by(Message.seq)).all()


def names_of(session: Session, people: Iterable[str | None]) -> dict[str, str]:
    """Names by id."""
    wanted = {person for person in people if person}
    if not wanted:
        return {}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
    return {person: name for person, name in rows}


def history(session: Session, conversation_id: str, *, after_seq: int = 0, limit: int = 200) -> Sequence[Message]:
    """Messages in order."""
    return session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.seq > after_seq)
        .order_by(Message.seq)
        .limit(limit)
    ).all()
