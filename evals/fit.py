"""`python -m evals fit SET…`: learn the weights of ranking and confidence on the tuning halves and write retrieval/weights.json.

Ranking: a softmax over each question's candidates; what counts is the probability of the relevant documents' passages
and of those that hold the answer. Confidence: logistic regression of answerable questions against unanswerable ones,
against the same questions with what answers them taken away, and against questions of another collection. A weight may
only have the sign that its feature's meaning allows, so that no accident of a set is learnt. Nothing of a reporting half is looked at.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import retrieval
from evals.answers import BLANKS, same_clause
from evals.cache import default_folder
from evals.dataset import Question, read
from evals.retrieval import Collection, Shelf, half_of, words
from retrieval.confidence import SIGNALS, is_blind, signals
from retrieval.protocols import PUBLIC, Hit, Query
from retrieval.ranking import FEATURES, Ranked, trust_of

_CANDIDATES = 400
# Features that can only speak against a passage.
_AGAINST = frozenset({"place_missing", "place_conflict", "hole", "missing_document", "unexplained", "uncovered"})
_UNUSED = frozenset({"length"})  # what answers in one collection is long, in another short
# What judges a blind question: sums over its words would only tell a long one from a short one.
_BLIND = frozenset(
    {
        "familiar",
        "at_home",
        "lay",
        "characters",
        "expanded_cover",
        "explained",
        "exact",
        "place_missing",
        "place_conflict",
    }
)
_ONLY_JUDGING = frozenset({"familiar", "at_home"})  # for candidates of one question it says what "dense" says
_RANKING_STRENGTH = 0.02  # of the pull towards 0; flat around here
_CONFIDENCE_STRENGTH = 0.003
_WORDED_WEIGHT = 0.5  # of the set of real documents against a large one: it is small
_ONE_SIDED_WEIGHT = 0.5  # of a set without unanswerable questions: it says less of what people ask
_ALONE_WEIGHT = 0.4  # in confidence, of single documents against the set of all of them
_ALONE = 200  # questions asked of each document alone
_ROBBED_WEIGHT = 0.5  # of a question whose answer is taken away against one that truly has none
_FOREIGN_WEIGHT = 0.2  # of questions of another collection, which are easily told
_FOREIGN_EVERY = 4  # takes so much of them
_LOST = 0.05  # share of the answerable questions that may be refused
_LOST_BLIND = 0.03  # of the blind ones, whose answers are shown as merely close in meaning
_FAR = 0.01  # and that may be refused without pointers
_COLUMN = {name: index for index, name in enumerate(FEATURES)}

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """One question's candidates: features (candidates, features), which document each is of, and which are right."""

    features: Array
    groups: NDArray[np.int64]
    relevant: NDArray[np.bool_]
    answering: NDArray[np.bool_]
    weight: float
    stranger: bool = False  # asked of a collection about other things
    telling: NDArray[np.bool_] | None = None  # what must go for no answer to be left; None means all that is relevant

    def ranked(self, weights: Array) -> Ranked:
        """As the product would rank it."""
        scores = self.features @ weights
        order = np.argsort(-scores, kind="stable")
        groups = self.groups[order]
        return Ranked(groups, groups, scores[order].astype(np.float32), self.features[order].astype(np.float32))

    def robbed(self) -> "Case":
        """The same question without the passages that answer it; features relative to the candidates are made anew."""
        keep = ~(self.relevant if self.telling is None else self.telling)
        _, groups = np.unique(self.groups[keep], return_inverse=True)
        nothing = np.zeros(int(keep.sum()), np.bool_)
        return Case(relative(self.features[keep], groups), groups, nothing, nothing, self.weight)


def relative(features: Array, groups: NDArray[np.int64]) -> Array:
    """Candidates' features with those that compare a candidate with the others computed from these candidates alone."""
    if not len(features):
        return features
    made = features.copy()

    def best_share(values: Array) -> Array:
        return np.asarray(trust * values / (values.max() or 1.0), np.float64)

    lexical, dense = features[:, _COLUMN["lexical"]], features[:, _COLUMN["dense"]]
    trust = trust_of(float(lexical.max()))
    nearness = (dense - dense.min()) / (np.ptp(dense) or 1.0)
    of_group = np.zeros(int(groups.max()) + 1)
    np.maximum.at(of_group, groups, lexical)
    for name, values in {
        "lexical_best": best_share(lexical),
        "dense_best": nearness,
        "dense_doubt": (1 - trust) * nearness,
        "document_best": best_share(features[:, _COLUMN["document"]]),
        "characters_doubt": (1 - trust) * features[:, _COLUMN["characters"]],
        "cover_trusted": trust * features[:, _COLUMN["cover"]],
        "neighbours": best_share(of_group[groups]),
        "expanded_doubt": (1 - trust) * features[:, _COLUMN["expanded"]],
        "lay_doubt": (1 - trust) * features[:, _COLUMN["lay"]],
    }.items():
        made[:, _COLUMN[name]] = values
    return made


