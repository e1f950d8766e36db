"""Tickets: every move of the machine, each one conditional UPDATE and one event.

All functions take the transaction they belong to. A move that lost a race raises IllegalMove with the state and the owner there are now.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from bot.db import changes_one
from bot.errors import Conflict, Invalid, NotAllowed, NotFound
from bot.models.base import new_id, table_of
from bot.models.conversations import Conversation
from bot.models.demands import Demand
from bot.models.people import Person
from bot.models.tickets import Note, Rating, Ticket, Touch
from bot.rules import clocks
from bot.rules import tickets as rules
from bot.rules.clocks import Clock
from bot.rules.conversations import Owner, Sender
from bot.rules.demands import DemandState
from bot.rules.people import NOBODY, Caller
from bot.rules.tickets import OPEN, OWNED, REOPENING, Due, TicketState
from bot.rules.worktime import Hours
from bot.services import conversations, demands, ledger, matching, offers, reach, teams
from bot.services.moment import Moment
from retrieval.protocols import Role

GONE = "没有这张工单，或者您看不到它；请核对工单号。"
_S = TicketState
# Moves that the engineer of a case is told of where he did not make them.
_TOLD = frozenset({_S.OFFERED, _S.IN_PROGRESS, _S.CLOSED, _S.CANCELLED, _S.MERGED, _S.ESCALATED})


MOST_MOVES = 2_000  # of one case, notes and reminders among them


# --- reading --------------------------------------------------------------------------------------------------------------------------


def visible(session: Session, ref: str, caller: Caller) -> Ticket:
    """The ticket, if the caller may know of it.

    The firm sees its own. An engineer sees what is offered to everyone and what was his once. Staff see all.

    Raises:
        NotFound: there is none, or it is another's.
    """
    ticket = session.scalars(select(Ticket).where(Ticket.ref == ref, _sees(caller))).one_or_none()
    if ticket is None:
        raise NotFound(GONE)
    return ticket


def held(session: Session, ref: str, caller: Caller) -> Ticket:
    """Like `visible`, as it is now and until the transaction ends: others who would move it wait.

    Raises:
        NotFound: there is none, or it is another's.
    """
    ticket = session.scalars(
        select(Ticket)
        .where(Ticket.ref == ref, _sees(caller))
        .with_for_update(of=Ticket)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if ticket is None:
        raise NotFound(GONE)
    return ticket


def visible_to(
    session: Session, caller: Caller, *, state: TicketState | None = None, before: int | None = None, limit: int = 200
) -> list[Ticket]:
    """The tickets that the caller may see, the newest first; `before`: only those with a smaller number."""
    query = select(Ticket).where(_sees(caller)).order_by(Ticket.number.desc()).limit(limit)
    if state is not None:
        query = query.where(Ticket.state == state)
    if before is not None:
        query = query.where(Ticket.number < before)
    return list(session.scalars(query))


_BY_REF = select(Ticket).where(Ticket.ref == bindparam("ref"))


def by_ref(session: Session, ref: str | None) -> Ticket | None:
    """The ticket, whoever asks: for who may see its conversation."""
    return session.scalars(_BY_REF, {"ref": ref}).one_or_none() if ref else None


def open_tickets_for(session: Session, refs: Iterable[str], *, lock: bool = False) -> dict[str, Ticket]:
    """By the demand's reference the ticket that it is worked on with, unless that is ended or resolved; at most one each.

    Args:
        lock: Others who would move them wait until the transaction ends.
    """
    query = select(Ticket).where(Ticket.demand_ref.in_(set(refs)), Ticket.state.in_(OPEN)).order_by(Ticket.number)
    if lock:
        query = query.with_for_update(of=Ticket).execution_options(populate_existing=True)
    return {ticket.demand_ref: ticket for ticket in session.scalars(query)}


def rating_of(session: Session, ref: str) -> Rating | None:
    """What the firm said of it."""
    return session.get(Rating, ref)


def _sees(caller: Caller) -> ColumnElement[bool]:
    if caller.is_clerk:
        return Ticket.number.is_not(None)
    if caller.role is Role.ENGINEER:
        own = select(Touch.ticket_ref).where(Touch.person_id == caller.person)
        return or_(Ticket.ref.in_(own), and_(*matching.may_claim(str(caller.person))))
    if caller.organisation is None:
        return Ticket.number.is_(None)
    return Ticket.organisation_id == caller.organisation


def open_ticket_of(session: Session, conversation_id: str) -> Ticket | None:
    """The conversation's ticket that is not ended or resolved; there is at most one."""
    return session.scalars(
        select(Ticket).where(Ticket.conversation_id == conversation_id, Ticket.state.in_(OPEN))
    ).one_or_none()


