"""`python -m evals clusters`: are the common problems of many firms found, and does no firm learn another's name.

A seeded pool of 500 demands with 40 planted problems comes in day by day, as in the clinic. B-cubed precision, recall and F1 over all
demands, those that stand alone included; beside it single linkage on the cosine of the same vectors, its threshold chosen on the tuning
half like ours. `--fit` learns the weights on the tuning half and writes them.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bot.rules import clusters as rules
from bot.rules.clusters import SIGNALS, Likenesses, Model, Telling
from bot.rules.triage import Demand, Domain
from evals.planted_demands import Planted, pool
from retrieval.protocols import Embedder

Values = dict[str, Any]
SEEDS = (0, 1, 2)
A_DAY = 25  # demands that come between two runs
WEIGHTS = Path(rules.__file__).with_name("clusters.json")


def tellings(demands: Sequence[Planted], embedder: Embedder) -> list[Telling]:
    """The demands as the clinic compares them."""
    gists = [rules.gist_of(demand.text) for demand in demands]
    vectors = embedder.embed_passages(gists)
    return [
        rules.tell(
            demand.id, demand.firm, kind=Demand(demand.kind), domain=Domain(demand.domain), gist=gist, vector=vector
        )
        for demand, gist, vector in zip(demands, gists, vectors, strict=True)
    ]


def b_cubed(found: Mapping[str, object], wanted: Mapping[str, object]) -> tuple[float, float, float]:
    """Precision, recall and F1: for each item the share of its group that belongs to it, and the share of what belongs to it in its group.

    Source: Bagga and Baldwin, 1998; Amigó et al., 2009.
    """
    items = list(wanted)
    if not items:
        return 0.0, 0.0, 0.0
    ours, theirs = _sets(found, items), _sets(wanted, items)
    both = [len(ours[item] & theirs[item]) for item in items]
    precision = sum(hit / len(ours[item]) for hit, item in zip(both, items, strict=True)) / len(items)
    recall = sum(hit / len(theirs[item]) for hit, item in zip(both, items, strict=True)) / len(items)
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _sets(labels: Mapping[str, object], items: Sequence[str]) -> dict[str, set[str]]:
    by_label: dict[object, set[str]] = {}
    for item in items:
        by_label.setdefault(labels[item], set()).add(item)
    return {item: by_label[labels[item]] for item in items}


def truth(demands: Sequence[Planted]) -> dict[str, object]:
    """What each demand belongs to; one that stands alone to itself."""
    return {demand.id: demand.problem if demand.problem is not None else demand.id for demand in demands}


def arriving(told: Sequence[Telling], model: Model) -> dict[str, object]:
    """The cluster of each demand after all have come in, a day's at a time."""
    held: dict[str, str] = {}
    for end in range(A_DAY, len(told) + A_DAY, A_DAY):
        for cluster, refs in rules.gather(told[:end], held=held, model=model):
            name = cluster or f"K{refs[0]}"
            held.update(dict.fromkeys(refs, name))
    return {telling.ref: held.get(telling.ref, telling.ref) for telling in told}


def single_link(told: Sequence[Telling], least: float) -> dict[str, object]:
    """The plain way: whoever is near enough to one of a group belongs to it."""
    vectors = np.stack([telling.vector for telling in told])
    group = list(range(len(told)))

    def root(place: int) -> int:
        while group[place] != place:
            group[place] = group[group[place]]
            place = group[place]
        return place

    for one, other in zip(*np.where(np.triu(vectors @ vectors.T >= least, 1)), strict=True):
        group[root(int(other))] = root(int(one))
    return {telling.ref: root(place) for place, telling in enumerate(told)}


def naming_pairs(demands: Sequence[Planted], told: Sequence[Telling], found: Mapping[str, object]) -> int:
    """How often what a firm is shown of its cluster names another firm of it: the full name, or its two telling characters."""
    by_ref = {telling.ref: telling for telling in told}
    firms = {demand.id: demand.firm for demand in demands}
    members: dict[object, list[str]] = {}
    for ref, cluster in found.items():
        members.setdefault(cluster, []).append(ref)
    count = 0
    for refs in members.values():
        if len({firms[ref] for ref in refs}) < rules.LEAST_FIRMS:
            continue
        known = rules.known_names({firms[ref] for ref in refs})
        why = rules.reasons([by_ref[ref] for ref in refs], known=known)
        shown = " ".join([rules.name_of([by_ref[ref] for ref in refs], why, known=known), *why.all])
        named = {firm for firm in {firms[ref] for ref in refs} if firm in shown or firm[2:4] in shown}
        count += sum(firms[ref] != firm for ref in refs for firm in named)
    return count


