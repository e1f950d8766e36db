"""What the dialogue remembers of a conversation between its turns, and its JSON form in the records. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self

from bot.dialogue.checked import Check
from bot.rules.registration import Details
from bot.rules.triage import Demand, Domain, Urgency

THIS = "@"  # stands for the message of the present turn until it is stored and has an id
MAX_MESSAGES = 40  # of one draft; what is said later stands in the talk all the same


class Phase(StrEnum):
    """What the next message is first taken for."""

    TALK = "talk"
    INTAKE = "intake"  # an answer to a clarifying question
    CONFIRM = "confirm"  # a word on the summary that is shown
    REGISTER = "register"  # the firm's name, a name, a telephone, consent
    WITHDRAW = "withdraw"  # whether the ticket is really to be cancelled
    SOLVED = "solved"  # whether the case is really solved
    RATE = "rate"
    CHOOSE = "choose"  # which document's conditions, or which of the things that it lets apply for
    CHECK = "check"  # whether a condition is met


@dataclass(frozen=True, slots=True)
class Draft:
    """A demand in the making, and later what its ticket grew from. Its facts are read from its messages each time."""

    messages: tuple[str, ...] = ()  # ids of the firm's own, oldest first
    kind: Demand | None = Demand.PROBLEM
    domain: Domain = Domain.OTHER
    urgency: Urgency = Urgency.NORMAL
    asked: tuple[str, ...] = ()  # codes
    answering: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # message id to the codes asked before it
    previous: str = ""  # the ticket that it follows
    opened: bool = False  # a ticket was opened from it

    def with_message(self, message: str, answering: tuple[str, ...] = ()) -> Self:
        """One more message, and what had been asked before it."""
        messages = (*self.messages, message) if message not in self.messages else self.messages
        told = {**self.answering, message: answering} if answering else self.answering
        return replace(self, messages=messages[:MAX_MESSAGES], answering=told)


@dataclass(frozen=True, slots=True)
class Memory:
    """Everything that is remembered."""

    phase: Phase = Phase.TALK
    draft: Draft | None = None
    asking: tuple[str, ...] = ()  # the codes of the question that stands open
    shown: int = 0  # how many summaries were shown: the number is the version of their buttons
    details: Details = Details()
    ref: str = ""  # the ticket that a yes would be about
    version: int = 0  # its version when the question was put
    heard: tuple[str, ...] = ()  # ids of what the firm told or asked since the last ticket, a few of the last
    trouble: tuple[str, ...] = ()  # those of them that an engineer sees to
    check: Check = Check()  # conditions that are gone through

    def as_json(self, message: str) -> dict[str, Any]:
        """For the records; `message` is the id of this turn's message."""
        draft = self.draft and {
            "messages": [_named(id, message) for id in self.draft.messages],
            "kind": self.draft.kind and self.draft.kind.value,
            "domain": self.draft.domain.value,
            "urgency": self.draft.urgency.value,
            "asked": list(self.draft.asked),
            "answering": {_named(id, message): list(codes) for id, codes in self.draft.answering.items()},
            "previous": self.draft.previous,
            "opened": self.draft.opened,
        }
        details = self.details
        whole = {
            "phase": self.phase.value,
            "draft": draft,
            "asking": list(self.asking),
            "shown": self.shown,
            "details": {
                "organisation": details.organisation,
                "name": details.name,
                "phone": details.phone,
                "consent": details.consent,
            },
            "ref": self.ref,
            "version": self.version,
            "heard": [_named(id, message) for id in self.heard],
            "trouble": [_named(id, message) for id in self.trouble],
            "check": self.check.as_json(),
        }
        empty = {"phase": Phase.TALK.value, "details": _NOTHING}
        return {key: value for key, value in whole.items() if value and value != empty.get(key)}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """What `as_json` wrote; anything missing is as at the beginning."""
        drafted = kept.get("draft")
        draft = drafted and Draft(
            tuple(drafted["messages"]),
            Demand(drafted["kind"]) if drafted["kind"] else None,
            Domain(drafted["domain"]),
            Urgency(drafted["urgency"]),
            tuple(drafted["asked"]),
            {id: tuple(codes) for id, codes in drafted["answering"].items()},
            drafted["previous"],
            drafted["opened"],
        )
        return cls(
            Phase(kept.get("phase", Phase.TALK)),
            draft or None,
            tuple(kept.get("asking", ())),
            kept.get("shown", 0),
            Details(**kept.get("details", {})),
            kept.get("ref", ""),
            kept.get("version", 0),
            tuple(kept.get("heard", ())),
            tuple(kept.get("trouble", ())),
            Check.from_json(kept.get("check", {})),
        )

    @property
    def pending(self) -> Draft | None:
        """The draft that no ticket was opened from yet."""
        return None if self.draft is None or self.draft.opened else self.draft

    @property
    def idle(self) -> Self:
        """The same, waiting for nothing."""
        return replace(self, phase=Phase.TALK, asking=(), ref="", version=0, details=Details())


_NOTHING: Mapping[str, Any] = MappingProxyType({"organisation": "", "name": "", "phone": "", "consent": False})


def _named(id: str, message: str) -> str:
    return message if id == THIS else id
