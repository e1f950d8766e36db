"""`python -m evals weigh SET…`: learn bot/assistant/weighing.json, which decides whether what was found answers.

Logistic regression of answerable questions whose answer is among the first passages against unanswerable ones, on
tuning halves only: question sets over documents, as the assistant searches for them, each also asked of every document
alone; retrieval sets; and questions of these asked of the documents, where nothing answers them. A weight may only have
the sign that its signal allows. The threshold, and the figures that are told, come from folds: a question is judged by
weights that saw neither it nor its near duplicates nor others about its clause.
Run it after `python -m evals fit`, whose weights it builds on.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import md5
from pathlib import Path
from random import Random
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from bot.assistant import weighing
from bot.assistant.answer import Assistant
from bot.assistant.weighing import SIGNALS
from bot.profile import Profile
from bot.rules.support import PASSAGES
from corpora.document import Kind
from evals.answers import BLANKS, same_clause
from evals.cache import default_folder
from evals.dataset import RetrievalSet, read
from evals.fit import minimum
from evals.metrics import auroc, calibration_error
from evals.retrieval import Collection, Shelf, half_of, words
from retrieval.protocols import PUBLIC, Finder, Found, Hit, Principal, Query

_TOP = 10  # as the product searches
_SEARCHES = 2  # the first, and one kept to a place or for the other side
_STRENGTH = 0.002  # of the pull towards 0
# Share of the answerable questions that may be refused, of folds. The lexicon knows the words of most of them: questions by
# another hand lose two to three times as many.
_LOST = 0.025
_FOR = frozenset(
    {weighing.FOUND, "tail", "home_doubt", "dense", "characters", "explained", "lay", "best_dense", "best_explained"}
)  # the signals that speak for an answer
_EITHER = frozenset({"blind", "trust", "at_document"})  # say how to read the others; all that are left speak against
_SHARES = {"documents": 0.8, "alone": 0.1, "set": 0.1, "few": 0.1, "stranger": 0.06}
_EVERY_STRANGER = 6  # takes so many of the other sets' questions
_EVERY_ALONE = 6
_FEW = 4  # questions whose documents are a small collection together
_COLLECTIONS = 40  # of this kind
_SEED = 7
_FOLDS = 5
_ALIKE = 0.5  # shared share of the pairs of characters of two questions that are one to a fold

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """One question with what was found for it."""

    source: str  # one of _SHARES
    answers: bool
    signals: Mapping[str, float]
    text: str = ""
    about: str = ""  # its clause or document: questions about the same are one to a fold


def run(argv: Sequence[str]) -> int:
    """Learn, print the figures, and write the weights unless told not to."""
    options = _parser().parse_args(argv)
    examples: list[Example] = []
    strangers: list[str] = []
    for folder in options.sets:
        data = read(folder, qrels=folder / options.qrels if (folder / options.qrels).exists() else None)
        part = _tuned(data)
        strangers += [each.text for each in (*part.questions, *part.unanswerable)][::_EVERY_STRANGER]
        examples += _of_set(part, "set", options.cache)
        for few in few_documents(part):
            examples += _of_set(few, "few", options.cache)
        _say(f"{folder.name}: {len(part.questions)} questions, {len(part.unanswerable)} unanswerable")
    examples += _of_documents(options.questions, options.documents, strangers, options.cache)
    judged = by_folds(examples)
    confidence = fit(examples)
    model = {
        "provenance": {
            "command": "python -m evals weigh",
            "half": "tune",
            "sets": [*(folder.name for folder in options.sets), *(path.stem for path in options.questions)],
            "examples": {source: sum(each.source == source for each in examples) for source in _SHARES},
            "folds": figures(examples, judged, lost=_LOST),
        },
        "confidence": confidence | {"answered": threshold(examples, judged, lost=_LOST)},
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


def few_documents(data: RetrievalSet) -> list[RetrievalSet]:
    """Collections of a few documents: one relevant to each of some questions, which are asked with as many that they do not answer."""
    chance = Random(_SEED)
    asked = [each for each in data.questions if data.relevant[each.id]]
    absent = list(data.unanswerable)
    chance.shuffle(asked)
    chance.shuffle(absent)
    made = []
    for at in range(_COLLECTIONS):
        mine = asked[at * _FEW : (at + 1) * _FEW]
        if not mine:
            break
        kept = {min(data.relevant[each.id]) for each in mine}
        far = (at * _FEW + _COLLECTIONS) % len(asked)
        others = [*asked[far : far + _FEW // 2], *absent[at * _FEW // 2 : (at + 1) * _FEW // 2]]
        missing = [each for each in others if not data.relevant.get(each.id, frozenset()) & kept]
        corpus = sorted((entry for entry in data.corpus if entry.id in kept), key=lambda entry: entry.id)
        made.append(replace(data, corpus=corpus, questions=mine, unanswerable=missing))
    return made


def _of_set(data: RetrievalSet, source: str, cache: Path) -> list[Example]:
    """Examples of a retrieval set: a passage of a relevant document that holds the answer answers."""
    examples: list[Example] = []
    with Collection(data, cache=cache) as collection:
        for each in data.questions:
            relevant, answer = data.relevant[each.id], words(each.answer)

            def answering(hit: Hit, relevant: frozenset[str] = relevant, answer: str = answer) -> bool:
                return collection.id_of(hit) in relevant and (not answer or answer in words(hit.passage.text))

            examples += _example(collection, each.text, source, answering, about=each.about)
        for each in data.unanswerable:
            examples += _example(collection, each.text, source, None, about=each.about)
    return examples


def _of_documents(sets: Sequence[Path], documents: Path, strangers: Sequence[str], cache: Path) -> list[Example]:
    """Examples of question sets over all documents, of strangers' questions, and over every document alone."""
    lines = [json.loads(line) for path in sets for line in path.read_text("utf-8").splitlines()]
    asked = [line for line in lines if line.get("half", "tune") == "tune" and not line.get("prev")]
    examples: list[Example] = []
    with Shelf([documents], cache=cache) as shelf:
        for line in asked:
            examples += _as_asked(shelf, line)
        for text in strangers:
            examples += _example(shelf, text, "stranger", None)
    for path in sorted(path for path in documents.iterdir() if path.stem.lower() != "readme"):
        with Shelf([path], cache=cache) as shelf:
            for line in asked[::_EVERY_ALONE]:
                here = line["kind"] != "none" and path.name.startswith(tuple(line["doc"]))
                examples += _example(shelf, line["text"], "alone", holds(line) if here else None, about=_about(line))
    return examples


