"""The tables, one file an aggregate. Importing this package makes the metadata complete."""

from bot.models import channels, conversations, demands, files, ledger, people, solutions, tickets, work
from bot.models.base import Base

__all__ = ["Base", "channels", "conversations", "demands", "files", "ledger", "people", "solutions", "tickets", "work"]