def run(argv: Sequence[str]) -> int:
    """Learn, print the weights, and write them unless told not to."""
    options = _parser().parse_args(argv)
    cases: list[Case] = []
    refusable: list[Case] = []
    alone: list[Case] = []
    foreign: list[str] = []
    provenance = []
    for folder in options.sets:
        qrels = folder / options.qrels if (folder / options.qrels).exists() else None
        data = read(folder, qrels=qrels)
        questions = _sample([each for each in data.questions if half_of(each.about) == "tune"], options.most)
        missing = _sample([each for each in data.unanswerable if half_of(each.about) == "tune"], options.most)
        foreign += [each.text for each in (*questions, *missing)][::_FOREIGN_EVERY] if missing else []
        with Collection(data, cache=options.cache) as collection:
            share = (1.0 if missing else _ONE_SIDED_WEIGHT) / max(len(questions), 1)
            cases += [_case(collection, each, data.relevant[each.id], share) for each in questions]
            refusable += [_case(collection, each, frozenset(), 1.0 / len(missing)) for each in missing]
        provenance.append(
            {"set": folder.name, "half": "tune", "questions": len(questions), "unanswerable": len(missing)}
        )
        print(f"{folder.name}: {len(questions)} questions, {len(missing)} unanswerable", file=sys.stderr)
    if options.questions:
        mine, absent, alone = _worded(options.questions, options.documents, foreign, options.cache)
        cases += mine
        refusable += absent
        provenance.append(
            {
                "set": " ".join(path.stem for path in options.questions),
                "half": "tune",
                "questions": len(mine),
                "unanswerable": len(absent),
                "alone": len(alone),
            }
        )
    ranking = fit_ranking(cases)
    confidence = fit_confidence(cases, refusable, ranking, alone=alone)
    model = {
        "provenance": {"command": "python -m evals fit", "sets": provenance},
        "ranking": {"weights": _named(FEATURES, ranking)},
        "confidence": confidence,
    }
    text = json.dumps(model, indent=2) + "\n"
    print(text)
    if not options.dry:
        (Path(retrieval.__file__).parent / "weights.json").write_text(text, encoding="utf-8")
    return 0


def fit_ranking(cases: Sequence[Case]) -> Array:
    """Weights in the order of FEATURES: half the loss for the relevant documents, half for the passages that answer."""
    held = [case for case in cases if len(case.groups) and case.relevant.any()]
    features = np.concatenate([case.features for case in held])
    scale = features.std(axis=0) + 1e-3
    scaled = features / scale
    starts = np.cumsum([0, *(len(case.groups) for case in held)])[:-1]
    owner = np.repeat(np.arange(len(held)), [len(case.groups) for case in held])
    share = np.array([case.weight for case in held])
    targets = [(np.concatenate([getattr(case, name) for case in held]), 0.5) for name in ("relevant", "answering")]

    def loss(weights: Array) -> tuple[float, Array]:
        scores = scaled @ weights
        likely = np.exp(scores - np.maximum.reduceat(scores, starts)[owner])
        likely /= np.add.reduceat(likely, starts)[owner]
        total, slope = 0.0, np.zeros_like(weights)
        for right, part in targets:
            caught = np.add.reduceat(likely * right, starts)
            counts = part * share * (np.add.reduceat(right.astype(float), starts) > 0)
            total -= float(counts @ np.log(caught + 1e-12))
            slope -= scaled.T @ ((likely * right / (caught + 1e-12)[owner] - likely) * counts[owner])
        return total + _RANKING_STRENGTH * float(weights @ weights), slope + 2 * _RANKING_STRENGTH * weights

    return np.asarray(minimum(loss, [_bounds(name, _UNUSED | _ONLY_JUDGING) for name in FEATURES]) / scale, np.float64)


