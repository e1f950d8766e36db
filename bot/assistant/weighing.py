"""Whether what was found answers the question: how near the search came and what the passages state, weighed together.

Retrieval says how near the best passage is. That does not tell a clause that answers from one that only names the same
subject. Here one logistic model weighs retrieval's confidence and its evidence with `bot.rules.support`, for questions in
the documents' words and for blind ones alike; its few weights are learnt by `python -m evals weigh` and stand in
weighing.json with their provenance.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from bot.rules.support import PASSAGES, Shown, support
from bot.rules.support import SIGNALS as SUPPORT
from retrieval.protocols import Found
from retrieval.ranking import trust_of

FOUND = "found"  # log odds of retrieval's own confidence
SIGNALS = (
    FOUND,
    "blind",  # 1 when the question's own words hardly occur in the document
    "trust",  # how far the question speaks the documents' language, see retrieval.ranking
    "at_document",  # share of the question's words that the first passage's document holds, up to half of them
    "uncovered",  # share of the question's words that the first passage lacks, times trust
    "home_doubt",  # how far the question is at home in the collection, times what trust lacks to 1
    "dense",  # of the first passage, as retrieval.ranking has it; so are the next five
    "characters",
    "explained",
    "lay",
    "unexplained",
    "hole",
    "place_missing",  # share of the places named that none of the documents of the passages looked at names
    "best_dense",  # the highest among the passages that are looked at
    "best_explained",
    *SUPPORT,
)
_OF_FIRST = ("dense", "characters", "explained", "lay", "unexplained", "hole")
_LEAST = 1e-4  # probability
EVEN = 0.5
_KNOWN_SHARE = 0.5  # of a question's words: a document that holds so many of them holds its subject


@dataclass(frozen=True, slots=True)
class _Model:
    weights: Mapping[str, float]
    bias: float
    answered: float


def weigh(question: str, found: Found) -> Found:
    """The same hits with the probability that they answer the question and what follows from it.

    What a finder found without telling its evidence stays as it is.
    """
    if not found.hits or not found.hits[0].evidence:
        return found
    model = _model()
    figures = signals(question, found)
    total = model.bias + sum(weight * figures.get(name, 0.0) for name, weight in model.weights.items())
    confidence = 1 / (1 + math.exp(-total))
    answered = confidence >= _least(found)
    return replace(
        found, confidence=confidence, answered=answered, near=not answered and (found.near or found.answered)
    )


def signals(question: str, found: Found) -> dict[str, float]:
    """Everything that is weighed, by the names of SIGNALS; what the finder did not tell is 0."""
    likely = min(max(found.confidence, _LEAST), 1 - _LEAST)
    looked_at = found.hits[:PASSAGES]
    first = looked_at[0].evidence if looked_at else {}
    trust = trust_of(max((hit.evidence.get("lexical", 0.0) for hit in found.hits), default=0.0))
    best = {
        name: max((hit.evidence.get(name, 0.0) for hit in looked_at), default=0.0) for name in ("dense", "explained")
    }
    return {
        FOUND: math.log(likely / (1 - likely)),
        "blind": float(found.blind),
        "trust": trust,
        "at_document": min(first.get("cover_document", 0.0) / _KNOWN_SHARE, 1.0),
        "uncovered": trust * (1 - first.get("cover", 0.0)),
        "home_doubt": (1 - trust) * first.get("at_home", 0.0),
        **{name: first.get(name, 0.0) for name in _OF_FIRST},
        "place_missing": min((hit.evidence.get("place_missing", 0.0) for hit in looked_at), default=0.0),
        **{f"best_{name}": value for name, value in best.items()},
        **support(question, [Shown(hit.passage.context, hit.passage.text) for hit in looked_at]),
    }


@dataclass(frozen=True, slots=True)
class Weighed:
    """What each signal brought, in log odds, and the probability from which an answer is given."""

    bias: float
    terms: Mapping[str, tuple[float, float]]  # by name: value, contribution
    threshold: float


def contributions(question: str, found: Found) -> Weighed | None:
    """What led to the probability that `weigh` gives; None where it weighs nothing. For explaining, not for answering."""
    if not found.hits or not found.hits[0].evidence:
        return None
    model = _model()
    figures = signals(question, found)
    terms = {name: (value, model.weights.get(name, 0.0) * value) for name, value in figures.items()}
    return Weighed(model.bias, terms, _least(found))


def _least(found: Found) -> float:
    """The probability from which an answer is given. Among few passages a question in none of their words is near to one of them
    by chance: that must be likelier than not."""
    return EVEN if found.blind and found.few else _model().answered


@cache
def _model() -> _Model:
    stored = json.loads(files("bot.assistant").joinpath("weighing.json").read_text(encoding="utf-8"))["confidence"]
    return _Model(stored["weights"], stored["bias"], stored["answered"])
