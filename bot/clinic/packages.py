"""Packages (揭榜挂帅) as staff write and publish them, and as others read and apply for them. No firm is named outside the centre."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.clinic import shapes
from bot.clinic.clinic import Clinic
from bot.clinic.demands import pool_line
from bot.clinic.shapes import Json
from bot.db import Session
from bot.errors import Conflict, Invalid
from bot.models.packages import Application, Package
from bot.rules import packages as rules
from bot.rules.packages import FIELDS, MAX_CHARS, PackageState
from bot.rules.people import Caller, check_clerk, checked_name, checked_organisation
from bot.rules.redaction import Finding, propose
from bot.rules.redaction import apply as replaced
from bot.rules.wording import clean_words
from bot.rules.worktime import CHINA
from bot.services import clusters, demands, packages, pool

NAMING = frozenset({Finding.FIRM, Finding.NAME, Finding.PHONE, Finding.IDENTITY, Finding.EMAIL, Finding.WECHAT})
Fields = Mapping[str, Any]


def listed(clinic: Clinic, caller: Caller, *, state: str | None = None) -> Json:
    """Packages: everyone those that are published and within his reach, staff all.

    Raises:
        Invalid: no such state.
    """
    wanted = _state(state)
    with clinic.records.read() as session:
        rows = packages.visible_to(session, caller, state=wanted)
        within = packages.inside(session, [row.ref for row in rows])
        items = []
        for row in rows:
            shown = _shown(row, len({demand.organisation_id for demand in within.get(row.ref, [])}))
            more = {"demands": len(within.get(row.ref, [])), "applications": packages.count(session, row.ref)}
            items.append(shown | more if caller.is_clerk else shown)
    return shapes.listing(items)


def show(clinic: Clinic, caller: Caller, ref: str) -> Json:
    """One; to staff with its demands and what it still needs.

    Raises:
        NotFound: there is none, or it is not for the caller.
    """
    with clinic.records.read() as session:
        row = packages.visible(session, ref, caller)
        return _whole(session, clinic, row) if caller.is_clerk else _public(session, clinic, row)


def waiting(clinic: Clinic, caller: Caller) -> Json:
    """Demands that were escalated and that no package holds yet.

    Raises:
        Unauthenticated, NotAllowed: not staff.
    """
    check_clerk(caller)
    with clinic.records.read() as session:
        refs = [demand.ref for demand in packages.waiting(session)]
        now = clinic.clock()
        return shapes.listing([pool_line(line, now) for line in pool.lines_of(session, refs)])


def make(
    clinic: Clinic,
    caller: Caller,
    *,
    demands: Sequence[str] = (),
    cluster: str | None = None,
    fields: Fields | None = None,
) -> Json:
    """A draft of some demands, or of all that are open in a common problem; `left` says which could not come along and why.

    Raises:
        Unauthenticated, NotAllowed: not staff.
        NotFound: a demand or the common problem is not there.
        Invalid: neither was named, or a field cannot be read or names a firm.
        Conflict: none of them can become part of a package.
    """
    check_clerk(caller)
    refs = list(dict.fromkeys(ref.strip() for ref in demands if ref.strip()))
    if not refs and not cluster:
        raise Invalid("请选要做成项目包的需求，或一个共性难题。")
    with clinic.writing(caller) as session:
        if cluster and not refs:
            clusters.held(session, cluster)
            refs = [demand.ref for demand in clusters.members(session, [cluster]).get(cluster, [])]
        given = _begun(session, refs, cluster) | _checked(session, fields or {}, refs)
        made = packages.make(session, clinic.moment(), refs, given, cluster=cluster or None, caller=caller)
        return _whole(session, clinic, made.package) | {"left": dict(made.left)}


def _begun(session: Session, refs: Sequence[str], cluster: str | None) -> dict[str, str]:
    """What a draft begins with: a title that names nobody."""
    title = clusters.get(session, cluster).name if cluster else demands.get(session, refs[0]).title if refs else ""
    known = clusters.names_around(session, refs)
    return {"title": replaced(title, propose(title, known=known))[: MAX_CHARS["title"]]}


def edit(clinic: Clinic, caller: Caller, ref: str, *, fields: Fields) -> Json:
    """Write a draft; fields that are not named stay.

    Raises:
        Unauthenticated, NotAllowed: not staff.
        NotFound: there is none.
        Invalid: a field cannot be read, or names a firm or a person.
        Conflict: it is published already.
    """
    check_clerk(caller)
    with clinic.writing(caller) as session:
        row = packages.get(session, ref, lock=True)
        inside = [demand.ref for demand in packages.inside(session, [ref]).get(ref, [])]
        packages.edit(session, clinic.moment(), row, _checked(session, fields, inside), caller=caller)
        return _whole(session, clinic, row)


def publish(clinic: Clinic, caller: Caller, ref: str) -> Json:
    """Put it out.

    Raises:
        Unauthenticated, NotAllowed: not staff.
        NotFound: there is none.
        Conflict: something is lacking, its last day is over, or it is no draft.
    """
    check_clerk(caller)
    with clinic.writing(caller) as session:
        row = packages.get(session, ref, lock=True)
        if missing := rules.lacking(_fields(row)):
            raise Conflict(f"还缺{'、'.join(missing)}，写全了再发布。")
        if rules.is_over(row.deadline, clinic.clock().astimezone(CHINA).date()):
            raise Conflict("揭榜截止日已经过了，请先改日期再发布。")
        # Firms may have changed since it was written.
        inside = [demand.ref for demand in packages.inside(session, [ref]).get(ref, [])]
        _checked(session, _fields(row), inside)
        packages.move(session, clinic.moment(), row, PackageState.PUBLISHED, caller=caller)
        return _whole(session, clinic, row)


def close(clinic: Clinic, caller: Caller, ref: str) -> Json:
    """No further applications.

    Raises:
        Unauthenticated, NotAllowed: not staff.
        NotFound: there is none.
        Conflict: it is not published.
    """
    return _moved(clinic, caller, ref, PackageState.CLOSED)


def drop(clinic: Clinic, caller: Caller, ref: str) -> Json:
    """A draft that is not to be: its demands may go into another package.

    Raises:
        Unauthenticated, NotAllowed: not staff.
        NotFound: there is none.
        Conflict: it is published.
    """
    return _moved(clinic, caller, ref, PackageState.DROPPED)


def _moved(clinic: Clinic, caller: Caller, ref: str, to: PackageState) -> Json:
    check_clerk(caller)
    with clinic.writing(caller) as session:
        row = packages.get(session, ref, lock=True)
        packages.move(session, clinic.moment(), row, to, caller=caller)
        return _whole(session, clinic, row)


def apply(clinic: Clinic, caller: Caller, ref: str, *, consent: bool, given: Fields) -> Json:
    """Offer to do it. Staff alone read what was written.

    Args:
        given: name, organisation, contact, proposal, price, time.

    Raises:
        NotFound: there is none, or it is not for the caller.
        Invalid: something is lacking, or no consent to keep name and contact.
        Conflict: it is not open for applications (any more).
    """
    if consent is not True:
        raise Invalid("请先同意中心保存您的姓名和联系方式，只用于这次揭榜。")
    words = {
        "name": checked_name(str(given.get("name") or "")),
        "organisation": checked_organisation(str(given.get("organisation") or "")),
        "contact": clean_words(str(given.get("contact") or ""), what="联系方式", max_chars=200),
        "proposal": clean_words(str(given.get("proposal") or ""), what="方案", max_chars=4000),
        "price": clean_words(str(given.get("price") or ""), what="报价", max_chars=60),
        "time": clean_words(str(given.get("time") or ""), what="工期", max_chars=60),
    }
    with clinic.writing(caller) as session:
        row = packages.visible(session, ref, caller)
        made = packages.apply(session, clinic.moment(), packages.get(session, row.ref, lock=True), words, caller=caller)
        return {"id": made.id, "package": ref, "received": shapes.iso(made.created_at)}


def applications(clinic: Clinic, caller: Caller, ref: str) -> Json:
    """Who applied, the first first.

    Raises:
        Unauthenticated, NotAllowed: not staff.
        NotFound: there is no such package.
    """
    check_clerk(caller)
    with clinic.records.read() as session:
        packages.get(session, ref)
        return shapes.listing([_application(row) for row in packages.applications(session, ref)])


def empty(clinic: Clinic, caller: Caller, ref: str, application: str) -> Json:
    """Delete what an applicant wrote, at his wish; that there was an application stays.

    Raises:
        Unauthenticated, NotAllowed: not staff.
        NotFound: there is no such application.
    """
    check_clerk(caller)
    with clinic.writing(caller) as session:
        return _application(packages.empty(session, clinic.moment(), ref, application, caller=caller))


def _checked(session: Session, fields: Fields, refs: Sequence[str]) -> dict[str, str]:
    known = clusters.names_around(session, refs)
    made = {}
    for name, value in fields.items():
        if name not in FIELDS or value is None:
            continue
        text = clean_words(str(value), what=FIELDS[name], max_chars=MAX_CHARS[name], required=False)
        if name == "deadline":
            text = rules.checked_day(text)
        elif name == "reach":
            text = rules.checked_reach(text).value
        elif found := [one for one in propose(text, known=known) if one.kind in NAMING]:
            words = text[found[0].start : found[0].end]
            raise Invalid(f"{FIELDS[name]}里的“{words}”可能指向某家企业或个人，公开后谁都能看到，请换个说法。")
        made[name] = text
    return made


def _fields(row: Package) -> dict[str, str]:
    return {name: str(getattr(row, name)) for name in FIELDS}


def _shown(row: Package, firms: int) -> Json:
    return {
        "ref": row.ref,
        "state": row.state.value,
        **_fields(row),
        "firms": firms,
        "published": shapes.iso_or_none(row.published_at),
    }


def _public(session: Session, clinic: Clinic, row: Package) -> Json:
    within = packages.inside(session, [row.ref]).get(row.ref, [])
    over = rules.is_over(row.deadline, clinic.clock().astimezone(CHINA).date())
    is_open = row.state is PackageState.PUBLISHED and not over
    return _shown(row, len({demand.organisation_id for demand in within})) | {"open": is_open}


def _whole(session: Session, clinic: Clinic, row: Package) -> Json:
    now = clinic.clock()
    refs = [demand.ref for demand in packages.inside(session, [row.ref]).get(row.ref, [])]
    return _public(session, clinic, row) | {
        "cluster": row.cluster_ref,
        "lacking": list(rules.lacking(_fields(row))),
        "items": [pool_line(line, now) for line in pool.lines_of(session, refs)],
        "applications": packages.count(session, row.ref),
        "created": shapes.iso(row.created_at),
        "closed": shapes.iso_or_none(row.closed_at),
    }


def _application(row: Application) -> Json:
    return {
        "id": row.id,
        "at": shapes.iso(row.created_at),
        "name": row.name,
        "organisation": row.organisation,
        "contact": row.contact,
        "proposal": row.proposal,
        "price": row.price,
        "time": row.time,
        "account": row.person_id is not None,
        "deleted": row.emptied_at is not None,
    }


def _state(given: str | None) -> PackageState | None:
    if not given:
        return None
    try:
        return PackageState(given)
    except ValueError:
        raise Invalid(f"项目包状态只能是 {'、'.join(PackageState)} 之一。") from None
