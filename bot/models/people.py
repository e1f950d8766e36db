"""Organisations, people, how they sign in, and what they agreed to."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.models.base import Base, states
from retrieval.protocols import Role


class Scope(StrEnum):
    """What a consent is for."""

    PERSONAL_DATA = "personal_data"  # name and telephone are kept to give the service
    SHARE_CASE = "share_case"  # the redacted solution may answer other firms


class Organisation(Base):
    """A firm or a member unit."""

    __tablename__ = "organisations"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str]  # not unique: registering under a name never joins the firm that has it
    region: Mapped[str | None]
    trade: Mapped[str | None]  # 行业, in the firm's own words
    verified: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class Person(Base):
    """Someone with an account. A deleted person keeps the row, emptied."""

    __tablename__ = "people"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    role: Mapped[Role] = mapped_column(states(Role))
    name: Mapped[str]
    phone: Mapped[str | None]
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    organisation: Mapped[Organisation | None] = relationship(lazy="joined")
    skills: Mapped[list[str]] = mapped_column(default=list)
    capacity: Mapped[int | None]  # open tickets at once; None: no limit
    active: Mapped[bool] = mapped_column(default=True)
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)  # sha256 of 256 random bits
    claims: Mapped[int] = mapped_column(default=0)  # counted up by each attempt: it is the lock of the capacity
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class Login(Base):
    """A browser's session. It ends with the token it was opened with."""

    __tablename__ = "logins"
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)  # of the cookie
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    token_hash: Mapped[str]  # the person's when it was opened: another one now means that it is dead
    csrf: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class LinkKind(StrEnum):
    """What a private link opens."""

    INVITATION = "invitation"  # an account that is to be made
    RETURN = "return"  # the firm's own talk
    CHAT = "chat"  # a far chat speaks for the account from then on; once


class Link(Base):
    """A private link; only its hash is kept."""

    __tablename__ = "links"
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[LinkKind] = mapped_column(states(LinkKind))
    role: Mapped[Role | None] = mapped_column(states(Role))
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"), index=True)
    conversation_id: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Consent(Base):
    """What a person agreed to or took back; the latest row for a scope and subject counts."""

    __tablename__ = "consents"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    scope: Mapped[Scope] = mapped_column(states(Scope))
    subject: Mapped[str] = mapped_column(default="")  # the ticket's reference for a case
    given: Mapped[bool]
    at: Mapped[datetime]


class Timetable(Base):
    """When and where an engineer usually works, as far as it is not as the centre does."""

    __tablename__ = "timetables"
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    week: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))  # seven days as text; None: the centre's
    place: Mapped[str | None]  # the town, short
    languages: Mapped[list[str]] = mapped_column(default=list)
    busy_until: Mapped[datetime | None]  # he declined because he has no time
    updated_at: Mapped[datetime]


class Plan(Base):
    """Some days on which an engineer is elsewhere, or works otherwise. Those of one engineer never overlap."""

    __tablename__ = "plans"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    first: Mapped[str] = mapped_column(String(10))  # days of China in ISO 8601
    last: Mapped[str] = mapped_column(String(10))
    shifts: Mapped[str | None]  # empty: away; None: as usual
    place: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]


class Block(Base):
    """Whom a firm does not want to come: an engineer, or everyone of an organisation."""

    __tablename__ = "blocks"
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    against: Mapped[str] = mapped_column(String(40), primary_key=True)  # p_… or o_…
    created_at: Mapped[datetime]
