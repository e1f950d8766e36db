"""What a long run is told, and what it tells."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Given:
    """The options; 0 stands for a part's own long form."""

    seed: int = 20261121
    kills: int = 0
    messages: int = 0  # acknowledged ones, over all kills
    ids: int = 0  # repeated client ids
    tickets: int = 0  # claimed by eight engineers each
    seconds: int = 0  # of steady load
    chats: int = 0  # written to at once, or writing
    updates: int = 0  # that come late, twice and in another order


@dataclass(frozen=True, slots=True)
class Report:
    """Figures of one part, and a sentence for everything that must not be."""

    figures: dict[str, Any]
    wrong: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**self.figures, "wrong": self.wrong}
