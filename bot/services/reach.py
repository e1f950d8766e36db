"""Who is reached through a channel that is spoken to: its addresses, and what is put in line for them.

Everything said in a talk is put in line here and nowhere else, in the transaction that says it. What stands in line are ids: the words are
looked up when they are sent (`bot.services.letters`), so that deleting a person leaves none behind.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.models.channels import Address
from bot.models.conversations import Conversation, Message
from bot.models.people import Person
from bot.models.tickets import Ticket
from bot.models.work import Outbound
from bot.rules.conversations import Owner, Sender
from bot.rules.people import CLERKS
from bot.rules.tickets import OWNED
from bot.services.topics import touched

TELEGRAM = "telegram"
OUTBOX = "outbox"  # the topic of what goes out; `bot.services.outbox` stands above this room
RELAYED = frozenset({Sender.SME, Sender.STAFF})  # what the engineer of a case is told of its talk
OTHERS = "others"  # in an address' state: cases that spoke to an engineer while his words go to another


# --- putting in line ------------------------------------------------------------------------------------------------------------------


def deliver(session: Session, now: datetime, message: Message) -> None:
    """Put a message in line for whoever is to hear of it and does not come and read."""
    talk = session.get_one(Conversation, message.conversation_id)
    if talk.channel == TELEGRAM and talk.address and message.sender is not Sender.SME:
        put(session, now, talk.address, {"kind": "message", "message": message.id}, message=message.id)
    if talk.owner is Owner.ENGINEER and message.sender in RELAYED:
        _relay(session, now, talk, message)


def _relay(session: Session, now: datetime, talk: Conversation, message: Message) -> None:
    ticket = session.scalars(
        select(Ticket).where(Ticket.conversation_id == talk.id, Ticket.state.in_(OWNED))
    ).one_or_none()
    if ticket is None or ticket.owner_id is None or ticket.owner_id == message.person_id:
        return
    for address in of_person(session, ticket.owner_id):
        if address.ticket_ref != ticket.ref:
            heard = address.state.get(OTHERS, [])
            address.state = {**address.state, OTHERS: [*(ref for ref in heard if ref != ticket.ref), ticket.ref]}
        put(
            session,
            now,
            address.chat,
            {"kind": "message", "message": message.id, "ticket": ticket.ref},
            message=message.id,
        )


def put(session: Session, now: datetime, chat: str, payload: dict[str, Any], *, message: str | None = None) -> None:
    """Put something at the end of a chat's line."""
    session.add(Outbound(channel=TELEGRAM, lane=chat, payload=payload, message_id=message, queued_at=now))
    session.flush()
    touched(session, OUTBOX)


def card(session: Session, now: datetime, person: str, **ids: str) -> None:
    """Put a card in line for each chat of this person; nothing where there is none.

    Args:
        ids: What it is about: `card` names its kind, the rest are ids.
    """
    for address in of_person(session, person):
        put(session, now, address.chat, {"kind": "card", **ids})


def alert(session: Session, now: datetime, **ids: str) -> None:
    """The same for every clerk."""
    clerks = select(Person.id).where(Person.role.in_(CLERKS), Person.active)
    for person in session.scalars(clerks.join(Address, Address.person_id == Person.id).distinct()):
        card(session, now, person, **ids)


# --- addresses ------------------------------------------------------------------------------------------------------------------------


def find(session: Session, chat: str) -> Address | None:
    """What is known of a chat."""
    return session.get(Address, (TELEGRAM, chat))


def of_person(session: Session, person: str) -> Sequence[Address]:
    """The chats of a person that can be spoken to."""
    return session.scalars(
        select(Address)
        .where(Address.channel == TELEGRAM, Address.person_id == person, Address.blocked_at.is_(None))
        .order_by(Address.chat)
    ).all()


def settle(session: Session, now: datetime, chat: str, talk: Conversation, *, person: str | None) -> Address:
    """Let a chat speak for this person in this talk, from now on; what it was before is forgotten."""
    held = find(session, chat)
    if held is not None and held.conversation_id != talk.id:
        session.execute(
            update(Conversation)
            .where(Conversation.id == held.conversation_id, Conversation.address == chat)
            .values(address="")
        )
    if talk.channel != TELEGRAM or talk.address != chat:
        session.execute(update(Conversation).where(Conversation.id == talk.id).values(channel=TELEGRAM, address=chat))
        session.refresh(talk)
    if held is None:
        held = Address(channel=TELEGRAM, chat=chat, conversation_id=talk.id, created_at=now)
        session.add(held)
    held.person_id, held.conversation_id, held.ticket_ref, held.state = person, talk.id, None, {}
    held.blocked_at = None
    session.flush()
    return held


def follow(session: Session, talk: Conversation) -> None:
    """A talk belongs to somebody now: so does its chat."""
    session.execute(
        update(Address)
        .where(Address.conversation_id == talk.id, Address.person_id.is_(None))
        .values(person_id=talk.person_id)
    )


def forget(session: Session, person: str) -> None:
    """No chat leads to this person any more."""
    session.execute(delete(Address).where(Address.person_id == person))
