"""Who is reached through a channel that is spoken to: its addresses, and what is put in line for them.

Everything said in a talk is put in line here and nowhere else, in the transaction that says it. What stands in line are ids: the words are
looked up when they are sent (`bot.services.letters`), so that deleting a person leaves none behind.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.models.channels import Address, Update
from bot.models.conversations import Conversation, Message
from bot.models.people import Person
from bot.models.tickets import Offer, Ticket
from bot.models.work import FORGOTTEN, Handling, Outbound
from bot.rules.arrivals import Media
from bot.rules.conversations import Owner, Sender
from bot.rules.outbox import Delivery
from bot.rules.people import CLERKS
from bot.rules.tickets import OWNED, TicketState
from bot.services.line import queue

TELEGRAM = "telegram"
RELAYED = frozenset({Sender.SME, Sender.STAFF})  # what the engineer of a case is told of its talk
OTHERS = "others"  # in an address' state: cases that spoke to an engineer while his words go to another


# --- putting in line ------------------------------------------------------------------------------------------------------------------


def deliver(session: Session, now: datetime, message: Message, *, channel: str, address: str, owner: Owner) -> None:
    """Put a message in line for whoever is to hear of it and does not come and read.

    Args:
        channel, address, owner: Of its conversation, as they are now.
    """
    if channel == TELEGRAM and address and message.sender is not Sender.SME:
        put(session, now, address, {"kind": "message", "message": message.id}, message=message.id)
    if owner is Owner.ENGINEER and message.sender in RELAYED:
        _relay(session, now, message)


def _relay(session: Session, now: datetime, message: Message) -> None:
    ticket = _owned(session, message.conversation_id)
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


def _owned(session: Session, conversation: str) -> Ticket | None:
    return session.scalars(
        select(Ticket).where(Ticket.conversation_id == conversation, Ticket.state.in_(OWNED))
    ).one_or_none()


def put(session: Session, now: datetime, chat: str, payload: dict[str, Any], *, message: str | None = None) -> None:
    """Put something at the end of a chat's line."""
    queue(session, now, channel=TELEGRAM, lane=chat, payload=payload, message_id=message)


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


def pass_on(session: Session, now: datetime, talk: Conversation, media: Media) -> None:
    """Put a file of a firm in line for the engineer who owns its case; the channel keeps the file, here stands its name."""
    ticket = _owned(session, talk.id)
    if ticket is None or ticket.owner_id is None:
        return
    for address in of_person(session, ticket.owner_id):
        put(session, now, address.chat, _file(talk, media) | {"ticket": ticket.ref})


def send_file(session: Session, now: datetime, talk: Conversation, media: Media, person: str) -> bool:
    """Put a file of the engineer in line for his firm; False where the firm is in no chat."""
    if talk.channel != TELEGRAM or not talk.address:
        return False
    put(session, now, talk.address, _file(talk, media) | {"person": person})
    return True


def _file(talk: Conversation, media: Media) -> dict[str, Any]:
    return {"kind": "file", "media": media.kind.value, "file": media.file, "name": media.name, "talk": talk.id}


def offers_to(session: Session, now: datetime, engineer: str) -> None:
    """Put a card in line for everything that an engineer may claim: his chat has only now become known."""
    for offer in session.scalars(
        select(Offer.id)
        .join(Ticket, Ticket.ref == Offer.ticket_ref)
        .where(Offer.person_id == engineer, Offer.declined_at.is_(None), Ticket.state == TicketState.OFFERED)
        .order_by(Ticket.number)
    ):
        card(session, now, engineer, card="offer", offer=offer)


def message_at(session: Session, chat: str, far_id: str) -> Message | None:
    """The message that stands in this chat under this id, among those sent to it."""
    sent = _sent(session, chat, far_id)
    return session.get(Message, sent.message_id) if sent is not None and sent.message_id else None


def case_at(session: Session, chat: str, far_id: str) -> str | None:
    """The reference of the case that what was sent to this chat under this id belongs to."""
    sent = _sent(session, chat, far_id)
    return None if sent is None else sent.payload.get("ticket")