def clock_of(session: Session, ticket: Ticket, hours: Hours) -> Clock:
    """The ticket's clock, as its moves in the ledger have it."""
    moves = [
        (entry.at, TicketState(entry.event.removeprefix("ticket.")))
        for entry in ledger.entries(session, subject=ticket.ref, limit=MOST_MOVES)
        if entry.event.removeprefix("ticket.") in set(TicketState)
    ]
    return clocks.read(hours, moves)


# --- the machine ----------------------------------------------------------------------------------------------------------------------


def _move(
    session: Session,
    moment: Moment,
    ticket: Ticket,
    to: TicketState,
    *,
    caller: Caller,
    data: dict[str, Any] | None = None,
    **values: Any,
) -> None:
    """Make one move: refused unless the ticket is still as it was read."""
    rules.check(ticket.state, to, owner=ticket.owner.name if ticket.owner else None)
    was_offered = ticket.state is _S.OFFERED
    done = changes_one(
        session,
        update(Ticket)
        .where(Ticket.number == ticket.number, Ticket.version == ticket.version, Ticket.state == ticket.state)
        .values(state=to, version=Ticket.version + 1, **{"reminded": 0, **values}),
    )
    session.refresh(ticket)
    if not done:
        raise _refusal(ticket)
    ledger.append(session, at=moment.now, event=f"ticket.{to}", subject=ticket.ref, caller=caller, data=data)
    if was_offered:
        teams.change(session, moment.now, ticket.ref)
    conversations.touched(session, offers.POOL)
    conversations.touched(session, ticket.conversation_id)
    if to in _TOLD and ticket.last_owner_id not in (None, caller.person):
        assert ticket.last_owner_id is not None
        reach.card(session, moment.now, ticket.last_owner_id, card="moved", ticket=ticket.ref, state=to.value)


def _refusal(ticket: Ticket) -> rules.IllegalMove:
    return rules.refusal(ticket.state, owner=ticket.owner.name if ticket.owner else None)


def open_ticket(
    session: Session, moment: Moment, conversation: Conversation, demand: Demand, *, caller: Caller, previous: str = ""
) -> Ticket:
    """A new ticket for a demand, offered at once.

    Raises:
        Conflict: the conversation has an open one already.
    """
    if (held := open_ticket_of(session, conversation.id)) is not None:
        raise Conflict(f"这段对话已有未办结的工单 {held.ref}。")
    ticket = Ticket(
        ref=new_id("t")[:16],  # until its number is known
        conversation_id=conversation.id,
        organisation_id=demand.organisation_id,
        person_id=caller.person,
        demand_ref=demand.ref,
        state=_S.TRIAGE,
        urgency=demand.urgency,
        due_at=moment.now,
        due=Due.UNCLAIMED,
        previous_ref=previous or None,
        created_at=moment.now,
    )
    session.add(ticket)
    session.flush()
    ticket.ref = f"T-{ticket.number:06d}"
    session.flush()
    ledger.append(session, at=moment.now, event="ticket.triage", subject=ticket.ref, caller=caller)
    _offer(session, moment, ticket, caller=caller)
    return ticket


def _offer(
    session: Session, moment: Moment, ticket: Ticket, *, caller: Caller, data: dict[str, Any] | None = None
) -> None:
    """Into the pool: everyone who may is invited, the bot speaks again, a deadline runs."""
    _move(
        session,
        moment,
        ticket,
        _S.OFFERED,
        caller=caller,
        data=data,
        owner_id=None,
        offered_at=moment.now,
        due_at=moment.working(rules.CLAIM[ticket.urgency]),
        due=Due.UNCLAIMED,
    )
    demands.move(session, moment.now, ticket.demand_ref, DemandState.POOL, caller=caller)
    conversations.give(session, moment.now, ticket.conversation_id, Owner.POOL, ticket=ticket.ref)
    offers.invite(session, moment, ticket)
    teams.post(session, moment.now, ticket.ref)


