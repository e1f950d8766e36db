"""Common problems of several firms: put together by the machine as demands come, merged, split, renamed and dissolved by staff."""

from base64 import b64decode, b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from bot.errors import Conflict, Invalid, NotFound
from bot.models.base import new_id
from bot.models.conversations import Conversation
from bot.models.demands import Demand
from bot.models.files import File
from bot.models.people import Organisation, Person
from bot.models.pool import Apart, Cluster, Twin, Vector, View
from bot.rules import clusters as rules
from bot.rules.clusters import LEAST_FIRMS, ClusterState, Reasons
from bot.rules.conversations import Sender
from bot.rules.demands import DemandState
from bot.rules.people import NOBODY, Caller
from bot.rules.pool import LIVE
from bot.rules.redaction import Known
from bot.rules.triage import Demand as DemandKind
from bot.rules.triage import Domain
from bot.services import conversations, demands, ledger

_D = DemandState
COMPARED = (_D.POOL, _D.MATCHED, _D.IN_SERVICE, _D.SOLVED, _D.PACKAGE)
GONE = "没有这个共性难题，请核对编号。"


@dataclass(frozen=True, slots=True)
class Told:
    """A demand as it is compared with the others."""

    ref: str
    firm: str
    kind: DemandKind | None
    domain: Domain
    text: str
    cluster: str | None
    digest: str | None  # of the vector that is kept
    vector: rules.Vector | None


@dataclass(frozen=True, slots=True)
class Found:
    """A group that was found, and what is said of it. `cluster` None: a new one."""

    cluster: str | None
    refs: Sequence[str]
    name: str
    why: Reasons
    representative: str


# --- what the machine reads and writes ------------------------------------------------------------------------------------------------------


def stamp(session: Session) -> tuple[Any, ...]:
    """Differs whenever a demand, or a file that came with one, is new or another."""
    return (
        *session.execute(select(func.count(), func.max(Demand.updated_at))).one(),
        session.scalar(select(func.count()).select_from(File)),
    )


def told(session: Session) -> list[Told]:
    """All demands that are compared, the oldest first."""
    rows = session.execute(
        select(
            Demand.ref, Demand.organisation_id, Demand.kind, Demand.domain, Demand.text, Demand.cluster_ref,
            Vector.digest, Vector.values,
        )
        .outerjoin(Vector, Vector.demand_ref == Demand.ref)
        .where(Demand.state.in_(COMPARED), Demand.text != "")
        .order_by(Demand.number)
    )  # fmt: skip
    return [Told(*row[:7], vector=_decoded(row[7])) for row in rows]


def unweighed(session: Session, limit: int = 500) -> list[str]:
    """Demands of which the pool does not know how complete they are, or that a file has come to since."""
    attached = (
        select(File.id)
        .where(File.conversation_id == Demand.conversation_id, File.sender == Sender.SME)
        .correlate(Demand)
        .exists()
    )
    marks = func.coalesce(Demand.completeness, -1)
    query = select(Demand.ref, Demand.marks, marks, attached).where(
        or_(Demand.completeness.is_(None), attached), Demand.text != ""
    )
    rows = session.execute(query.order_by(Demand.number.desc()))
    lacking = [ref for ref, held, known, has in rows if known < 0 or (has and "attached" not in (held or ()))]
    return lacking[:limit]


def keep_vectors(session: Session, made: Mapping[str, tuple[str, rules.Vector]]) -> None:
    """Keep the meanings of demands, by reference: digest and vector."""
    session.execute(delete(Vector).where(Vector.demand_ref.in_(made.keys())))
    session.add_all(
        Vector(demand_ref=ref, digest=digest, values=_encoded(vector)) for ref, (digest, vector) in made.items()
    )
    session.flush()


def _encoded(vector: rules.Vector) -> str:
    return b64encode(vector.astype(np.float16).tobytes()).decode()


def _decoded(values: str | None) -> rules.Vector | None:
    return np.frombuffer(b64decode(values), np.float16).astype(np.float32) if values else None


def apart(session: Session) -> list[tuple[str, str]]:
    """Demand and cluster that staff took apart."""
    return [(ref, cluster) for ref, cluster in session.execute(select(Apart.demand_ref, Apart.cluster_ref))]


def dissolved(session: Session) -> set[str]:
    """Clusters that are no more."""
    return set(session.scalars(select(Cluster.ref).where(Cluster.state == ClusterState.DISSOLVED)))


def names_around(session: Session, refs: Collection[str]) -> list[Known]:
    """Names of the firms and people of some demands: none of them may be told to another firm."""
    firms = set(session.scalars(select(Demand.organisation_id).where(Demand.ref.in_(refs))))
    names = session.scalars(select(Organisation.name).where(Organisation.id.in_(firms)))
    people = session.scalars(select(Person.name).where(Person.organisation_id.in_(firms), Person.deleted_at.is_(None)))
    return rules.known_names(names, people)


