"""The machine of a solution, from the engineer's draft to the case that answers the next firm. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from bot.errors import Conflict


class SolutionState(StrEnum):
    """Where a solution stands. Only `indexed` is ever found by anyone."""

    DRAFT = "draft"  # written at resolving; the firm has not agreed to share it
    REVIEW = "review"  # agreed; waits for someone other than its author
    APPROVED = "approved"  # reviewed; its redacted copy is on its way into the index
    INDEXED = "indexed"
    RETRACTED = "retracted"


_S = SolutionState
TRANSITIONS: Mapping[SolutionState, frozenset[SolutionState]] = MappingProxyType(
    {
        _S.DRAFT: frozenset({_S.REVIEW, _S.RETRACTED}),
        _S.REVIEW: frozenset({_S.APPROVED, _S.DRAFT, _S.RETRACTED}),
        _S.APPROVED: frozenset({_S.INDEXED, _S.RETRACTED}),
        _S.INDEXED: frozenset({_S.RETRACTED}),
        _S.RETRACTED: frozenset(),
    }
)
WORDS: Mapping[SolutionState, str] = MappingProxyType(
    {
        _S.DRAFT: "草稿",
        _S.REVIEW: "待审核",
        _S.APPROVED: "已通过，正在收录",
        _S.INDEXED: "已收录",
        _S.RETRACTED: "已撤下",
    }
)


def check(state: SolutionState, to: SolutionState) -> None:
    """Refuse a move that the table does not have.

    Raises:
        Conflict: naming the state.
    """
    if to not in TRANSITIONS[state]:
        raise Conflict(f"这条方案现在是“{WORDS[state]}”，不能这样操作，请刷新后再看。")
