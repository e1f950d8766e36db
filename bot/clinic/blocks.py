"""Whom a firm does not want to come: an engineer, or everyone of an organisation. For the firm itself and for staff; engineers see none of it."""

from bot.clinic.clinic import Clinic
from bot.clinic.shapes import Json, listing
from bot.db import Session
from bot.errors import NotFound
from bot.rules.people import Caller, check_person
from bot.services import blocks, people
from retrieval.protocols import Role


def listed(clinic: Clinic, caller: Caller, organisation: str) -> Json:
    """Whom the firm blocks: items `{"against","name"}`.

    Raises:
        Unauthenticated: nobody signed in.
        NotFound: there is no such firm, or it is another's.
    """
    with clinic.records.read() as session:
        _seen(session, caller, organisation)
        return _shown(session, organisation)


def add(clinic: Clinic, caller: Caller, organisation: str, *, against: str) -> Json:
    """Block an engineer (p_…) or an organisation (o_…): no offers from now on, and no claim. Cases that he has stay his.

    Raises:
        Unauthenticated: nobody signed in.
        NotFound: there is no such firm, or it is another's; or nobody stands behind `against`.
    """
    with clinic.writing(caller) as session:
        _seen(session, caller, organisation)
        blocks.add(session, clinic.clock(), organisation, against, caller=caller)
        return _shown(session, organisation)


def remove(clinic: Clinic, caller: Caller, organisation: str, *, against: str) -> Json:
    """Take it back; what is not blocked stays so.

    Raises:
        Unauthenticated: nobody signed in.
        NotFound: there is no such firm, or it is another's.
    """
    with clinic.writing(caller) as session:
        _seen(session, caller, organisation)
        blocks.remove(session, clinic.clock(), organisation, against, caller=caller)
        return _shown(session, organisation)


def _seen(session: Session, caller: Caller, organisation: str) -> None:
    if not caller.is_clerk:
        check_person(caller)
        if caller.role is not Role.SME or caller.organisation != organisation:
            raise NotFound("没有这家企业，或者您看不到它；请核对编号。")
    people.organisation(session, organisation)


def _shown(session: Session, organisation: str) -> Json:
    return listing([{"against": against, "name": name} for against, name in blocks.of_firm(session, organisation)])
