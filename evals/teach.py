"""`python -m evals teach SET`: learn bot/rules/sorting.npz, which sorts messages beside the rules of words.

Multinomial logistic regression with a pull towards 0, one for each head. The figures of --judge are those of five folds, near-duplicates never
on both sides, so that nothing was judged by what had learnt from it; the numbers written have learnt from the whole set.
"""

import argparse
import json
import warnings
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack, vstack  # type: ignore[import-untyped]

from bot.rules import triage
from bot.rules.sorting import HEADS, MAX_CHARS, MEANING, grams, vector
from evals.triage import Labelled, read
from retrieval.embedding import BuiltinEmbedder

STRENGTH = 10.0  # the greater, the weaker the pull towards 0
LEAST = 2  # messages that must hold a run of characters
FOLDS = 5
ALIKE = 0.45  # share of pairs of characters from which two messages are near-duplicates
ROUNDS = 400
TARGET = Path("bot/rules/sorting.npz")

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """A message that people sorted, with what the rules find, its vector and its group of near-duplicates."""

    message: Labelled
    found: Mapping[str, float]
    meaning: Array
    group: int


@dataclass(frozen=True, slots=True)
class Features:
    """Names and rarity of what is counted, runs of characters first; the mean of the vectors."""

    rows: Mapping[str, int]
    rarity: Array
    mean: Array

    def of(self, examples: Sequence[Example], *, with_meaning: bool = True) -> csr_matrix:
        """One row for each message."""
        values, columns, ends = [], [], [0]
        for example in examples:
            rows, strengths = vector(self.rows, self.rarity, example.message.text, example.found)
            columns += [*rows]
            values += [*strengths]
            ends.append(len(columns))
        words = csr_matrix((values, columns, ends), shape=(len(examples), len(self.rows)))
        meanings = MEANING * (np.stack([example.meaning for example in examples]) - self.mean)
        return hstack([words, csr_matrix(meanings if with_meaning else np.zeros_like(meanings))]).tocsr()


def run(argv: Sequence[str]) -> int:
    """Learn, print the figures, and write the numbers unless told not to."""
    options = _parser().parse_args(argv)
    messages = read(options.set)
    embedder = BuiltinEmbedder()
    groups = _groups(messages)
    examples = [
        Example(
            message,
            triage.findings(message.text),
            embedder.embed_query(message.text[:MAX_CHARS]).astype(np.float64),
            group,
        )
        for message, group in zip(messages, groups, strict=True)
    ]
    figures = {head: _judged(head, examples) for head in HEADS} if options.judge else {}
    print(json.dumps(figures, ensure_ascii=False))
    if not options.dry:
        _write(options.set, examples, figures)
    return 0


def code_of(head: str, message: Labelled) -> str | None:
    """What a head is to say of a message; None where it is not asked."""
    labels = message.labels
    if head == "intent":
        return triage.TAUGHT if labels.get("demand") == triage.TAUGHT else labels.get("intent")
    if labels.get("intent") != "technical" and not (head == "domain" and labels.get("demand") == triage.TAUGHT):
        return None
    return labels.get(head)


def _features(examples: Sequence[Example]) -> Features:
    counts = Counter(run for example in examples for run in grams(example.message.text))
    runs = sorted(run for run, count in counts.items() if count >= LEAST)
    found = sorted({name for example in examples for name in example.found})
    rarity = [float(np.log((1 + len(examples)) / (1 + counts[run])) + 1) for run in runs]
    mean = np.mean([example.meaning for example in examples], axis=0)
    rows = {name: row for row, name in enumerate([*runs, *found])}
    return Features(rows, np.array([*rarity, *[0.0] * len(found)]), mean)


def _learn(head: str, features: Features, examples: Sequence[Example]) -> Any:
    """Learns from every message with its vector and without it."""
    from sklearn.linear_model import LogisticRegression

    asked = [example for example in examples if code_of(head, example.message) is not None]
    codes = [code_of(head, example.message) for example in asked]
    learner = LogisticRegression(C=STRENGTH / 2, max_iter=ROUNDS, tol=1e-3)
    table = vstack([features.of(asked), features.of(asked, with_meaning=False)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the last digit is still moving
        return learner.fit(table, [*codes, *codes])


def _judged(head: str, examples: Sequence[Example]) -> dict[str, float]:
    """Share of right codes over all folds with the vectors and without, and how many were judged."""
    right, judged = np.zeros(2), 0
    for fold in range(FOLDS):
        known = [example for example in examples if example.group % FOLDS != fold]
        asked = [example for example in examples if example.group % FOLDS == fold and code_of(head, example.message)]
        features = _features(known)
        learnt = _learn(head, features, known)
        wanted = [code_of(head, example.message) for example in asked]
        for at, with_meaning in enumerate((True, False)):
            right[at] += sum(learnt.predict(features.of(asked, with_meaning=with_meaning)) == wanted)
        judged += len(asked)
    return {"right": round(right[0] / judged, 4), "without_meaning": round(right[1] / judged, 4), "n": judged}


def _groups(messages: Sequence[Labelled]) -> list[int]:
    """A number for each message, the same for near-duplicates."""
    pairs = [{text[at : at + 2] for at in range(len(text) - 1)} for text in (message.text for message in messages)]
    holders: dict[str, list[int]] = defaultdict(list)
    parent = list(range(len(messages)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    for at, own in enumerate(pairs):
        shared = Counter(other for pair in own for other in holders[pair])
        for other, count in shared.items():
            if count >= ALIKE * len(own | pairs[other]):
                parent[root(at)] = root(other)
        for pair in own:
            holders[pair].append(at)
    return [root(at) for at in range(len(messages))]


def _write(path: Path, examples: Sequence[Example], figures: Mapping[str, Any]) -> None:
    features = _features(examples)
    provenance = {
        "command": f"python -m evals teach {path.name}",
        "set": sha256(path.read_bytes()).hexdigest(),
        "messages": len(examples),
        "folds": figures,
    }
    kept: dict[str, Any] = {
        "features": np.array("\n".join(features.rows)),
        "rarity": features.rarity.astype(np.float16),
        "mean": features.mean.astype(np.float32),
        "provenance": np.array(json.dumps(provenance, ensure_ascii=False)),
    }
    for head in HEADS:
        learnt = _learn(head, features, examples)
        weights = learnt.coef_.T.astype(np.float16)
        kept[f"{head}_codes"] = np.array([str(code) for code in learnt.classes_])
        kept[f"{head}_bias"] = learnt.intercept_.astype(np.float32)
        kept[f"{head}_weights"] = weights[: len(features.rows)]
        kept[f"{head}_meaning"] = weights[len(features.rows) :]
    np.savez_compressed(TARGET, **kept)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals teach")
    parser.add_argument("set", type=Path, help="lines as for `python -m evals triage`")
    parser.add_argument("--judge", action="store_true", help="find out by folds how well it does; takes minutes")
    parser.add_argument("--dry", action="store_true", help="print the figures without writing the numbers")
    return parser
