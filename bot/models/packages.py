"""Packages that are put out to all, and who applied."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, states
from bot.rules.packages import PackageState, Reach


class Package(Base):
    """A problem too large for one engineer. Nothing of it names a firm; its demands know it by `Demand.package_ref`."""

    __tablename__ = "packages"
    number: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(16), unique=True)  # P-000123
    state: Mapped[PackageState] = mapped_column(states(PackageState), index=True)
    title: Mapped[str]
    goal: Mapped[str]
    metrics: Mapped[str]  # one a line
    deadline: Mapped[str] = mapped_column(
        String(10)
    )  # the last day on which one may apply, ISO; empty while it is not known
    period: Mapped[str]  # how long the work may take
    budget: Mapped[str]
    rights: Mapped[str]  # who owns what comes of it
    reach: Mapped[Reach] = mapped_column(states(Reach))
    cluster_ref: Mapped[str | None] = mapped_column(String(16))
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class Application(Base):
    """Somebody who offers to do a package; staff alone read it. Emptied, not removed, when its author is deleted."""

    __tablename__ = "applications"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    package_ref: Mapped[str] = mapped_column(ForeignKey("packages.ref"), index=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"), index=True)
    name: Mapped[str]
    organisation: Mapped[str]
    contact: Mapped[str]
    proposal: Mapped[str]
    price: Mapped[str]
    time: Mapped[str]
    consented_at: Mapped[datetime]
    created_at: Mapped[datetime]
    emptied_at: Mapped[datetime | None]