def fit_confidence(
    cases: Sequence[Case], refusable: Sequence[Case], ranking: Array, *, alone: Sequence[Case] = ()
) -> dict[str, Any]:
    """The logistic models and their thresholds, for questions in the documents' words and for blind ones.

    Args:
        cases: Answerable questions; each is used without its answer too.
        refusable: Unanswerable ones.
        ranking: The weights by which candidates are ordered.
        alone: Answerable questions of smaller collections, as they are.
    """
    # A question for which nothing right was found is no example of an answer.
    held = [case for case in cases if case.relevant.any()]
    positive = [*held, *(case for case in alone if case.relevant.any())]
    robbed = [replace(case.robbed(), weight=case.weight * _ROBBED_WEIGHT) for case in held]
    negative = [*refusable, *robbed]
    asked = [*positive, *negative]
    ranked = [case.ranked(ranking) for case in asked]
    rows = _evidence(ranked)
    outcome = np.concatenate([np.ones(len(positive)), np.zeros(len(negative))])
    share = np.array([case.weight for case in asked])
    blind = np.array([len(each) > 0 and is_blind(each) for each in ranked])
    # That a clause is missing cannot be seen by a question without its words; that the question is not at home here can.
    fair = blind & np.array([bool(right) or case.stranger for right, case in zip(outcome, asked, strict=True)])
    return {
        "worded": _logistic(rows[~blind], outcome[~blind], share[~blind], lost=_LOST, unused=_UNUSED),
        "blind": _logistic(
            rows[fair], outcome[fair], share[fair], lost=_LOST_BLIND, unused=frozenset(SIGNALS) - _BLIND
        ),
    }


def _logistic(rows: Array, outcome: Array, share: Array, *, lost: float, unused: frozenset[str]) -> dict[str, Any]:
    """A logistic model and its thresholds; both sides weigh the same."""
    share = np.where(outcome == 1, share / share[outcome == 1].sum(), share / share[outcome == 0].sum()) / 2
    middle, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-3
    scaled = np.column_stack([(rows - middle) / scale, np.ones(len(rows))])

    def loss(weights: Array) -> tuple[float, Array]:
        said = 1 / (1 + np.exp(-(scaled @ weights)))
        pull = np.append(weights[:-1], 0.0)
        total = -float(share @ np.log(np.where(outcome == 1, said, 1 - said) + 1e-12))
        return (
            total + _CONFIDENCE_STRENGTH * float(pull @ pull),
            scaled.T @ (share * (said - outcome)) + 2 * _CONFIDENCE_STRENGTH * pull,
        )

    weights = minimum(loss, [*(_bounds(name, unused) for name in SIGNALS), (None, None)])
    said = 1 / (1 + np.exp(-(scaled @ weights)))
    named = weights[:-1] / scale
    return {
        "weights": _named(SIGNALS, named),
        "bias": round(float(weights[-1] - middle @ named), 4),
        "answered": round(_quantile(said[outcome == 1], share[outcome == 1], lost), 4),
        "near": round(_quantile(said[outcome == 1], share[outcome == 1], _FAR), 4),
    }


def _quantile(values: Array, share: Array, part: float) -> float:
    """The value below which that part of the weight lies."""
    order = np.argsort(values)
    return float(values[order][np.searchsorted(np.cumsum(share[order]), part * share.sum())])


def _case(collection: Collection, question: Question, relevant: frozenset[str], weight: float) -> Case:
    found = collection.library.search(Query(question.text, top_k=_CANDIDATES), PUBLIC)
    groups = [collection.id_of(hit) for hit in found.hits]
    numbers = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    answer = words(question.answer)
    right = np.array([group in relevant for group in groups], np.bool_)
    holds = np.array([bool(answer) and answer in words(hit.passage.text) for hit in found.hits], np.bool_)
    return Case(
        features=_matrix(found.hits),
        groups=np.array([numbers[group] for group in groups], np.int64),
        relevant=right,
        answering=right & holds,
        weight=weight,
    )


