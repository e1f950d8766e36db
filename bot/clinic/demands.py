"""The demand pool as staff use it."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bot.clinic import shapes
from bot.clinic.clinic import Clinic
from bot.clinic.shapes import Json
from bot.db import Session
from bot.errors import Conflict, Invalid
from bot.models.demands import Demand
from bot.models.tickets import Ticket
from bot.rules import sheets
from bot.rules.demands import WORDS
from bot.rules.intake import DEMAND_NAMES, LABELS, URGENCY_NAMES
from bot.rules.people import Caller, check_clerk, check_person
from bot.rules.pool import MARK_NAMES, ORIGINS, Mark, checked_view_name, filters
from bot.rules.triage import DOMAIN_NAMES
from bot.rules.wording import clean_words
from bot.rules.worktime import CHINA
from bot.services import demands, ledger, pool, tickets
from bot.services.pool import Line

PAGE = 100
PUBLISHED = "发布为项目包"


def listed(
    clinic: Clinic,
    caller: Caller,
    *,
    state: str | None = None,
    after: str | None = None,
    chosen: Mapping[str, Any] | None = None,
) -> Json:
    """Demands with their firms, those that fit, in the order asked for; `next` is what to ask the following ones with, `total` counts all.

    Args:
        state: Counts where `chosen` names none.
        chosen: See `rules.pool.Filters`.

    Raises:
        Unauthenticated, NotAllowed: not staff.
        Invalid: a filter that cannot be read, or `after` is no reference.
    """
    check_clerk(caller)
    wanted = filters({"state": state, **(chosen or {})})
    before = _number(after) if after else None
    now = clinic.clock()
    with clinic.records.read() as session:
        lines = pool.page(session, now, wanted, after=before, limit=PAGE + 1)
        items = [pool_line(line, now) for line in lines[:PAGE]]
        total = pool.count(session, now, wanted)
    return shapes.listing(items, items[-1]["ref"] if len(lines) > PAGE else None) | {"total": total}


def show(clinic: Clinic, caller: Caller, ref: str) -> Json:
    """One demand with everything that stands around it: what was merged into it, which files came with it.

    Raises:
        Unauthenticated, NotAllowed: not staff.
        NotFound: there is none.
    """
    check_clerk(caller)
    now = clinic.clock()
    with clinic.records.read() as session:
        line = pool.one(session, ref)
        return pool_line(line, now) | {
            "files": pool.files_of(session, line.demand),
            "sources": [pool_line(source, now) for source in demands_into(session, ref)],
        }


def demands_into(session: Session, ref: str) -> list[Line]:
    """What was merged into a demand."""
    return pool.lines_of(session, demands.sources(session, ref))


def choices(clinic: Clinic, caller: Caller) -> Json:
    """What the filters may be set to that is not known beforehand: `towns`, and the caller's own `views`.

    Raises:
        Unauthenticated, NotAllowed: not staff.
    """
    check_clerk(caller)
    with clinic.records.read() as session:
        kept = pool.views(session, caller.person) if caller.person else []
        return {"towns": pool.towns(session), "views": [_view(view) for view in kept]}


COLUMNS = (
    "需求号", "标题", "状态", "类型", "领域", "紧急程度", "企业", "地区", "来源", "完整度", "还缺", "涉及金额（元）", "提出时间", "天数",
    "共性难题", "项目包", "工单", "原话",
)  # fmt: skip
FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def export(clinic: Clinic, caller: Caller, *, format: str = "csv", chosen: Mapping[str, Any] | None = None) -> bytes:
    """The demands that fit as a file for a spreadsheet; that they were taken out is on record.

    Raises:
        Unauthenticated, NotAllowed: not staff.
        Invalid: no such format or filter.
    """
    check_clerk(caller)
    if format not in FORMATS:
        raise Invalid(f"导出格式只能是 {'、'.join(FORMATS)} 之一。")
    wanted, now = filters(chosen or {}), clinic.clock()
    with clinic.records.read() as session:
        rows = list(_rows(pool.every(session, now, wanted), now))
    content = sheets.as_csv(COLUMNS, rows) if format == "csv" else sheets.as_xlsx(COLUMNS, rows, title="需求池")
    with clinic.writing(caller) as session:
        ledger.append(
            session, at=now, event="pool.exported", subject="demands", caller=caller, data={"rows": len(rows)}
        )
    return content


def exported(clinic: Clinic, caller: Caller, *, format: str = "csv", chosen: Mapping[str, Any] | None = None) -> Json:
    """The same for a command: `content` in base64, and its `format`."""
    content = export(clinic, caller, format=format, chosen=chosen)
    return {"format": format, "content": b64encode(content).decode()}


def _rows(lines: Iterator[Line], now: datetime) -> Iterator[sheets.Row]:
    for line in lines:
        row = line.demand
        yield (
            row.ref,
            row.title,
            WORDS[row.state],
            DEMAND_NAMES.get(row.kind or "", ""),
            DOMAIN_NAMES[row.domain],
            URGENCY_NAMES[row.urgency],
            line.firm,
            row.town,
            ORIGINS.get(line.origin, line.origin),
            row.completeness,
            "、".join(_lacks(row)),
            row.value,
            row.created_at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M"),
            _age(row, now),
            row.cluster_ref,
            row.package_ref,
            line.ticket.ref if line.ticket else None,
            row.text,
        )


def keep_view(clinic: Clinic, caller: Caller, *, name: str, chosen: Mapping[str, Any] | None = None) -> Json:
    """Keep filters under a name for oneself; the same name again replaces them.

    Raises:
        Unauthenticated, NotAllowed: not staff, or the operator, who is no person.
        Invalid: no name, or a filter that cannot be read.
        Conflict: there are too many already.
    """
    check_clerk(caller)
    person, called, wanted = check_person(caller), checked_view_name(name), filters(chosen or {})
    with clinic.writing(caller) as session:
        return _view(pool.keep_view(session, clinic.clock(), person, called, wanted))


def drop_view(clinic: Clinic, caller: Caller, view_id: str) -> Json:
    """Keep them no longer.

    Raises:
        Unauthenticated, NotAllowed: not staff, or the operator, who is no person.
        NotFound: they are not there, or another clerk's.
    """
    check_clerk(caller)
    person = check_person(caller)
    with clinic.writing(caller) as session:
        pool.drop_view(session, person, view_id)
    return {"id": view_id, "dropped": True}


def _view(view: Any) -> Json:
    return {"id": view.id, "name": view.name, "filters": dict(view.filters)}


def pool_line(line: Line, now: datetime) -> Json:
    """A demand of the pool with what stands around it, for staff."""
    row = line.demand
    return shapes.demand(row, line.firm, line.ticket) | {
        "origin": line.origin,
        "completeness": row.completeness or 0,
        "marks": list(row.marks or ()),
        "lacks": _lacks(row),
        "value": row.value,
        "town": row.town,
        "age_days": _age(row, now),
        "cluster": row.cluster_ref,
        "package": row.package_ref,
        "told": [
            {"code": code, "label": LABELS.get(code, code), "value": fact["value"]}
            for code, fact in row.facts.items()
            if fact.get("value") and code != "contact"
        ],
    }


def _lacks(row: Demand) -> list[str]:
    return [name for mark, name in MARK_NAMES.items() if mark not in {Mark(held) for held in row.marks or ()}]


def _age(row: Demand, now: datetime) -> int:
    return max(0, (now - row.created_at).days)


def merge(clinic: Clinic, caller: Caller, ref: str, *, into: str) -> Json:
    """Join a duplicate, and the ticket that it is worked on with, to another demand of the same firm; gives the duplicate.

    Raises:
        Unauthenticated, NotAllowed: not staff.
        NotFound: one of them is not there.
        Conflict: another firm's, or one of them is not open, or an engineer works on the duplicate.
    """
    check_clerk(caller)
    with clinic.writing(caller) as session:
        duplicate, ticket = _open(session, ref)
        _, target = _open(session, into)
        tickets.merge(session, clinic.moment(), ticket, target, caller=caller)
        demands.merged(session, duplicate, into)
        return _shown(session, clinic, ref)


def split(clinic: Clinic, caller: Caller, ref: str) -> Json:
    """Take a merge back: the demand is in the pool again with a new ticket, and the two are not proposed as duplicates again.

    Raises:
        Unauthenticated, NotAllowed: not staff.
        NotFound: there is none.
        Conflict: it is not merged, its words were deleted, or its talk has another open case.
    """
    check_clerk(caller)
    with clinic.writing(caller) as session:
        pool.unmerge(session, clinic.moment(), ref, caller=caller)
        return _shown(session, clinic, ref)


def publish(clinic: Clinic, caller: Caller, ref: str, *, reason: str = "") -> Json:
    """Make it a package: too large for one engineer, it is put out to all.

    Raises:
        Unauthenticated, NotAllowed: not staff.
        NotFound: there is none.
        Conflict: it is not open, or its ticket cannot become a package now.
    """
    check_clerk(caller)
    why = clean_words(reason, what="原因", required=False) or PUBLISHED
    with clinic.writing(caller) as session:
        _, ticket = _open(session, ref)
        tickets.escalate(session, clinic.moment(), ticket, why, caller=caller)
        return _shown(session, clinic, ref)


def _open(session: Session, ref: str) -> tuple[Demand, Ticket]:
    demand = demands.get(session, ref)
    ticket = tickets.open_tickets_for(session, [ref], lock=True).get(ref)
    if ticket is None:
        raise Conflict(f"需求 {ref} 现在是“{WORDS[demand.state]}”，没有未办结的工单，不能这样操作。")
    return demand, ticket


def _shown(session: Session, clinic: Clinic, ref: str) -> Json:
    return pool_line(pool.one(session, ref), clinic.clock())


def _number(ref: str) -> int:
    digits = ref.removeprefix("D-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        raise Invalid("after 应是一条需求的编号。")
    return int(digits)
