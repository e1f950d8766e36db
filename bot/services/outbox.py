"""What goes out to far sides that are spoken to: put in line by the transaction that makes it necessary, moved by one function."""

from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from bot.db import changes_one
from bot.errors import Conflict, NotFound
from bot.models.work import Outbound
from bot.rules.outbox import TRANSITIONS, Delivery
from bot.services import reach
from bot.services.line import TOPIC as TOPIC
from bot.services.line import queue as queue
from bot.services.topics import touched


def move(session: Session, outbox_id: int, from_: Delivery, to: Delivery, **values: Any) -> bool:
    """Move one message; False where it is not in that state (any more).

    Raises:
        Conflict: the machine does not have this move.
    """
    if to not in TRANSITIONS[from_]:
        raise Conflict(f"这条发送现在是“{from_}”，不能改为“{to}”。")
    done = changes_one(
        session,
        update(Outbound).where(Outbound.id == outbox_id, Outbound.state == from_).values(state=to, **values),
    )
    if done and to in (Delivery.SENT, Delivery.FAILED, Delivery.UNKNOWN):
        reach.ended(session, outbox_id, to)
    return done


def begin(session: Session, outbox_id: int, now: datetime) -> Outbound | None:
    """The message, `sending` from now on; None where it is no longer queued, or told to wait."""
    done = changes_one(
        session,
        update(Outbound)
        .where(
            Outbound.id == outbox_id,
            Outbound.state == Delivery.QUEUED,
            or_(Outbound.not_before.is_(None), Outbound.not_before <= now),
        )
        .values(state=Delivery.SENDING, attempts=Outbound.attempts + 1),
    )
    return session.get_one(Outbound, outbox_id, populate_existing=True) if done else None


def resend(session: Session, outbox_id: int) -> None:
    """Send again what failed, or what nobody knows the fate of: a person has looked and takes it on himself that it may arrive twice.

    Raises:
        NotFound: there is no such message.
        Conflict: it is neither failed nor unknown.
    """
    _decide(session, outbox_id, Delivery.QUEUED, attempts=0, not_before=None, problem="")
    touched(session, TOPIC)


def cancel(session: Session, outbox_id: int) -> None:
    """Do not send it (again).

    Raises:
        NotFound: there is no such message.
        Conflict: it has been sent, or is being sent.
    """
    _decide(session, outbox_id, Delivery.CANCELLED)


def confirm(session: Session, outbox_id: int, now: datetime) -> None:
    """The far side says that it did get what was unknown.

    Raises:
        NotFound: there is no such message.
        Conflict: it is not unknown.
    """
    _decide(session, outbox_id, Delivery.SENT, sent_at=now)


def _decide(session: Session, outbox_id: int, to: Delivery, **values: Any) -> None:
    state = session.scalars(select(Outbound.state).where(Outbound.id == outbox_id)).one_or_none()
    if state is None:
        raise NotFound("没有这条发送记录。")
    if state is Delivery.SENDING or not move(session, outbox_id, state, to, **values):
        raise Conflict("这条正在发送，请稍后刷新再看。")