def settle(session: Session, now: datetime, found: Sequence[Found]) -> int:
    """Put new demands into clusters, as far as nobody did so meanwhile; how many were put."""
    return sum(_settle(session, now, one) for one in found)


def _settle(session: Session, now: datetime, found: Found) -> int:
    free = session.scalars(
        select(Demand)
        .where(Demand.ref.in_(found.refs), Demand.cluster_ref.is_(None), Demand.state.in_(COMPARED))
        .with_for_update(of=Demand)
    ).all()
    if found.cluster is None:
        if len(free) < len(found.refs) or len({demand.organisation_id for demand in free}) < LEAST_FIRMS:
            return 0
        cluster = _make(session, now, found.name, named=False)
    else:
        cluster = held(session, found.cluster)
        if cluster.state is not ClusterState.OPEN or not free:
            return 0
    for demand in free:
        _put(session, now, demand, cluster, caller=NOBODY)
    _describe(cluster, found)
    _changed(session, now, cluster)
    return len(free)


def _describe(cluster: Cluster, found: Found) -> None:
    if not cluster.named:
        cluster.name = found.name
    cluster.why = {"things": list(found.why.things), "words": list(found.why.words)}
    cluster.representative = found.representative


def describe(session: Session, found: Found) -> None:
    """Say anew what the members of a cluster share."""
    _describe(held(session, found.cluster or ""), found)
    session.flush()


def _make(session: Session, now: datetime, name: str, *, named: bool, caller: Caller = NOBODY) -> Cluster:
    cluster = Cluster(
        ref=new_id("k")[:16], state=ClusterState.OPEN, name=name, named=named, why={}, created_at=now, updated_at=now
    )
    session.add(cluster)
    session.flush()
    cluster.ref = f"K-{cluster.number:06d}"
    session.flush()
    ledger.append(session, at=now, event="cluster.open", subject=cluster.ref, caller=caller)
    return cluster


def _put(session: Session, now: datetime, demand: Demand, cluster: Cluster, *, caller: Caller) -> None:
    demand.cluster_ref = cluster.ref
    session.flush()
    ledger.append(
        session, at=now, event="cluster.joined", subject=demand.ref, caller=caller, data={"cluster": cluster.ref}
    )


def _take_out(session: Session, now: datetime, demand: Demand, *, caller: Caller) -> None:
    cluster = demand.cluster_ref
    assert cluster is not None
    if session.get(Apart, (demand.ref, cluster)) is None:
        session.add(Apart(demand_ref=demand.ref, cluster_ref=cluster))
    demand.cluster_ref = None
    session.flush()
    ledger.append(session, at=now, event="cluster.left", subject=demand.ref, caller=caller, data={"cluster": cluster})


def _changed(session: Session, now: datetime, cluster: Cluster) -> None:
    cluster.version += 1
    cluster.updated_at = now
    session.flush()
    conversations.touched(session, TOPIC)


TOPIC = "clusters"  # of everyone who watches the common problems


# --- reading --------------------------------------------------------------------------------------------------------------------------------


def get(session: Session, ref: str) -> Cluster:
    """A cluster by its reference.

    Raises:
        NotFound: there is none.
    """
    cluster = session.scalars(select(Cluster).where(Cluster.ref == ref)).one_or_none()
    if cluster is None:
        raise NotFound(GONE)
    return cluster


