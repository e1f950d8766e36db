"""The machine of a demand. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from bot.errors import Conflict


class DemandState(StrEnum):
    """Where a demand stands."""

    DRAFT = "draft"
    POOL = "pool"
    MATCHED = "matched"
    IN_SERVICE = "in_service"
    SOLVED = "solved"
    PACKAGE = "package"
    MERGED = "merged"
    CLOSED = "closed"


_S = DemandState
TRANSITIONS: Mapping[DemandState, frozenset[DemandState]] = MappingProxyType(
    {
        _S.DRAFT: frozenset({_S.POOL, _S.CLOSED}),
        _S.POOL: frozenset({_S.MATCHED, _S.PACKAGE, _S.MERGED, _S.CLOSED}),
        _S.MATCHED: frozenset({_S.IN_SERVICE, _S.SOLVED, _S.POOL, _S.CLOSED}),
        _S.IN_SERVICE: frozenset({_S.SOLVED, _S.POOL, _S.PACKAGE, _S.CLOSED}),
        _S.SOLVED: frozenset({_S.IN_SERVICE, _S.POOL}),
        _S.PACKAGE: frozenset(),
        _S.MERGED: frozenset({_S.POOL}),  # staff found that it was another need after all
        _S.CLOSED: frozenset(),
    }
)
WORDS: Mapping[DemandState, str] = MappingProxyType(
    {
        _S.DRAFT: "草稿",
        _S.POOL: "在需求池",
        _S.MATCHED: "已匹配",
        _S.IN_SERVICE: "服务中",
        _S.SOLVED: "已解决",
        _S.PACKAGE: "已转项目包",
        _S.MERGED: "已合并",
        _S.CLOSED: "已关闭",
    }
)


def check(state: DemandState, to: DemandState) -> None:
    """Refuse a move that the table does not have.

    Raises:
        Conflict: naming the state.
    """
    if to not in TRANSITIONS[state]:
        raise Conflict(f"需求现在是“{WORDS[state]}”，不能这样操作，请刷新后再看。")
