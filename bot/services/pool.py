"""The pool as staff look at it: filtered, sorted, counted; and the filters that a clerk keeps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, delete, func, or_, select
from sqlalchemy.orm import Session

from bot.errors import Conflict, NotFound
from bot.models.base import new_id
from bot.models.conversations import Conversation
from bot.models.demands import Demand
from bot.models.files import File
from bot.models.people import Organisation
from bot.models.pool import Twin, View
from bot.models.tickets import Ticket
from bot.rules import pool as rules
from bot.rules.conversations import Sender
from bot.rules.demands import WORDS, DemandState
from bot.rules.people import Caller
from bot.rules.pool import LIVE, Filters, Sort
from bot.rules.triage import Urgency
from bot.services import conversations, demands, tickets
from bot.services.moment import Moment

_URGENCY = {Urgency.CRITICAL: 3, Urgency.HIGH: 2, Urgency.NORMAL: 1, Urgency.LOW: 0}
_MOST_VIEWS = 50
_MOST_TOWNS = 200


@dataclass(frozen=True, slots=True)
class Line:
    """A demand with what stands around it."""

    demand: Demand
    firm: str
    origin: str  # the channel that it came by
    ticket: Ticket | None  # the open one


def page(
    session: Session, now: datetime, chosen: Filters, *, after: int | None = None, limit: int = 100
) -> Sequence[Line]:
    """The demands that fit, in the chosen order; `after`: those that follow this demand's number."""
    key, falling = _order(chosen.sort)
    query = _query(now, chosen)
    if after is not None:
        query = query.where(_follows(key, falling, after))
    ordered = (key.desc(), Demand.number.desc()) if falling else (key.asc(), Demand.number.asc())
    rows = session.execute(query.order_by(*ordered).limit(limit)).all()
    return _lines(session, rows)


def every(session: Session, now: datetime, chosen: Filters, *, batch: int = 500, most: int = 50_000) -> Iterator[Line]:
    """All that fit, page by page."""
    after, given = None, 0
    while lines := page(session, now, chosen, after=after, limit=batch):
        yield from lines
        given += len(lines)
        if given >= most:
            return
        after = lines[-1].demand.number


def one(session: Session, ref: str) -> Line:
    """A single demand.

    Raises:
        NotFound: there is none.
    """
    row = session.execute(_select().where(Demand.ref == ref)).one_or_none()
    if row is None:
        raise NotFound("没有这条需求，请核对需求号。")
    return _lines(session, [row])[0]


def lines_of(session: Session, refs: Sequence[str]) -> list[Line]:
    """These demands, the oldest first."""
    rows = session.execute(_select().where(Demand.ref.in_(refs)).order_by(Demand.number)).all()
    return _lines(session, rows)


def count(session: Session, now: datetime, chosen: Filters) -> int:
    """How many fit."""
    return session.scalar(select(func.count()).select_from(_query(now, chosen).subquery())) or 0


def towns(session: Session) -> list[str]:
    """The places that demands come from, the most frequent first."""
    query = (
        select(Demand.town)
        .where(Demand.town.is_not(None))
        .group_by(Demand.town)
        .order_by(func.count().desc(), Demand.town)
        .limit(_MOST_TOWNS)
    )
    return [place for place in session.scalars(query) if place]


def files_of(session: Session, demand: Demand) -> int:
    """How many files the firm sent in its talk."""
    query = select(func.count()).where(File.conversation_id == demand.conversation_id, File.sender == Sender.SME)
    return session.scalar(query) or 0


def _select() -> Select[Demand, str, str]:
    return (
        select(Demand, Organisation.name, Conversation.channel)
        .join(Organisation, Organisation.id == Demand.organisation_id)
        .join(Conversation, Conversation.id == Demand.conversation_id)
    )


def _query(now: datetime, chosen: Filters) -> Select[Demand, str, str]:
    return _select().where(*_conditions(now, chosen))


def _conditions(now: datetime, chosen: Filters) -> Iterator[ColumnElement[bool]]:
    if chosen.state == rules.OPEN:
        yield Demand.state.in_(LIVE)
    for column, wanted in (
        (Demand.state, "" if chosen.state == rules.OPEN else chosen.state),
        (Demand.kind, chosen.kind),
        (Demand.domain, chosen.domain),
        (Demand.urgency, chosen.urgency),
        (Demand.town, chosen.town),
        (Conversation.channel, chosen.origin),
        (Demand.organisation_id, chosen.firm),
    ):
        if wanted:
            yield column == wanted
    for column, wanted in ((Demand.cluster_ref, chosen.cluster), (Demand.package_ref, chosen.package)):
        if wanted:
            yield column.is_not(None) if wanted == "any" else column.is_(None) if wanted == "none" else column == wanted
    if chosen.complete:
        yield Demand.completeness >= chosen.complete
    if chosen.value:
        yield Demand.value >= chosen.value
    if chosen.days:
        yield Demand.created_at <= now - timedelta(days=chosen.days)
    if chosen.words:
        texts = (Demand.ref, Demand.title, Demand.text, Organisation.name)
        yield or_(*(text.icontains(chosen.words, autoescape=True) for text in texts))