def claim(session: Session, moment: Moment, ref: str, *, engineer: str, caller: Caller) -> Ticket:
    """Give an offered ticket to an engineer: one conditional UPDATE, capacity and exclusion in it, on every path.

    Claiming one's own claimed ticket again is no error and no second event: a button may be pressed twice.

    Raises:
        NotFound: there is no such ticket, or it never was to be seen by this engineer.
        NotAllowed: this person is no active engineer.
        IllegalMove: somebody else has it, or it is past being offered, or the engineer has as many as he takes.
    """
    ticket = session.scalars(select(Ticket).where(Ticket.ref == ref)).one_or_none()
    if ticket is None or ticket.state is _S.TRIAGE:
        raise NotFound(GONE)
    if ticket.owner_id == engineer:
        return ticket
    # Counting up first makes claims of one engineer wait for each other, so that the count below is true.
    person = session.execute(
        update(Person)
        .where(Person.id == engineer, Person.active, Person.role == Role.ENGINEER)
        .values(claims=Person.claims + 1)
        .returning(Person.capacity, Person.name)
    ).one_or_none()
    if person is None:
        raise NotAllowed("只有在岗的共享工程师可以接单。")
    other = aliased(Ticket)
    held = (
        select(func.count())
        .select_from(other)
        .where(other.owner_id == engineer, other.state.in_(OWNED))
        .scalar_subquery()
    )
    done = changes_one(
        session,
        update(Ticket)
        .where(
            Ticket.ref == ref,
            Ticket.state == _S.OFFERED,
            ~select(Touch.person_id)
            .where(Touch.ticket_ref == ref, Touch.person_id == engineer, Touch.excluded)
            .exists(),
            Ticket.organisation_id.not_in(matching.unwanting(engineer)),
            or_(
                select(Person.capacity).where(Person.id == engineer).scalar_subquery().is_(None),
                select(Person.capacity).where(Person.id == engineer).scalar_subquery() > held,
            ),
        )
        .values(
            state=_S.CLAIMED,
            owner_id=engineer,
            last_owner_id=engineer,
            claimed_at=moment.now,
            due_at=moment.working(rules.FIRST_REPLY[ticket.urgency]),
            due=Due.FIRST_REPLY,
            reminded=0,
            version=Ticket.version + 1,
        ),
    )
    session.refresh(ticket)
    if not done:
        if ticket.state is not _S.OFFERED:
            raise _refusal(ticket)
        raise rules.IllegalMove(_why_not(session, ticket, engineer), state=ticket.state, owner=None)
    _touch(session, ref, engineer)
    ledger.append(
        session,
        at=moment.now,
        event="ticket.claimed",
        subject=ref,
        caller=caller,
        data={"engineer": ledger.digest(engineer)},
    )
    demands.move(session, moment.now, ticket.demand_ref, DemandState.MATCHED, caller=caller)
    conversations.give(session, moment.now, ticket.conversation_id, Owner.ENGINEER, ticket=ref)
    conversations.tell(
        session, moment.now, ticket.conversation_id, f"工程师{person.name}已接单（{ref}），接下来直接在这里回复您。"
    )
    teams.change(session, moment.now, ref)
    conversations.touched(session, offers.POOL)
    return ticket


def _why_not(session: Session, ticket: Ticket, engineer: str) -> str:
    touch = session.get(Touch, (ticket.ref, engineer))
    if touch is not None and touch.excluded:
        return "您已把这张工单转出，不能再接；请选别的工单。"
    if ticket.organisation_id in session.scalars(matching.unwanting(engineer)).all():
        return "这家企业希望由别的工程师来做，请选别的工单或别的工程师。"
    return "您手上的工单已到上限，请先办结一张再接。"


