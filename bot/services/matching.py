"""What matching reads from the records: the case, and of every active engineer his skills, his place and hours today, and what he has done.

A fixed number of queries, whatever the number of engineers; no model and no index is asked.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from bot.models.demands import Demand
from bot.models.people import Block, Organisation, Person
from bot.models.tickets import Offer, Rating, Ticket, Touch
from bot.rules.matching import Case, DeclineReason, Engineer, Record, Trade
from bot.rules.tickets import OWNED, TicketState
from bot.rules.triage import Domain
from bot.rules.worktime import CHINA
from bot.services import timetables
from bot.services.moment import Moment
from retrieval.protocols import Role

REMEMBERED = timedelta(days=365)  # what is older says little of today
DONE = (TicketState.RESOLVED, TicketState.CLOSED)


def case_of(session: Session, ticket: Ticket) -> Case:
    """A ticket as matching sees it."""
    demand, region = session.execute(
        select(Demand, Organisation.region)
        .join(Organisation, Organisation.id == Demand.organisation_id)
        .where(Demand.ref == ticket.demand_ref)
    ).one()
    facts = [str(told["value"]) for told in demand.facts.values()]
    return Case(
        ref=ticket.ref,
        domain=demand.domain,
        kind=demand.kind,
        urgency=ticket.urgency,
        text="\n".join([demand.title, demand.text, *facts]),
        place=demand.town or region,
        blocked=blocked_by(session, ticket.organisation_id),
        excluded=frozenset(
            session.scalars(select(Touch.person_id).where(Touch.ticket_ref == ticket.ref, Touch.excluded))
        ),
    )


def blocked_by(session: Session, organisation: str) -> frozenset[str]:
    """Engineers and organisations that this firm does not want."""
    return frozenset(session.scalars(select(Block.against).where(Block.organisation_id == organisation)))


def engineers_work_here(session: Session) -> bool:
    """Whether there is any active engineer."""
    return (
        session.scalars(select(Person.id).where(Person.role == Role.ENGINEER, Person.active).limit(1)).first()
        is not None
    )


def unwanting(engineer: str) -> Select[str]:
    """The firms that do not want this engineer, or anyone of his organisation."""
    organisation = select(Person.organisation_id).where(Person.id == engineer).scalar_subquery()
    return select(Block.organisation_id).where(or_(Block.against == engineer, Block.against == organisation))


def may_claim(engineer: str) -> tuple[ColumnElement[bool], ...]:
    """What holds of the tickets that an engineer may claim: offered, not passed on by him, of a firm that does not block him."""
    excluded = select(Touch.ticket_ref).where(Touch.person_id == engineer, Touch.excluded)
    return (
        Ticket.state == TicketState.OFFERED,
        Ticket.ref.not_in(excluded),
        Ticket.organisation_id.not_in(unwanting(engineer)),
    )


def engineers(
    session: Session, moment: Moment, *, only: str | None = None, but_for: str | None = None
) -> list[Engineer]:
    """Every active engineer as matching sees him now, in order of id.

    Args:
        only: One of them alone.
        but_for: A ticket whose own offers do not count as waiting.
    """
    people = select(Person).where(Person.role == Role.ENGINEER, Person.active).order_by(Person.id)
    found = list(session.scalars(people.where(Person.id == only) if only else people))
    ids = [person.id for person in found]
    records = _records(session, moment.now, ids, but_for)
    held = _held(session)
    tables = timetables.of_people(session, moment, found)
    today = moment.now.astimezone(CHINA).date()
    return [
        Engineer(
            id=person.id,
            skills=tuple(person.skills),
            organisation=person.organisation_id,
            place=tables[person.id].table.place_on(today),
            languages=tables[person.id].languages,
            load=held.get(person.id, 0),
            capacity=person.capacity,
            away=tables[person.id].table.away(moment.now),
            busy=tables[person.id].is_busy(moment.now),
            record=records[person.id],
        )
        for person in found
    ]


def _held(session: Session) -> dict[str, int]:
    """How many cases each engineer has."""
    rows = session.execute(
        select(Ticket.owner_id, func.count()).where(Ticket.state.in_(OWNED)).group_by(Ticket.owner_id)
    )
    return {owner: count for owner, count in rows.all() if owner is not None}


# --- what they have done --------------------------------------------------------------------------------------------------------------


def _records(session: Session, now: datetime, ids: list[str], but_for: str | None) -> dict[str, Record]:
    since = now - REMEMBERED
    trades: dict[str, dict[Domain, Trade]] = {}
    for (person, domain), counts in _trades(session, since).items():
        trades.setdefault(person, {})[domain] = Trade(**counts)
    answers = _answers(session, since, but_for)
    stars = _stars(session, since)
    return {
        person: Record(
            **answers.get(person, {}),
            trades=trades.get(person, {}),
            ratings=stars.get(person, (0, 0))[0],
            stars=stars.get(person, (0, 0))[1],
        )
        for person in ids
    }


def _answers(session: Session, since: datetime, but_for: str | None) -> dict[str, dict[str, int]]:
    """How each engineer answered his offers: taken, declined, left to others, still waiting."""
    # "Not my trade" counts for the trade and nowhere else: a good engineer who says so is right.
    own = and_(Touch.ticket_ref == Offer.ticket_ref, Touch.person_id == Offer.person_id)
    taken, declined = Touch.person_id.is_not(None), Offer.declined_at.is_not(None)
    told = declined & or_(Offer.declined_for.is_(None), Offer.declined_for != DeclineReason.NOT_MY_TRADE)
    open_now = ~taken & ~declined & (Ticket.state == TicketState.OFFERED)
    rows = session.execute(
        select(
            Offer.person_id,
            _sum(taken),
            _sum(~taken & told),
            _sum(~taken & ~declined & (Ticket.state != TicketState.OFFERED)),
            _sum(~taken & (Offer.declined_for == DeclineReason.TOO_FAR)),
            _sum(open_now & (Offer.ticket_ref != (but_for or ""))),
        )
        .join(Ticket, Ticket.ref == Offer.ticket_ref)
        .outerjoin(Touch, own)
        .where(Offer.created_at >= since)
        .group_by(Offer.person_id)
    )
    names = ("accepted", "declined", "ignored", "too_far", "pending")
    return {person: dict(zip(names, counts, strict=True)) for person, *counts in rows.all()}


def _trades(session: Session, since: datetime) -> dict[tuple[str, Domain], dict[str, int]]:
    """By engineer and trade: cases solved and given up, offers declined as not his."""
    found: dict[tuple[str, Domain], dict[str, int]] = {}
    # Who gave a case up has touched it and does not have it: passed on, taken back, or reopened for another.
    solved = and_(Ticket.last_owner_id == Touch.person_id, Ticket.state.in_(DONE))
    lost = or_(
        Touch.excluded, and_(Ticket.last_owner_id != Touch.person_id, Ticket.state.not_in((TicketState.MERGED,)))
    )
    rows = session.execute(
        select(Touch.person_id, Demand.domain, _sum(solved), _sum(~solved & lost))
        .join(Ticket, Ticket.ref == Touch.ticket_ref)
        .join(Demand, Demand.ref == Ticket.demand_ref)
        .where(Ticket.created_at >= since)
        .group_by(Touch.person_id, Demand.domain)
    )
    for person, domain, won, given_up in rows.all():
        found[person, domain] = {"solved": won, "failed": given_up}
    not_mine = session.execute(
        select(Offer.person_id, Demand.domain, func.count())
        .join(Ticket, Ticket.ref == Offer.ticket_ref)
        .join(Demand, Demand.ref == Ticket.demand_ref)
        .where(Offer.created_at >= since, Offer.declined_for == DeclineReason.NOT_MY_TRADE)
        .group_by(Offer.person_id, Demand.domain)
    )
    for person, domain, count in not_mine.all():
        found.setdefault((person, domain), {})["not_mine"] = count
    return found


def _stars(session: Session, since: datetime) -> dict[str, tuple[int, int]]:
    rows = session.execute(
        select(Ticket.last_owner_id, func.count(), func.sum(Rating.rating))
        .join(Rating, Rating.ticket_ref == Ticket.ref)
        .where(Rating.at >= since)
        .group_by(Ticket.last_owner_id)
    )
    return {person: (count, total) for person, count, total in rows.all() if person is not None}


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
