"""Solutions of tickets: the engineer's words, and the redacted copy that others may find."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, states
from bot.rules.solutions import SolutionState
from bot.rules.triage import Domain


class Solution(Base):
    """How one case was solved. `original` and `shared` have the keys symptom, cause, steps, verification, limits."""

    __tablename__ = "solutions"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    ticket_ref: Mapped[str] = mapped_column(ForeignKey("tickets.ref"), index=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    author_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    state: Mapped[SolutionState] = mapped_column(states(SolutionState), index=True)
    domain: Mapped[Domain] = mapped_column(states(Domain))
    title: Mapped[str]
    original: Mapped[dict[str, Any]]
    shared: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # the redacted copy
    reviewer_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    version: Mapped[int] = mapped_column(default=0, index=True)  # summed up by every question: the rows are long
    created_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    retracted_at: Mapped[datetime | None]