def _touch(session: Session, ref: str, engineer: str, *, excluded: bool = False) -> None:
    touch = session.get(Touch, (ref, engineer))
    if touch is None:
        session.add(Touch(ticket_ref=ref, person_id=engineer, excluded=excluded))
    else:
        touch.excluded = touch.excluded or excluded
    session.flush()


# --- talking --------------------------------------------------------------------------------------------------------------------------


def engineer_speaks(
    session: Session, moment: Moment, ticket: Ticket, text: str, *, caller: Caller, **message: Any
) -> str:
    """The owner's words to the firm; his first ones begin the work. Gives the message's id.

    Raises:
        IllegalMove: he does not own it (any more).
    """
    _require_owner(ticket, caller)
    if ticket.state is _S.CLAIMED:
        _move(
            session,
            moment,
            ticket,
            _S.IN_PROGRESS,
            caller=caller,
            first_reply_at=moment.now,
            due_at=moment.working(rules.SILENCE),
            due=Due.SILENCE,
        )
        demands.move(session, moment.now, ticket.demand_ref, DemandState.IN_SERVICE, caller=caller)
    else:
        # The ball is with the firm now.
        _set_due(session, ticket, moment.now + rules.FIRM_SILENCE, Due.FIRM_SILENCE)
    return conversations.add_message(
        session,
        moment.now,
        ticket.conversation_id,
        sender=Sender.ENGINEER,
        person=caller.person,
        text=text,
        **message,
    ).id


def staff_speak(session: Session, moment: Moment, ticket: Ticket, text: str, *, caller: Caller, **message: Any) -> str:
    """Staff say something to the firm, whoever owns the case; its clocks run on. Gives the message's id.

    Raises:
        IllegalMove: the case is ended.
    """
    if ticket.state in rules.ENDED:
        raise _refusal(ticket)
    return conversations.add_message(
        session, moment.now, ticket.conversation_id, sender=Sender.STAFF, person=caller.person, text=text, **message
    ).id


def wait_for_firm(session: Session, moment: Moment, ticket: Ticket, *, caller: Caller) -> None:
    """The engineer asked for something: his clock stands still until the firm answers."""
    _require_owner(ticket, caller)
    if ticket.state is _S.WAITING_SME:
        return
    _move(
        session,
        moment,
        ticket,
        _S.WAITING_SME,
        caller=caller,
        due_at=moment.now + rules.FIRM_SILENCE,
        due=Due.FIRM_SILENCE,
    )


def firm_spoke(session: Session, moment: Moment, ticket: Ticket, *, caller: Caller) -> None:
    """The firm said something on a ticket that an engineer owns: his clock runs (again)."""
    if ticket.state is _S.WAITING_SME:
        _move(
            session,
            moment,
            ticket,
            _S.IN_PROGRESS,
            caller=caller,
            due_at=moment.working(rules.SILENCE),
            due=Due.SILENCE,
        )
    elif ticket.state is _S.IN_PROGRESS and ticket.due is not Due.SILENCE:
        _set_due(session, ticket, moment.working(rules.SILENCE), Due.SILENCE)


def _set_due(session: Session, ticket: Ticket, at: datetime, due: Due, *, reminded: int = 0) -> None:
    session.execute(
        update(Ticket)
        .where(Ticket.number == ticket.number)
        .values(due_at=at, due=due, reminded=reminded)
        .execution_options(synchronize_session=False)
    )
    session.refresh(ticket)


def add_note(session: Session, moment: Moment, ticket: Ticket, text: str, *, caller: Caller) -> Note:
    """An internal note, by the ticket's engineer or by staff."""
    if not caller.is_clerk:
        _require_owner(ticket, caller)
    assert caller.person is not None
    note = Note(ticket_ref=ticket.ref, person_id=caller.person, text=text, at=moment.now)
    session.add(note)
    session.flush()
    ledger.append(session, at=moment.now, event="ticket.note", subject=ticket.ref, caller=caller)
    conversations.touched(session, ticket.conversation_id)
    return note


def notes(session: Session, ticket: Ticket) -> list[Note]:
    """All notes, oldest first."""
    return list(session.scalars(select(Note).where(Note.ticket_ref == ticket.ref).order_by(Note.id)))


