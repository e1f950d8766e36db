"""`python -m evals weigh SET…`: learn bot/assistant/weighing.json, which decides whether what was found answers.

Logistic regression of answerable questions whose answer is among the first passages against unanswerable ones, on
tuning halves only: question sets over documents, each also asked of every document alone; retrieval sets; and questions
of these asked of the documents, where nothing answers them. A weight may only have the sign that its signal allows.
Run it after `python -m evals fit`, whose weights it builds on.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.assistant import weighing
from bot.rules.support import PASSAGES
from bot.rules.support import SIGNALS as SUPPORT
from evals.answers import BLANKS, same_clause
from evals.cache import default_folder
from evals.dataset import RetrievalSet, read
from evals.fit import minimum
from evals.retrieval import Collection, Shelf, half_of, words
from retrieval.protocols import PUBLIC, Hit, Query

_TOP = 10  # as the product searches
_STRENGTH = 0.02  # of the pull towards 0
_LOST = {"worded": 0.075, "blind": 0.033}  # share of the answerable questions that may be refused
_FOR = frozenset({weighing.FOUND, "tail"})  # the signals that speak for an answer; all others speak against
_SHARES = {"documents": 0.5, "alone": 0.2, "set": 0.5, "stranger": 0.15}
_EVERY_STRANGER = 6  # takes so many of the other sets' questions
_EVERY_ALONE = 6

Array = NDArray[np.float64]
SIGNALS = (weighing.FOUND, *SUPPORT)


@dataclass(frozen=True, slots=True)
class Example:
    """One question with what was found for it."""

    source: str  # one of _SHARES
    answers: bool
    blind: bool
    signals: Mapping[str, float]


def run(argv: Sequence[str]) -> int:
    """Learn, print the figures, and write the weights unless told not to."""
    options = _parser().parse_args(argv)
    examples: list[Example] = []
    strangers: list[str] = []
    for folder in options.sets:
        data = read(folder, qrels=folder / options.qrels if (folder / options.qrels).exists() else None)
        part = _tuned(data)
        strangers += [each.text for each in (*part.questions, *part.unanswerable)][::_EVERY_STRANGER]
        examples += _of_set(part, options.cache)
        _say(f"{folder.name}: {len(part.questions)} questions, {len(part.unanswerable)} unanswerable")
    examples += _of_documents(options.questions, options.documents, strangers, options.cache)
    model = {
        "provenance": {
            "command": "python -m evals weigh",
            "half": "tune",
            "sets": [*(folder.name for folder in options.sets), *(path.stem for path in options.questions)],
            "examples": {source: sum(each.source == source for each in examples) for source in _SHARES},
        },
        "confidence": {
            name: fit([each for each in examples if each.blind == blind], lost=_LOST[name])
            for name, blind in (("worded", False), ("blind", True))
        },
    }
    text = json.dumps(model, indent=2, ensure_ascii=False) + "\n"
    print(text)
    if not options.dry:
        (Path(weighing.__file__).parent / "weighing.json").write_text(text, encoding="utf-8")
    return 0


def _tuned(data: RetrievalSet) -> RetrievalSet:
    """The tuning half of a set; its corpus stays whole."""
    present = [each for each in data.questions if half_of(each.about) == "tune"]
    absent = [each for each in data.unanswerable if half_of(each.about) == "tune"]
    return replace(data, questions=present, unanswerable=absent)


def _of_set(data: RetrievalSet, cache: Path) -> list[Example]:
    """Examples of a retrieval set: a passage of a relevant document that holds the answer answers."""
    examples: list[Example] = []
    with Collection(data, cache=cache) as collection:
        for each in data.questions:
            relevant, answer = data.relevant[each.id], words(each.answer)

            def answering(hit: Hit, relevant: frozenset[str] = relevant, answer: str = answer) -> bool:
                return collection.id_of(hit) in relevant and (not answer or answer in words(hit.passage.text))

            examples += _example(collection, each.text, "set", answering)
        for each in data.unanswerable:
            examples += _example(collection, each.text, "set", None)
    return examples


def _of_documents(sets: Sequence[Path], documents: Path, strangers: Sequence[str], cache: Path) -> list[Example]:
    """Examples of question sets over all documents, of strangers' questions, and over every document alone."""
    lines = [json.loads(line) for path in sets for line in path.read_text("utf-8").splitlines()]
    asked = [line for line in lines if line["half"] == "tune" and not line.get("prev")]
    examples: list[Example] = []
    with Shelf([documents], cache=cache) as shelf:
        for line in asked:
            examples += _example(shelf, line["text"], "documents", None if line["kind"] == "none" else holds(line))
        for text in strangers:
            examples += _example(shelf, text, "stranger", None)
    for path in sorted(path for path in documents.iterdir() if path.stem.lower() != "readme"):
        with Shelf([path], cache=cache) as shelf:
            for line in asked[::_EVERY_ALONE]:
                here = line["kind"] != "none" and path.name.startswith(tuple(line["doc"]))
                examples += _example(shelf, line["text"], "alone", holds(line) if here else None)
    return examples


