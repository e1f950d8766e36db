"""The machine of a package, and what it needs before it may be published. Pure."""

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from bot.errors import Conflict, Invalid


class PackageState(StrEnum):
    """Where a package stands. Review, contracts and results are not part of it yet."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"
    DROPPED = "dropped"


class Reach(StrEnum):
    """Who may read and apply."""

    ALLIANCE = "alliance"  # verified member units and the centre's engineers
    OPEN = "open"  # everyone


_S = PackageState
TRANSITIONS: Mapping[PackageState, frozenset[PackageState]] = MappingProxyType(
    {
        _S.DRAFT: frozenset({_S.PUBLISHED, _S.DROPPED}),
        _S.PUBLISHED: frozenset({_S.CLOSED}),
        _S.CLOSED: frozenset(),
        _S.DROPPED: frozenset(),
    }
)
WORDS: Mapping[PackageState, str] = MappingProxyType(
    {_S.DRAFT: "草稿", _S.PUBLISHED: "揭榜中", _S.CLOSED: "已截止", _S.DROPPED: "已作废"}
)
REACH_WORDS: Mapping[Reach, str] = MappingProxyType({Reach.ALLIANCE: "联盟内", Reach.OPEN: "面向社会"})
FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "title": "名称",
        "goal": "目标",
        "metrics": "指标",
        "deadline": "揭榜截止日",
        "period": "完成期限",
        "budget": "预算",
        "rights": "知识产权",
        "reach": "范围",
    }
)
MAX_CHARS: Mapping[str, int] = MappingProxyType(
    {
        "title": 60,
        "goal": 2000,
        "metrics": 2000,
        "deadline": 16,
        "period": 60,
        "budget": 60,
        "rights": 1000,
        "reach": 16,
    }
)
# One says from the outset whose the result is; these are proposals, and staff write what was agreed.
RIGHTS = (
    "成果归提出需求的企业所有，揭榜方保留署名权。",
    "成果由双方共有，各自可以使用，许可他人须双方同意。",
    "成果归揭榜方所有，提出需求的企业免费使用。",
)


def check(state: PackageState, to: PackageState) -> None:
    """Refuse a move that the table does not have.

    Raises:
        Conflict: naming the state.
    """
    if to not in TRANSITIONS[state]:
        raise Conflict(f"项目包现在是“{WORDS[state]}”，不能这样操作，请刷新后再看。")


def lacking(held: Mapping[str, str]) -> tuple[str, ...]:
    """The names of what a package still needs before it may be published."""
    return tuple(name for field, name in FIELDS.items() if not held.get(field))


def checked_day(given: str) -> str:
    """A day as 2026-12-31; empty stays empty.

    Raises:
        Invalid: it is none.
    """
    tidy = re.sub(r"[年月/.]", "-", given.strip()).removesuffix("日")
    if not tidy:
        return ""
    try:
        year, month, day = (int(part) for part in tidy.split("-"))
        return date(year, month, day).isoformat()
    except ValueError:
        raise Invalid("揭榜截止日请写成 2026-12-31。") from None


def checked_reach(given: str) -> Reach:
    """The reach of that name.

    Raises:
        Invalid: there is none.
    """
    try:
        return Reach(given)
    except ValueError:
        raise Invalid(f"范围只能是 {'、'.join(Reach)} 之一。") from None


def is_over(deadline: str, today: date) -> bool:
    """Whether the last day to apply has passed."""
    return bool(deadline) and date.fromisoformat(deadline) < today