# --- handing back and on --------------------------------------------------------------------------------------------------------------


def release(session: Session, moment: Moment, ticket: Ticket, reason: str, *, caller: Caller) -> None:
    """The engineer, or staff for him, gives a ticket back that he has not begun."""
    if not caller.is_clerk:
        _require_owner(ticket, caller)
    if ticket.state is not _S.CLAIMED:
        raise _refusal(ticket)
    _back_to_pool(session, moment, ticket, caller=caller, cause="released", reason=reason)


def transfer(session: Session, moment: Moment, ticket: Ticket, reason: str, *, caller: Caller) -> None:
    """The engineer passes the case on; he is not offered it again."""
    if not caller.is_clerk:
        _require_owner(ticket, caller)
    owner = ticket.owner_id
    _move(
        session,
        moment,
        ticket,
        _S.TRANSFERRED,
        caller=caller,
        owner_id=None,
        reason=reason,
        due_at=moment.now,
        due=Due.UNCLAIMED,
    )
    if owner is not None:
        _touch(session, ticket.ref, owner, excluded=True)
    _offer(session, moment, ticket, caller=caller)
    conversations.tell(
        session, moment.now, ticket.conversation_id, f"工单 {ticket.ref} 正在转给更合适的工程师，您说过的都已一并转交。"
    )


def expire(session: Session, moment: Moment, ticket: Ticket) -> None:
    """The lease of its engineer ran out: back to the pool."""
    _back_to_pool(session, moment, ticket, caller=NOBODY, cause="lease", reason="超时未回复")


def owned_by(session: Session, engineer: str) -> list[Ticket]:
    """The tickets that an engineer owns now, the oldest first."""
    return list(session.scalars(select(Ticket).where(Ticket.owner_id == engineer).order_by(Ticket.number)))


def take_back(session: Session, moment: Moment, ticket: Ticket, *, caller: Caller) -> None:
    """Its engineer is gone: back to the pool."""
    _back_to_pool(session, moment, ticket, caller=caller, cause="engineer_gone", reason="工程师已离岗")


def _back_to_pool(session: Session, moment: Moment, ticket: Ticket, *, caller: Caller, cause: str, reason: str) -> None:
    _offer(session, moment, ticket, caller=caller, data={"cause": cause})
    session.execute(
        update(Ticket)
        .where(Ticket.number == ticket.number)
        .values(reason=reason)
        .execution_options(synchronize_session=False)
    )
    session.refresh(ticket)
    conversations.tell(
        session,
        moment.now,
        ticket.conversation_id,
        f"工单 {ticket.ref} 已退回需求池，正在请其他工程师接单；您说过的都还在。",
    )


# --- ending ---------------------------------------------------------------------------------------------------------------------------


def resolve(session: Session, moment: Moment, ticket: Ticket, *, caller: Caller) -> None:
    """The engineer says that it is solved; the firm has the last word for seven days."""
    _require_owner(ticket, caller)
    _move(
        session,
        moment,
        ticket,
        _S.RESOLVED,
        caller=caller,
        owner_id=None,
        resolved_at=moment.now,
        due_at=moment.now + REOPENING,
        due=Due.CONFIRMATION,
    )
    demands.move(session, moment.now, ticket.demand_ref, DemandState.SOLVED, caller=caller)
    conversations.give(session, moment.now, ticket.conversation_id, Owner.BOT)


def close(session: Session, moment: Moment, ticket: Ticket, *, caller: Caller) -> None:
    """The firm confirms, or the days of waiting are over."""
    _move(session, moment, ticket, _S.CLOSED, caller=caller, closed_at=moment.now, due_at=None, due=None)