def _sent(session: Session, chat: str, far_id: str) -> Outbound | None:
    """A long message stands there under several ids, with blanks between them."""
    rows = session.scalars(
        select(Outbound)
        .where(
            Outbound.state == Delivery.SENT,
            Outbound.lane == chat,
            Outbound.channel == TELEGRAM,
            Outbound.far_id.contains(far_id, autoescape=True),
        )
        .order_by(Outbound.id.desc())
        .limit(50)
    )
    return next((row for row in rows if far_id in re.split(r"\D+", row.far_id or "")), None)


def said_in(session: Session, outbox_id: str) -> Message | None:
    """The message that this row of the outbox carries."""
    row = session.get(Outbound, int(outbox_id)) if outbox_id.isascii() and outbox_id.isdigit() else None
    return session.get(Message, row.message_id) if row is not None and row.message_id else None


def undelivered(session: Session, outbox_id: int) -> None:
    """Tell the engineer whose words did not arrive, or maybe did not."""
    row = session.get_one(Outbound, outbox_id, populate_existing=True)
    message = session.get(Message, row.message_id) if row.message_id else None
    if message is not None and message.sender is Sender.ENGINEER and message.person_id and "ticket" not in row.payload:
        card(session, row.queued_at, message.person_id, card="undelivered", outbox=str(outbox_id))


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


def person(session: Session, person_id: str) -> Person:
    """Whose row is surely there, closed or deleted as he may be."""
    return session.get_one(Person, person_id)


def settle(session: Session, now: datetime, chat: str, talk: Conversation, *, person: str | None) -> Address:
    """Let a chat speak for this person in this talk, from now on; what it was before is forgotten."""
    held = find(session, chat)
    if held is not None and held.conversation_id != talk.id:
        session.execute(
            update(Conversation)
            .where(Conversation.id == held.conversation_id, Conversation.address == chat)
            .values(address="")
        )
    last_used(session, talk, chat)
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


def block(session: Session, now: datetime, address: Address, *, is_gone: bool) -> None:
    """The far side has shut the chat, or opened it again; who is talking with it is told."""
    address.blocked_at = now if is_gone else None
    session.flush()
    talk = session.get_one(Conversation, address.conversation_id)
    ticket = _owned(session, talk.id)
    if is_gone and ticket is not None and ticket.owner_id is not None:
        card(session, now, ticket.owner_id, card="blocked", ticket=ticket.ref)


def shut(session: Session, now: datetime, chat: str) -> None:
    """It turned out while sending that nothing arrives there any more."""
    address = find(session, chat.partition(":")[0])
    if address is not None and address.blocked_at is None:
        block(session, now, address, is_gone=True)


def last_used(session: Session, talk: Conversation, chat: str) -> None:
    """What is said in the talk reaches this chat from now on."""
    if talk.channel == TELEGRAM and talk.address == chat:
        return
    session.execute(
        update(Conversation)
        .where(Conversation.id == talk.id)
        .values(channel=TELEGRAM, address=chat)
        .execution_options(synchronize_session=False)
    )
    session.refresh(talk)


def come_to(session: Session, conversation: str, channel: str) -> None:
    """The talk goes on by another door; its chat is remembered."""
    session.execute(
        update(Conversation)
        .where(Conversation.id == conversation)
        .values(channel=channel)
        .execution_options(synchronize_session=False)
    )


def forget(session: Session, person: str) -> None:
    """No chat leads to this person any more, and nothing of its files stands in line."""
    talks = set(session.scalars(select(Conversation.id).where(Conversation.person_id == person)))
    chats = select(Address.chat).where(Address.channel == TELEGRAM, Address.person_id == person)
    waiting = select(Update).where(Update.channel == TELEGRAM, Update.chat.in_(chats))
    for row in session.scalars(waiting):
        row.payload, row.key = {}, f"{FORGOTTEN}{row.id}"
        row.state = Handling.DEAD if row.state is Handling.WAITING else row.state
    for sent in session.scalars(select(Outbound).where(Outbound.channel == TELEGRAM, Outbound.message_id.is_(None))):
        if sent.payload.get("talk") in talks or sent.payload.get("person") == person:
            sent.payload = {}
            sent.state = Delivery.CANCELLED if sent.state in (Delivery.QUEUED, Delivery.FAILED) else sent.state
    session.flush()
    session.execute(delete(Address).where(Address.person_id == person))
