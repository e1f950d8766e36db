"""What waits to be done: what came in, what goes out, what runs behind, and who holds a lane."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, states
from bot.rules.outbox import Delivery


class Handling(StrEnum):
    """What became of something that came in."""

    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"  # could not be handled; kept, and said so


FORGOTTEN = "forgotten:"  # begins what stands for the update's own id once its author has been deleted


class Inbound(Base):
    """An update as it came in, kept before it is acknowledged; one row for a channel's update, however often it comes."""

    __tablename__ = "inbox"
    __table_args__ = (UniqueConstraint("channel", "update_id"), Index("ix_inbox_state_lane_id", "state", "lane", "id"))
    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    update_id: Mapped[str] = mapped_column(String(200))
    lane: Mapped[str] = mapped_column(String(80))  # the conversation
    payload: Mapped[dict[str, Any]]
    state: Mapped[Handling] = mapped_column(states(Handling), default=Handling.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # {"message": id, "replies": [ids]}
    received_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class Lane(Base):
    """Who works a lane and until when; another process may take it over afterwards."""

    __tablename__ = "lanes"
    lane: Mapped[str] = mapped_column(String(80), primary_key=True)
    holder: Mapped[str | None] = mapped_column(String(40))
    until: Mapped[datetime | None]


class Outbound(Base):
    """A message for a far side that is spoken to, in order within its lane."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_state_lane_id", "state", "lane", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    lane: Mapped[str] = mapped_column(String(80))  # the far side's chat
    payload: Mapped[dict[str, Any]]
    message_id: Mapped[str | None] = mapped_column(String(40), index=True)
    state: Mapped[Delivery] = mapped_column(states(Delivery), default=Delivery.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None]
    far_id: Mapped[str | None]
    problem: Mapped[str] = mapped_column(default="")
    queued_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class Job(Base):
    """Work behind the scenes, written in the transaction that makes it necessary."""

    __tablename__ = "jobs"
    __table_args__ = (Index("ix_jobs_state_id", "state", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(80))
    state: Mapped[Handling] = mapped_column(states(Handling), default=Handling.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
