"""What one turn is decided on: read in one short transaction, plain values afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from bot.db import Session
from bot.dialogue.memory import Memory
from bot.models.tickets import Ticket
from bot.rules import presses
from bot.rules.conversations import Owner, Sender
from bot.rules.people import CLERKS, NOBODY, Caller
from bot.rules.phrases import ticket_ref
from bot.rules.solutions import SolutionState
from bot.rules.tickets import OPEN, Due, TicketState
from bot.rules.triage import Demand, Domain, Urgency
from bot.rules.turns import Turn
from bot.services import offers, solutions, talks, tickets
from bot.services.talks import Case, Line
from retrieval.protocols import Role

LAST_MESSAGES = 30
LISTED = 8
WORKERS = frozenset({Role.ENGINEER, *CLERKS})


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket as the firm may know it."""

    ref: str
    state: TicketState
    version: int
    urgency: Urgency
    conversation: str
    owner: str  # the engineer's name, empty where there is none
    title: str
    kind: Demand | None
    domain: Domain
    due_at: datetime | None
    due: Due | None
    created_at: datetime
    claimed_at: datetime | None
    ended_at: datetime | None  # when it was solved, else when it was closed
    rated: bool


@dataclass(frozen=True, slots=True)
class Work:
    """A ticket as an engineer or a clerk sees it in a list."""

    ref: str
    title: str
    state: TicketState
    urgency: Urgency
    due_at: datetime | None
    owner: str
    firm: str  # empty where it is not to be known yet: before the claim


@dataclass(frozen=True, slots=True)
class Review:
    """A solution that waits to be reviewed."""

    ref: str  # of its ticket
    title: str
    is_shared: bool  # the firm agreed
    left: int  # places in the copy that still point to somebody; how they read stays out of this talk


@dataclass(frozen=True, slots=True)
class Desk:
    """What an engineer or a clerk works on, for a talk of their own."""

    is_clerk: bool = False
    offered: tuple[Work, ...] = ()
    own: tuple[Work, ...] = ()
    overdue: tuple[Work, ...] = ()
    reviews: tuple[Review, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """The conversation, who speaks, and what it may be about."""

    conversation: str
    version: int
    owner: Owner
    memory: Memory
    caller: Caller = NOBODY
    sender: Sender = Sender.SME
    is_bound: bool = False  # belongs to a person
    has_phone: bool = False
    lines: tuple[Line, ...] = ()  # the last messages, oldest first
    said: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # messages that are remembered, by id
    open: TicketView | None = None  # of this conversation
    last: TicketView | None = None  # the newest of this conversation that was solved or ended
    named: TicketView | None = (
        None  # whose reference the message or the button holds, else the one that a yes would be about
    )
    newest: TicketView | None = None  # the speaker's own, from any conversation

    desk: Desk | None = None  # of an engineer or a clerk who speaks in a talk of their own

    @property
    def is_known(self) -> bool:
        """Whether a firm speaks that may have a ticket."""
        return self.caller.organisation is not None


def look(session: Session, turn: Turn) -> View:
    """Read what the turn needs.

    Raises:
        NotFound: there is no such conversation.
    """
    talk = talks.conversation(session, turn.conversation)
    caller = talks.speaker(session, talk, turn.caller)
    memory = Memory.from_json(talk.state or {})
    pressed = presses.read(turn.text)
    ref = (pressed.ref if pressed else ticket_ref(turn.text[:4000])) or memory.ref
    remembered = {*(memory.draft.messages if memory.draft else ()), *memory.heard, *memory.trouble}
    cases = talks.cases_of(session, talk.id)
    here = [_ticket(case) for case in cases]
    sender = _sender(caller, talk.person_id, talk.organisation_id)
    return View(
        conversation=talk.id,
        version=talk.version,
        owner=talk.owner,
        memory=memory,
        caller=caller,
        sender=sender,
        desk=_desk(session, caller, turn.received_at) if sender is Sender.SME and caller.role in WORKERS else None,
        is_bound=talk.organisation_id is not None or talk.person_id is not None,
        has_phone=talks.has_phone(session, caller),
        lines=talks.last_lines(session, talk.id, LAST_MESSAGES),
        said=talks.texts(session, talk.id, remembered) if remembered else {},
        open=next((ticket for ticket in here if ticket.state in OPEN), None),
        last=next((ticket for ticket in here if ticket.state not in OPEN), None),
        named=_found(talks.find_case(session, ref, caller)) if ref else None,
        newest=next((ticket for ticket in here if ticket.state in OPEN), None)
        or _found(talks.newest_of(session, caller)),
    )


def _sender(caller: Caller, person: str | None, organisation: str | None) -> Sender:
    """Staff and engineers may ask for themselves; in a firm's talk they are not the firm."""
    if person is None and organisation is None or person == caller.person:
        return Sender.SME
    if caller.is_clerk:
        return Sender.STAFF
    return Sender.SME if caller.organisation == organisation else Sender.ENGINEER


def _desk(session: Session, caller: Caller, now: datetime) -> Desk:
    if not caller.is_clerk:
        assert caller.person is not None
        offered = [ticket for _, ticket in offers.open_offers(session, caller.person)]
        return Desk(
            offered=tuple(replace(_work(session, ticket), firm="") for ticket in offered[:LISTED]),
            own=tuple(_work(session, ticket) for ticket in tickets.owned_by(session, caller.person)[:LISTED]),
        )
    late = tickets.overdue(session, now, LISTED)
    return Desk(
        is_clerk=True,
        overdue=tuple(_work(session, ticket) for ref in late if (ticket := tickets.by_ref(session, ref))),
        reviews=tuple(
            Review(
                solution.ticket_ref,
                solution.title,
                solutions.is_shared(session, solution),
                sum(remark.blocks for remark in solutions.remarks(session, solution)),
            )
            for solution in solutions.visible_to(session, caller, state=SolutionState.REVIEW, limit=LISTED)
        ),
    )


def _work(session: Session, ticket: Ticket) -> Work:
    demand = talks.demand_of(session, ticket)
    return Work(
        ticket.ref,
        demand.title,
        ticket.state,
        ticket.urgency,
        ticket.due_at,
        ticket.owner.name if ticket.owner else "",
        talks.firm_of(session, ticket),
    )


def _found(case: Case | None) -> TicketView | None:
    return None if case is None else _ticket(case)


def _ticket(case: Case) -> TicketView:
    ticket, demand = case.ticket, case.demand
    owner = ticket.owner or (ticket.last_owner if ticket.resolved_at else None)
    return TicketView(
        ticket.ref,
        ticket.state,
        ticket.version,
        ticket.urgency,
        ticket.conversation_id,
        owner.name if owner else "",
        demand.title,
        demand.kind,
        demand.domain,
        ticket.due_at,
        ticket.due,
        ticket.created_at,
        ticket.claimed_at,
        ticket.resolved_at or ticket.closed_at,
        case.is_rated,
    )
