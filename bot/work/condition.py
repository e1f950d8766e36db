"""How the clinic is: whether it can store, what waits, what is dead, whether the clock may be trusted. For `doctor` and /readyz."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from bot.clock import SLACK, Clock
from bot.db import DiskFull, Records
from bot.errors import Unavailable
from bot.models.ledger import Entry
from bot.models.tickets import Ticket
from bot.models.work import FORGOTTEN, Handling, Inbound, Job, Lane, Outbound
from bot.rules.outbox import Delivery
from bot.rules.tickets import OPEN

PROBE = "probe"  # a row among the lanes, written to see whether writing works


class Storing(StrEnum):
    """Whether messages are stored safely."""

    READY = "ready"
    DISK_FULL = "disk_full"
    UNAVAILABLE = "unavailable"


def storing(records: Records, clock: Clock) -> Storing:
    """Write one row, as a message would be."""
    try:
        with records.write() as session:
            session.merge(Lane(lane=PROBE, holder=None, until=clock()))
    except DiskFull:
        return Storing.DISK_FULL
    except Unavailable:
        return Storing.UNAVAILABLE
    return Storing.READY


@dataclass(frozen=True, slots=True)
class Condition:
    """Counts of what stands in the records. `ahead_s`: how far the newest entry lies in the clock's future, 0 where it does not."""

    waiting: int
    dead_messages: int
    dead_jobs: int
    waiting_jobs: int
    unknown_deliveries: int
    failed_deliveries: int
    overdue_tickets: int
    ahead_s: float

    def as_json(self) -> dict[str, Any]:
        """For the doors."""
        return asdict(self)


def condition(records: Records, clock: Clock) -> Condition:
    """Count.

    Raises:
        Unavailable: the records are not there.
    """
    now = clock()
    with records.read() as session:
        newest = session.scalars(select(Entry.at).order_by(Entry.seq.desc()).limit(1)).one_or_none()
        return Condition(
            waiting=_count(session, Inbound, Inbound.state == Handling.WAITING),
            dead_messages=_count(
                session, Inbound, and_(Inbound.state == Handling.DEAD, Inbound.update_id.not_like(f"{FORGOTTEN}%"))
            ),
            dead_jobs=_count(session, Job, Job.state == Handling.DEAD),
            waiting_jobs=_count(session, Job, Job.state == Handling.WAITING),
            unknown_deliveries=_count(session, Outbound, Outbound.state == Delivery.UNKNOWN),
            failed_deliveries=_count(session, Outbound, Outbound.state == Delivery.FAILED),
            overdue_tickets=_count(session, Ticket, Ticket.due_at <= now - timedelta(minutes=1)),
            ahead_s=max(0.0, (newest - now).total_seconds()) if newest else 0.0,
        )


PENDING = (Delivery.QUEUED, Delivery.SENDING, Delivery.FAILED, Delivery.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Depths:
    """How many stand in each state: what is to go out and has not gone, and the tickets that are open."""

    outbox: Mapping[str, int]
    tickets: Mapping[str, int]


def depths(records: Records) -> Depths:
    """Count; a state in which nothing stands is 0.

    Raises:
        Unavailable: the records are not there.
    """
    with records.read() as session:
        return Depths(
            outbox=_by_state(session, Outbound.state, PENDING), tickets=_by_state(session, Ticket.state, sorted(OPEN))
        )


def _by_state(session: Session, column: Any, states: Sequence[StrEnum]) -> dict[str, int]:
    rows = session.execute(select(column, func.count()).where(column.in_(states)).group_by(column))
    found = {state: count for state, count in rows}
    return {state.value: found.get(state, 0) for state in states}


def _count(session: Session, table: type, which: Any) -> int:
    return session.scalars(select(func.count()).select_from(table).where(which)).one()


def is_set_back(behind: timedelta) -> bool:
    """Whether the machine's clock has been set back so far that it must be said."""
    return behind > 2 * SLACK
