"""Conversations, which are endless, and their messages."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, states
from bot.rules.conversations import Owner, ReplyKind, Sender


class Conversation(Base):
    """One talk in one channel. `version` grows with everything that happens in it: who answers late finds out."""

    __tablename__ = "conversations"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(default="")  # the far side's chat; empty where the far side comes and reads
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"), index=True)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    owner: Mapped[Owner] = mapped_column(states(Owner), default=Owner.BOT)
    ticket_ref: Mapped[str | None] = mapped_column(String(16))  # the ticket that it is about now or was last
    version: Mapped[int] = mapped_column(default=0)
    last_seq: Mapped[int] = mapped_column(default=0)
    state: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what the dialogue remembers
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Message(Base):
    """What was said, in order of `seq` from 1. Emptied, not removed, when its author is deleted."""

    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("conversation_id", "seq"), UniqueConstraint("conversation_id", "client_key"))
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    seq: Mapped[int]
    at: Mapped[datetime]
    sender: Mapped[Sender] = mapped_column(states(Sender))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"), index=True)
    text: Mapped[str]
    label: Mapped[str | None]  # of machine-made text
    kind: Mapped[ReplyKind | None] = mapped_column(states(ReplyKind))  # of what the bot or the system says
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    buttons: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    client_key: Mapped[str | None]  # makes a repeated post one message
