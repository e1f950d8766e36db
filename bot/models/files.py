"""Files that were sent in a talk. Their bytes lie in the data directory under their hash (`bot.work.files`)."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, states
from bot.rules.arrivals import MediaKind
from bot.rules.conversations import Sender


class FileState(StrEnum):
    """How far it has got."""

    WAITING = "waiting"  # a far chat has it; it is to be fetched
    KEPT = "kept"
    REFUSED = "refused"  # too large, or nothing that may be sent


class File(Base):
    """One file of one message. Removed, bytes too, when its author is deleted."""

    __tablename__ = "files"
    __table_args__ = (Index("ix_files_conversation_id_key", "conversation_id", "key"),)
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    key: Mapped[str] = mapped_column(String(240))  # of the turn or message that brings it
    place: Mapped[int] = mapped_column(default=0)  # within it
    message_id: Mapped[str | None] = mapped_column(ForeignKey("messages.id"), index=True)
    ticket_ref: Mapped[str | None] = mapped_column(String(16), index=True)  # the case that it belongs to
    sender: Mapped[Sender] = mapped_column(states(Sender))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"), index=True)
    kind: Mapped[MediaKind] = mapped_column(states(MediaKind))
    name: Mapped[str] = mapped_column(String(120))
    media_type: Mapped[str] = mapped_column(String(120), default="")
    size: Mapped[int] = mapped_column(default=0)  # bytes, as it is kept
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    far_id: Mapped[str] = mapped_column(
        String(300), default=""
    )  # the far chat's name for it, with which it goes on unfetched
    state: Mapped[FileState] = mapped_column(states(FileState))
    created_at: Mapped[datetime]