def reopen(session: Session, moment: Moment, ticket: Ticket, *, caller: Caller) -> None:
    """The firm comes back within seven days: the same engineer goes on, or the pool where he is gone or full.

    Raises:
        IllegalMove: it is neither resolved nor closed, the seven days are over, or the conversation has another open ticket.
    """
    if ticket.state not in (_S.RESOLVED, _S.CLOSED):
        raise _refusal(ticket)
    ended = ticket.resolved_at or ticket.closed_at or ticket.created_at
    if moment.now - ended > REOPENING:
        raise rules.IllegalMove(
            "这张工单办结已超过 7 天，请开一张新工单，会与旧工单相连。", state=ticket.state, owner=None
        )
    if (held := open_ticket_of(session, ticket.conversation_id)) is not None:
        raise rules.IllegalMove(f"这段对话已有未办结的工单 {held.ref}，请先在那里说。", state=ticket.state, owner=None)
    engineer = ticket.last_owner
    if engineer is None or not engineer.active or _is_full(session, engineer):
        _offer(session, moment, ticket, caller=caller, data={"cause": "reopened"})
        text = f"工单 {ticket.ref} 已重新打开，正在请工程师接单。"
    else:
        _move(
            session,
            moment,
            ticket,
            _S.IN_PROGRESS,
            caller=caller,
            data={"cause": "reopened"},
            owner_id=engineer.id,
            closed_at=None,
            due_at=moment.working(rules.FIRST_REPLY[ticket.urgency]),
            due=Due.SILENCE,
        )
        demands.move(session, moment.now, ticket.demand_ref, DemandState.IN_SERVICE, caller=caller)
        conversations.give(session, moment.now, ticket.conversation_id, Owner.ENGINEER, ticket=ticket.ref)
        text = f"工单 {ticket.ref} 已重新打开，还由工程师{engineer.name}负责。"
    conversations.tell(session, moment.now, ticket.conversation_id, text)


def _is_full(session: Session, engineer: Person) -> bool:
    capacity = session.execute(
        update(Person).where(Person.id == engineer.id).values(claims=Person.claims + 1).returning(Person.capacity)
    ).scalar_one()
    if capacity is None:
        return False
    held = session.scalar(
        select(func.count()).select_from(Ticket).where(Ticket.owner_id == engineer.id, Ticket.state.in_(OWNED))
    )
    return (held or 0) >= capacity


def cancel(session: Session, moment: Moment, ticket: Ticket, reason: str, *, caller: Caller) -> None:
    """The firm, or staff for it, withdraws."""
    _end(session, moment, ticket, _S.CANCELLED, reason, caller=caller, demand=DemandState.CLOSED)
    conversations.tell(session, moment.now, ticket.conversation_id, f"工单 {ticket.ref} 已撤回。需要时随时再说。")


def escalate(session: Session, moment: Moment, ticket: Ticket, reason: str, *, caller: Caller) -> None:
    """It is too large for one engineer: it becomes a package of the pool."""
    if not caller.is_clerk:
        _require_owner(ticket, caller)
    _end(session, moment, ticket, _S.ESCALATED, reason, caller=caller, demand=DemandState.PACKAGE)
    conversations.tell(
        session,
        moment.now,
        ticket.conversation_id,
        f"工单 {ticket.ref} 涉及面较大，已转为项目包由中心统筹，中心工作人员会与您联系。",
    )


def merge(session: Session, moment: Moment, ticket: Ticket, into: Ticket, *, caller: Caller) -> None:
    """Staff join a duplicate to another open ticket of the same firm.

    Raises:
        IllegalMove: it is the same ticket, another firm's, or an ended one.
    """
    if ticket.number == into.number or ticket.organisation_id != into.organisation_id or into.state not in OPEN:
        owner = ticket.owner.name if ticket.owner else None
        raise rules.IllegalMove("只能合并到同一家企业的另一张未办结工单。", state=ticket.state, owner=owner)
    _end(
        session,
        moment,
        ticket,
        _S.MERGED,
        f"并入 {into.ref}",
        caller=caller,
        demand=DemandState.MERGED,
        merged_into=into.ref,
    )
    conversations.tell(
        session, moment.now, ticket.conversation_id, f"工单 {ticket.ref} 与 {into.ref} 是同一件事，已并入 {into.ref}。"
    )


def _end(
    session: Session,
    moment: Moment,
    ticket: Ticket,
    to: TicketState,
    reason: str,
    *,
    caller: Caller,
    demand: DemandState,
    **values: Any,
) -> None:
    _move(
        session,
        moment,
        ticket,
        to,
        caller=caller,
        owner_id=None,
        due_at=None,
        due=None,
        reason=reason,
        closed_at=moment.now,
        **values,
    )
    demands.move(session, moment.now, ticket.demand_ref, demand, caller=caller)
    conversations.give(session, moment.now, ticket.conversation_id, Owner.BOT)


