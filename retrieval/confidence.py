"""How likely it is that the best passages answer the question: a logistic model over the evidence for the first one.

Every signal is already relative to its collection (shares, standard deviations, rarity in units of an unseen term), so
one model serves collections of any size; weights and thresholds stand in weights.json with their provenance. Hard
facts of the question that the passage or document lacks (a code, a number, a year, a place) pull it down.

A question whose own words hardly occur in the documents is judged by a model of its own: a share of words says nothing
for or against an answer then, and its meaning must tell whether it is at home in the collection at all.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from retrieval.ranking import FEATURES, Ranked, trust_of

_BLIND_SHARE = 0.1  # of the question's words, rare ones more, in the best passage's document
_WIDEST_GAP = 2.0  # beyond this a lead says no more; also what a single document gets
SIGNALS = (
    "score",  # of the ranking
    "gap",  # lead over the best passage of another document
    "trust",  # how far the question speaks the documents' language, see retrieval.ranking
    "uncovered",  # share of the question's words that the passage lacks, times trust
    "meant_doubt",  # `expanded_cover` times what trust lacks to 1
    "familiar_doubt",  # `familiar` likewise
    "home_doubt",  # `at_home` likewise
    *FEATURES,
)
_LEXICAL, _COVER, _IN_DOCUMENT = (FEATURES.index(name) for name in ("lexical", "cover", "cover_document"))
_DOUBTED = [FEATURES.index(name) for name in ("expanded_cover", "familiar", "at_home")]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be said about a search."""

    confidence: float  # probability that the passages answer, in [0, 1]
    answered: bool
    near: bool  # not answered, but worth pointing at
    blind: bool = False  # the question's own words hardly occur in the document


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
    blind = is_blind(ranked)
    model = _models()["blind" if blind else "worded"]
    confidence = float(1 / (1 + np.exp(-(signals(ranked) @ model.weights + model.bias))))
    answered = confidence >= model.answered
    return Verdict(confidence, answered, near=not answered and confidence >= model.near, blind=blind)


def is_blind(ranked: Ranked) -> bool:
    """Whether the question's own words hardly occur in the best passage's document, as when lay people ask."""
    return bool(ranked.features[0, _IN_DOCUMENT] < _BLIND_SHARE)


def signals(ranked: Ranked) -> NDArray[np.float64]:
    """The evidence for the first passage, in the order of SIGNALS."""
    others = ranked.scores[ranked.groups != ranked.groups[0]]
    gap = min(float(ranked.scores[0] - others[0]), _WIDEST_GAP) if len(others) else _WIDEST_GAP
    first = ranked.features[0]
    trust = trust_of(float(ranked.features[:, _LEXICAL].max()))
    # A word that is lacking speaks against the passage only where the question speaks the documents' language.
    own = (ranked.scores[0], gap, trust, trust * (1 - first[_COVER]))
    return np.array([*own, *((1 - trust) * first[_DOUBTED]), *first], np.float64)


@cache
def _models() -> Mapping[str, _Model]:
    stored = json.loads(files("retrieval").joinpath("weights.json").read_text(encoding="utf-8"))["confidence"]
    return {
        name: _Model(
            np.array([part["weights"].get(signal, 0.0) for signal in SIGNALS], np.float64),
            part["bias"],
            part["answered"],
            part["near"],
        )
        for name, part in stored.items()
    }