class _Listener:
    """A finder that keeps what the searches of policy documents found."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder
        self.heard: list[tuple[str, Found]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._finder, name)

    def search(self, query: Query, principal: Principal) -> Found:
        found = self._finder.search(query, principal)
        if query.kinds == frozenset({Kind.POLICY}):
            self.heard.append((query.text, found))
        return found


def _as_asked(shelf: Shelf, line: Mapping[str, Any]) -> list[Example]:
    """The question as the assistant weighs it: of its searches the one whose probability is the answer's.

    None where it searches nothing, or for several documents or parts of the question.
    """
    listener = _Listener(shelf.library)
    answer = Assistant(cast(Finder, listener), profile=Profile(), today=date.today).ask(line["text"])
    if not 1 <= len(listener.heard) <= _SEARCHES:
        return []
    weighed = [each for each in listener.heard if weighing.weigh(*each).confidence == answer.confidence]
    answering = None if line["kind"] == "none" else holds(line)
    return _weighed(*(weighed or listener.heard)[-1], "documents", answering, line["text"], _about(line))


def _about(line: Mapping[str, Any]) -> str:
    clause = line.get("clause") or next(iter(line.get("clauses") or ()), "")
    return f"{line['doc'][0]} {clause if isinstance(clause, str) else clause[1]}" if clause and line["doc"] else ""


def fit(examples: Sequence[Example]) -> dict[str, Any]:
    """Weights and bias; both outcomes weigh the same."""
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
    named = weights[:-1] / scale
    return {
        "weights": {
            name: round(float(weight), 4) for name, weight in zip(SIGNALS, named, strict=True) if abs(weight) > 1e-4
        },
        "bias": round(float(weights[-1] - middle @ named), 4),
    }


def by_folds(examples: Sequence[Example]) -> Array:
    """The probability of each example by weights that were learnt without it and without all that is like it."""
    folds = folds_of(examples)
    judged = np.zeros(len(examples))
    for fold in range(_FOLDS):
        model = fit([each for each, its in zip(examples, folds, strict=True) if its != fold])
        for place in (place for place, its in enumerate(folds) if its == fold):
            given = examples[place].signals
            total = model["bias"] + sum(weight * given.get(name, 0.0) for name, weight in model["weights"].items())
            judged[place] = 1 / (1 + np.exp(-total))
    return judged


def folds_of(examples: Sequence[Example]) -> list[int]:
    """A fold for each example: the same for questions about the same clause or document, and for near duplicates."""
    texts = sorted({each.text for each in examples})
    leader = {text: text for text in texts}

    def lead(text: str) -> str:
        while leader[text] != text:
            leader[text] = text = leader[leader[text]]
        return text

    first: dict[str, str] = {}
    for each in examples:
        if each.about:
            leader[lead(each.text)] = lead(first.setdefault(each.about, each.text))
    pairs = {text: frozenset(text[at : at + 2] for at in range(len(text) - 1)) for text in texts}
    holding: dict[str, list[str]] = {}
    for text in texts:
        shared = Counter(other for pair in pairs[text] for other in holding.get(pair, ()))
        for other, count in shared.items():
            if count >= _ALIKE * (len(pairs[text]) + len(pairs[other]) - count):
                leader[lead(text)] = lead(other)
        for pair in pairs[text]:
            holding.setdefault(pair, []).append(text)
    return [md5(lead(each.text).encode(), usedforsecurity=False).digest()[0] % _FOLDS for each in examples]


def threshold(examples: Sequence[Example], judged: Array, *, lost: float) -> float:
    """The probability under which `lost` of the answerable questions over all documents lie."""
    present = [said for each, said in zip(examples, judged, strict=True) if each.source == "documents" and each.answers]
    return round(float(np.sort(present)[int(lost * len(present))]), 4)


def figures(examples: Sequence[Example], judged: Array, *, lost: float) -> dict[str, float]:
    """What the folds say of questions over all documents: how well answers are told from none, and how true the probability is."""
    asked = [(said, each.answers) for each, said in zip(examples, judged, strict=True) if each.source == "documents"]
    present = [said for said, answers in asked if answers]
    absent = [said for said, answers in asked if not answers]
    least = threshold(examples, judged, lost=lost)
    return {
        "auroc": round(auroc(present, absent), 4),
        "wrongly_refused": lost,
        "refused": round(float(np.mean([said < least for said in absent])), 4),
        "ece": round(calibration_error(present + absent, [True] * len(present) + [False] * len(absent)), 4),
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


def _example(
    shelf: Shelf, text: str, source: str, answering: Callable[[Hit], bool] | None, *, about: str = ""
) -> list[Example]:
    return _weighed(text, shelf.library.search(Query(text, top_k=_TOP), PUBLIC), source, answering, text, about)


def _weighed(
    searched: str, found: Found, source: str, answering: Callable[[Hit], bool] | None, text: str, about: str
) -> list[Example]:
    """The question as it is weighed; none where it is answerable and nothing that answers was found."""
    if not found.hits or (answering and not any(map(answering, found.hits[:PASSAGES]))):
        return []
    return [Example(source, answering is not None, weighing.signals(searched, found), text, about)]


def _shares(examples: Sequence[Example]) -> Array:
    """The weight of each example: each source has its share of either outcome, whatever its number of questions."""
    counts: dict[tuple[str, bool], int] = {}
    for each in examples:
        counts[each.source, each.answers] = counts.get((each.source, each.answers), 0) + 1
    return np.array([_SHARES[each.source] / counts[each.source, each.answers] for each in examples])


def _bounds(name: str) -> tuple[float | None, float | None]:
    if name in _EITHER:
        return None, None
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
