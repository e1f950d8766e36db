"""What stands around the demands of the pool: their vectors, proposed duplicates, clusters, and the filters that a clerk keeps."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, states
from bot.rules.clusters import ClusterState


class Vector(Base):
    """The meaning of a demand's words, kept so that it is worked out once."""

    __tablename__ = "demand_vectors"
    demand_ref: Mapped[str] = mapped_column(String(16), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))  # of embedder and words: another one now means that it is old
    values: Mapped[str]  # 16-bit floats in base64


class Twin(Base):
    """Two demands of one firm that look like one need; staff merge them or say that they are two."""

    __tablename__ = "twins"
    __table_args__ = (UniqueConstraint("first_ref", "second_ref"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    first_ref: Mapped[str] = mapped_column(String(16), index=True)  # the older one
    second_ref: Mapped[str] = mapped_column(String(16), index=True)
    likeness: Mapped[int]  # per cent
    why: Mapped[list[str]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    dismissed_at: Mapped[datetime | None]  # staff said that they are two


class Cluster(Base):
    """Demands of several firms with one problem. Names of firms stand nowhere in it."""

    __tablename__ = "clusters"
    number: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(16), unique=True)  # K-000123
    state: Mapped[ClusterState] = mapped_column(states(ClusterState), index=True)
    name: Mapped[str]
    named: Mapped[bool] = mapped_column(default=False)  # staff gave the name: it stays
    why: Mapped[dict[str, Any]] = mapped_column(default=dict)  # things, faults, words that most of its demands share
    representative: Mapped[str | None] = mapped_column(String(16))  # the demand that is most like all others
    merged_into: Mapped[str | None] = mapped_column(String(16))
    package_ref: Mapped[str | None] = mapped_column(String(16))
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Apart(Base):
    """A demand that staff took out of a cluster: the machine does not put it back."""

    __tablename__ = "cluster_aparts"
    demand_ref: Mapped[str] = mapped_column(String(16), primary_key=True)
    cluster_ref: Mapped[str] = mapped_column(String(16), primary_key=True)


class View(Base):
    """Filters of the pool under a name, one clerk's own."""

    __tablename__ = "views"
    __table_args__ = (UniqueConstraint("person_id", "name"),)
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    filters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
