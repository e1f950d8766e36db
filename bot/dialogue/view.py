"""What one turn is decided on: read in one short transaction, plain values afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from bot.db import Session
from bot.dialogue.memory import Memory
from bot.rules import presses
from bot.rules.conversations import Owner, ReplyKind, Sender
from bot.rules.people import NOBODY, Caller
from bot.rules.phrases import ticket_ref
from bot.rules.tickets import OPEN, Due, TicketState
from bot.rules.triage import Demand, Domain, Urgency
from bot.rules.turns import Turn
from bot.services import talks
from bot.services.talks import Case

LAST_MESSAGES = 30


@dataclass(frozen=True, slots=True)
class Line:
    """One message of the talk."""

    id: str
    sender: Sender
    text: str
    at: datetime
    kind: ReplyKind | None


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
    return View(
        conversation=talk.id,
        version=talk.version,
        owner=talk.owner,
        memory=memory,
        caller=caller,
        sender=_sender(caller, talk.person_id, talk.organisation_id),
        is_bound=talk.organisation_id is not None or talk.person_id is not None,
        has_phone=talks.has_phone(session, caller),
        lines=tuple(
            Line(line.id, line.sender, line.text, line.at, line.kind)
            for line in talks.last_messages(session, talk.id, LAST_MESSAGES)
        ),
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
