"""Packages (揭榜挂帅): made of demands, published by staff, applied for by others. What comes after an application is not done here yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.errors import Busy, Conflict, NotFound
from bot.models.base import new_id
from bot.models.demands import Demand
from bot.models.packages import Application, Package
from bot.models.people import Organisation, Person
from bot.rules import packages as rules
from bot.rules.demands import WORDS, DemandState
from bot.rules.packages import PackageState, Reach
from bot.rules.people import Caller
from bot.rules.tickets import TRANSITIONS, TicketState
from bot.services import clusters, conversations, demands, ledger, tickets
from bot.services.moment import Moment
from retrieval.protocols import Role

TOPIC = "packages"
GONE = "没有这个项目包，或者它还没有发布；请核对编号。"
MOST_APPLICATIONS = 500  # of one package


@dataclass(frozen=True, slots=True)
class Made:
    """A new package, and the demands that could not come along: why, by reference."""

    package: Package
    left: Mapping[str, str]


def make(
    session: Session,
    moment: Moment,
    refs: Sequence[str],
    fields: Mapping[str, str],
    *,
    cluster: str | None,
    caller: Caller,
) -> Made:
    """A draft of these demands; their open tickets end as escalated. Demands that cannot are left where they are.

    Raises:
        NotFound: one of the demands is not there.
        Conflict: none of them can become part of a package.
    """
    package = Package(
        ref=new_id("p")[:16], state=PackageState.DRAFT, reach=Reach(fields.get("reach") or Reach.OPEN), cluster_ref=cluster,
        created_at=moment.now, **{name: fields.get(name, "") for name in rules.FIELDS if name != "reach"},
    )  # fmt: skip
    session.add(package)
    session.flush()
    package.ref = f"P-{package.number:06d}"
    session.flush()
    ledger.append(
        session, at=moment.now, event="package.draft", subject=package.ref, caller=caller,
        data={"cluster": cluster} if cluster else None,
    )  # fmt: skip
    left = {ref: why for ref in dict.fromkeys(refs) if (why := _take_in(session, moment, ref, package, caller=caller))}
    if len(left) == len(dict.fromkeys(refs)):
        raise Conflict(next(iter(left.values()), "请选至少一条需求。"))
    if cluster is not None:
        held = clusters.held(session, cluster)
        held.package_ref = package.ref
        session.flush()
    conversations.touched(session, TOPIC)
    return Made(package, left)


def _take_in(session: Session, moment: Moment, ref: str, package: Package, *, caller: Caller) -> str:
    """Make a demand part of a package; why not, where it cannot be."""
    demand = demands.get(session, ref)
    if demand.package_ref is not None:
        return f"需求 {ref} 已在项目包 {demand.package_ref} 里。"
    if demand.state is not DemandState.PACKAGE:
        ticket = tickets.open_tickets_for(session, [ref], lock=True).get(ref)
        if ticket is None:
            return f"需求 {ref} 现在是“{WORDS[demand.state]}”，没有未办结的工单，不能转项目包。"
        if TicketState.ESCALATED not in TRANSITIONS[ticket.state]:
            return f"工单 {ticket.ref} 刚被接单，还没开始办理，请先请工程师退回或等他开始，再转项目包。"
        tickets.escalate(session, moment, ticket, f"转为项目包 {package.ref}", caller=caller)
    demand.package_ref = package.ref
    session.flush()
    ledger.append(
        session, at=moment.now, event="package.joined", subject=ref, caller=caller, data={"package": package.ref}
    )
    return ""


def get(session: Session, ref: str, *, lock: bool = False) -> Package:
    """A package by its reference, whoever asks.

    Raises:
        NotFound: there is none.
    """
    query = select(Package).where(Package.ref == ref)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    package = session.scalars(query).one_or_none()
    if package is None:
        raise NotFound(GONE)
    return package


def visible(session: Session, ref: str, caller: Caller) -> Package:
    """A package that the caller may read: published, and within his reach; staff read all.

    Raises:
        NotFound: there is none, or it is not for him.
    """
    package = get(session, ref)
    if caller.is_clerk:
        return package
    seen = package.state in (PackageState.PUBLISHED, PackageState.CLOSED)
    if not seen or (package.reach is Reach.ALLIANCE and not is_member(session, caller)):
        raise NotFound(GONE)
    return package


def visible_to(session: Session, caller: Caller, *, state: PackageState | None = None) -> list[Package]:
    """The packages that the caller may read, the newest first: of others than staff the published ones."""
    query = select(Package).order_by(Package.number.desc()).limit(500)
    if not caller.is_clerk:
        query = query.where(Package.state == PackageState.PUBLISHED)
        if not is_member(session, caller):
            query = query.where(Package.reach == Reach.OPEN)
    elif state is not None:
        query = query.where(Package.state == state)
    return list(session.scalars(query))


def is_member(session: Session, caller: Caller) -> bool:
    """Whether the caller belongs to the alliance: an engineer of the centre, or of a firm that staff verified."""
    if caller.is_clerk or caller.role is Role.ENGINEER:
        return True
    if caller.organisation is None:
        return False
    firm = session.get(Organisation, caller.organisation)
    return firm is not None and firm.verified


def inside(session: Session, refs: Sequence[str]) -> dict[str, list[Demand]]:
    """By package its demands, the oldest first."""
    found: dict[str, list[Demand]] = {}
    for demand in session.scalars(select(Demand).where(Demand.package_ref.in_(refs)).order_by(Demand.number)):
        found.setdefault(demand.package_ref or "", []).append(demand)
    return found


def waiting(session: Session, limit: int = 200) -> list[Demand]:
    """Demands that were escalated and are part of no package yet, the oldest first."""
    query = select(Demand).where(Demand.state == DemandState.PACKAGE, Demand.package_ref.is_(None))
    return list(session.scalars(query.order_by(Demand.number).limit(limit)))


def edit(session: Session, moment: Moment, package: Package, changes: Mapping[str, str], *, caller: Caller) -> None:
    """Write a draft.

    Raises:
        Conflict: it is published already: what was announced stays.
    """
    if package.state is not PackageState.DRAFT:
        raise Conflict(f"项目包现在是“{rules.WORDS[package.state]}”，公布的内容不能再改。")
    for name, value in changes.items():
        setattr(package, name, Reach(value) if name == "reach" else value)
    package.version += 1
    session.flush()
    ledger.append(
        session,
        at=moment.now,
        event="package.edited",
        subject=package.ref,
        caller=caller,
        data={"fields": sorted(changes)},
    )
    conversations.touched(session, TOPIC)


def move(session: Session, moment: Moment, package: Package, to: PackageState, *, caller: Caller) -> None:
    """Publish, close or drop it; a dropped one gives its demands back for another package.

    Raises:
        Conflict: the table does not have this move.
    """
    rules.check(package.state, to)
    package.state = to
    package.version += 1
    if to is PackageState.PUBLISHED:
        package.published_at = moment.now
    else:
        package.closed_at = moment.now
    session.flush()
    ledger.append(session, at=moment.now, event=f"package.{to}", subject=package.ref, caller=caller)
    if to is PackageState.DROPPED:
        session.execute(
            update(Demand)
            .where(Demand.package_ref == package.ref)
            .values(package_ref=None)
            .execution_options(synchronize_session="fetch")
        )
        if package.cluster_ref is not None:
            clusters.held(session, package.cluster_ref).package_ref = None
            session.flush()
    conversations.touched(session, TOPIC)


# --- applications -----------------------------------------------------------------------------------------------------------------------------


def apply(
    session: Session, moment: Moment, package: Package, given: Mapping[str, str], *, caller: Caller
) -> Application:
    """Take down an application. Only staff read it.

    Raises:
        Conflict: it is not open for applications (any more).
        Busy: there are too many.
    """
    from bot.rules.worktime import CHINA

    today = moment.now.astimezone(CHINA).date()
    if package.state is not PackageState.PUBLISHED or rules.is_over(package.deadline, today):
        raise Conflict("这个项目包已经截止，不再接受揭榜。")
    if count(session, package.ref) >= MOST_APPLICATIONS:
        raise Busy("报名太多，暂时收不下，请直接联系中心。")
    made = Application(
        id=new_id("a"), package_ref=package.ref, person_id=caller.person, consented_at=moment.now, created_at=moment.now, **given
    )  # fmt: skip
    session.add(made)
    session.flush()
    ledger.append(session, at=moment.now, event="package.applied", subject=package.ref, caller=caller)
    conversations.touched(session, TOPIC)
    return made


def count(session: Session, ref: str) -> int:
    """How many applied."""
    return session.scalar(select(func.count()).where(Application.package_ref == ref)) or 0


def applications(session: Session, ref: str) -> list[Application]:
    """Who applied, the first first."""
    return list(
        session.scalars(select(Application).where(Application.package_ref == ref).order_by(Application.created_at))
    )


_EMPTY: dict[str, Any] = dict.fromkeys(("name", "organisation", "contact", "proposal", "price", "time"), "")


def empty(session: Session, moment: Moment, ref: str, application: str, *, caller: Caller) -> Application:
    """Delete what somebody without an account wrote, where he asks for it.

    Raises:
        NotFound: there is no such application.
    """
    made = session.get(Application, application)
    if made is None or made.package_ref != ref:
        raise NotFound("没有这份揭榜申请。")
    for name, value in {**_EMPTY, "emptied_at": moment.now}.items():
        setattr(made, name, value)
    session.flush()
    ledger.append(session, at=moment.now, event="package.application_deleted", subject=ref, caller=caller)
    return made


def forget(session: Session, now: datetime, person: Person) -> None:
    """Empty what a person wrote when he applied."""
    session.execute(
        update(Application)
        .where(Application.person_id == person.id)
        .values(**_EMPTY, emptied_at=now)
        .execution_options(synchronize_session="fetch")
    )
