"""Answers as they were given, what was said of them, and complaints."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, states
from retrieval.protocols import Role


class GivenAnswer(Base):
    """An answer, kept so that a rating can be traced. One of a talk stands in its message, words and question alike; here is only where."""

    __tablename__ = "answers"
    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(String(40), index=True)  # as in its JSON; nobody can guess it
    at: Mapped[datetime] = mapped_column(index=True)
    message_id: Mapped[str | None] = mapped_column(ForeignKey("messages.id"))
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"), index=True)  # who asked outside a talk
    role: Mapped[Role] = mapped_column(states(Role))
    question: Mapped[str] = mapped_column(default="")
    prev: Mapped[list[str]] = mapped_column(default=list)
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    useful: Mapped[bool | None]
    comment: Mapped[str] = mapped_column(default="")
    rated_at: Mapped[datetime | None] = mapped_column(index=True)


class Complaint(Base):
    """What somebody complains of, with or without an account."""

    __tablename__ = "complaints"
    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(String(40), unique=True)
    at: Mapped[datetime]
    text: Mapped[str]
    contact: Mapped[str] = mapped_column(default="")
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"), index=True)
    handled_at: Mapped[datetime | None]
    handled_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