def fit(pools: Sequence[tuple[list[Planted], list[Telling]]]) -> Model:
    """Weights by logistic regression over near pairs, thresholds by what gives the best F1 on these pools."""
    from sklearn.linear_model import LogisticRegression

    rows: list[tuple[float, ...]] = []
    labels: list[bool] = []
    for demands, told in pools:
        rarity = rules.rarities(told)
        blank = Model((0.0,) * len(SIGNALS), 0.0, 0.5, 0.5)
        vectors = rules.centred([telling.vector for telling in told])
        pairs = {tuple(sorted(pair)) for pair in Likenesses(told, blank).nearest(range(len(told)), 40)}
        for one, other in sorted(pairs):
            if told[one].kind is not told[other].kind:
                continue
            meaning = float(vectors[one] @ vectors[other])
            rows.append(rules.signals(told[one], told[other], rarity, meaning))
            labels.append(demands[one].problem is not None and demands[one].problem == demands[other].problem)
    learnt = LogisticRegression(C=3.0, max_iter=5000).fit(np.asarray(rows), labels)
    weights = tuple(round(float(weight), 4) for weight in learnt.coef_[0])
    bias = round(float(learnt.intercept_[0]), 4)

    def score(joined: float) -> float:
        model = Model(weights, bias, joined, 0.5)
        return float(np.mean([b_cubed(arriving(told, model), truth(demands))[2] for demands, told in pools]))

    joined = _best(score, np.arange(0.1, 0.6, 0.04))
    return Model(weights, bias, joined, round(max(0.5, joined), 2))


def _best(score: Callable[[float], float], tried: Sequence[float] | np.ndarray) -> float:
    return round(float(max(tried, key=lambda value: score(float(value)))), 3)


def run(argv: Sequence[str]) -> int:
    """Measure both halves, or learn, and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m evals clusters")
    parser.add_argument("--fit", action="store_true", help="learn the weights on the tuning half and write them")
    parser.add_argument("--failures", action="store_true", help="print the groups that are not as planted")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    from evals.cache import CachedEmbedder, default_folder
    from evals.report import table
    from retrieval.embedding import BuiltinEmbedder

    embedder = CachedEmbedder(BuiltinEmbedder(), default_folder())
    halves = {
        half: [(made, tellings(made, embedder)) for made in (pool(half, seed=seed) for seed in SEEDS)]
        for half in ("tune", "report")
    }
    if options.fit:
        learnt = fit(halves["tune"])
        stored = {
            "provenance": {"command": "python -m evals clusters --fit", "half": "tune", "seeds": list(SEEDS)},
            "weights": dict(zip(SIGNALS, learnt.weights, strict=True)),
            "bias": learnt.bias, "joined": learnt.joined, "twins": learnt.twins,
        }  # fmt: skip
        WEIGHTS.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")
        rules.shipped.cache_clear()
    least = _best(
        lambda value: float(
            np.mean([b_cubed(single_link(told, value), truth(made))[2] for made, told in halves["tune"]])
        ),
        np.arange(0.84, 0.99, 0.01),
    )
    figures: Values = {
        "n": len(halves["report"][0][0]),
        "planted": 40,
        "seeds": len(SEEDS),
        "single_link_cosine": least,
    }
    for half, pools in halves.items():
        figures |= {f"{half}_{name}": value for name, value in _measured(pools, least).items()}
    if options.failures:
        _print_failures(*halves["report"][0])
    print(json.dumps(figures) if options.json else table(figures))
    return 0


def _measured(pools: Sequence[tuple[list[Planted], list[Telling]]], least: float) -> Values:
    scores, rivals, naming, started = [], [], 0, time.perf_counter()
    for demands, told in pools:
        found = arriving(told, rules.shipped())
        scores.append(b_cubed(found, truth(demands)))
        naming += naming_pairs(demands, told, found)
    seconds = time.perf_counter() - started
    rivals = [b_cubed(single_link(told, least), truth(demands)) for demands, told in pools]
    names = ("precision", "recall", "f1")
    ours = {name: round(float(np.mean([score[at] for score in scores])), 3) for at, name in enumerate(names)}
    plain = {
        f"single_link_{name}": round(float(np.mean([score[at] for score in rivals])), 3)
        for at, name in enumerate(names)
    }
    return {
        **ours,
        "worst_f1": round(min(score[2] for score in scores), 3),
        **plain,
        "naming_pairs": naming,
        "seconds": round(seconds / len(pools), 2),
    }


def _print_failures(demands: Sequence[Planted], told: Sequence[Telling]) -> None:
    found = arriving(told, rules.shipped())
    groups: dict[object, list[Planted]] = {}
    for demand in demands:
        groups.setdefault(found[demand.id], []).append(demand)
    for cluster, held in sorted(groups.items(), key=lambda item: -len(item[1])):
        if len(held) > 1 and len({demand.problem for demand in held}) > 1:
            print(cluster, [(demand.problem, demand.text) for demand in held])
