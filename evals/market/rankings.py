"""Ways of ranking engineers: the product's own, and what one would do without it. All of them leave out whoever is excluded."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence

from bot.rules import matching
from bot.rules.matching import Case, Engineer, Match
from evals.market.play import Ranking


def ours(case: Case, engineers: Sequence[Engineer], offered: dict[str, int]) -> list[Match]:
    """The rules of the product themselves."""
    del offered
    return matching.matches(case, engineers)


def at_random(case: Case, engineers: Sequence[Engineer], offered: dict[str, int]) -> list[Match]:
    """In an order drawn for each case."""
    del offered
    return _in_order(case, engineers, lambda one: float(_drawn(case, one)))


def round_robin(case: Case, engineers: Sequence[Engineer], offered: dict[str, int]) -> list[Match]:
    """Whoever was invited least goes first."""
    return _in_order(case, engineers, lambda one: (offered[one.id], _drawn(case, one)))


def by_skill(case: Case, engineers: Sequence[Engineer], offered: dict[str, int]) -> list[Match]:
    """By the skills that were written down, trade and words; drawn where they are equal."""
    del offered
    text = matching.plain(case.text)

    def worth(one: Engineer) -> tuple[float, int]:
        trade = max((matching.trades_of(skill).get(case.domain, 0.0) for skill in one.skills), default=0.0)
        words = sum(matching.plain(skill) in text for skill in one.skills)
        return -(trade + words), _drawn(case, one)

    return _in_order(case, engineers, worth)


RANKINGS: Mapping[str, Ranking] = {
    "ours": ours,
    "skill_only": by_skill,
    "round_robin": round_robin,
    "random": at_random,
}


def _in_order(case: Case, engineers: Sequence[Engineer], key: Callable[[Engineer], object]) -> list[Match]:
    able = [one for one in engineers if not matching.is_excluded(case, one)]
    able.sort(key=key)  # type: ignore[arg-type]
    able.sort(key=_is_full)
    return [
        Match(one.id, -float(place), 0.0, 0.0, 0.0, 0.0, is_new=False, is_full=_is_full(one))
        for place, one in enumerate(able)
    ]


def _is_full(one: Engineer) -> bool:
    return one.capacity is not None and one.load >= one.capacity


def _drawn(case: Case, one: Engineer) -> int:
    return zlib.crc32(f"{case.ref}/{one.id}".encode())
