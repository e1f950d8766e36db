"""What the dialogue reads and keeps of a talk; what it means is the dialogue's to know."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.orm import Session

from bot.db import changes_one
from bot.errors import NotFound
from bot.models.base import table_of
from bot.models.conversations import Conversation, Message
from bot.models.demands import Demand
from bot.models.people import Organisation, Person
from bot.models.tickets import Rating, Ticket
from bot.rules import tickets as rules
from bot.rules.conversations import Owner, ReplyKind, Sender
from bot.rules.people import Caller
from bot.rules.tickets import OPEN, Due
from bot.rules.triage import Domain, Urgency
from bot.rules.turns import Stale
from bot.services import conversations, demands, ledger
from bot.services.moment import Moment
from retrieval.protocols import Role

# Read and kept in every turn, so built once, and on the plain tables where no object is needed.
_TALKS, _MESSAGES, _PEOPLE = table_of(Conversation), table_of(Message), table_of(Person)
_IN_TALK = _MESSAGES.c.conversation_id == bindparam("talk")
_LINES = (
    select(_MESSAGES.c.id, _MESSAGES.c.sender, _MESSAGES.c.text, _MESSAGES.c.at, _MESSAGES.c.kind)
    .where(_IN_TALK)
    .order_by(_MESSAGES.c.seq.desc())
    .limit(bindparam("limit"))
)
_TEXTS = (
    select(_MESSAGES.c.id, _MESSAGES.c.text)
    .where(_IN_TALK, _MESSAGES.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(_MESSAGES.c.seq)
)
_SINCE = (
    select(_MESSAGES.c.id)
    .where(_IN_TALK, _MESSAGES.c.seq > bindparam("seq"), _MESSAGES.c.sender.in_((Sender.BOT, Sender.SYSTEM)))
    .order_by(_MESSAGES.c.seq)
)
_PHONE = select(_PEOPLE.c.phone).where(_PEOPLE.c.id == bindparam("person"))
_OWNER = select(_TALKS.c.owner).where(_TALKS.c.id == bindparam("talk"))
_TAKE = (
    update(_TALKS)
    .where(
        _TALKS.c.id == bindparam("talk"), _TALKS.c.version == bindparam("seen"), _TALKS.c.owner == bindparam("owned")
    )
    .values(version=_TALKS.c.version + 1)
)
_REMEMBER = update(_TALKS).where(_TALKS.c.id == bindparam("talk")).values(state=bindparam("said"))

MAX_CASES = 50  # the newest; one that was open for so long that fifty followed it there is none


def conversation(session: Session, conversation_id: str) -> Conversation:
    """The conversation, whoever asks; doors ask who may before.

    Raises:
        NotFound: there is none.
    """
    found = session.get(Conversation, conversation_id)
    if found is None:
        raise NotFound(conversations.GONE)
    return found


def speaker(session: Session, talk: Conversation, caller: Caller) -> Caller:
    """Who speaks: the caller, or who the conversation became bound to after the message was taken in without an account."""
    if caller.role is not Role.PUBLIC or talk.person_id is None:
        return caller
    person = session.get(Person, talk.person_id)
    if person is None or not person.active:
        return caller
    return Caller(person.role, person.id, person.name, person.organisation_id)


def has_phone(session: Session, caller: Caller) -> bool:
    """Whether a telephone of the caller is known."""
    if caller.person is None:
        return False
    return bool(session.execute(_PHONE, {"person": caller.person}).scalar_one_or_none())


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a talk, without the answer and the buttons that it carried."""

    id: str
    sender: Sender
    text: str
    at: datetime
    kind: ReplyKind | None


def last_lines(session: Session, conversation_id: str, limit: int) -> tuple[Line, ...]:
    """The last messages, oldest first."""
    newest = session.execute(_LINES, {"talk": conversation_id, "limit": limit}).all()
    return tuple(Line(*row) for row in reversed(newest))


def texts(session: Session, conversation_id: str, ids: Iterable[str]) -> dict[str, str]:
    """What these messages of the conversation say, by id, in order."""
    rows = session.execute(_TEXTS, {"talk": conversation_id, "ids": list(ids)})
    return {id: text for id, text in rows}


@dataclass(frozen=True, slots=True)
class Case:
    """A ticket with what it is about, read together."""

    ticket: Ticket
    demand: Demand
    is_rated: bool


_CASES = (
    select(Ticket, Demand, Rating.ticket_ref)
    .join(Demand, Demand.ref == Ticket.demand_ref)
    .outerjoin(Rating, Rating.ticket_ref == Ticket.ref)
    .order_by(Ticket.number.desc())
    .limit(MAX_CASES)
)
_CASES_HERE = _CASES.where(Ticket.conversation_id == bindparam("talk"))
_NEWEST = (
    _CASES.where(Ticket.person_id == bindparam("person"), Ticket.organisation_id == bindparam("firm"))
    .order_by(None)
    .order_by(Ticket.state.in_(OPEN).desc(), Ticket.number.desc())
    .limit(1)
)


def cases_of(session: Session, conversation_id: str) -> list[Case]:
    """The tickets of this conversation, the newest first."""
    return _cases(session, _CASES_HERE, talk=conversation_id)


def newest_of(session: Session, caller: Caller) -> Case | None:
    """The caller's own newest ticket, an open one before any other, whatever conversation it is from."""
    if caller.person is None or caller.organisation is None:
        return None
    return next(iter(_cases(session, _NEWEST, person=caller.person, firm=caller.organisation)), None)


def find_case(session: Session, ref: str, caller: Caller) -> Case | None:
    """The firm's own case of this reference; another's is like none. Staff see every one."""
    if caller.is_clerk:
        found = _cases(session, _CASES.where(Ticket.ref == ref))
    elif caller.organisation is not None:
        found = _cases(session, _CASES.where(Ticket.ref == ref, Ticket.organisation_id == caller.organisation))
    else:
        found = []
    return found[0] if found else None