def rate(session: Session, moment: Moment, ticket: Ticket, rating: int, comment: str, *, caller: Caller) -> None:
    """The firm's rating of a solved case; a later one replaces it. It reopens nothing.

    Raises:
        Invalid: not 1 to 5.
        IllegalMove: the case is not solved yet.
    """
    if not 1 <= rating <= 5:
        raise Invalid("评分请给 1 到 5 分。")
    if ticket.state not in (_S.RESOLVED, _S.CLOSED):
        raise _refusal(ticket)
    assert caller.person is not None
    held = session.get(Rating, ticket.ref)
    if held is None:
        session.add(
            Rating(ticket_ref=ticket.ref, person_id=caller.person, rating=rating, comment=comment, at=moment.now)
        )
    else:
        held.rating, held.comment, held.at, held.person_id = rating, comment, moment.now, caller.person
    session.flush()
    ledger.append(
        session, at=moment.now, event="ticket.rated", subject=ticket.ref, caller=caller, data={"rating": rating}
    )


# --- deadlines ------------------------------------------------------------------------------------------------------------------------

LONGEST_SILENCE = 2  # reminders, after which the ticket goes back to the pool
RETRY = timedelta(hours=2)


_TICKETS = table_of(Ticket)
_OVERDUE = (
    select(_TICKETS.c.ref)
    .where(_TICKETS.c.due_at <= bindparam("now"), _TICKETS.c.due.is_not(None))
    .order_by(_TICKETS.c.due_at)
    .limit(bindparam("limit"))
)


def overdue(session: Session, now: datetime, limit: int = 50) -> list[str]:
    """References of the tickets whose deadline has passed, the longest first."""
    return list(session.execute(_OVERDUE, {"now": now, "limit": limit}).scalars())


def pass_deadline(session: Session, moment: Moment, ref: str) -> None:
    """Do what is to be done when a deadline passes; nothing where it has been moved meanwhile."""
    ticket = session.scalars(select(Ticket).where(Ticket.ref == ref)).one()
    conversations.lock(session, ticket.conversation_id)
    session.refresh(ticket)
    if ticket.due_at is None or ticket.due_at > moment.now:
        return
    if ticket.due is Due.FIRST_REPLY or ticket.due is Due.SILENCE and ticket.reminded + 1 >= LONGEST_SILENCE:
        expire(session, moment, ticket)
    elif ticket.due is Due.CONFIRMATION:
        close(session, moment, ticket, caller=NOBODY)
    else:
        _remind(session, moment, ticket)


def _remind(session: Session, moment: Moment, ticket: Ticket) -> None:
    assert ticket.due is not None
    ledger.append(
        session,
        at=moment.now,
        event="ticket.reminded",
        subject=ticket.ref,
        data={"due": ticket.due.value, "times": ticket.reminded + 1},
    )
    if ticket.due is Due.UNCLAIMED and ticket.reminded == 0:
        conversations.tell(
            session,
            moment.now,
            ticket.conversation_id,
            f"工单 {ticket.ref} 暂时还没有工程师接单，已提醒中心工作人员跟进。",
        )
    if ticket.due is Due.FIRM_SILENCE and ticket.reminded == 0:
        conversations.tell(
            session, moment.now, ticket.conversation_id, f"工程师还在等您的回复（{ticket.ref}），方便时请回一句。"
        )
    if ticket.due is not Due.FIRM_SILENCE:
        reach.alert(session, moment.now, card="late", ticket=ticket.ref)
    following = moment.now + rules.FIRM_SILENCE if ticket.due is Due.FIRM_SILENCE else moment.working(RETRY)
    _set_due(session, ticket, following, ticket.due, reminded=ticket.reminded + 1)
    conversations.touched(session, offers.POOL)


def _require_owner(ticket: Ticket, caller: Caller) -> None:
    if caller.person is None or ticket.owner_id != caller.person:
        raise _refusal(ticket)
