"""Far chats: who speaks from them and which talk they lead to, and what came from them as it came."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, states
from bot.models.work import Handling


class Address(Base):
    """A chat of a channel that is spoken to. Several may lead to one person; each has a talk of its own or a firm's."""

    __tablename__ = "addresses"
    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    chat: Mapped[str] = mapped_column(String(80), primary_key=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"), index=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    ticket_ref: Mapped[str | None] = mapped_column(String(16))  # the case that an engineer's words go to
    state: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what the chat is in the middle of
    blocked_at: Mapped[datetime | None]  # since when nothing can be sent to it
    created_at: Mapped[datetime]


class Update(Base):
    """An update of a channel as it came in, kept before it is confirmed. Emptied once it is handled."""

    __tablename__ = "updates"
    __table_args__ = (
        UniqueConstraint("channel", "key"),
        Index("ix_updates_state_chat_number", "state", "chat", "number"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    key: Mapped[str] = mapped_column(String(200))  # the same for the same update, however often it comes
    chat: Mapped[str] = mapped_column(String(80))
    number: Mapped[int] = mapped_column(BigInteger)  # the channel's order
    payload: Mapped[dict[str, Any]]
    state: Mapped[Handling] = mapped_column(states(Handling), default=Handling.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str] = mapped_column(String(40), default="")  # what was done with it, or why nothing
    received_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
