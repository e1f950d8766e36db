"""The demand pool as staff use it."""

from bot.clinic import shapes
from bot.clinic.clinic import Clinic
from bot.clinic.shapes import Json
from bot.db import Session
from bot.errors import Conflict, Invalid
from bot.models.demands import Demand
from bot.models.tickets import Ticket
from bot.rules.demands import WORDS, DemandState
from bot.rules.people import Caller, check_clerk
from bot.rules.wording import clean_words
from bot.services import demands, tickets

PAGE = 100
PUBLISHED = "发布为项目包"


def listed(clinic: Clinic, caller: Caller, *, state: str | None = None, after: str | None = None) -> Json:
    """Demands with their firms, the newest first; `next` is what to ask the following ones with.

    Raises:
        Unauthenticated, NotAllowed: not staff.
        Invalid: no such state, or `after` is no reference.
    """
    check_clerk(caller)
    wanted, before = _state(state), _number(after) if after else None
    with clinic.records.read() as session:
        rows = demands.listed(session, state=wanted, before=before, limit=PAGE + 1)
        page = rows[:PAGE]
        open_ones = tickets.open_tickets_for(session, (demand.ref for demand, _ in page))
        items = [shapes.demand(demand, firm, open_ones.get(demand.ref)) for demand, firm in page]
    return shapes.listing(items, items[-1]["ref"] if len(rows) > PAGE else None)


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
        return _shown(session, demands.merged(session, duplicate, into))


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
        demand, ticket = _open(session, ref)
        tickets.escalate(session, clinic.moment(), ticket, why, caller=caller)
        return _shown(session, demand)


def _open(session: Session, ref: str) -> tuple[Demand, Ticket]:
    demand = demands.get(session, ref)
    ticket = tickets.open_tickets_for(session, [ref], lock=True).get(ref)
    if ticket is None:
        raise Conflict(f"需求 {ref} 现在是“{WORDS[demand.state]}”，没有未办结的工单，不能这样操作。")
    return demand, ticket


def _shown(session: Session, demand: Demand) -> Json:
    return shapes.demand(demand, demands.firm_of(session, demand).name, None)


def _state(given: str | None) -> DemandState | None:
    if not given:
        return None
    try:
        return DemandState(given)
    except ValueError:
        raise Invalid(f"需求状态只能是 {'、'.join(DemandState)} 之一。") from None


def _number(ref: str) -> int:
    digits = ref.removeprefix("D-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        raise Invalid("after 应是一条需求的编号。")
    return int(digits)
