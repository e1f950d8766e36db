"""The machine of a ticket: its states, its moves, and who may make them. Pure."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from bot.errors import Conflict
from bot.rules.triage import Urgency


class TicketState(StrEnum):
    """Where a ticket stands."""

    TRIAGE = "triage"
    OFFERED = "offered"
    CLAIMED = "claimed"
    IN_PROGRESS = "in_progress"
    WAITING_SME = "waiting_sme"
    TRANSFERRED = "transferred"
    RESOLVED = "resolved"
    CLOSED = "closed"
    MERGED = "merged"
    ESCALATED = "escalated"
    CANCELLED = "cancelled"


_S = TicketState
TRANSITIONS: Mapping[TicketState, frozenset[TicketState]] = MappingProxyType(
    {
        _S.TRIAGE: frozenset({_S.OFFERED, _S.CANCELLED}),
        _S.OFFERED: frozenset({_S.CLAIMED, _S.MERGED, _S.ESCALATED, _S.CANCELLED}),
        _S.CLAIMED: frozenset({_S.IN_PROGRESS, _S.OFFERED, _S.TRANSFERRED, _S.RESOLVED, _S.CANCELLED}),
        _S.IN_PROGRESS: frozenset(
            {_S.WAITING_SME, _S.RESOLVED, _S.TRANSFERRED, _S.OFFERED, _S.ESCALATED, _S.CANCELLED}
        ),
        _S.WAITING_SME: frozenset(
            {_S.IN_PROGRESS, _S.RESOLVED, _S.TRANSFERRED, _S.OFFERED, _S.ESCALATED, _S.CANCELLED}
        ),
        _S.TRANSFERRED: frozenset({_S.OFFERED}),
        _S.RESOLVED: frozenset({_S.CLOSED, _S.IN_PROGRESS, _S.OFFERED}),
        _S.CLOSED: frozenset({_S.IN_PROGRESS, _S.OFFERED}),
        _S.MERGED: frozenset(),
        _S.ESCALATED: frozenset(),
        _S.CANCELLED: frozenset(),
    }
)
OWNED = frozenset({_S.CLAIMED, _S.IN_PROGRESS, _S.WAITING_SME})  # an engineer owns ticket and conversation
OPEN = frozenset({_S.TRIAGE, _S.OFFERED, _S.TRANSFERRED}) | OWNED
ENDED = frozenset({_S.CLOSED, _S.MERGED, _S.ESCALATED, _S.CANCELLED})
REOPENING = timedelta(days=7)

WORDS: Mapping[TicketState, str] = MappingProxyType(
    {
        _S.TRIAGE: "登记中",
        _S.OFFERED: "等待接单",
        _S.CLAIMED: "已接单",
        _S.IN_PROGRESS: "处理中",
        _S.WAITING_SME: "等企业回复",
        _S.TRANSFERRED: "转派中",
        _S.RESOLVED: "待企业确认",
        _S.CLOSED: "已办结",
        _S.MERGED: "已合并",
        _S.ESCALATED: "已转项目包",
        _S.CANCELLED: "已撤回",
    }
)


class Due(StrEnum):
    """What happens when a ticket's deadline passes."""

    UNCLAIMED = "unclaimed"  # nobody took it: staff are told, the firm hears it honestly
    FIRST_REPLY = "first_reply"  # claimed and no word: back to the pool
    SILENCE = "silence"  # the firm waits for the engineer: reminded, then back to the pool
    FIRM_SILENCE = "firm_silence"  # the engineer waits for the firm: reminded, then staff
    CONFIRMATION = "confirmation"  # resolved and not confirmed: closed after the days of reopening


class IllegalMove(Conflict):
    """The ticket's state does not allow this. Carries what the doors must show."""

    def __init__(self, message: str, *, state: TicketState, owner: str | None) -> None:
        super().__init__(message)
        self.state = state
        self.owner = owner  # the owner's name


def check(state: TicketState, to: TicketState, *, owner: str | None = None) -> None:
    """Refuse a move that the table does not have.

    Raises:
        IllegalMove: naming the state.
    """
    if to not in TRANSITIONS[state]:
        raise refusal(state, owner=owner)


def refusal(state: TicketState, *, owner: str | None) -> IllegalMove:
    """The error for a move that this state does not allow."""
    by = f"，由{owner}负责" if owner and state in OWNED else ""
    return IllegalMove(f"工单现在是“{WORDS[state]}”{by}，不能这样操作，请刷新后再看。", state=state, owner=owner)


# Working time until each deadline; critical and high ones are shorter. Firm silence and confirmation run on the calendar.
FIRST_REPLY: Mapping[Urgency, timedelta] = MappingProxyType(
    {
        Urgency.CRITICAL: timedelta(minutes=10),
        Urgency.HIGH: timedelta(minutes=30),
        Urgency.NORMAL: timedelta(hours=2),
        Urgency.LOW: timedelta(hours=4),
    }
)
CLAIM: Mapping[Urgency, timedelta] = FIRST_REPLY
SILENCE = timedelta(hours=4)
FIRM_SILENCE = timedelta(days=1)
