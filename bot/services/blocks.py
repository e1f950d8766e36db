"""Whom a firm does not want to come. What follows from it stands in `services.matching`."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.errors import NotFound
from bot.models.people import Block, Organisation, Person
from bot.rules.people import Caller
from bot.services import ledger
from retrieval.protocols import Role


def of_firm(session: Session, organisation: str) -> Sequence[tuple[str, str]]:
    """Ids and names of whom a firm blocks, in order of id."""
    ids = session.scalars(select(Block.against).where(Block.organisation_id == organisation).order_by(Block.against))
    return [(one, _name(session, one)) for one in ids]


def add(session: Session, now: datetime, organisation: str, against: str, *, caller: Caller) -> None:
    """Block somebody; twice is once.

    Raises:
        NotFound: there is no such engineer or organisation.
    """
    if not _name(session, against):
        raise NotFound("没有这位工程师或这家单位；请核对编号。")
    if session.get(Block, (organisation, against)) is None:
        session.add(Block(organisation_id=organisation, against=against, created_at=now))
        session.flush()
        ledger.append(session, at=now, event="firm.blocked", subject=organisation, caller=caller)


def remove(session: Session, now: datetime, organisation: str, against: str, *, caller: Caller) -> None:
    """Take it back; nothing happens where there is nothing."""
    held = session.get(Block, (organisation, against))
    if held is not None:
        session.execute(delete(Block).where(Block.organisation_id == organisation, Block.against == against))
        ledger.append(session, at=now, event="firm.unblocked", subject=organisation, caller=caller)


def _name(session: Session, against: str) -> str:
    firm = session.get(Organisation, against)
    if firm is not None:
        return firm.name
    person = session.get(Person, against)
    return person.name if person is not None and person.role is Role.ENGINEER else ""
