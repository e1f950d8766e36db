"""Demands: what a firm needs, structured."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
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
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
