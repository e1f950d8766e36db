"""Tickets as the doors use them: every verb opens the one transaction that it needs.

Who may know of a ticket is asked first (otherwise it is not found), then whether the role may do this at all, then the machine.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from bot.clinic import shapes
from bot.clinic.clinic import Clinic
from bot.clinic.conversations import checked_key, note_reading
from bot.clinic.shapes import Json
from bot.db import Session
from bot.errors import Invalid, NotAllowed
from bot.models.demands import Demand
from bot.models.solutions import Solution
from bot.models.tickets import Ticket
from bot.rules import presses
from bot.rules.clocks import RESOLUTION
from bot.rules.conversations import Sender
from bot.rules.intake import Fact
from bot.rules.packet import packet
from bot.rules.people import Caller, check_person
from bot.rules.solutions import FIELDS
from bot.rules.tickets import Action, TicketState, check_role
from bot.rules.triage import Demand as DemandKind
from bot.rules.wording import clean_words
from bot.services import conversations, demands, files, offers, solutions, tickets
from bot.services.moment import Moment
from corpora.document import Kind
from corpora.document import Solution as SolvedCase
from corpora.personal import find
from retrieval.errors import RetrievalError
from retrieval.protocols import Query, Role

PAGE = 100
HIDDEN = "［接单后可见］"
MAX_SIMILAR = 5
LONGEST_TALK = 1000  # messages beside a ticket; what came later is read on from its conversation


# --- reading --------------------------------------------------------------------------------------------------------------------------


def listed(clinic: Clinic, caller: Caller, *, state: str | None = None, after: str | None = None) -> Json:
    """The tickets that the caller may see, the newest first; `next` is what to ask the following ones with.

    Raises:
        Unauthenticated: nobody signed in.
        Invalid: no such state, or `after` is no reference.
    """
    _require_account(caller)
    wanted = _state(state)
    with clinic.records.read() as session:
        rows = tickets.visible_to(
            session, caller, state=wanted, before=_number(after) if after else None, limit=PAGE + 1
        )
        page = rows[:PAGE]
        about = demands.of_refs(session, (row.demand_ref for row in page))
        items = [shapes.ticket(row, about[row.demand_ref]) for row in page]
    return shapes.listing(items, items[-1]["ref"] if len(rows) > PAGE else None)


def show(clinic: Clinic, caller: Caller, ref: str) -> Json:
    """A ticket with everything that the caller may see of it: packet, talk, notes, solution, rating, similar cases.

    The firm sees no notes. An engineer who has not claimed it sees neither the talk nor who the firm is.

    Raises:
        NotFound: there is none, or it is another's.
    """
    _require_account(caller)
    with clinic.records.read() as session:
        ticket = tickets.visible(session, ref, caller)
        demand = demands.get(session, ticket.demand_ref)
        shown = shapes.ticket(ticket, demand) | {"reason": "", "solution": None, "messages": [], "notes": []}
        inside = caller.role is not Role.ENGINEER or caller.person in conversations.engineers_of(
            session, ticket.conversation_id
        )
        if inside:
            shown |= _inside(session, ticket, caller)
            shown |= {"organisation": shapes.firm(demands.firm_of(session, demand))}
        shown["packet"] = _packet(demand, inside=inside, photos=files.photos_of(session, ticket))
        if caller.role is not Role.SME:
            shown["clock"] = _clock(session, clinic.moment(), ticket)
        if caller.is_clerk:
            shown["offers"] = [shapes.invitation(offer, one) for offer, one in offers.of_ticket(session, ref)]
        text = demand.text
    if caller.role is Role.SME:
        return shown | {"similar": []}
    if inside:
        note_reading(clinic, caller, ref)
    own = shown["solution"] or {"id": ""}
    return shown | {"similar": [one for one in similar(clinic, caller, text) if one["id"] != own["id"]]}


def _inside(session: Session, ticket: Ticket, caller: Caller) -> Json:
    rows = conversations.history(session, ticket.conversation_id, limit=LONGEST_TALK)
    notes = [] if caller.role is Role.SME else tickets.notes(session, ticket)
    speakers = [row.person_id for row in rows if row.sender in (Sender.ENGINEER, Sender.STAFF)]
    names = conversations.names_of(session, [*speakers, *(note.person_id for note in notes)])
    gone = solutions.withdrawn(session, rows)
    sent = files.of_messages(session, rows)
    return {
        "reason": "" if caller.role is Role.SME else ticket.reason,
        "messages": [
            shapes.message(
                row,
                names,
                gone=gone,
                addressed=caller.person is not None and ticket.person_id == caller.person,
                files=sent.get(row.id, ()),
            )
            for row in rows
        ],
        "notes": [shapes.note(note, names) for note in notes],
        "solution": shapes.solution(solutions.latest(session, ticket.ref)),
        "rating": shapes.rating(tickets.rating_of(session, ticket.ref)),
    }


def _clock(session: Session, moment: Moment, ticket: Ticket) -> Json:
    """How much working time the case has used, and by when it should be solved; without `due` while the clock stands."""
    clock, allowed = tickets.clock_of(session, ticket, moment.hours), RESOLUTION[ticket.urgency]
    return {
        "used_minutes": clock.at(moment.hours, moment.now) // timedelta(minutes=1),
        "allowed_minutes": allowed // timedelta(minutes=1),
        "running": clock.since is not None,
        "due": shapes.iso_or_none(clock.due(moment.hours, allowed)),
    }


def _packet(demand: Demand, *, inside: bool, photos: int) -> Json:
    """What is handed over; without telephone and name for who has not taken the case."""
    facts = {code: Fact(code, told["value"], told["message"]) for code, told in demand.facts.items()}
    made = packet(facts, demand.kind or DemandKind.PROBLEM, demand.domain, demand.urgency, photos=photos).as_json()
    if not inside:
        made["lines"] = [
            line | {"value": _without_numbers(line["value"])} for line in made["lines"] if line["code"] != "contact"
        ]
    return made | {"text": demand.text if inside else _without_numbers(demand.text)}


def _without_numbers(text: str) -> str:
    for start, end in reversed(find(text)):
        text = text[:start] + HIDDEN + text[end:]
    return text


def similar(clinic: Clinic, caller: Caller, text: str) -> list[Json]:
    """Solved cases like this one, best first; none where the index cannot be asked. Opens no transaction."""
    return [
        {"id": case.id, "title": case.title, "domain": case.domain, "symptom": case.symptom}
        for case in cases_like(clinic, caller, text)
    ]


def cases_like(clinic: Clinic, caller: Caller, text: str) -> list[SolvedCase]:
    """The same, whole."""
    if clinic.finder is None:
        return []
    try:
        found = clinic.finder.search(
            Query(text[:400], frozenset({Kind.SOLUTION}), top_k=3 * MAX_SIMILAR), caller.principal
        )
    except RetrievalError:
        return []
    if not (found.answered or found.near):
        return []
    cases: dict[str, SolvedCase] = {}
    for hit in found.hits:
        if (case := hit.document.solution) is not None:
            cases.setdefault(case.id, case)
    return list(cases.values())[:MAX_SIMILAR]


# --- the machine ----------------------------------------------------------------------------------------------------------------------


@contextmanager
def _acting(clinic: Clinic, caller: Caller, ref: str, action: Action) -> Iterator[tuple[Session, Ticket]]:
    _require_account(caller)
    with clinic.writing(caller) as session:
        conversations.lock(session, tickets.visible(session, ref, caller).conversation_id)
        ticket = tickets.held(session, ref, caller)
        check_role(caller, action)
        yield session, ticket


def claim(clinic: Clinic, caller: Caller, ref: str) -> Json:
    """Take an offered ticket.

    Raises:
        IllegalMove: somebody else has it, or the engineer is full.
    """
    _require_account(caller)
    with clinic.writing(caller) as session:
        if caller.role is not Role.ENGINEER:
            tickets.visible(session, ref, caller)
        check_role(caller, Action.CLAIM)
        if (ticket := tickets.by_ref(session, ref)) is not None:
            conversations.lock(session, ticket.conversation_id)
            session.expire(ticket)
        return _shown(
            session, tickets.claim(session, clinic.moment(), ref, engineer=check_person(caller), caller=caller)
        )


def assign(clinic: Clinic, caller: Caller, ref: str, *, engineer: str) -> Json:
    """Staff give an offered ticket to an engineer.

    Raises:
        Invalid: there is no such active engineer.
        IllegalMove: somebody has it, or the engineer is full.
    """
    with _acting(clinic, caller, ref, Action.ASSIGN) as (session, _):
        try:
            given = tickets.claim(session, clinic.moment(), ref, engineer=engineer, caller=caller)
        except NotAllowed:
            raise Invalid("没有这位在岗的共享工程师，请核对编号。") from None
        return _shown(session, given)


def release(clinic: Clinic, caller: Caller, ref: str, *, reason: str) -> Json:
    """Give back a ticket on which nothing was said yet."""
    why = clean_words(reason, what="原因")
    with _acting(clinic, caller, ref, Action.RELEASE) as (session, ticket):
        tickets.release(session, clinic.moment(), ticket, why, caller=caller)
        return _shown(session, ticket)


def say(
    clinic: Clinic, caller: Caller, ref: str, *, text: str, client_id: str | None = None, asks: bool = False
) -> Json:
    """The owner, or staff, say something to the firm; gives the message. The same client id is the same message.

    Args:
        asks: The owner waits for the firm's answer; his clock stands still until it comes.
    """
    words = clean_words(text, what="消息")
    person = check_person(caller) if caller.role is not Role.PUBLIC else None
    given = checked_key(client_id)
    key = f"{person}:{given}" if given is not None else None
    with _acting(clinic, caller, ref, Action.MESSAGES) as (session, ticket):
        held = conversations.said_before(session, ticket.conversation_id, key) if key else None
        if held is None:
            speak = tickets.staff_speak if caller.is_clerk else tickets.engineer_speaks
            made = speak(session, clinic.moment(), ticket, words, caller=caller, client_key=key)
            held = conversations.messages_of(session, [made])[0]
            if asks and not caller.is_clerk:
                tickets.wait_for_firm(session, clinic.moment(), ticket, caller=caller)
        return shapes.message(held, {caller.person or "": caller.name}, gone=()) | {"ticket": _shown(session, ticket)}


def note(clinic: Clinic, caller: Caller, ref: str, *, text: str) -> Json:
    """An internal note, which the firm never sees."""
    words = clean_words(text, what="备注")
    with _acting(clinic, caller, ref, Action.NOTES) as (session, ticket):
        check_person(caller)
        made = tickets.add_note(session, clinic.moment(), ticket, words, caller=caller)
        return shapes.note(made, {made.person_id: caller.name})


def wait(clinic: Clinic, caller: Caller, ref: str) -> Json:
    """The owner has asked for something: his clock stands still until the firm answers. Doing so twice is once."""
    with _acting(clinic, caller, ref, Action.WAIT) as (session, ticket):
        tickets.wait_for_firm(session, clinic.moment(), ticket, caller=caller)
        return _shown(session, ticket)


def resolve(clinic: Clinic, caller: Caller, ref: str, *, form: Mapping[str, Any]) -> Json:
    """The owner says that it is solved, and how; the firm is asked whether that is so."""
    with _acting(clinic, caller, ref, Action.RESOLVE) as (session, ticket):
        written = finish(session, clinic.moment(), ticket, form, caller=caller)
        return _shown(session, ticket) | {"solution": shapes.solution(written)}


def finish(session: Session, moment: Moment, ticket: Ticket, form: Mapping[str, Any], *, caller: Caller) -> Solution:
    """The same within a transaction: the move, the solution, and the firm is asked."""
    tickets.resolve(session, moment, ticket, caller=caller)
    written = solutions.draft(session, moment, ticket, form, caller=caller)
    buttons = presses.asking_whether_solved(ticket.ref, ticket.version)
    conversations.tell(
        session,
        moment.now,
        ticket.conversation_id,
        _asked_whether_solved(ticket.ref, caller.name, written.original),
        buttons=[button.as_json() for button in buttons],
    )
    return written


def _asked_whether_solved(ref: str, engineer: str, words: Mapping[str, str]) -> str:
    told = [f"【{name}】{words[field]}" for field, name in FIELDS.items() if words.get(field)]
    return "\n".join(
        (
            f"工程师{engineer}提交了解决方案（{ref}）：",
            *told,
            "问题解决了吗？7 天内还有问题可以直接说，会接着处理。同意公开的话，方案去掉企业和个人信息、经中心审核后供同行参考，随时可以撤回。",
        )
    )


def confirm(clinic: Clinic, caller: Caller, ref: str, *, share: bool | None = None) -> Json:
    """The firm says that it is solved and, unless it says otherwise, lets the redacted case help others. Staff close without that consent.

    On a closed ticket an explicit `share` gives the consent later, or takes it back.
    """
    with _acting(clinic, caller, ref, Action.CONFIRM) as (session, ticket):
        moment = clinic.moment()
        is_firm = caller.role is Role.SME
        if share is not None and not is_firm:
            raise NotAllowed("是否公开方案由企业决定，工作人员只能办结。")
        if ticket.state is not TicketState.CLOSED or share is None:
            tickets.close(session, moment, ticket, caller=caller)
            conversations.tell(
                session,
                moment.now,
                ticket.conversation_id,
                f"工单 {ref} 已办结。方便的话请给这次服务评分，1 到 5 分；7 天内又出现同样的问题，直接说就行。",
                buttons=[button.as_json() for button in presses.asking_for_a_rating(ref, ticket.version)],
            )
        if is_firm:
            solutions.consent(session, moment, ref, share is not False, caller=caller)
        return _shown(session, ticket)


def rate(clinic: Clinic, caller: Caller, ref: str, *, rating: int, comment: str = "") -> Json:
    """The firm's rating of a solved case, 1 to 5."""
    if isinstance(rating, bool) or not 1 <= rating <= 5:
        raise Invalid("评分请给 1 到 5 分。")
    words = clean_words(comment, what="评语", required=False)
    with _acting(clinic, caller, ref, Action.RATE) as (session, ticket):
        tickets.rate(session, clinic.moment(), ticket, rating, words, caller=caller)
        return _shown(session, ticket)


