"""The ledger as staff read it."""

from bot.clinic import shapes
from bot.clinic.clinic import Clinic
from bot.clinic.shapes import Json
from bot.rules.people import Caller, check_clerk
from bot.services import ledger

PAGE = 200


def listed(clinic: Clinic, caller: Caller, *, after: int = 0, subject: str | None = None) -> Json:
    """Events in order, from the one after this number on; `next` is what to go on with where there is more.

    Raises:
        Unauthenticated, NotAllowed: not staff.
    """
    check_clerk(caller)
    with clinic.records.read() as session:
        rows = ledger.entries(session, after=after, subject=subject, limit=PAGE + 1)
        page = [shapes.entry(row) for row in rows[:PAGE]]
    return shapes.listing(page, str(page[-1]["seq"]) if len(rows) > PAGE else None)


def verify(clinic: Clinic, caller: Caller) -> Json:
    """Whether the whole chain holds.

    Raises:
        Unauthenticated, NotAllowed: not staff.
    """
    check_clerk(caller)
    with clinic.records.read() as session:
        return ledger.verify(session).as_json()
