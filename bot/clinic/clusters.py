"""Common problems (共性难题) as staff work on them, and as a firm learns that others have the same one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bot.clinic import shapes
from bot.clinic.clinic import Clinic
from bot.clinic.demands import pool_line
from bot.clinic.shapes import Json
from bot.db import Session
from bot.errors import Invalid, NotFound
from bot.models.demands import Demand
from bot.models.pool import Cluster, Twin
from bot.rules.clusters import ClusterState, checked_name
from bot.rules.people import Caller, check_clerk, check_person
from bot.rules.pool import LIVE
from bot.rules.redaction import apply, propose
from bot.rules.triage import DOMAIN_NAMES
from bot.services import clusters, pool
from bot.services import demands as needs
from retrieval.protocols import Role

MOST_AT_ONCE = 200  # demands named in one call


def listed(clinic: Clinic, caller: Caller, *, state: str | None = None) -> Json:
    """Common problems. Staff see all in a state, a firm those of its own demands, without a word that could name another firm.

    Raises:
        Unauthenticated, NotAllowed: nobody signed in, or an engineer.
        Invalid: no such state.
    """
    if caller.role is Role.SME:
        return _of_firm(clinic, caller)
    check_clerk(caller)
    wanted = _state(state)
    with clinic.records.read() as session:
        rows = clusters.listed(session, state=wanted)
        inside = clusters.members(session, [row.ref for row in rows])
        items = [_shown(row, inside.get(row.ref, [])) for row in rows]
    items.sort(key=lambda item: (-item["firms"], -item["demands"], item["ref"]))
    return shapes.listing(items)


def _of_firm(clinic: Clinic, caller: Caller) -> Json:
    check_person(caller)
    if caller.organisation is None:
        return shapes.listing([])
    with clinic.records.read() as session:
        rows = clusters.of_firm(session, caller.organisation)
        inside = clusters.members(session, [row.ref for row in rows])
        return shapes.listing([_for_firm(session, row, inside[row.ref], caller.organisation) for row in rows])


def _for_firm(session: Session, row: Cluster, members: Sequence[Demand], firm: str) -> Json:
    known = clusters.names_around(session, [demand.ref for demand in members])
    words = [word for word in (*row.why.get("things", ()), *row.why.get("words", ())) if not propose(word, known=known)]
    return {
        "ref": row.ref,
        "name": apply(row.name, propose(row.name, known=known)),
        "firms": len({demand.organisation_id for demand in members}),
        "why": list(dict.fromkeys(words)),
        "own": [demand.ref for demand in members if demand.organisation_id == firm],
    }


def show(clinic: Clinic, caller: Caller, ref: str) -> Json:
    """One common problem with its demands; to a firm as in its list.

    Raises:
        Unauthenticated, NotAllowed: nobody signed in, or an engineer.
        NotFound: there is none, or the firm has no demand in it.
    """
    if caller.role is Role.SME:
        own: list[Json] = _of_firm(clinic, caller)["items"]
        found = next((item for item in own if item["ref"] == ref), None)
        if found is None:
            raise NotFound(clusters.GONE)
        return found
    check_clerk(caller)
    with clinic.records.read() as session:
        return _whole(session, clinic, clusters.get(session, ref))


def make(clinic: Clinic, caller: Caller, *, demands: Sequence[str], name: str = "") -> Json:
    """Put demands of several firms together by hand.

    Raises:
        Unauthenticated, NotAllowed: not staff.
        NotFound: one of the demands is not there.
        Invalid: fewer than two firms, or a name that points to one.
        Conflict: one of them was merged or withdrawn.
    """
    check_clerk(caller)
    refs = _refs(demands)
    with clinic.writing(caller) as session:
        called = _name(session, name, refs)
        made = clusters.make(session, clinic.clock(), refs, called, caller=caller)
        if not made.named:
            made.name = _fallback(session, refs)
        return _whole(session, clinic, made)


def add(clinic: Clinic, caller: Caller, ref: str, *, demands: Sequence[str]) -> Json:
    """Put further demands into one.

    Raises:
        As `make`; Conflict also where it is no more.
    """
    check_clerk(caller)
    refs = _refs(demands)
    with clinic.writing(caller) as session:
        held = clusters.held(session, ref)
        clusters.add(session, clinic.clock(), held, refs, caller=caller)
        return _whole(session, clinic, held)


def merge(clinic: Clinic, caller: Caller, ref: str, *, into: str) -> Json:
    """Put all demands of one into another; gives that one.

    Raises:
        Unauthenticated, NotAllowed: not staff.
        NotFound: one of them is not there.
        Conflict: it is the same, or one of them is no more.
    """
    check_clerk(caller)
    with clinic.writing(caller) as session:
        held = {one: clusters.held(session, one) for one in sorted({ref, into})}
        clusters.merge(session, clinic.clock(), held[ref], held[into], caller=caller)
        return _whole(session, clinic, held[into])


def split(clinic: Clinic, caller: Caller, ref: str, *, demands: Sequence[str], name: str = "") -> Json:
    """Take demands out; of several firms they become a common problem of their own. Gives what is left, and `made`: the new one's reference.

    Raises:
        Unauthenticated, NotAllowed: not staff.
        NotFound: there is none.
        Invalid: none named, all, or a name that points to a firm.
        Conflict: one of them is not in it, or it is no more.
    """
    check_clerk(caller)
    refs = _refs(demands)
    with clinic.writing(caller) as session:
        held = clusters.held(session, ref)
        called = _name(session, name, refs)
        made = clusters.split(session, clinic.clock(), held, refs, called, caller=caller)
        if made is not None and not made.named:
            made.name = held.name
        return _whole(session, clinic, held) | {"made": made.ref if made else None}


def rename(clinic: Clinic, caller: Caller, ref: str, *, name: str) -> Json:
    """Give it a name that stays. Every firm in it reads it, so that it must point to none.

    Raises:
        Unauthenticated, NotAllowed: not staff.
        NotFound: there is none.
        Invalid: empty, too long, or it points to a firm or a person.
        Conflict: it is no more.
    """
    check_clerk(caller)
    with clinic.writing(caller) as session:
        held = clusters.held(session, ref)
        inside = [demand.ref for demand in clusters.members(session, [ref]).get(ref, [])]
        called = checked_name(name, known=clusters.names_around(session, inside))
        clusters.rename(session, clinic.clock(), held, called, caller=caller)
        return _whole(session, clinic, held)


def dissolve(clinic: Clinic, caller: Caller, ref: str) -> Json:
    """Its demands stand alone again, and the machine does not put them together a second time.

    Raises:
        Unauthenticated, NotAllowed: not staff.
        NotFound: there is none.
        Conflict: it is no more.
    """
    check_clerk(caller)
    with clinic.writing(caller) as session:
        held = clusters.held(session, ref)
        clusters.dissolve(session, clinic.clock(), held, caller=caller)
        return _whole(session, clinic, held)


def _whole(session: Session, clinic: Clinic, row: Cluster) -> Json:
    now = clinic.clock()
    members = clusters.members(session, [row.ref]).get(row.ref, [])
    lines = pool.lines_of(session, [demand.ref for demand in members])
    return _shown(row, members) | {"items": [pool_line(line, now) for line in lines]}


def _shown(row: Cluster, members: Sequence[Demand]) -> Json:
    domains = Counter(demand.domain.value for demand in members).most_common(1)
    kinds = Counter(demand.kind.value for demand in members if demand.kind).most_common(1)
    return {
        "ref": row.ref,
        "state": row.state.value,
        "name": row.name,
        "named": row.named,
        "why": {"things": list(row.why.get("things", ())), "words": list(row.why.get("words", ()))},
        "representative": row.representative,
        "firms": len({demand.organisation_id for demand in members}),
        "demands": len(members),
        "open": sum(demand.state in LIVE for demand in members),
        "value": sum(demand.value or 0 for demand in members),
        "domain": domains[0][0] if domains else None,
        "kind": kinds[0][0] if kinds else None,
        "package": row.package_ref,
        "merged_into": row.merged_into,
        "created": shapes.iso(row.created_at),
        "updated": shapes.iso(row.updated_at),
    }


def _refs(given: Sequence[str]) -> list[str]:
    refs = list(dict.fromkeys(ref.strip() for ref in given if ref.strip()))
    if not refs or len(refs) > MOST_AT_ONCE:
        raise Invalid(f"请选 1 到 {MOST_AT_ONCE} 条需求。")
    return refs


def _name(session: Session, given: str, refs: Sequence[str]) -> str:
    return checked_name(given, known=clusters.names_around(session, refs)) if given.strip() else ""


def _fallback(session: Session, refs: Sequence[str]) -> str:
    rows = [needs.get(session, ref) for ref in refs]
    domain = Counter(row.domain for row in rows).most_common(1)[0][0]
    return f"{DOMAIN_NAMES[domain]}：{len({row.organisation_id for row in rows})} 家企业的同类问题"


def _state(given: str | None) -> ClusterState:
    try:
        return ClusterState(given or ClusterState.OPEN)
    except ValueError:
        raise Invalid(f"状态只能是 {'、'.join(ClusterState)} 之一。") from None


# --- duplicates -----------------------------------------------------------------------------------------------------------------------------


def duplicates(clinic: Clinic, caller: Caller, *, of: str | None = None) -> Json:
    """Pairs of one firm's demands that look like the same need, the likeliest first; `of`: only those with this demand.

    Raises:
        Unauthenticated, NotAllowed: not staff.
    """
    check_clerk(caller)
    with clinic.records.read() as session:
        twins = clusters.proposals(session, of=of)
        refs = sorted({ref for twin in twins for ref in (twin.first_ref, twin.second_ref)})
        now = clinic.clock()
        lines = {line.demand.ref: pool_line(line, now) for line in pool.lines_of(session, refs)}
        return shapes.listing([_twin(twin, lines) for twin in twins])


def duplicates_waiting(clinic: Clinic, caller: Caller) -> int:
    """How many pairs nobody has looked at.

    Raises:
        Unauthenticated, NotAllowed: not staff.
    """
    check_clerk(caller)
    with clinic.records.read() as session:
        return len(clusters.proposals(session))


def dismiss(clinic: Clinic, caller: Caller, duplicate_id: int) -> Json:
    """These are two needs; it is not proposed again.

    Raises:
        Unauthenticated, NotAllowed: not staff.
        NotFound: there is no such proposal.
    """
    check_clerk(caller)
    with clinic.writing(caller) as session:
        twin = clusters.dismiss(session, clinic.clock(), duplicate_id, caller=caller)
        return {"id": twin.id, "first": twin.first_ref, "second": twin.second_ref, "dismissed": True}


def _twin(twin: Twin, lines: Mapping[str, Any]) -> Json:
    return {
        "id": twin.id,
        "likeness": twin.likeness,
        "why": list(twin.why),
        "first": lines[twin.first_ref],
        "second": lines[twin.second_ref],
    }
