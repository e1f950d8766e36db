"""What a turn is to do and say: plain values, made while no transaction is open."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.dialogue.memory import Draft, Memory
from bot.rules.registration import Details
from bot.rules.triage import Domain, Urgency
from bot.rules.turns import Reply

Facts = Mapping[str, Mapping[str, str]]  # code to {"value", "message"}


@dataclass(frozen=True, slots=True)
class Say:
    """One reply, as it is."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Relay:
    """The engineer's clock hears that the firm spoke."""


@dataclass(frozen=True, slots=True)
class Open:
    """A demand and its ticket; the reply carries the reference."""

    draft: Draft
    title: str
    text: str
    facts: Facts
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Supplement:
    """More on the open ticket."""

    facts: Facts
    urgency: Urgency | None = None  # where the firm says that it is more urgent
    title: str = ""  # where the ticket was opened with hardly a word
    text: str = ""
    domain: Domain = Domain.OTHER


@dataclass(frozen=True, slots=True)
class Hasten:
    """The open ticket is about danger to people."""

    text: str


@dataclass(frozen=True, slots=True)
class Register:
    """An account for the firm that speaks, and the way back to its talk."""

    details: Details


@dataclass(frozen=True, slots=True)
class Cancel:
    """The firm withdraws its ticket."""

    ref: str
    version: int
    reason: str


@dataclass(frozen=True, slots=True)
class AskWithdrawal:
    """The system asks, on a ticket that an engineer owns, whether it is really to be cancelled."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An engineer takes a ticket."""

    ref: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """An engineer passes his case on."""

    ref: str
    reason: str


@dataclass(frozen=True, slots=True)
class Tell:
    """An engineer's words to the firm of his case."""

    ref: str
    text: str


@dataclass(frozen=True, slots=True)
class Reopen:
    """The trouble is back, or was never gone."""

    ref: str
    version: int


@dataclass(frozen=True, slots=True)
class Close:
    """The firm confirms. `share`: what it says about the redacted copy, None where it says nothing."""

    ref: str
    version: int
    share: bool | None


@dataclass(frozen=True, slots=True)
class Rate:
    """The firm's rating."""

    ref: str
    points: int
    comment: str = ""


Action = (
    Say
    | Relay
    | Open
    | Supplement
    | Hasten
    | Register
    | Cancel
    | AskWithdrawal
    | Reopen
    | Close
    | Rate
    | Claim
    | Transfer
    | Tell
)


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything that one turn leads to, in order."""

    text: str  # the message as it is kept: of a button its label
    memory: Memory
    actions: tuple[Action, ...] = field(default=())