def held(session: Session, ref: str) -> Cluster:
    """Like `get`, as it is now and until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    cluster = session.scalars(
        select(Cluster).where(Cluster.ref == ref).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if cluster is None:
        raise NotFound(GONE)
    return cluster


def listed(session: Session, *, state: ClusterState = ClusterState.OPEN, limit: int = 500) -> list[Cluster]:
    """Clusters in a state, the newest first."""
    return list(
        session.scalars(select(Cluster).where(Cluster.state == state).order_by(Cluster.number.desc()).limit(limit))
    )


def members(session: Session, refs: Iterable[str]) -> dict[str, list[Demand]]:
    """By cluster its demands, the oldest first."""
    found: dict[str, list[Demand]] = {}
    for demand in session.scalars(select(Demand).where(Demand.cluster_ref.in_(set(refs))).order_by(Demand.number)):
        found.setdefault(demand.cluster_ref or "", []).append(demand)
    return found


def of_firm(session: Session, firm: str) -> list[Cluster]:
    """The open clusters that hold a demand of this firm."""
    own = select(Demand.cluster_ref).where(Demand.organisation_id == firm, Demand.cluster_ref.is_not(None))
    return list(
        session.scalars(
            select(Cluster).where(Cluster.ref.in_(own), Cluster.state == ClusterState.OPEN).order_by(Cluster.number)
        )
    )


# --- what staff do ----------------------------------------------------------------------------------------------------------------------------


def make(session: Session, now: datetime, refs: Sequence[str], name: str, *, caller: Caller) -> Cluster:
    """A cluster by hand; demands that are in another one leave it.

    Raises:
        NotFound: one of the demands is not there.
        Invalid: fewer than two firms.
        Conflict: one of them was merged, or is withdrawn.
    """
    rows = _demands(session, refs)
    if len({row.organisation_id for row in rows}) < LEAST_FIRMS:
        raise Invalid("共性难题至少要有两家企业的需求；同一家企业的请用合并。")
    cluster = _make(session, now, name, named=bool(name), caller=caller)
    left = {row.cluster_ref for row in rows if row.cluster_ref}
    for row in rows:
        if row.cluster_ref:
            _take_out(session, now, row, caller=caller)
        _put(session, now, row, cluster, caller=caller)
    _changed(session, now, cluster)
    for other in sorted(left):
        _close_if_small(session, now, held(session, other), caller=caller)
    return cluster


def add(session: Session, now: datetime, cluster: Cluster, refs: Sequence[str], *, caller: Caller) -> None:
    """Put further demands into a cluster.

    Raises:
        NotFound, Conflict: as `make`.
    """
    _require_open(cluster)
    left = set()
    for row in _demands(session, refs):
        if row.cluster_ref == cluster.ref:
            continue
        if row.cluster_ref:
            left.add(row.cluster_ref)
            _take_out(session, now, row, caller=caller)
        session.execute(delete(Apart).where(Apart.demand_ref == row.ref, Apart.cluster_ref == cluster.ref))
        _put(session, now, row, cluster, caller=caller)
    _changed(session, now, cluster)
    for other in sorted(left):
        _close_if_small(session, now, held(session, other), caller=caller)


def merge(session: Session, now: datetime, cluster: Cluster, into: Cluster, *, caller: Caller) -> None:
    """Put all demands of one cluster into another.

    Raises:
        Conflict: it is the same one, or one of them is no more.
    """
    if cluster.number == into.number:
        raise Conflict("这就是同一个共性难题，不用合并。")
    _require_open(cluster)
    _require_open(into)
    for row in members(session, [cluster.ref]).get(cluster.ref, []):
        _put(session, now, row, into, caller=caller)
    cluster.state, cluster.merged_into = ClusterState.MERGED, into.ref
    _changed(session, now, cluster)
    _changed(session, now, into)
    ledger.append(session, at=now, event="cluster.merged", subject=cluster.ref, caller=caller, data={"into": into.ref})


def split(
    session: Session, now: datetime, cluster: Cluster, refs: Sequence[str], name: str, *, caller: Caller
) -> Cluster | None:
    """Take demands out; they become a cluster of their own where they are of several firms, which is given back.

    Raises:
        Invalid: none named, or all.
        Conflict: one of them is not in it, or it is no more.
    """
    _require_open(cluster)
    inside = {row.ref: row for row in members(session, [cluster.ref]).get(cluster.ref, [])}
    wanted = list(dict.fromkeys(refs))
    if missing := [ref for ref in wanted if ref not in inside]:
        raise Conflict(f"{missing[0]} 不在 {cluster.ref} 里，请刷新后再看。")
    if not wanted or len(wanted) == len(inside):
        raise Invalid("请选要拆出去的需求，不能一条不选，也不能全选；要全部拆开请用解散。")
    for ref in wanted:
        _take_out(session, now, inside[ref], caller=caller)
    made = None
    if len({inside[ref].organisation_id for ref in wanted}) >= LEAST_FIRMS:
        made = _make(session, now, name, named=bool(name), caller=caller)
        for ref in wanted:
            _put(session, now, inside[ref], made, caller=caller)
        _changed(session, now, made)
    _changed(session, now, cluster)
    _close_if_small(session, now, cluster, caller=caller)
    return made


def rename(session: Session, now: datetime, cluster: Cluster, name: str, *, caller: Caller) -> None:
    """Give it a name that stays.

    Raises:
        Conflict: it is no more.
    """
    _require_open(cluster)
    cluster.name, cluster.named = name, True
    _changed(session, now, cluster)
    ledger.append(session, at=now, event="cluster.renamed", subject=cluster.ref, caller=caller)


def dissolve(session: Session, now: datetime, cluster: Cluster, *, caller: Caller) -> None:
    """Its demands stand alone again, and the machine does not put them together a second time.

    Raises:
        Conflict: it is no more.
    """
    _require_open(cluster)
    for row in members(session, [cluster.ref]).get(cluster.ref, []):
        _take_out(session, now, row, caller=caller)
    cluster.state = ClusterState.DISSOLVED
    _changed(session, now, cluster)
    ledger.append(session, at=now, event="cluster.dissolved", subject=cluster.ref, caller=caller)


def _close_if_small(session: Session, now: datetime, cluster: Cluster, *, caller: Caller) -> None:
    rows = members(session, [cluster.ref]).get(cluster.ref, [])
    if cluster.state is ClusterState.OPEN and len({row.organisation_id for row in rows}) < LEAST_FIRMS:
        dissolve(session, now, cluster, caller=caller)


def _require_open(cluster: Cluster) -> None:
    if cluster.state is not ClusterState.OPEN:
        raise Conflict(f"{cluster.ref} {rules.WORDS[cluster.state]}，不能这样操作，请刷新后再看。")


def _demands(session: Session, refs: Sequence[str]) -> list[Demand]:
    rows = []
    for ref in dict.fromkeys(refs):
        row = demands.get(session, ref)
        if row.state not in COMPARED:
            raise Conflict(f"需求 {ref} 已合并、撤回或还是草稿，不能归入共性难题。")
        rows.append(row)
    return rows


# --- duplicates -----------------------------------------------------------------------------------------------------------------------------


def propose(session: Session, now: datetime, pairs: Sequence[rules.Pair]) -> int:
    """Keep what looks like a duplicate, for staff to look at; how many are new."""
    known = {(first, second) for first, second in session.execute(select(Twin.first_ref, Twin.second_ref))}
    fresh = [pair for pair in pairs if (pair.first, pair.second) not in known]
    session.add_all(
        Twin(
            first_ref=pair.first, second_ref=pair.second, likeness=round(100 * pair.likeness), why=list(pair.why), created_at=now
        )
        for pair in fresh
    )  # fmt: skip
    session.flush()
    return len(fresh)


def proposals(session: Session, *, of: str | None = None, limit: int = 200) -> list[Twin]:
    """Pairs that staff have not looked at and that can still be merged, the likeliest first."""
    first, second = aliased(Demand), aliased(Demand)
    query = (
        select(Twin)
        .join(first, first.ref == Twin.first_ref)
        .join(second, second.ref == Twin.second_ref)
        .where(
            Twin.dismissed_at.is_(None),
            first.state.in_(LIVE),
            second.state.in_(LIVE),
            first.organisation_id == second.organisation_id,
        )
        .order_by(Twin.likeness.desc(), Twin.id)
        .limit(limit)
    )
    if of is not None:
        query = query.where(or_(Twin.first_ref == of, Twin.second_ref == of))
    return list(session.scalars(query))


def dismiss(session: Session, now: datetime, twin_id: int, *, caller: Caller) -> Twin:
    """Staff say that these are two needs. Saying so twice is saying so once.

    Raises:
        NotFound: there is no such proposal.
    """
    twin = session.get(Twin, twin_id, with_for_update=True)
    if twin is None:
        raise NotFound("没有这条查重提示，请刷新后再看。")
    if twin.dismissed_at is None:
        twin.dismissed_at = now
        session.flush()
        ledger.append(
            session,
            at=now,
            event="demand.distinct",
            subject=twin.second_ref,
            caller=caller,
            data={"from": twin.first_ref},
        )
    return twin


def forget(session: Session, person: Person) -> None:
    """Leave nothing of what the machine made of a person's words; his demands leave the common problems."""
    talks = select(Conversation.id).where(Conversation.person_id == person.id)
    refs = list(session.scalars(select(Demand.ref).where(Demand.conversation_id.in_(talks))))
    session.execute(delete(View).where(View.person_id == person.id))
    session.execute(delete(Vector).where(Vector.demand_ref.in_(refs)))
    session.execute(delete(Twin).where(or_(Twin.first_ref.in_(refs), Twin.second_ref.in_(refs))))
    around = set(
        session.scalars(select(Demand.cluster_ref).where(Demand.ref.in_(refs), Demand.cluster_ref.is_not(None)))
    )
    session.execute(
        update(Demand)
        .where(Demand.ref.in_(refs))
        .values(cluster_ref=None, completeness=None, marks=None, value=None, town=None)
        .execution_options(synchronize_session="fetch")
    )
    for cluster in session.scalars(select(Cluster).where(Cluster.ref.in_(around))):
        # What many share is nobody's own, but a representative was one firm's, and a name may have come from its words.
        if cluster.representative in refs:
            cluster.representative = None
        cluster.why = {}
        if not cluster.named:
            cluster.name = "共性难题"
    session.flush()
