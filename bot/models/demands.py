"""Demands: what a firm needs, structured."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, states
from bot.rules.demands import DemandState
from bot.rules.triage import Demand as DemandKind
from bot.rules.triage import Domain, Urgency


class Demand(Base):
    """One need of one firm. `facts`: code to {"value", "message"}, the message it came from; a skipped one has an empty value."""

    __tablename__ = "demands"
    number: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(16), unique=True)  # D-000123
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    state: Mapped[DemandState] = mapped_column(states(DemandState), index=True)
    kind: Mapped[DemandKind | None] = mapped_column(states(DemandKind))  # None while people are in danger
    domain: Mapped[Domain] = mapped_column(states(Domain))
    urgency: Mapped[Urgency] = mapped_column(states(Urgency))
    title: Mapped[str]
    text: Mapped[str]  # the firm's own words that it began with
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    merged_into: Mapped[str | None]
    # What the pool is sorted and filtered by, read from the words above whenever they change; None until they have been read.
    completeness: Mapped[int | None] = mapped_column(index=True)  # 0 to 100, see `rules.demands.standing`
    marks: Mapped[list[str] | None] = mapped_column(
        JSON(none_as_null=True)
    )  # the marks of a complete demand that it has
    value: Mapped[int | None] = mapped_column(BigInteger, index=True)  # yuan that the firm says are at stake
    town: Mapped[str | None] = mapped_column(String(40), index=True)
    cluster_ref: Mapped[str | None] = mapped_column(String(16), index=True)
    package_ref: Mapped[str | None] = mapped_column(String(16), index=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
