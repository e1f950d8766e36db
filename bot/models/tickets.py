"""Tickets, the offers that invite to them, and what is noted about them. A ticket is one case, a conversation may have several."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.models.base import Base, states
from bot.models.people import Person
from bot.rules.matching import DeclineReason
from bot.rules.tickets import Due, TicketState
from bot.rules.triage import Urgency

_ENDED = "state in ('closed','merged','escalated','cancelled')"


class Ticket(Base):
    """One case of one firm."""

    __tablename__ = "tickets"
    __table_args__ = (
        CheckConstraint(f"{_ENDED} or owner_id is not null or due_at is not null", name="owner_or_deadline"),
        CheckConstraint(
            "(owner_id is not null) = (state in ('claimed','in_progress','waiting_sme'))", name="owned_when_claimed"
        ),
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(16), unique=True)  # T-000123
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"))  # who asked
    demand_ref: Mapped[str] = mapped_column(String(16), index=True)
    state: Mapped[TicketState] = mapped_column(states(TicketState), index=True)
    urgency: Mapped[Urgency] = mapped_column(states(Urgency))
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"), index=True)
    owner: Mapped[Person | None] = relationship(foreign_keys=[owner_id], lazy="joined")
    last_owner_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"))  # who gets it back when it is reopened
    last_owner: Mapped[Person | None] = relationship(foreign_keys=[last_owner_id], lazy="joined")
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    due: Mapped[Due | None] = mapped_column(states(Due))
    reminded: Mapped[int] = mapped_column(default=0)  # how often the present deadline has passed
    version: Mapped[int] = mapped_column(default=0)
    previous_ref: Mapped[str | None]  # the older case that this one follows
    merged_into: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="")  # of the last transfer, release, cancelling or escalation
    created_at: Mapped[datetime]
    offered_at: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]
    first_reply_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class Touch(Base):
    """An engineer who owned a ticket once; `excluded` ones are not offered it again."""

    __tablename__ = "touches"
    ticket_ref: Mapped[str] = mapped_column(ForeignKey("tickets.ref"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    excluded: Mapped[bool] = mapped_column(default=False)


class Offer(Base):
    """An invitation of one engineer to one ticket."""

    __tablename__ = "offers"
    __table_args__ = (UniqueConstraint("ticket_ref", "person_id"),)
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    ticket_ref: Mapped[str] = mapped_column(ForeignKey("tickets.ref"))
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    why: Mapped[str]  # why him, in words for people
    figures: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # the same in figures, and the wave
    declined_at: Mapped[datetime | None]
    decline_reason: Mapped[str] = mapped_column(default="")  # in his words
    declined_for: Mapped[DeclineReason | None] = mapped_column(states(DeclineReason))  # what they teach
    created_at: Mapped[datetime]


class Round(Base):
    """How far the inviting to an offered ticket has got."""

    __tablename__ = "rounds"
    ticket_ref: Mapped[str] = mapped_column(ForeignKey("tickets.ref"), primary_key=True)
    wave: Mapped[int]
    since: Mapped[datetime]  # the beginning of this time in the pool
    widen_at: Mapped[datetime | None] = mapped_column(index=True)  # None: there is nobody left to invite


class Note(Base):
    """An internal note: engineers of the ticket and staff read it, the firm never does."""

    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_ref: Mapped[str] = mapped_column(ForeignKey("tickets.ref"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    text: Mapped[str]
    at: Mapped[datetime]


class Rating(Base):
    """The firm's word on a case."""

    __tablename__ = "ratings"
    ticket_ref: Mapped[str] = mapped_column(ForeignKey("tickets.ref"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    rating: Mapped[int]  # 1 to 5
    comment: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