def fit(examples: Sequence[Example], *, lost: float) -> dict[str, Any]:
    """Weights, bias and the threshold under which `lost` of the answerable ones lie; both outcomes weigh the same."""
    rows = np.array([[each.signals.get(name, 0.0) for name in SIGNALS] for each in examples], np.float64)
    outcome = np.array([each.answers for each in examples])
    share = _shares(examples)
    share = np.where(outcome, share / share[outcome].sum(), share / share[~outcome].sum()) / 2
    middle, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-3
    scaled = np.column_stack([(rows - middle) / scale, np.ones(len(rows))])

    def loss(weights: Array) -> tuple[float, Array]:
        said = 1 / (1 + np.exp(-(scaled @ weights)))
        pull = np.append(weights[:-1], 0.0)
        total = -float(share @ np.log(np.where(outcome, said, 1 - said) + 1e-12))
        return total + _STRENGTH * float(pull @ pull), scaled.T @ (share * (said - outcome)) + 2 * _STRENGTH * pull

    weights = minimum(loss, [*(_bounds(name) for name in SIGNALS), (None, None)])
    said = 1 / (1 + np.exp(-(scaled @ weights)))
    named = weights[:-1] / scale
    order = np.argsort(said[outcome])
    reached = np.cumsum(share[outcome][order]) / share[outcome].sum()
    return {
        "weights": {
            name: round(float(weight), 4) for name, weight in zip(SIGNALS, named, strict=True) if abs(weight) > 1e-4
        },
        "bias": round(float(weights[-1] - middle @ named), 4),
        "answered": round(float(said[outcome][order][np.searchsorted(reached, lost)]), 4),
    }


def holds(line: Mapping[str, Any]) -> Callable[[Hit], bool]:
    """Whether a hit is, or holds, what answers a question of a set as for `python -m evals answers`."""
    must = [re.compile(BLANKS.sub("", each)) for each in line.get("must") or ()]
    clauses = tuple(filter(None, (*(line.get("clauses") or ()), line.get("clause"))))
    names = [clause if isinstance(clause, str) else clause[1] for clause in clauses]

    def answering(hit: Hit) -> bool:
        if not hit.document.source.startswith(tuple(line["doc"])):
            return False
        text = BLANKS.sub("", hit.passage.text)
        return any(same_clause(name, hit.passage.clause) for name in names) or any(each.search(text) for each in must)

    return answering


def _example(shelf: Shelf, text: str, source: str, answering: Callable[[Hit], bool] | None) -> list[Example]:
    """The question as it is weighed; none where it is answerable and nothing that answers was found."""
    found = shelf.library.search(Query(text, top_k=_TOP), PUBLIC)
    if not found.hits or (answering and not any(map(answering, found.hits[:PASSAGES]))):
        return []
    return [Example(source, answering is not None, found.blind, weighing.signals(text, found))]


def _shares(examples: Sequence[Example]) -> Array:
    """The weight of each example: each source has its share of either outcome, whatever its number of questions."""
    counts: dict[tuple[str, bool], int] = {}
    for each in examples:
        counts[each.source, each.answers] = counts.get((each.source, each.answers), 0) + 1
    return np.array([_SHARES[each.source] / counts[each.source, each.answers] for each in examples])


def _bounds(name: str) -> tuple[float | None, float | None]:
    return (0.0, None) if name in _FOR else (None, 0.0)


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals weigh")
    parser.add_argument("sets", nargs="+", type=Path, help="retrieval sets with unanswerable questions")
    parser.add_argument("--qrels", default="qrels_lenient.tsv", help="judgements used where a set has this file")
    parser.add_argument(
        "--questions", type=Path, nargs="+", required=True, help="question sets as for `python -m evals answers`"
    )
    parser.add_argument("--documents", type=Path, required=True, help="the folder of documents that they ask about")
    parser.add_argument("--cache", type=Path, default=default_folder(), help="where vectors are kept between runs")
    parser.add_argument("--dry", action="store_true", help="print the weights without writing them")
    return parser
