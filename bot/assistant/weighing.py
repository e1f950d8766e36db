"""Whether what was found answers the question: how near the search came and what the passages state, weighed together.

Retrieval says how near the best passage is. That does not tell a clause that answers from one that only names the same
subject. Here a logistic model weighs retrieval's confidence with `bot.rules.support`; its few weights are learnt by
`python -m evals weigh` and stand in weighing.json with their provenance.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from bot.rules.support import PASSAGES, Shown, support
from retrieval.protocols import Found

FOUND = "found"  # log odds of retrieval's own confidence
_LEAST = 1e-4  # probability


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
    model = _models()["blind" if found.blind else "worded"]
    figures = signals(question, found)
    total = model.bias + sum(weight * figures.get(name, 0.0) for name, weight in model.weights.items())
    confidence = 1 / (1 + math.exp(-total))
    # What the passages state speaks against an answer. It does not speak for one that the search itself calls far.
    reached = found.answered or found.near
    answered = reached and confidence >= model.answered
    return replace(
        found, confidence=confidence, answered=answered, near=not answered and (found.near or found.answered)
    )


def signals(question: str, found: Found) -> dict[str, float]:
    """Everything that is weighed, by name: retrieval's own confidence, and how the first hits support an answer."""
    likely = min(max(found.confidence, _LEAST), 1 - _LEAST)
    shown = [Shown(hit.passage.context, hit.passage.text) for hit in found.hits[:PASSAGES]]
    return {FOUND: math.log(likely / (1 - likely)), **support(question, shown)}


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
    model = _models()["blind" if found.blind else "worded"]
    figures = signals(question, found)
    terms = {name: (value, model.weights.get(name, 0.0) * value) for name, value in figures.items()}
    return Weighed(model.bias, terms, model.answered)


@cache
def _models() -> Mapping[str, _Model]:
    stored = json.loads(files("bot.assistant").joinpath("weighing.json").read_text(encoding="utf-8"))
    return {
        name: _Model(part["weights"], part["bias"], part["answered"]) for name, part in stored["confidence"].items()
    }
