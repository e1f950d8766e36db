"""Who is reached through a channel that is spoken to: its addresses, and what is put in line for them.

Everything said in a talk is put in line here and nowhere else, in the transaction that says it. What stands in line are ids: the words are
looked up when they are sent (`bot.services.letters`), so that deleting a person leaves none behind.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from bot.models.channels import Address, Update
from bot.models.conversations import Conversation, Message
from bot.models.people import Person
from bot.models.tickets import Offer, Ticket, Touch
from bot.models.work import FORGOTTEN, Handling, Outbound
from bot.rules.conversations import Owner, Sender
from bot.rules.outbox import Delivery
from bot.rules.people import CLERKS
from bot.rules.tickets import OWNED, TicketState
from bot.services.line import queue

TELEGRAM = "telegram"
RELAYED = frozenset({Sender.SME, Sender.STAFF})  # what the engineer of a case is told of its talk
OTHERS = "others"  # in an address' state: cases that spoke to an engineer while his words go to another
TOPICS = "topics"  # likewise: a case's reference to the topic that is its own
FORM = "form"  # likewise: the solution that he is writing, in part with the firm's words
_KEY = re.compile(
    r"tg\.(?P<chat>-?\d{1,20})\.(?P<message>\d{1,20})(?:\.|$)"
)  # of an engineer's words, behind who said them


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
    if message.sender is Sender.ENGINEER and not (channel == TELEGRAM and address):
        _mark(session, now, message, Delivery.SENT)  # the firm reads it where it stands


def _relay(session: Session, now: datetime, message: Message) -> None:
    ticket = _owned(session, message.conversation_id)
    if ticket is None or ticket.owner_id is None or ticket.owner_id == message.person_id:
        return
    for address in of_person(session, ticket.owner_id):
        hold(session, address)
        if address.ticket_ref != ticket.ref:
            heard = address.state.get(OTHERS, [])
            address.state = {**address.state, OTHERS: [*(ref for ref in heard if ref != ticket.ref), ticket.ref]}
        put(
            session,
            now,
            lane_of(address, ticket.ref),
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
    """Put a card in line for each chat of this person, in the topic of its `ticket`; nothing where there is none.

    Args:
        ids: What it is about: `card` names its kind, the rest are ids.
    """
    for address in of_person(session, person):
        put(session, now, lane_of(address, ids.get("ticket", "")), {"kind": "card", **ids})


def alert(session: Session, now: datetime, **ids: str) -> None:
    """The same for every clerk."""
    clerks = select(Person.id).where(Person.role.in_(CLERKS), Person.active)
    for person in session.scalars(clerks.join(Address, Address.person_id == Person.id).distinct()):
        card(session, now, person, **ids)


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
            or_(Outbound.lane == chat, Outbound.lane.startswith(f"{chat}:", autoescape=True)),
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


def ended(session: Session, outbox_id: int, state: Delivery) -> None:
    """Something was sent, or was not, or nobody knows: who said it sees that, and a topic that was opened is remembered."""
    row = session.get_one(Outbound, outbox_id, populate_existing=True)
    if row.payload.get("kind") == "topic" and state is Delivery.SENT:
        _opened(session, row)
    message = session.get(Message, row.message_id) if row.message_id else None
    if message is None or message.sender is not Sender.ENGINEER or not message.person_id or "ticket" in row.payload:
        return
    _mark(session, row.queued_at, message, state)
    if state is not Delivery.SENT:
        case = session.scalars(
            select(Conversation.ticket_ref).where(Conversation.id == message.conversation_id)
        ).one_or_none()
        ids = {"ticket": case} if case else {}
        card(session, row.queued_at, message.person_id, card="undelivered", outbox=str(outbox_id), **ids)


def _mark(session: Session, now: datetime, message: Message, state: Delivery) -> None:
    """Set a sign under an engineer's own words, where he said them in a chat."""
    found = _KEY.search(message.client_key or "")
    address = find(session, found["chat"]) if found is not None else None
    if found is not None and address is not None and address.person_id == message.person_id:
        put(session, now, found["chat"], {"kind": "mark", "message": found["message"], "state": state.value})


# --- topics ---------------------------------------------------------------------------------------------------------------------------


def hold(session: Session, address: Address) -> None:
    """Nobody else changes what the chat is in the middle of until the transaction ends."""
    session.refresh(address, with_for_update=True)


