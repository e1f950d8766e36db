"""The ledger: append-only, each entry bound to the one before by its hash."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base


class Entry(Base):
    """One event. Holds no personal datum: people stand as digests of their ids."""

    __tablename__ = "ledger"
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(32))
    event: Mapped[str] = mapped_column(String(48))
    subject: Mapped[str] = mapped_column(String(80), index=True)
    data: Mapped[dict[str, Any]]
    hash: Mapped[str] = mapped_column(String(64))


class Head(Base):
    """The last entry's number and hash; one row. Its update is the lock that orders writers."""

    __tablename__ = "ledger_head"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
