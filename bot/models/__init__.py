"""The tables, one file an aggregate. Importing this package makes the metadata complete."""

from bot.models import (
    answers,
    channels,
    conversations,
    demands,
    files,
    ledger,
    packages,
    people,
    pool,
    solutions,
    tickets,
    work,
)
from bot.models.base import Base

__all__ = [
    "Base",
    "answers",
    "channels",
    "conversations",
    "demands",
    "files",
    "ledger",
    "packages",
    "people",
    "pool",
    "solutions",
    "tickets",
    "work",
]
