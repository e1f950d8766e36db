"""Solutions as the doors see them: the list, one of them, its review, its retraction."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.clinic.clinic import Clinic
from bot.errors import Invalid
from bot.models.solutions import Solution
from bot.rules.people import Caller
from bot.rules.solutions import WORDS, SolutionState
from bot.services import ledger, solutions
from bot.services.solutions import Seen

Values = dict[str, Any]
READ_AGAIN = timedelta(hours=1)  # one reading however often a page is loaded


def listed(clinic: Clinic, caller: Caller, *, state: str | None = None, ticket: str | None = None) -> Values:
    """The solutions that the caller may see, the newest first, in short.

    Raises:
        Invalid: there is no such state.
    """
    wanted = _state(state) if state else None
    with clinic.records.read() as session:
        found = solutions.visible_to(session, caller, state=wanted, ticket=ticket)
        names = solutions.names_of(session, found)
    return {"items": [_short(solution, names) for solution in found], "next": None}


def shown(clinic: Clinic, caller: Caller, solution_id: str) -> Values:
    """One solution: the engineer's words, the copy that others are to read, and for staff what in it points to somebody.

    That somebody beside the firm and the author read it is written down.

    Raises:
        NotFound: there is none that the caller may see.
    """
    moment = clinic.moment()
    with clinic.records.read() as session:
        seen = solutions.look(session, solutions.visible(session, solution_id, caller))
        ticket, since = seen.solution.ticket_ref, moment.now - READ_AGAIN
        known = not caller.is_clerk or ledger.has_read(session, since=since, subject=ticket, caller=caller)
    if not known:
        with clinic.records.write() as session:
            ledger.note_reading(session, at=moment.now, since=since, subject=ticket, caller=caller)
    return _whole(seen, caller)


def approve(clinic: Clinic, caller: Caller, solution_id: str) -> Values:
    """Let its copy into the index.

    Raises:
        NotFound: there is none that the caller may see.
        NotAllowed: not staff, or its own author.
        Conflict: it does not wait for a review, consent is missing, or something personal is still in the copy.
    """
    moment = clinic.moment()
    with clinic.records.write() as session:
        seen = solutions.look(session, solutions.approve(session, moment, solution_id, caller=caller))
    return _whole(seen, caller)


def retract(clinic: Clinic, caller: Caller, solution_id: str) -> Values:
    """Take it back for good.

    Raises:
        NotFound: there is none that the caller may see.
        NotAllowed: not staff.
        Conflict: it is retracted already.
    """
    moment = clinic.moment()
    with clinic.records.write() as session:
        seen = solutions.look(session, solutions.retract(session, moment, solution_id, caller=caller))
    return _whole(seen, caller)


def edit(clinic: Clinic, caller: Caller, solution_id: str, changes: Mapping[str, Any]) -> Values:
    """Change the copy that others are to read: title, symptom, cause, steps, verification, limits; what is left out stays.

    Raises:
        NotFound: there is none that the caller may see.
        NotAllowed: not staff.
        Conflict: it is approved or retracted.
        Invalid: an unknown field, no text, or one that must not be empty.
    """
    moment = clinic.moment()
    with clinic.records.write() as session:
        seen = solutions.look(session, solutions.edit_copy(session, moment, solution_id, changes, caller=caller))
    return _whole(seen, caller)


def _state(state: str) -> SolutionState:
    try:
        return SolutionState(state)
    except ValueError:
        raise Invalid(f"state 只能是 {'、'.join(SolutionState)} 之一。") from None


def _short(solution: Solution, names: Mapping[str, str]) -> Values:
    return {
        "id": solution.id,
        "ticket": solution.ticket_ref,
        "state": solution.state.value,
        "words": WORDS[solution.state],
        "title": solution.title,
        "domain": solution.domain.value,
        "author": _person(solution.author_id, names),
        "reviewer": _person(solution.reviewer_id, names),
        "created": _iso(solution.created_at),
        "approved": _iso(solution.approved_at),
        "retracted": _iso(solution.retracted_at),
    }


def _whole(seen: Seen, caller: Caller) -> Values:
    values = _short(seen.solution, seen.names)
    values |= {
        "original": dict(seen.solution.original),
        "shared": dict(seen.solution.shared or {}),
        "consent": seen.is_shared,
    }
    if caller.is_clerk:
        values["findings"] = [
            {"kind": finding.name, "text": finding.text, "blocks": finding.blocks} for finding in seen.findings
        ]
    return values


def _person(person: str | None, names: Mapping[str, str]) -> Values | None:
    return None if person is None else {"id": person, "name": names.get(person, "")}


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