def lane_of(address: Address, ref: str) -> str:
    """Where what belongs to this case goes: its topic, or the chat itself."""
    topic = address.state.get(TOPICS, {}).get(ref)
    return f"{address.chat}:{topic}" if topic else address.chat


def case_in(address: Address, topic: str) -> str | None:
    """The case whose topic this is."""
    return next((ref for ref, known in address.state.get(TOPICS, {}).items() if known == topic), None)


def open_topic(session: Session, now: datetime, address: Address, ref: str) -> None:
    """A case gets a topic of its own, unless it has one; where the client has none the sender leaves it."""
    under_way = (
        select(Outbound.id)
        .where(
            Outbound.state.in_((Delivery.QUEUED, Delivery.SENDING)),
            Outbound.lane == address.chat,
            Outbound.payload["kind"].as_string() == "topic",
            Outbound.payload["ticket"].as_string() == ref,
        )
        .limit(1)
    )
    if ref not in address.state.get(TOPICS, {}) and session.scalars(under_way).first() is None:
        put(session, now, address.chat, {"kind": "topic", "ticket": ref})


def has_topics(address: Address) -> bool:
    """Whether his client is known to have them."""
    return bool(address.state.get(TOPICS))


def _opened(session: Session, row: Outbound) -> None:
    address, ref = find(session, row.lane), str(row.payload["ticket"])
    if address is None or row.far_id is None or address.person_id is None:
        return
    hold(session, address)
    address.state = {**address.state, TOPICS: {**address.state.get(TOPICS, {}), ref: row.far_id}}
    session.flush()
    put(session, row.queued_at, lane_of(address, ref), {"kind": "card", "card": "topic", "ticket": ref})


def topic_lost(session: Session, lane: str) -> None:
    """The topic of this lane is closed or gone: what belongs to its case goes into the chat itself."""
    chat, _, topic = lane.partition(":")
    address = find(session, chat)
    if address is None:
        return
    hold(session, address)
    left = {ref: known for ref, known in address.state.get(TOPICS, {}).items() if known != topic}
    address.state = {**address.state, TOPICS: left}


def into_topic(session: Session, message: str, chat: str, topic: str) -> None:
    """What was just put in line for this chat goes into one of its topics."""
    session.execute(
        update(Outbound)
        .where(Outbound.message_id == message, Outbound.lane == chat, Outbound.state == Delivery.QUEUED)
        .values(lane=f"{chat}:{topic}")
        .execution_options(synchronize_session=False)
    )


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
    known = held.state if held.state and held.person_id == person else {}
    held.state = {TOPICS: known[TOPICS]} if TOPICS in known else {}
    held.person_id, held.conversation_id, held.ticket_ref = person, talk.id, None
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


def moved(session: Session, lane: str, new_lane: str) -> None:
    """A group has another id; what is known of it, and what waits for it, goes with it."""
    chat, new = lane.partition(":")[0], new_lane.partition(":")[0]
    if find(session, new) is None:
        session.execute(update(Address).where(Address.channel == TELEGRAM, Address.chat == chat).values(chat=new))
    session.execute(
        update(Conversation)
        .where(Conversation.channel == TELEGRAM, Conversation.address == chat)
        .values(address=new)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Outbound)
        .where(Outbound.channel == TELEGRAM, Outbound.lane == chat, Outbound.state == Delivery.QUEUED)
        .values(lane=new)
        .execution_options(synchronize_session=False)
    )


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
    """No chat leads to this person any more, and nothing of what came from them is kept."""
    chats = select(Address.chat).where(Address.channel == TELEGRAM, Address.person_id == person)
    waiting = select(Update).where(Update.channel == TELEGRAM, Update.chat.in_(chats))
    for row in session.scalars(waiting):
        row.payload, row.key = {}, f"{FORGOTTEN}{row.id}"
        row.state = Handling.DEAD if row.state is Handling.WAITING else row.state
    session.flush()
    session.execute(delete(Address).where(Address.person_id == person))
    _forget_forms(session, person)


def _forget_forms(session: Session, person: str) -> None:
    """What an engineer was writing of this person's cases holds what the person said."""
    cases = select(Ticket.ref).where(Ticket.person_id == person)
    engineers = select(Touch.person_id).where(Touch.ticket_ref.in_(cases))
    refs = set(session.scalars(cases))
    for address in session.scalars(select(Address).where(Address.person_id.in_(engineers))):
        if address.state.get(FORM, {}).get("ref") in refs:
            hold(session, address)
            address.state = {name: value for name, value in address.state.items() if name != FORM}
    session.flush()
