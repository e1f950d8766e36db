"""What every table shares: metadata with named constraints, ids, the type of a state."""

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import JSON, Enum, MetaData, Table
from sqlalchemy.orm import DeclarativeBase

from bot.db import Instant

NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The root of all tables."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: Instant, dict[str, Any]: JSON, list[str]: JSON, list[dict[str, Any]]: JSON}


def table_of(model: type[Base]) -> Table:
    """The plain table, for statements that leave the ORM out."""
    return cast(Table, model.__table__)


def states(kind: type[StrEnum]) -> Enum:
    """A column that holds the values of an enum as plain text."""
    return Enum(
        kind, native_enum=False, length=32, values_callable=lambda members: [member.value for member in members]
    )


def new_id(letter: str) -> str:
    """An id that nobody can guess: a letter for its kind and 128 random bits."""
    return f"{letter}_{secrets.token_urlsafe(16)}"
