"""Complaints: taken down from anybody, read and closed by staff."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.errors import Conflict, NotFound
from bot.models.answers import Complaint
from bot.models.base import new_id
from bot.rules.people import Caller
from bot.services import ledger
from bot.services.topics import touched

TOPIC = "complaints"


def make(session: Session, now: datetime, *, text: str, contact: str, caller: Caller) -> Complaint:
    """A new complaint."""
    row = Complaint(id=new_id("x"), at=now, text=text, contact=contact, person_id=caller.person)
    session.add(row)
    session.flush()
    ledger.append(session, at=now, event="complaint.made", subject=row.id, caller=caller)
    touched(session, TOPIC)
    return row


def listed(session: Session) -> Sequence[Complaint]:
    """All of them, those that wait first, each part the newest first."""
    return session.scalars(select(Complaint).order_by(Complaint.handled_at.is_not(None), Complaint.number.desc())).all()


def close(session: Session, now: datetime, complaint_id: str, *, caller: Caller) -> Complaint:
    """It has been dealt with.

    Raises:
        NotFound: there is none of this id.
        Conflict: it is closed already.
    """
    row = session.scalars(select(Complaint).where(Complaint.id == complaint_id)).first()
    if row is None:
        raise NotFound("没有这条投诉。")
    if row.handled_at is not None:
        raise Conflict("这条投诉已经办结。")
    row.handled_at, row.handled_by = now, caller.person
    session.flush()
    ledger.append(session, at=now, event="complaint.closed", subject=row.id, caller=caller)
    touched(session, TOPIC)
    return row
