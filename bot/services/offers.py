"""Offers: which engineers are invited to which ticket, in waves. An offer invites; the claim decides.

The best three are invited first, after a third of the time for claiming five more, after two thirds ten, and when it is over, which staff hear,
twenty each time; when all who were invited have declined the next wave comes at once. Whoever is not invited yet may still claim.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from bot.errors import NotFound
from bot.models.base import new_id
from bot.models.people import Person
from bot.models.tickets import Offer, Round, Ticket
from bot.rules import matching as rules
from bot.rules import worktime
from bot.rules.matching import DeclineReason, Match
from bot.rules.people import Caller
from bot.rules.tickets import CLAIM, Due, TicketState
from bot.rules.worktime import Hours
from bot.services import ledger, matching, reach, timetables
from bot.services.conversations import touched
from bot.services.moment import Moment

POOL = "pool"  # the topic of everyone who watches the pool
Held = dict[str, Offer]  # a ticket's offers by engineer


# --- inviting -------------------------------------------------------------------------------------------------------------------------


def invite(session: Session, moment: Moment, ticket: Ticket) -> None:
    """Begin to invite, with the first wave, wherever the ticket came from."""
    begun = session.get(Round, ticket.ref)
    if begun is None:
        begun = Round(ticket_ref=ticket.ref, wave=0, since=moment.now)
        session.add(begun)
    begun.wave, begun.since = 0, moment.now
    _next_wave(session, moment, ticket, begun)
    touched(session, POOL)


def due_waves(session: Session, now: datetime, limit: int = 50) -> Sequence[str]:
    """References of the tickets whose next wave is due, the longest first."""
    return session.scalars(
        select(Round.ticket_ref).where(Round.widen_at <= now).order_by(Round.widen_at).limit(limit)
    ).all()


def widen(session: Session, moment: Moment, ref: str) -> None:
    """Invite the next wave, unless the ticket has left the pool or somebody was faster."""
    ticket = session.scalars(
        select(Ticket).where(Ticket.ref == ref).with_for_update(of=Ticket).execution_options(populate_existing=True)
    ).one()
    begun = session.get_one(Round, ref, populate_existing=True)
    if ticket.state is not TicketState.OFFERED:
        begun.widen_at = None
        return
    if begun.widen_at is None or begun.widen_at > moment.now:
        return
    count = _next_wave(session, moment, ticket, begun)
    data = {"wave": begun.wave, "count": count}
    ledger.append(session, at=moment.now, event="offers.widened", subject=ref, data=data)
    touched(session, POOL)


def _next_wave(session: Session, moment: Moment, ticket: Ticket, begun: Round) -> int:
    """Invite the next wave; how many were invited."""
    case, known = matching.case_of(session, ticket), matching.engineers(session, moment, but_for=ticket.ref)
    ranked, by_id = rules.matches(case, known), {one.id: one for one in known}
    held = _of_ticket(session, ticket.ref)
    begun.wave += 1
    new = rules.wave(case, _not_yet(ranked, held, begun), begun.wave)
    for match in new:
        why = rules.why(case, by_id[match.engineer])
        held[match.engineer] = _make(session, moment.now, begun, match, why, held.get(match.engineer))
    begun.widen_at = _widens(moment, ticket, begun) if _not_yet(ranked, held, begun) else None
    session.flush()
    if ranked or matching.engineers_work_here(session):
        _ask_staff_if_alone(session, moment.now, ticket.ref, begun, held.values())
    return len(new)


def _not_yet(matches: Sequence[Match], held: Held, begun: Round) -> list[Match]:
    """Those who neither declined nor heard of it in this round."""
    return [match for match in matches if not _heard(held.get(match.engineer), begun)]


def _heard(offer: Offer | None, begun: Round) -> bool:
    return offer is not None and (offer.declined_at is not None or _round(offer) == begun.since.isoformat())


def _round(offer: Offer) -> object:
    return (offer.figures or {}).get("since")


def _widens(moment: Moment, ticket: Ticket, begun: Round) -> datetime:
    span = rules.until_wave(begun.wave, CLAIM[ticket.urgency])
    return max(moment.now, worktime.add_working(moment.hours, begun.since, span))


def _make(session: Session, now: datetime, begun: Round, match: Match, why: str, held: Offer | None) -> Offer:
    """An offer with why; one that the engineer has had before is brought up to date and its card sent again."""
    if held is None:
        held = Offer(id=new_id("f"), ticket_ref=begun.ticket_ref, person_id=match.engineer, created_at=now, why="")
        session.add(held)
    held.why = why
    held.figures = match.as_json() | {"wave": begun.wave, "since": begun.since.isoformat()}
    session.flush()
    reach.card(session, now, match.engineer, card="offer", offer=held.id)
    return held


def _ask_staff_if_alone(session: Session, now: datetime, ref: str, begun: Round, offers: Collection[Offer]) -> None:
    """Where everyone was invited and nobody is left who might come, the time for claiming is over at once."""
    if begun.widen_at is not None or any(offer.declined_at is None for offer in offers):
        return
    waiting = (Ticket.ref == ref, Ticket.state == TicketState.OFFERED, Ticket.due == Due.UNCLAIMED)
    session.execute(
        update(Ticket)
        .where(*waiting, Ticket.reminded == 0, Ticket.due_at > now)
        .values(due_at=now)
        .execution_options(synchronize_session="fetch")
    )


def welcome(session: Session, now: datetime, engineer: Person) -> None:
    """Invite a new engineer to everything that is offered now: he is to have something to begin with."""
    # His hours are not known here and are not looked at: he is invited whatever he is worth.
    (one,) = matching.engineers(session, Moment(now, Hours()), only=engineer.id)
    one = replace(one, away=None)
    for ticket in session.scalars(select(Ticket).where(Ticket.state == TicketState.OFFERED).order_by(Ticket.number)):
        case = matching.case_of(session, ticket)
        held = session.scalars(_offer_of(ticket.ref, engineer.id)).one_or_none()
        if held is not None and held.declined_at is not None:
            continue
        begun = session.get(Round, ticket.ref) or Round(ticket_ref=ticket.ref, wave=1, since=now)
        for match in rules.matches(case, [one]):
            _make(session, now, begun, match, rules.why(case, one), held)


# --- reading --------------------------------------------------------------------------------------------------------------------------


def open_offers(session: Session, engineer: str) -> Sequence[tuple[Offer, Ticket]]:
    """What an engineer is invited to now, the most pressing first; declined ones are left out."""
    rows = session.execute(
        select(Offer, Ticket)
        .join(Ticket, Ticket.ref == Offer.ticket_ref)
        .where(Offer.person_id == engineer, Offer.declined_at.is_(None), *matching.may_claim(engineer))
        .order_by(Ticket.due_at, Ticket.number)
    )
    return [(offer, ticket) for offer, ticket in rows]


def open_besides(session: Session, engineer: str, limit: int = 100) -> Sequence[Ticket]:
    """What an engineer may claim now without being invited, the most pressing first."""
    own = select(Offer.ticket_ref).where(Offer.person_id == engineer)
    return session.scalars(
        select(Ticket)
        .where(Ticket.ref.not_in(own), *matching.may_claim(engineer))
        .order_by(Ticket.due_at, Ticket.number)
        .limit(limit)
    ).all()


def of_ticket(session: Session, ref: str) -> Sequence[tuple[Offer, Person]]:
    """Who was invited to a ticket, the first wave first and the best of each first."""
    rows = session.execute(
        select(Offer, Person).join(Person, Person.id == Offer.person_id).where(Offer.ticket_ref == ref)
    )
    return sorted(((offer, person) for offer, person in rows), key=lambda row: (*_order(row[0]), row[1].id))


def _order(offer: Offer) -> tuple[int, float, datetime]:
    figures = offer.figures or {}
    return figures.get("wave", 1), -figures.get("score", 0.0), offer.created_at


def _of_ticket(session: Session, ref: str) -> Held:
    return {offer.person_id: offer for offer in session.scalars(select(Offer).where(Offer.ticket_ref == ref))}


def _offer_of(ref: str, engineer: str) -> Select[Offer]:
    return select(Offer).where(Offer.ticket_ref == ref, Offer.person_id == engineer)


def own(session: Session, offer_id: str, engineer: str | None) -> Offer:
    """An offer made to this engineer.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    offer = session.get(Offer, offer_id)
    if offer is None or engineer is None or offer.person_id != engineer:
        raise NotFound("没有这条派单邀请，或者它不是发给您的。")
    return offer


