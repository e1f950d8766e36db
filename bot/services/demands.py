"""Demands: one made with its ticket, moved along with it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.errors import NotFound
from bot.models.base import new_id
from bot.models.conversations import Conversation
from bot.models.demands import Demand
from bot.models.files import File
from bot.models.people import Organisation
from bot.rules import demands as rules
from bot.rules.conversations import Sender
from bot.rules.demands import DemandState
from bot.rules.intake import Fact
from bot.rules.people import Caller
from bot.rules.pool import standing
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
    weigh(session, demand.ref)
    ledger.append(session, at=now, event="demand.draft", subject=demand.ref, caller=caller)
    move(session, now, demand.ref, DemandState.POOL, caller=caller)
    return demand


def weigh(session: Session, ref: str) -> None:
    """Read anew what the pool says of a demand: to be called whenever its words, its facts or its files have changed."""
    row = session.execute(
        select(
            Demand.number,
            Demand.text,
            Demand.facts,
            Demand.kind,
            Demand.domain,
            Organisation.region,
            Organisation.name,
            select(func.count())
            .select_from(File)
            .where(File.conversation_id == Demand.conversation_id, File.sender == Sender.SME)
            .correlate(Demand)
            .scalar_subquery(),
        )
        .join(Organisation, Organisation.id == Demand.organisation_id)
        .where(Demand.ref == ref)
    ).one_or_none()
    if row is None:
        return
    number, text, facts, kind, domain, region, firm, files = row
    found = standing(text, facts_of(facts), kind=kind, domain=domain, files=files, region=region, firm=firm)
    session.execute(
        update(Demand)
        .where(Demand.number == number)
        .values(
            completeness=found.completeness,
            marks=[mark.value for mark in found.marks],
            value=found.value,
            town=found.town,
        )
        .execution_options(synchronize_session=False)
    )
    if (held := session.identity_map.get(session.identity_key(Demand, number))) is not None:
        session.refresh(held)


def facts_of(kept: Mapping[str, Any]) -> dict[str, Fact]:
    """The facts of a demand as the rules take them."""
    return {code: Fact(code, fact.get("value", ""), fact.get("message", "")) for code, fact in kept.items()}


def move(
    session: Session,
    now: datetime,
    ref: str,
    to: DemandState,
    *,
    caller: Caller,
    data: dict[str, Any] | None = None,
) -> None:
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
    ledger.append(session, at=now, event=f"demand.{to}", subject=ref, caller=caller, data=data)


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


def sources(session: Session, ref: str) -> list[str]:
    """References of the demands that were merged into this one, the oldest first."""
    return list(session.scalars(select(Demand.ref).where(Demand.merged_into == ref).order_by(Demand.number)))


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
