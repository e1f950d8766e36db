"""The figures of a day, counted from the records: every one of them can be looked up in the console."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.models.conversations import Message
from bot.models.solutions import Solution
from bot.models.tickets import Rating, Ticket
from bot.models.work import Handling, Job, Outbound
from bot.rules.conversations import Sender
from bot.rules.outbox import Delivery
from bot.rules.solutions import SolutionState
from bot.rules.tickets import OPEN, OWNED, TicketState
from bot.rules.worktime import CHINA
from bot.services import reach

MORNING = "morning"  # the kind of the job that stands for a day whose clerks have been told


@dataclass(frozen=True, slots=True)
class Figures:
    """What happened on a day, and how it stands at a moment. `rated`: how many ratings, and their mean."""

    messages: int
    talks: int
    opened: int
    claimed: int
    resolved: int
    closed: int
    rated: tuple[int, float]
    waiting: int
    overdue: int
    at_work: int
    to_confirm: int
    to_review: int
    unknown: int


def of_day(session: Session, day: date, now: datetime) -> Figures:
    """The figures of this day in China, and how it stands now."""
    since = datetime.combine(day, time(), CHINA)
    until = since + timedelta(days=1)

    def within(at: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]) -> ColumnElement[bool]:
        return (at >= since) & (at < until)

    def tickets(*wanted: ColumnElement[bool]) -> int:
        return session.scalars(select(func.count()).select_from(Ticket).where(*wanted)).one()

    said = within(Message.at) & (Message.sender == Sender.SME)
    messages, talks = session.execute(
        select(func.count(), func.count(Message.conversation_id.distinct())).where(said)
    ).one()
    rated, mean = session.execute(select(func.count(), func.avg(Rating.rating)).where(within(Rating.at))).one()
    reviews = select(func.count()).select_from(Solution).where(Solution.state == SolutionState.REVIEW)
    unknown = select(func.count()).select_from(Outbound).where(Outbound.state == Delivery.UNKNOWN)
    return Figures(
        messages,
        talks,
        tickets(within(Ticket.created_at)),
        tickets(within(Ticket.claimed_at)),
        tickets(within(Ticket.resolved_at)),
        tickets(within(Ticket.closed_at)),
        (rated, float(mean or 0.0)),
        tickets(Ticket.state == TicketState.OFFERED),
        tickets(Ticket.state.in_(OPEN), Ticket.due_at < now),
        tickets(Ticket.state.in_(OWNED)),
        tickets(Ticket.state == TicketState.RESOLVED),
        session.scalars(reviews).one(),
        session.scalars(unknown).one(),
    )


def is_told(session: Session, day: date) -> bool:
    """Whether the clerks have been greeted on this day."""
    held = select(Job.id).where(Job.kind == MORNING, Job.subject == day.isoformat())
    return session.scalars(held).first() is not None


def greet(session: Session, now: datetime, day: date) -> None:
    """Put the figures of the day before into line for every clerk, once a day."""
    session.add(Job(kind=MORNING, subject=day.isoformat(), state=Handling.DONE, created_at=now, done_at=now))
    yesterday = day - timedelta(days=1)
    reach.alert(session, now, card="figures", day=yesterday.isoformat(), at=now.isoformat())
    session.flush()
