"""Figures of merit, as pure functions of rankings and scores. Nothing here knows where they came from."""

from collections.abc import Callable, Collection, Sequence

import numpy as np

Ranking = Sequence[str]  # ids, best first


def hit(ranking: Ranking, relevant: Collection[str], *, k: int) -> float:
    """1 when one of the first k is relevant, else 0."""
    return float(any(item in relevant for item in ranking[:k]))


def recall(ranking: Ranking, relevant: Collection[str], *, k: int) -> float:
    """Share of the relevant ones that are among the first k; 0 when nothing is relevant."""
    wanted = set(relevant)
    return len(wanted & set(ranking[:k])) / len(wanted) if wanted else 0.0


def reciprocal_rank(ranking: Ranking, relevant: Collection[str], *, k: int) -> float:
    """1 / rank of the first relevant one among the first k; 0 when there is none.

    Source: Voorhees, TREC-8 question answering track report, 1999.
    """
    return next((1 / rank for rank, item in enumerate(ranking[:k], 1) if item in relevant), 0.0)


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Probability that a positive scores higher than a negative, ties counted half; 0.5 when one side is empty.

    Source: Mann and Whitney, 1947; Hanley and McNeil, Radiology 1982.
    """
    if not len(positive) or not len(negative):
        return 0.5
    ordered = np.sort(np.asarray(negative, float))
    wins = np.searchsorted(ordered, positive, side="left")
    ties = np.searchsorted(ordered, positive, side="right") - wins
    return float((wins + ties / 2).sum() / (len(positive) * len(negative)))


def false_positive_rate(positive: Sequence[float], negative: Sequence[float], *, kept: float = 0.95) -> float:
    """Share of negatives let through by the highest threshold that keeps at least `kept` of the positives.

    A score equal to the threshold passes. 0 when there are no negatives, 1 when there are negatives but no positives.
    """
    if not len(negative):
        return 0.0
    if not len(positive):
        return 1.0
    best_first = np.sort(np.asarray(positive, float))[::-1]
    # The small subtraction keeps 0.95 * 20 from becoming 20 by rounding error.
    threshold = best_first[int(np.ceil(kept * len(best_first) - 1e-9)) - 1]
    return float(np.mean(np.asarray(negative, float) >= threshold))


def calibration_error(probabilities: Sequence[float], outcomes: Sequence[bool], *, bins: int = 10) -> float:
    """Expected calibration error: mean distance of stated probability and observed share over equal bins of [0, 1],
    weighted by how many fall into each; 0 for nothing.

    Source: Naeini, Cooper, Hauskrecht, AAAI 2015.
    """
    stated = np.asarray(probabilities, float)
    happened = np.asarray(outcomes, float)
    bin_of = np.minimum((stated * bins).astype(int), bins - 1)
    gaps = [abs(float((stated - happened)[bin_of == index].sum())) for index in range(bins)]
    return sum(gaps) / len(stated) if len(stated) else 0.0


def interval(
    values: Sequence[float],
    *,
    statistic: Callable[[np.ndarray], float] = lambda sample: float(sample.mean()),
    rounds: int = 1_000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[float, float]:
    """Bootstrap confidence interval of a statistic over independent values; (nan, nan) for none.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, percentile interval.
    """
    sample = np.asarray(values, float)
    if not len(sample):
        return float("nan"), float("nan")
    random = np.random.default_rng(seed)
    draws = [statistic(sample[random.integers(0, len(sample), len(sample))]) for _ in range(rounds)]
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
