"""A clock that stands where it is put."""

from dataclasses import dataclass
from datetime import datetime

from tests.bot.clinic import MONDAY


@dataclass
class Now:
    """The time, for tests to set."""

    at: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.at
