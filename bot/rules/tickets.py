"""The machine of a ticket: its states, its moves, and who may make them. Pure."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from bot.errors import Conflict, NotAllowed
from bot.rules.people import Caller
from bot.rules.triage import Urgency
from retrieval.protocols import Role


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


class Action(StrEnum):
    """What people do with a ticket, as the API names it."""

    CLAIM = "claim"
    RELEASE = "release"
    MESSAGES = "messages"
    NOTES = "notes"
    WAIT = "wait"
    RESOLVE = "resolve"
    CONFIRM = "confirm"
    RATE = "rate"
    TRANSFER = "transfer"
    REOPEN = "reopen"
    CANCEL = "cancel"
    ESCALATE = "escalate"
    MERGE = "merge"
    ASSIGN = "assign"


_FIRM, _ENGINEER, _CLERKS = frozenset({Role.SME}), frozenset({Role.ENGINEER}), frozenset({Role.STAFF, Role.ADMIN})
_A = Action
# Roles that an action is for. That the ticket is one's own, and that its state allows it, is asked where it is done.
ALLOWED: Mapping[Action, frozenset[Role]] = MappingProxyType(
    {
        _A.CLAIM: _ENGINEER,
        _A.RELEASE: _ENGINEER | _CLERKS,
        _A.MESSAGES: _ENGINEER | _CLERKS,
        _A.NOTES: _ENGINEER | _CLERKS,
        _A.WAIT: _ENGINEER,
        _A.RESOLVE: _ENGINEER,
        _A.CONFIRM: _FIRM | _CLERKS,
        _A.RATE: _FIRM,
        _A.TRANSFER: _ENGINEER | _CLERKS,
        _A.REOPEN: _FIRM | _CLERKS,
        _A.CANCEL: _FIRM | _CLERKS,
        _A.ESCALATE: _ENGINEER | _CLERKS,
        _A.MERGE: _CLERKS,
        _A.ASSIGN: _CLERKS,
    }
)
_DOERS: Mapping[frozenset[Role], str] = MappingProxyType(
    {
        _FIRM: "提出需求的企业",
        _ENGINEER: "共享工程师",
        _CLERKS: "中心工作人员",
        _FIRM | _CLERKS: "提出需求的企业和中心工作人员",
        _ENGINEER | _CLERKS: "负责的工程师和中心工作人员",
    }
)


def check_role(caller: Caller, action: Action) -> None:
    """Refuse a role that an action is not for.

    Raises:
        NotAllowed: naming whom it is for.
    """
    if caller.role not in ALLOWED[action]:
        hint = "要补充情况请直接在对话里说。" if action is Action.MESSAGES else ""
        raise NotAllowed(f"这项操作由{_DOERS[ALLOWED[action]]}来做，您的身份不能做。{hint}")