def _cases(session: Session, wanted: Select[Ticket, Demand, str], **given: str) -> list[Case]:
    rows = session.execute(wanted, given)
    return [Case(ticket, demand, rated is not None) for ticket, demand, rated in rows]


def demand_of(session: Session, ticket: Ticket) -> Demand:
    """What a ticket is about."""
    return session.scalars(select(Demand).where(Demand.ref == ticket.demand_ref)).one()


def firm_of(session: Session, ticket: Ticket) -> str:
    """The name of the firm whose case it is."""
    return session.get_one(Organisation, ticket.organisation_id).name


def is_rated(session: Session, ref: str) -> bool:
    """Whether the firm has rated the case."""
    return session.get(Rating, ref) is not None


# --- keeping --------------------------------------------------------------------------------------------------------------------------


def take(session: Session, conversation_id: str, *, version: int, owner: Owner) -> Conversation:
    """The conversation, held until the transaction ends, if it is still as it was viewed.

    Raises:
        Stale: something happened in it since.
    """
    session.flush()
    if not changes_one(session, _TAKE, {"talk": conversation_id, "seen": version, "owned": owner}):
        raise Stale
    return session.get_one(Conversation, conversation_id, populate_existing=True)


def owner_now(session: Session, conversation_id: str) -> Owner:
    """Who owns it now, after the moves of others in this transaction."""
    session.flush()
    owner: Owner = session.execute(_OWNER, {"talk": conversation_id}).scalar_one()
    return owner


def refreshed(session: Session, talk: Conversation) -> Conversation:
    """As it is now, after the moves of others in this transaction."""
    session.refresh(talk)
    return talk


def remember(session: Session, talk: Conversation, state: Mapping[str, Any]) -> None:
    """What the dialogue is to know at the next turn."""
    session.execute(_REMEMBER, {"talk": talk.id, "said": dict(state)})


def adopt(session: Session, talk: Conversation, caller: Caller) -> None:
    """A talk that began without an account belongs to whoever goes on with it signed in."""
    session.execute(
        update(Conversation)
        .where(Conversation.id == talk.id, Conversation.person_id.is_(None), Conversation.organisation_id.is_(None))
        .values(person_id=caller.person, organisation_id=caller.organisation)
        .execution_options(synchronize_session=False)
    )
    session.refresh(talk)


def since(session: Session, conversation_id: str, seq: int) -> list[str]:
    """Ids of the bot's and the system's messages behind this number, in order."""
    return list(session.execute(_SINCE, {"talk": conversation_id, "seq": seq}).scalars())


def add_facts(session: Session, moment: Moment, ticket: Ticket, facts: Mapping[str, Any], *, caller: Caller) -> bool:
    """Add to what is known of the ticket's demand; whether anything was new."""
    demand = demand_of(session, ticket)
    added = {code: fact for code, fact in facts.items() if demand.facts.get(code) != fact}
    if not added:
        return False
    session.execute(
        update(Demand)
        .where(Demand.number == demand.number)
        .values(facts={**demand.facts, **added}, updated_at=moment.now)
        .execution_options(synchronize_session=False)
    )
    demands.weigh(session, demand.ref)
    session.refresh(demand)
    ledger.append(
        session,
        at=moment.now,
        event="demand.supplemented",
        subject=demand.ref,
        caller=caller,
        data={"facts": sorted(added)},
    )
    conversations.touched(session, ticket.conversation_id)
    return True


def retell(
    session: Session,
    moment: Moment,
    ticket: Ticket,
    *,
    title: str,
    text: str,
    domain: Domain,
    caller: Caller,
) -> None:
    """Say what a demand is about that was opened before the trouble was told; the words are added to those it began with."""
    demand = demand_of(session, ticket)
    session.execute(
        update(Demand)
        .where(Demand.number == demand.number)
        .values(title=title, text=f"{demand.text}\n{text}", domain=domain, updated_at=moment.now)
        .execution_options(synchronize_session=False)
    )
    demands.weigh(session, demand.ref)
    session.refresh(demand)
    ledger.append(
        session, at=moment.now, event="demand.retold", subject=demand.ref, caller=caller, data={"domain": domain.value}
    )
    conversations.touched(session, ticket.conversation_id)


_RISING = (Urgency.LOW, Urgency.NORMAL, Urgency.HIGH, Urgency.CRITICAL)


def hasten(session: Session, moment: Moment, ticket: Ticket, urgency: Urgency, *, caller: Caller) -> bool:
    """Make an open ticket more urgent, its deadline with it; False where it is that urgent already."""
    if ticket.state not in OPEN or _RISING.index(urgency) <= _RISING.index(ticket.urgency):
        return False
    values: dict[str, Any] = {"urgency": urgency, "version": Ticket.version + 1}
    if ticket.due in (Due.UNCLAIMED, Due.FIRST_REPLY) and ticket.due_at is not None:
        values["due_at"] = min(ticket.due_at, moment.working(rules.CLAIM[urgency]))
    done = changes_one(
        session,
        update(Ticket).where(Ticket.number == ticket.number, Ticket.version == ticket.version).values(**values),
    )
    session.refresh(ticket)
    if not done:
        raise Stale
    session.execute(
        update(Demand)
        .where(Demand.ref == ticket.demand_ref)
        .values(urgency=urgency, updated_at=moment.now)
        .execution_options(synchronize_session=False)
    )
    ledger.append(
        session,
        at=moment.now,
        event="ticket.hastened",
        subject=ticket.ref,
        caller=caller,
        data={"urgency": urgency.value},
    )
    conversations.touched(session, ticket.conversation_id)
    return True
