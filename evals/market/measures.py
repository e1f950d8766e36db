"""What a played market is judged by, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evals.market.play import GIVEN_UP, Played
from evals.metrics import interval


@dataclass(frozen=True)
class Measure:
    """A figure: its name, a title, and whether more of it is better."""

    name: str
    title: str
    more_is_better: bool


MEASURES = (
    Measure("wait_h", "hours to claim", more_is_better=False),
    Measure("wait_median_h", "median hours", more_is_better=False),
    Measure("p@1", "P@1", more_is_better=True),
    Measure("able@1", "able@1", more_is_better=True),
    Measure("transfers", "transfers", more_is_better=False),
    Measure("solved", "solved", more_is_better=True),
    Measure("offers", "offers a case", more_is_better=False),
    Measure("gini", "Gini of offers", more_is_better=False),
    Measure("newcomers", "newcomers begun", more_is_better=True),
)


def figures(played: Played) -> dict[str, float]:
    """The measures of one market. Who was never claimed waited as long as a case is kept."""
    longest = GIVEN_UP.total_seconds() / 3600
    waits = [longest if wait is None else wait for wait in played.waited]
    return {
        "wait_h": float(np.mean(waits)),
        "wait_median_h": float(np.median(waits)),
        "p@1": float(np.mean(played.right)),
        "able@1": float(np.mean(played.able)),
        "transfers": float(np.mean(played.transfers)),
        "solved": float(np.mean(played.solved)),
        "offers": sum(played.offers.values()) / len(waits),
        "gini": gini(list(played.offers.values())),
        "newcomers": played.newcomers,
    }


def gini(counts: Sequence[int]) -> float:
    """0 where all have the same, near 1 where one has all; half the mean difference over the mean."""
    ordered = np.sort(np.asarray(counts, dtype=float))
    total = ordered.sum()
    if not total:
        return 0.0
    weights = 2 * np.arange(1, len(ordered) + 1) - len(ordered) - 1
    return float(weights @ ordered / (len(ordered) * total))


def summary(played: Sequence[dict[str, dict[str, float]]], ours: str) -> dict[str, dict[str, Any]]:
    """By way and measure: mean over the markets, its 95 % interval, and how far ours is ahead, market by market."""
    return {way: {measure.name: _summed(played, way, ours, measure) for measure in MEASURES} for way in played[0]}


def _summed(played: Sequence[dict[str, dict[str, float]]], way: str, ours: str, measure: Measure) -> dict[str, Any]:
    values = [market[way][measure.name] for market in played]
    sign = 1 if measure.more_is_better else -1
    ahead = [sign * (market[ours][measure.name] - market[way][measure.name]) for market in played]
    told: dict[str, Any] = {"mean": _mean(values), "interval": _interval(values)}
    return told if way == ours else told | {"ours_ahead": _mean(ahead), "ours_ahead_interval": _interval(ahead)}


def _mean(values: Sequence[float]) -> float:
    return round(float(np.mean(values)), 4)


def _interval(values: Sequence[float]) -> list[float]:
    return [round(edge, 4) for edge in interval(values)]