def _worded(
    questions: Sequence[Path], documents: Path, foreign: Sequence[str], cache: Path
) -> tuple[list[Case], list[Case], list[Case]]:
    """Cases of question sets whose answers are regular expressions (`python -m evals answers`) or clauses.

    Returns:
        Answerable, absent, and answerable where each document is the whole collection; the absent hold the questions
        about one document asked of another alone, and the foreign ones asked of all and of each.
    """
    lines = [line for path in questions for line in path.read_text("utf-8").split("\n") if line.strip()]
    asked = [json.loads(line) for line in lines]
    asked = [each for each in asked if each.get("half") == "tune" and not each.get("prev")]
    absent = [each for each in asked if each["kind"] == "none"]
    present = [each for each in asked if each["kind"] != "none"]
    strangers = [{"text": text} for text in foreign]
    alone: list[Case] = []
    with Shelf([documents], cache=cache) as shelf:
        cases = [_worded_case(shelf, each, _WORDED_WEIGHT / len(present)) for each in present]
        refusable = [_worded_case(shelf, each, _WORDED_WEIGHT / len(absent)) for each in absent]
        share = _FOREIGN_WEIGHT / max(len(strangers), 1)
        refusable += [replace(_worded_case(shelf, each, share), stranger=True) for each in strangers]
    files = sorted(path for path in documents.iterdir() if path.stem.lower() != "readme")
    for path in files:
        with Shelf([path], cache=cache) as shelf:
            for each in asked[:: max(len(asked) // _ALONE, 1)]:
                case = _worded_case(shelf, each, _ALONE_WEIGHT * _WORDED_WEIGHT / len(present))
                if case.relevant.any():
                    alone.append(case)
                else:
                    refusable.append(replace(case, weight=case.weight / len(files)))
            each_share = share / len(files)
            refusable += [replace(_worded_case(shelf, each, each_share), stranger=True) for each in strangers]
    return cases, refusable, alone


def _worded_case(shelf: Shelf, question: Mapping[str, Any], weight: float) -> Case:
    hits = shelf.library.search(Query(question["text"], top_k=_CANDIDATES), PUBLIC).hits
    numbers = {name: number for number, name in enumerate(dict.fromkeys(hit.document.id for hit in hits))}
    named = tuple(question.get("doc") or ())
    right = np.array([bool(named) and hit.document.source.startswith(named) for hit in hits], np.bool_)
    must = [re.compile(each) for each in question.get("must") or ()]
    bare = [BLANKS.sub("", hit.passage.text) for hit in hits]
    held = np.array([sum(bool(each.search(text)) for each in must) for text in bare], np.int64) * right
    clause = str(question.get("clause") or "")
    named_clause = np.array([same_clause(clause, hit.passage.clause or "") for hit in hits], np.bool_)
    among = np.array([hit.passage.clause in (question.get("clauses") or ()) for hit in hits], np.bool_) & right
    answering = (held > 0) & (held == held.max(initial=0)) | among
    return Case(
        features=_matrix(hits),
        groups=np.array([numbers[hit.document.id] for hit in hits], np.int64),
        relevant=right,
        answering=answering,
        weight=weight,
        telling=answering | (named_clause & right),
    )


def _matrix(hits: Sequence[Hit]) -> Array:
    rows = [[hit.evidence[name] for name in FEATURES] for hit in hits]
    return np.array(rows, np.float64).reshape(len(hits), len(FEATURES))


def _evidence(ranked: Iterable[Ranked]) -> Array:
    rows = [signals(each) if len(each) else np.zeros(len(SIGNALS)) for each in ranked]
    return np.array(rows, np.float64).reshape(len(rows), len(SIGNALS))


def _bounds(name: str, unused: frozenset[str]) -> tuple[float | None, float | None]:
    if name in unused:
        return 0.0, 0.0
    return (None, 0.0) if name in _AGAINST else (0.0, None)


def minimum(loss: Callable[[Array], tuple[float, Array]], bounds: Sequence[tuple[float | None, float | None]]) -> Array:
    """The weights within their bounds where a loss, given with its slope, is least."""
    from scipy.optimize import minimize  # type: ignore[import-untyped]

    found = minimize(loss, np.zeros(len(bounds)), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500})
    return np.asarray(found.x, np.float64)


def _named(names: Sequence[str], weights: Array) -> Mapping[str, float]:
    return {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True) if abs(weight) > 1e-4}


def _sample(questions: Sequence[Question], most: int) -> list[Question]:
    step = max(len(questions) / most, 1.0)
    return [questions[int(index * step)] for index in range(int(len(questions) / step))]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals fit")
    parser.add_argument("sets", nargs="+", type=Path, help="retrieval sets, as for `python -m evals retrieval`")
    parser.add_argument("--qrels", default="qrels_lenient.tsv", help="judgements used where a set has this file")
    parser.add_argument("--questions", type=Path, nargs="+", help="question sets as for `python -m evals answers`")
    parser.add_argument("--documents", type=Path, help="the folder of documents that it asks about")
    parser.add_argument("--most", type=int, default=400, help="questions taken from a set and kind, evenly spread")
    parser.add_argument("--cache", type=Path, default=default_folder(), help="where vectors are kept between runs")
    parser.add_argument("--dry", action="store_true", help="print the weights without writing them")
    return parser