# --- declining ------------------------------------------------------------------------------------------------------------------------


def decline(
    session: Session, now: datetime, offer: Offer, reason: str, *, caller: Caller, until: datetime | None = None
) -> None:
    """The engineer does not want it; it stays open to the others. Declining twice is declining once.

    What the reason teaches is kept for the offers to come; who says that he has no time gets fewer `until` then. Where all who were invited have
    declined, the next wave is due at once.
    """
    if offer.declined_at is not None:
        return
    offer.declined_at, offer.decline_reason = now, reason
    offer.declined_for = rules.decline_reason(reason)
    session.flush()
    if offer.declined_for is DeclineReason.TOO_BUSY:
        timetables.busy(session, now, session.get_one(Person, offer.person_id), until)
    _hurry(session, now, offer.ticket_ref)
    data = {"for": offer.declined_for.value}
    ledger.append(session, at=now, event="offer.declined", subject=offer.ticket_ref, caller=caller, data=data)
    touched(session, POOL)


def _hurry(session: Session, now: datetime, ref: str) -> None:
    begun = session.get(Round, ref)
    held = _of_ticket(session, ref).values()
    if begun is None or any(offer.declined_at is None for offer in held):
        return
    if begun.widen_at is not None:
        begun.widen_at = min(now, begun.widen_at)
        session.flush()
    _ask_staff_if_alone(session, now, ref, begun, held)