def _order(sort: Sort) -> tuple[ColumnElement[Any], bool]:
    """What is sorted by, and whether the greatest comes first."""
    if sort is Sort.OLDEST:
        return Demand.number.expression, False
    keys: dict[Sort, ColumnElement[Any]] = {
        Sort.VALUE: func.coalesce(Demand.value, -1),
        Sort.COMPLETE: func.coalesce(Demand.completeness, -1),
        Sort.URGENT: case(_URGENCY, value=Demand.urgency, else_=0),
        Sort.CHANGED: Demand.updated_at.expression,
    }
    return keys.get(sort, Demand.number.expression), True


def _follows(key: ColumnElement[Any], falling: bool, after: int) -> ColumnElement[bool]:
    at = select(key).where(Demand.number == after).scalar_subquery()
    if falling:
        return or_(key < at, and_(key == at, Demand.number < after))
    return or_(key > at, and_(key == at, Demand.number > after))


def _lines(session: Session, rows: Sequence[Any]) -> list[Line]:
    found = tickets.open_tickets_for(session, [demand.ref for demand, _, _ in rows])
    return [Line(demand, firm, origin, found.get(demand.ref)) for demand, firm, origin in rows]


# --- taking a merge back ------------------------------------------------------------------------------------------------------------------


def unmerge(session: Session, moment: Moment, ref: str, *, caller: Caller) -> Demand:
    """Move a demand out of the one that it was merged into: it is in the pool again, with a new ticket that follows the old one.

    Raises:
        NotFound: there is none.
        Conflict: it is not merged, its words were deleted, or its talk has another open case.
    """
    demand = demands.get(session, ref)
    conversations.lock(session, demand.conversation_id)
    session.refresh(demand, with_for_update=True)
    into = demand.merged_into
    if demand.state is not DemandState.MERGED or into is None:
        raise Conflict(f"需求 {ref} 现在是“{WORDS[demand.state]}”，没有并入别的需求，不用拆开。")
    if not demand.text:
        raise Conflict(f"需求 {ref} 的内容已按要求删除，不能再拆出来。")
    last = session.scalars(
        select(Ticket).where(Ticket.demand_ref == ref).order_by(Ticket.number.desc()).limit(1)
    ).one_or_none()
    talk = session.get_one(Conversation, demand.conversation_id)
    demands.move(session, moment.now, ref, DemandState.POOL, caller=caller, data={"cause": "split", "from": into})
    demand.merged_into = None
    session.flush()
    ticket = tickets.open_ticket(session, moment, talk, demand, caller=caller, previous=last.ref if last else "")
    ticket.person_id = last.person_id if last else talk.person_id
    session.flush()
    conversations.tell(
        session, moment.now, talk.id, f"需求 {ref} 已从 {into} 拆出，单独办理，工单号 {ticket.ref}；您说过的都还在。"
    )
    _not_again(session, moment.now, *sorted((ref, into)))
    return demand


def _not_again(session: Session, now: datetime, first: str, second: str) -> None:
    """Staff have said that these are two."""
    twin = session.scalars(select(Twin).where(Twin.first_ref == first, Twin.second_ref == second)).one_or_none()
    if twin is None:
        twin = Twin(first_ref=first, second_ref=second, likeness=0, why=[], created_at=now)
        session.add(twin)
    twin.dismissed_at = now
    session.flush()


# --- kept filters -------------------------------------------------------------------------------------------------------------------------


def views(session: Session, person: str) -> list[View]:
    """A clerk's own, by name."""
    return list(session.scalars(select(View).where(View.person_id == person).order_by(View.name)))


def keep_view(session: Session, now: datetime, person: str, name: str, chosen: Filters) -> View:
    """Keep filters under a name; the same name again replaces them.

    Raises:
        Conflict: there are too many already.
    """
    held = session.scalars(select(View).where(View.person_id == person, View.name == name)).one_or_none()
    if held is None:
        if len(views(session, person)) >= _MOST_VIEWS:
            raise Conflict(f"最多保存 {_MOST_VIEWS} 组筛选条件，请先删掉不用的。")
        held = View(id=new_id("v"), person_id=person, name=name, created_at=now)
        session.add(held)
    held.filters = chosen.as_json()
    session.flush()
    return held


def drop_view(session: Session, person: str, view_id: str) -> None:
    """Keep it no longer.

    Raises:
        NotFound: it is not there, or another clerk's.
    """
    gone = session.scalars(select(View.id).where(View.id == view_id, View.person_id == person)).one_or_none()
    if gone is None:
        raise NotFound("没有这组筛选条件，它可能已经删掉了。")
    session.execute(delete(View).where(View.id == view_id))
