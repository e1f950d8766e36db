"""Lists as the desk and the console show them: each case with its firm, what it is about, and the last thing that was said."""

from collections.abc import Sequence

from bot.clinic import shapes
from bot.clinic.clinic import Clinic
from bot.clinic.shapes import Json
from bot.clinic.tickets import HIDDEN
from bot.db import Session
from bot.errors import NotAllowed
from bot.models.conversations import Conversation
from bot.models.demands import Demand
from bot.models.tickets import Ticket
from bot.rules.intake import LABELS
from bot.rules.people import Caller, check_clerk, check_person
from bot.rules.tickets import OPEN, TicketState
from bot.services import demands, offers, overviews, solutions, tickets
from corpora.personal import find
from retrieval.protocols import Role

MOST = 500
MAX_LAST_CHARS = 80
CARD_FACTS = ("symptom", "equipment", "model", "material", "since_when", "tried", "effect", "skill", "topic", "items", "result", "subject")  # fmt: skip


def desk(clinic: Clinic, caller: Caller) -> Json:
    """An engineer's day: `offers` made to him, `besides` what he may claim without one, `mine` that are to be worked on, `past` ones, newest first.

    Raises:
        Unauthenticated: nobody signed in.
        NotAllowed: not an engineer.
    """
    engineer = check_person(caller)
    if caller.role is not Role.ENGINEER:
        raise NotAllowed("工作台只给共享工程师；工作人员请用控制台。")
    with clinic.records.read() as session:
        mine = tickets.owned_by(session, engineer)
        done = _in_states(session, caller, (TicketState.RESOLVED, TicketState.CLOSED))
        past = sorted((row for row in done if row.last_owner_id == engineer), key=lambda row: -row.number)
        offered = offers.open_offers(session, engineer)
        besides = offers.open_besides(session, engineer)
        about = demands.of_refs(
            session, [ticket.demand_ref for ticket in (*(ticket for _, ticket in offered), *besides)]
        )
        return {
            "offers": [
                shapes.offer(offer, ticket, about[ticket.demand_ref]) | {"lines": _lines(about[ticket.demand_ref])}
                for offer, ticket in offered
            ],
            "besides": [shapes.ticket(ticket, about[ticket.demand_ref]) for ticket in besides],
            "mine": _cases(session, sorted(mine, key=lambda row: (row.due_at is None, row.due_at))),
            "past": _cases(session, past),
        }


def pool(
    clinic: Clinic,
    caller: Caller,
    *,
    states: Sequence[TicketState] = (),
    domain: str = "",
    urgency: str = "",
    overdue: bool = False,
) -> list[Json]:
    """The tickets of all firms that fit, the newest first; with `overdue` those whose deadline has passed, the longest first.

    Raises:
        Unauthenticated, NotAllowed: not staff.
    """
    check_clerk(caller)
    now = clinic.clock()
    with clinic.records.read() as session:
        rows = [
            row
            for row in _in_states(session, caller, tuple(OPEN) if overdue else states)
            if (not urgency or row.urgency == urgency)
            and (not overdue or (row.due_at is not None and row.due_at <= now))
        ]
        rows.sort(key=(lambda row: (row.due_at or now, row.number)) if overdue else (lambda row: -row.number))
        return [case for case in _cases(session, rows) if not domain or case["domain"] == domain]


def _in_states(session: Session, caller: Caller, states: Sequence[TicketState]) -> list[Ticket]:
    """The newest of each state, so that the many that are done never push out one that waits; of all where no state is named."""
    if not states:
        return tickets.visible_to(session, caller, limit=MOST)
    return [row for state in states for row in tickets.visible_to(session, caller, state=state, limit=MOST)]


def of_firm(clinic: Clinic, caller: Caller, ref: str) -> list[Json]:
    """The other open tickets of the same firm, into which this one may be merged.

    Raises:
        Unauthenticated, NotAllowed: not staff.
        NotFound: there is no such ticket.
    """
    check_clerk(caller)
    with clinic.records.read() as session:
        ticket = tickets.visible(session, ref, caller)
        rows = [
            row
            for row in _in_states(session, caller, tuple(OPEN))
            if row.organisation_id == ticket.organisation_id and row.ref != ref
        ]
        return _cases(session, rows)


def standing(clinic: Clinic, caller: Caller, ref: str) -> Json:
    """How far a case is, to see whether anything changed: state, owner, deadline, the talk's version, how many notes there are.

    Raises:
        NotFound: there is no such ticket that the caller may see.
    """
    with clinic.records.read() as session:
        ticket = tickets.visible(session, ref, caller)
        talk = session.get_one(Conversation, ticket.conversation_id)
        notes = 0 if caller.role is Role.SME else len(tickets.notes(session, ticket))
        return shapes.ticket(ticket) | {"talk": talk.version, "notes": notes}


def _cases(session: Session, rows: Sequence[Ticket]) -> list[Json]:
    about = demands.of_refs(session, [row.demand_ref for row in rows])
    firms = overviews.firms(session, [row.organisation_id for row in rows])
    last = overviews.last_words(session, [row.conversation_id for row in rows])
    gone = solutions.withdrawn(session, last.values())
    cases = []
    for row in rows:
        said = last.get(row.conversation_id)
        firm = firms[row.organisation_id]
        words = shapes.last_word(said, gone=gone, max_chars=MAX_LAST_CHARS) if said else None
        cases.append(
            shapes.ticket(row, about[row.demand_ref])
            | {"firm": firm.name, "verified": firm.verified, "last": words or {"id": "", "from": "", "text": ""}}
        )
    return cases


def _lines(demand: Demand) -> list[Json]:
    """What a card shows of a case that nobody has taken: no name, no telephone."""
    told = {code: fact["value"] for code, fact in demand.facts.items() if code in CARD_FACTS and fact["value"]}
    if not told:
        told = {"symptom": demand.text[:120]}
    return [{"label": LABELS[code], "value": without_numbers(told[code])} for code in CARD_FACTS if code in told]


def without_numbers(text: str) -> str:
    """The text without telephone and identity numbers."""
    for start, end in reversed(find(text)):
        text = text[:start] + HIDDEN + text[end:]
    return text
