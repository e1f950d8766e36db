"""Offers: which engineers are invited to which ticket. An offer invites; the claim decides."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.errors import NotFound
from bot.models.base import new_id
from bot.models.demands import Demand
from bot.models.people import Person
from bot.models.tickets import Offer, Ticket, Touch
from bot.rules.people import Caller
from bot.rules.tickets import TicketState
from bot.rules.triage import DOMAIN_NAMES, Domain
from bot.services import ledger, reach
from bot.services.conversations import touched
from retrieval.protocols import Role

POOL = "pool"  # the topic of everyone who watches the pool


def invite(session: Session, now: datetime, ticket: Ticket) -> None:
    """Invite every active engineer who is not excluded from this ticket."""
    domain = session.scalars(select(Demand.domain).where(Demand.ref == ticket.demand_ref)).one()
    for engineer in session.scalars(select(Person).where(Person.role == Role.ENGINEER, Person.active)):
        _invite(session, now, ticket.ref, engineer, domain)
    touched(session, POOL)


def welcome(session: Session, now: datetime, engineer: Person) -> None:
    """Invite a new engineer to everything that is offered now."""
    rows = session.execute(
        select(Ticket.ref, Demand.domain)
        .join(Demand, Demand.ref == Ticket.demand_ref)
        .where(Ticket.state == TicketState.OFFERED)
    )
    for ref, domain in rows.all():
        _invite(session, now, ref, engineer, domain)


def _invite(session: Session, now: datetime, ref: str, engineer: Person, domain: Domain) -> None:
    held = session.scalars(select(Offer.id).where(Offer.ticket_ref == ref, Offer.person_id == engineer.id)).first()
    if held is not None:
        reach.card(session, now, engineer.id, card="offer", offer=held)  # it came back to the pool
        return
    made = Offer(
        id=new_id("f"), ticket_ref=ref, person_id=engineer.id, why=_reason(engineer.skills, domain), created_at=now
    )
    session.add(made)
    session.flush()
    reach.card(session, now, engineer.id, card="offer", offer=made.id)


def _reason(skills: Sequence[str], domain: Domain) -> str:
    name = DOMAIN_NAMES[domain]
    fits = domain.value in skills or any(skill and (skill in name or name in skill) for skill in skills)
    return f"您的专长：{name}" if fits else f"领域：{name}"


def open_offers(session: Session, engineer: str) -> Sequence[tuple[Offer, Ticket]]:
    """What an engineer may claim now, the most pressing first; declined ones are left out."""
    excluded = select(Touch.ticket_ref).where(Touch.person_id == engineer, Touch.excluded)
    rows = session.execute(
        select(Offer, Ticket)
        .join(Ticket, Ticket.ref == Offer.ticket_ref)
        .where(
            Offer.person_id == engineer,
            Offer.declined_at.is_(None),
            Ticket.state == TicketState.OFFERED,
            Ticket.ref.not_in(excluded),
        )
        .order_by(Ticket.due_at, Ticket.number)
    )
    return [(offer, ticket) for offer, ticket in rows]


def own(session: Session, offer_id: str, engineer: str | None) -> Offer:
    """An offer made to this engineer.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    offer = session.get(Offer, offer_id)
    if offer is None or engineer is None or offer.person_id != engineer:
        raise NotFound("没有这条派单邀请，或者它不是发给您的。")
    return offer


def decline(session: Session, now: datetime, offer: Offer, reason: str, *, caller: Caller) -> None:
    """The engineer does not want it; it stays open to the others. Declining twice is declining once."""
    if offer.declined_at is not None:
        return
    offer.declined_at, offer.decline_reason = now, reason
    session.flush()
    ledger.append(session, at=now, event="offer.declined", subject=offer.ticket_ref, caller=caller)
    touched(session, POOL)
