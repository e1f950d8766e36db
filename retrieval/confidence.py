"""How likely it is that the best passages answer the question: a logistic model over the evidence for the first one.

Every signal is already relative to its collection (shares, standard deviations, rarity in units of an unseen term), so
one model serves collections of any size; weights and thresholds stand in weights.json with their provenance. Hard
facts of the question that the passage or document lacks (a code, a number, a year, a place) pull it down.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from retrieval.ranking import FEATURES, Ranked

_WIDEST_GAP = 2.0  # beyond this a lead says no more; also what a single document gets
SIGNALS = ("score", "gap", *FEATURES)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be said about a search."""

    confidence: float  # probability that the passages answer, in [0, 1]
    answered: bool
    near: bool  # not answered, but worth pointing at


@dataclass(frozen=True, slots=True)
class _Model:
    weights: NDArray[np.float64]
    bias: float
    answered: float
    near: float


def judge(ranked: Ranked) -> Verdict:
    """Judge the best passages of a search; nothing found is certainty that nothing answers."""
    if not len(ranked):
        return Verdict(0.0, answered=False, near=False)
    model = _model()
    confidence = float(1 / (1 + np.exp(-(signals(ranked) @ model.weights + model.bias))))
    answered = confidence >= model.answered
    return Verdict(confidence, answered=answered, near=not answered and confidence >= model.near)


def signals(ranked: Ranked) -> NDArray[np.float64]:
    """The evidence for the first passage, in the order of SIGNALS.

    `gap` is its lead over the best passage of another document.
    """
    others = ranked.scores[ranked.groups != ranked.groups[0]]
    gap = min(float(ranked.scores[0] - others[0]), _WIDEST_GAP) if len(others) else _WIDEST_GAP
    return np.array([ranked.scores[0], gap, *ranked.features[0]], np.float64)


@cache
def _model() -> _Model:
    stored = json.loads(files("retrieval").joinpath("weights.json").read_text(encoding="utf-8"))["confidence"]
    weights = np.array([stored["weights"].get(name, 0.0) for name in SIGNALS], np.float64)
    return _Model(weights, stored["bias"], stored["answered"], stored["near"])
