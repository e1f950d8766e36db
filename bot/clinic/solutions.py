"""Solutions as the doors see them: the list, one of them, its review, its retraction."""

from collections.abc import Mapping
from typing import Any

from bot.clinic import shapes
from bot.clinic.clinic import Clinic
from bot.clinic.conversations import note_reading
from bot.clinic.shapes import Json
from bot.errors import Invalid
from bot.models.solutions import Solution
from bot.rules.people import Caller, check_person
from bot.rules.solutions import FINDING_WORDS, WORDS, SolutionState
from bot.services import solutions
from bot.services.solutions import Seen
from retrieval.protocols import Role


def listed(clinic: Clinic, caller: Caller, *, state: str | None = None, ticket: str | None = None) -> Json:
    """The solutions that the caller may see, the newest first, in short.

    Raises:
        Unauthenticated: nobody signed in.
        Invalid: there is no such state.
    """
    _require_account(caller)
    wanted = _state(state) if state else None
    with clinic.records.read() as session:
        found = solutions.visible_to(session, caller, state=wanted, ticket=ticket)
        names = solutions.names_of(session, found)
        return shapes.listing([_short(solution, names) for solution in found])


def show(clinic: Clinic, caller: Caller, solution_id: str) -> Json:
    """One solution: the engineer's words, the copy that others are to read, and for staff what in it points to somebody.

    Raises:
        Unauthenticated: nobody signed in.
        NotFound: there is none that the caller may see.
    """
    _require_account(caller)
    with clinic.records.read() as session:
        solution = solutions.visible(session, solution_id, caller)
        values, ticket = _whole(solutions.look(session, solution), caller), solution.ticket_ref
    if caller.role is not Role.SME:
        note_reading(clinic, caller, ticket)
    return values


def approve(clinic: Clinic, caller: Caller, solution_id: str) -> Json:
    """Let its copy into the index.

    Raises:
        NotFound: there is none that the caller may see.
        NotAllowed: not staff, or its own author.
        Conflict: it does not wait for a review, consent is missing, or something personal is still in the copy.
    """
    _require_account(caller)
    moment = clinic.moment()
    with clinic.writing(caller) as session:
        seen = solutions.look(session, solutions.approve(session, moment, solution_id, caller=caller))
        return _whole(seen, caller)


def retract(clinic: Clinic, caller: Caller, solution_id: str) -> Json:
    """Take it back for good.

    Raises:
        NotFound: there is none that the caller may see.
        NotAllowed: not staff.
        Conflict: it is retracted already.
    """
    _require_account(caller)
    moment = clinic.moment()
    with clinic.writing(caller) as session:
        seen = solutions.look(session, solutions.retract(session, moment, solution_id, caller=caller))
        return _whole(seen, caller)


def edit(clinic: Clinic, caller: Caller, solution_id: str, changes: Mapping[str, Any]) -> Json:
    """Change the copy that others are to read: title, symptom, cause, steps, verification, limits; what is left out stays.

    Raises:
        NotFound: there is none that the caller may see.
        NotAllowed: not staff.
        Conflict: it is approved or retracted.
        Invalid: an unknown field, no text, or one that must not be empty.
    """
    _require_account(caller)
    moment = clinic.moment()
    with clinic.writing(caller) as session:
        seen = solutions.look(session, solutions.edit_copy(session, moment, solution_id, changes, caller=caller))
        return _whole(seen, caller)


def _state(state: str) -> SolutionState:
    try:
        return SolutionState(state)
    except ValueError:
        raise Invalid(f"state 只能是 {'、'.join(SolutionState)} 之一。") from None


def _short(solution: Solution, names: Mapping[str, str]) -> Json:
    return {
        "id": solution.id,
        "ticket": solution.ticket_ref,
        "state": solution.state.value,
        "words": WORDS[solution.state],
        "title": solution.title,
        "domain": solution.domain.value,
        "author": _person(solution.author_id, names),
        "reviewer": _person(solution.reviewer_id, names),
        "created": shapes.iso(solution.created_at),
        "approved": shapes.iso_or_none(solution.approved_at),
        "retracted": shapes.iso_or_none(solution.retracted_at),
    }


def _whole(seen: Seen, caller: Caller) -> Json:
    values = _short(seen.solution, seen.names)
    values |= {
        "original": dict(seen.solution.original),
        "shared": dict(seen.solution.shared or {}),
        "consent": seen.is_shared,
    }
    if caller.is_clerk:
        values["findings"] = [
            {
                "field": remark.field,
                "kind": remark.kind.value,
                "words": FINDING_WORDS[remark.kind],
                "text": remark.text,
                "blocks": remark.blocks,
            }
            for remark in seen.remarks
        ]
    return values


def _person(person: str | None, names: Mapping[str, str]) -> Json | None:
    return None if person is None else {"id": person, "name": names.get(person, "")}


def _require_account(caller: Caller) -> None:
    if caller.role is Role.PUBLIC:
        check_person(caller)