def transfer(clinic: Clinic, caller: Caller, ref: str, *, reason: str) -> Json:
    """Pass the case on to another engineer."""
    why = clean_words(reason, what="原因")
    with _acting(clinic, caller, ref, Action.TRANSFER) as (session, ticket):
        tickets.transfer(session, clinic.moment(), ticket, why, caller=caller)
        return _shown(session, ticket)


def reopen(clinic: Clinic, caller: Caller, ref: str) -> Json:
    """The firm comes back within seven days."""
    with _acting(clinic, caller, ref, Action.REOPEN) as (session, ticket):
        tickets.reopen(session, clinic.moment(), ticket, caller=caller)
        return _shown(session, ticket)


def cancel(clinic: Clinic, caller: Caller, ref: str, *, reason: str) -> Json:
    """Withdraw it."""
    why = clean_words(reason, what="原因")
    with _acting(clinic, caller, ref, Action.CANCEL) as (session, ticket):
        tickets.cancel(session, clinic.moment(), ticket, why, caller=caller)
        return _shown(session, ticket)


def escalate(clinic: Clinic, caller: Caller, ref: str, *, reason: str) -> Json:
    """Make it a package of the pool."""
    why = clean_words(reason, what="原因")
    with _acting(clinic, caller, ref, Action.ESCALATE) as (session, ticket):
        tickets.escalate(session, clinic.moment(), ticket, why, caller=caller)
        return _shown(session, ticket)


def merge(clinic: Clinic, caller: Caller, ref: str, *, into: str) -> Json:
    """Staff join a duplicate to another open ticket of the same firm; gives the duplicate."""
    with _acting(clinic, caller, ref, Action.MERGE) as (session, ticket):
        tickets.merge(session, clinic.moment(), ticket, tickets.visible(session, into, caller), caller=caller)
        return _shown(session, ticket)


def _shown(session: Session, ticket: Ticket) -> Json:
    return shapes.ticket(ticket, demands.get(session, ticket.demand_ref))


def _require_account(caller: Caller) -> None:
    if caller.role is Role.PUBLIC:
        check_person(caller)


def _state(given: str | None) -> TicketState | None:
    if not given:
        return None
    try:
        return TicketState(given)
    except ValueError:
        raise Invalid(f"工单状态只能是 {'、'.join(TicketState)} 之一。") from None


def _number(ref: str) -> int:
    digits = ref.removeprefix("T-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        raise Invalid("after 应是一张工单的编号。")
    return int(digits)
