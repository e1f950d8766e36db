"""The likeliest code of a message: a linear model over its characters, its meaning and what the rules of words found in it. Pure.

Rules know the plain cases; what they leave open (most of what people really type) is decided by what messages that people sorted have in
common. A head is a multinomial logistic regression: score of a code = its bias + the sum of its weights over the features; the softmax of
the scores is the probability. Features: the runs of one to GRAM characters of the message, as a unit vector weighted by rarity; the rules'
findings as they are; the message's vector of the built-in embedder less the mean of all messages, times MEANING. A message without a vector
counts as one of mean meaning, and the weights have learnt from every message both with and without. The numbers stand in sorting.npz, learnt by `python -m evals teach` from evals/sets/triage-tune.jsonl.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import Any

import numpy as np
from numpy.typing import NDArray

GRAM = 3
MAX_CHARS = 400  # what a message wants stands in its beginning; a pasted text must not cost more
HEADS = ("intent", "demand", "domain")
MEANING = 8.0  # how much a vector counts beside the runs

Weights = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Head:
    """One question that is asked of a message. `weights` has a row for each feature and a column for each code."""

    codes: tuple[str, ...]
    bias: Weights
    weights: Weights
    meaning: Weights  # a row for each dimension of the vector


@dataclass(frozen=True, slots=True)
class Model:
    """All heads over the same features. `rarity` holds one figure for each run of characters, 0 for a finding of the rules."""

    features: Mapping[str, int]
    rarity: Weights
    mean: Weights  # of the vectors of all messages
    heads: Mapping[str, Head]


def grams(text: str) -> set[str]:
    """The runs of one to GRAM characters; digits are alike, letters small, both ends marked."""
    plain = re.sub(r"\s+", " ", re.sub(r"\d", "0", unicodedata.normalize("NFKC", text[:MAX_CHARS]).lower()))
    marked = f"^{plain}$"
    return {
        marked[start : start + length] for length in range(1, GRAM + 1) for start in range(len(marked) - length + 1)
    }


def probabilities(head: str, text: str, found: Mapping[str, float], meaning: Weights | None = None) -> dict[str, float]:
    """How likely each code is, the likeliest first.

    Args:
        head: One of HEADS.
        found: What the rules found, name to strength; names that the model does not know count nothing.
        meaning: The vector of the first MAX_CHARS characters, of unit length; None where there is none.
    """
    model = _model()
    rows, strengths = vector(model.features, model.rarity, text, found)
    chosen = model.heads[head]
    scores = chosen.bias + strengths @ chosen.weights[rows]
    if meaning is not None:
        scores = scores + MEANING * (meaning - model.mean) @ chosen.meaning
    shares = np.exp(scores - scores.max())
    shares /= shares.sum()
    return {chosen.codes[at]: float(shares[at]) for at in np.argsort(-shares, kind="stable")}


def vector(
    features: Mapping[str, int], rarity: Weights, text: str, found: Mapping[str, float]
) -> tuple[NDArray[np.int64], Weights]:
    """Which features a message has, and how strongly each counts; learning and sorting read a message alike."""
    known = sorted(features[run] for run in grams(text) if run in features)
    rare = rarity[known]
    length = float(np.sqrt((rare**2).sum())) or 1.0
    told = [(features[name], strength) for name, strength in found.items() if name in features]
    rows = np.array([*known, *(row for row, _ in told)], np.int64)
    return rows, np.concatenate([rare / length, np.array([strength for _, strength in told], rarity.dtype)])


@cache
def _model() -> Model:
    with as_file(files("bot.rules").joinpath("sorting.npz")) as path, np.load(path) as kept:
        heads = {
            head: Head(
                tuple(str(code) for code in kept[f"{head}_codes"]),
                kept[f"{head}_bias"].astype(np.float32),
                kept[f"{head}_weights"].astype(np.float32),
                kept[f"{head}_meaning"].astype(np.float32),
            )
            for head in HEADS
        }
        names = str(kept["features"]).split("\n")
        return Model(
            {name: row for row, name in enumerate(names)}, kept["rarity"].astype(np.float32), kept["mean"], heads
        )
