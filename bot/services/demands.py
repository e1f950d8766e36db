"""Demands: one made with its ticket, moved along with it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.errors import NotFound
from bot.models.base import new_id
from bot.models.conversations import Conversation
from bot.models.demands import Demand
from bot.models.people import Organisation
from bot.rules import demands as rules
from bot.rules.demands import DemandState
from bot.rules.people import Caller
from bot.rules.triage import Demand as DemandKind
from bot.rules.triage import Domain, Urgency
from bot.services import ledger


def propose(
    session: Session,
    now: datetime,
    conversation: Conversation,
    *,
    caller: Caller,
    kind: DemandKind | None,
    domain: Domain,
    urgency: Urgency,
    title: str,
    text: str,
    facts: dict[str, Any],
) -> Demand:
    """A new demand in the pool."""
    assert conversation.organisation_id is not None
    demand = Demand(
        ref=new_id("d")[:16],  # until its number is known
        organisation_id=conversation.organisation_id,
        conversation_id=conversation.id,
        state=DemandState.DRAFT,
        kind=kind,
        domain=domain,
        urgency=urgency,
        title=title,
        text=text,
        facts=facts,
        created_at=now,
        updated_at=now,
    )
    session.add(demand)
    session.flush()
    demand.ref = f"D-{demand.number:06d}"
    session.flush()
    ledger.append(session, at=now, event="demand.draft", subject=demand.ref, caller=caller)
    move(session, now, demand.ref, DemandState.POOL, caller=caller)
    return demand


def move(session: Session, now: datetime, ref: str, to: DemandState, *, caller: Caller) -> None:
    """Move a demand; nothing happens where it is there already.

    Raises:
        Conflict: the table does not have this move.
    """
    demand = session.get_one(Demand, _number(ref))
    if demand.state is to:
        return
    rules.check(demand.state, to)
    session.execute(
        update(Demand)
        .where(Demand.number == demand.number)
        .values(state=to, updated_at=now)
        .execution_options(synchronize_session=False)
    )
    session.refresh(demand)
    ledger.append(session, at=now, event=f"demand.{to}", subject=ref, caller=caller)


def get(session: Session, ref: str) -> Demand:
    """A demand by its reference.

    Raises:
        NotFound: there is none.
    """
    demand = session.scalars(select(Demand).where(Demand.ref == ref)).one_or_none()
    if demand is None:
        raise NotFound("没有这条需求，请核对需求号。")
    return demand


def of_refs(session: Session, refs: Iterable[str]) -> dict[str, Demand]:
    """Demands by reference."""
    return {demand.ref: demand for demand in session.scalars(select(Demand).where(Demand.ref.in_(set(refs))))}


def listed(
    session: Session, *, state: DemandState | None = None, before: int | None = None, limit: int = 200
) -> Sequence[tuple[Demand, str]]:
    """Demands and their firms' names, the newest first; `before`: only those with a smaller number."""
    query = (
        select(Demand, Organisation.name)
        .join(Organisation, Organisation.id == Demand.organisation_id)
        .order_by(Demand.number.desc())
        .limit(limit)
    )
    if state is not None:
        query = query.where(Demand.state == state)
    if before is not None:
        query = query.where(Demand.number < before)
    return [(demand, name) for demand, name in session.execute(query)]


def merged(session: Session, demand: Demand, into: str) -> Demand:
    """Where a merged demand went."""
    session.refresh(demand)
    demand.merged_into = into
    session.flush()
    return demand


def firm_of(session: Session, demand: Demand) -> Organisation:
    """Whose demand it is."""
    return session.get_one(Organisation, demand.organisation_id)


def _number(ref: str) -> int:
    return int(ref.removeprefix("D-"))
