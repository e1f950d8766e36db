"""What is remembered of a talk through the conditions of a document, and its JSON form in the records. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Self

from bot.rules.eligibility import Tick


@dataclass(frozen=True, slots=True)
class Ticked:
    """What is known of one condition, and the firm's earlier words where those told it."""

    tick: Tick
    because: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """The conditions that are gone through; nothing of it is lost when the talk turns to something else."""

    document: str = ""  # its id; empty while none is chosen
    question: str = ""  # what the firm asked, while a document is to be chosen
    offered: tuple[
        tuple[str, str], ...
    ] = ()  # what may be chosen: the words of the button, the document's id or the choice
    chosen: tuple[str, ...] = ()  # of the document's choices
    ticks: Mapping[str, Ticked] = field(default_factory=lambda: MappingProxyType({}))  # by the key of the condition
    asking: str = ""  # the key of the condition that stands open
    asked: int = 0  # how many questions were put: the number is the version of their buttons
    is_over: bool = False  # the summary was given

    @property
    def is_open(self) -> bool:
        """Whether there is something to go on with."""
        return bool(self.document) and not self.is_over

    def with_tick(self, key: str, tick: Tick, because: str = "") -> Self:
        """One more condition is known, or known anew."""
        return replace(self, ticks={**self.ticks, key: Ticked(tick, because)})

    def as_json(self) -> dict[str, Any]:
        """For the records; empty where nothing is remembered."""
        if self == Check():
            return {}
        return {
            "document": self.document,
            "question": self.question,
            "offered": [list(one) for one in self.offered],
            "chosen": list(self.chosen),
            "ticks": {key: [one.tick.value, one.because] for key, one in self.ticks.items()},
            "asking": self.asking,
            "asked": self.asked,
            "is_over": self.is_over,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """What `as_json` wrote."""
        if not kept:
            return cls()
        return cls(
            kept["document"],
            kept["question"],
            tuple((words, value) for words, value in kept["offered"]),
            tuple(kept["chosen"]),
            {key: Ticked(Tick(tick), because) for key, (tick, because) in kept["ticks"].items()},
            kept["asking"],
            kept["asked"],
            kept["is_over"],
        )
