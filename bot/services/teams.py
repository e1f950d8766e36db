"""Groups of a team: each new case of the pool is shown there, and its card is changed once somebody has it.

Who is in a group is Telegram's to know. So a card names no firm, and what is pressed counts for who pressed it.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.models.channels import Address
from bot.models.tickets import Ticket
from bot.models.work import Outbound
from bot.rules.outbox import Delivery
from bot.rules.people import NOBODY
from bot.rules.tickets import TicketState
from bot.services import conversations, reach

TEAM = "team"  # in an address' state
LISTED = 8
_THERE = (Delivery.SENDING, Delivery.SENT, Delivery.UNKNOWN)


def groups(session: Session) -> Sequence[Address]:
    """The groups that can be written to."""
    found = session.scalars(
        select(Address)
        .where(
            Address.channel == reach.TELEGRAM,
            Address.chat.startswith("-", autoescape=True),
            Address.blocked_at.is_(None),
        )
        .order_by(Address.chat)
    )
    return [address for address in found if address.state.get(TEAM)]


def is_team(session: Session, chat: str) -> bool:
    """Whether new cases are shown in this group."""
    address = reach.find(session, chat)
    return address is not None and bool(address.state.get(TEAM))


def join(session: Session, now: datetime, chat: str) -> None:
    """From now on new cases are shown there."""
    address = reach.find(session, chat)
    if address is None:
        talk = conversations.begin(session, now, channel=reach.TELEGRAM, caller=NOBODY, address=chat)
        address = reach.settle(session, now, chat, talk, person=None)
    address.state, address.blocked_at = {TEAM: True}, None
    session.flush()


def leave(session: Session, chat: str) -> None:
    """No longer."""
    if (address := reach.find(session, chat)) is not None:
        address.state = {}
        session.flush()


def post(session: Session, now: datetime, ref: str) -> None:
    """Show a case that may be claimed in every group."""
    for address in groups(session):
        reach.put(session, now, address.chat, {"kind": "card", "card": "pool", "ticket": ref})


def change(session: Session, now: datetime, ref: str) -> None:
    """Its newest card in each group says how it stands now. One that has not gone yet never goes, or says it by itself."""
    for address in groups(session):
        newest = session.execute(
            select(Outbound.id, Outbound.state)
            .where(
                Outbound.state.in_((Delivery.QUEUED, *_THERE)),
                Outbound.lane == address.chat,
                Outbound.channel == reach.TELEGRAM,
                Outbound.payload["card"].as_string() == "pool",
                Outbound.payload["ticket"].as_string() == ref,
                Outbound.payload["of"].as_string().is_(None),
            )
            .order_by(Outbound.id.desc())
            .limit(1)
        ).first()
        if newest is not None and newest.state in _THERE:
            payload = {"kind": "card", "card": "pool", "ticket": ref, "of": str(newest.id)}
            reach.put(session, now, address.chat, payload)


def waiting(session: Session) -> Sequence[Ticket]:
    """What may be claimed now, the most pressing first."""
    return session.scalars(
        select(Ticket).where(Ticket.state == TicketState.OFFERED).order_by(Ticket.due_at, Ticket.number).limit(LISTED)
    ).all()
