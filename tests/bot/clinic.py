"""A clinic's people and cases for tests, made by the services themselves."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from bot.models.base import new_id
from bot.models.conversations import Conversation
from bot.models.people import Organisation, Person
from bot.models.tickets import Ticket
from bot.rules import worktime
from bot.rules.people import Caller
from bot.rules.triage import Demand, Domain, Urgency
from bot.services import conversations, demands, tickets
from bot.services.moment import Moment
from retrieval.protocols import Role

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # ten in the morning in China
HOURS = worktime.parse(())


def moment(**later: float) -> Moment:
    """Monday morning, or so much later."""
    return Moment(MONDAY + timedelta(**later), HOURS)


def make_person(
    session: Session, role: Role, name: str = "", *, organisation: str | None = None, capacity: int | None = None
) -> Caller:
    """A person with an account, and as the caller that this person is."""
    firm: Organisation | None = None
    if organisation is not None:
        firm = session.query(Organisation).filter_by(name=organisation).one_or_none()
        if firm is None:
            firm = Organisation(id=new_id("o"), name=organisation, created_at=MONDAY)
            session.add(firm)
    person = Person(
        id=new_id("p"),
        role=role,
        name=name or role.value,
        organisation_id=firm.id if firm else None,
        skills=[],
        capacity=capacity,
        created_at=MONDAY,
    )
    session.add(person)
    session.flush()
    return Caller(role, person.id, person.name, firm.id if firm else None)


@dataclass
class Case:
    """A ticket and where it is talked about."""

    ticket: Ticket
    conversation: Conversation


def make_ticket(session: Session, firm: Caller, *, at: Moment | None = None) -> Case:
    """A firm's ticket, offered."""
    at = at or moment()
    conversation = conversations.begin(session, at.now, channel="web", caller=firm)
    demand = demands.propose(
        session,
        at.now,
        conversation,
        caller=firm,
        kind=Demand.PROBLEM,
        domain=Domain.MOULDING,
        urgency=Urgency.NORMAL,
        title="注塑件缩水",
        text="注塑件老缩水",
        facts={},
    )
    return Case(tickets.open_ticket(session, at, conversation, demand, caller=firm), conversation)
