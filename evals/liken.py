"""`python -m evals liken SET…`: learn bot/assistant/likeness.json, which decides whether a solved case is the one that is told of.

Logistic regression over cases found: the case that a trouble of a set names against all others found for it, and against every case found
for a trouble that none answers; tuning halves only. Retrieval sets of fault reports are taken as cases too, so that the weights do not rest
on the families of shop-floor words alone. A weight may only have the sign that its signal allows.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.assistant import likeness
from bot.assistant.likeness import AGAINST, FAMILIES, SIGNALS
from bot.assistant.technical import TOP
from corpora.document import Kind
from evals.cache import CachedEmbedder, default_folder
from evals.cases import read, shipped
from evals.dataset import RetrievalSet
from evals.dataset import read as read_set
from evals.fit import minimum
from evals.retrieval import half_of
from retrieval.protocols import PUBLIC, Finder, Query

Array = NDArray[np.float64]
UNREAD = "unread"  # the shipped cases again, without the families of words
_STRENGTH = 0.02  # of the pull towards 0
_ROUNDS = 3
_FIRST = 20.0  # what a case that comes first weighs, beside the others found for its trouble
_EVEN = 0.5  # the probability from which a case answers: a wrong one costs a firm as much as one that is held back
_NEAR = 0.2  # and from which it is pointed at
_SHARES = {"shipped": 1.0, UNREAD: 0.25, "reports": 0.25}


@dataclass(frozen=True, slots=True)
class Example:
    """One case that was found for one trouble."""

    source: str  # one of _SHARES
    trouble: str
    right: bool  # the case
    signals: Mapping[str, float]


def run(argv: Sequence[str]) -> int:
    """Learn, print the figures, and write the weights unless told not to."""
    options = _parser().parse_args(argv)
    examples = list(_of_shipped(options.sets, options.cache))
    examples += [_unread(each) for each in examples]
    for folder in options.reports:
        examples += _of_reports(read_set(folder), options.cache)
    model = {
        "provenance": {
            "command": "python -m evals liken",
            "half": "tune",
            "sets": [*(path.stem for path in options.sets), *(folder.name for folder in options.reports)],
            "examples": {source: sum(each.source == source for each in examples) for source in _SHARES},
        },
        "confidence": fit(examples),
    }
    text = json.dumps(model, indent=2, ensure_ascii=False) + "\n"
    print(text)
    if not options.dry:
        (Path(likeness.__file__).parent / "likeness.json").write_text(text, encoding="utf-8")
    return 0


def fit(examples: Sequence[Example]) -> dict[str, Any]:
    """Weights and bias of the probability that the likeliest case is right, and the probabilities from which it answers or is near.

    Cases that come first for their trouble are what is shown, so each round weighs those of the round before more.
    """
    rows = np.array([[each.signals.get(name, 0.0) for name in SIGNALS] for each in examples], np.float64)
    right = np.array([each.right for each in examples])
    share = _shares(examples)
    middle, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-3
    scaled = np.column_stack([(rows - middle) / scale, np.ones(len(rows))])
    first = np.zeros(len(rows), np.bool_)
    weights = np.zeros(scaled.shape[1])
    for _ in range(_ROUNDS):
        weights = _logistic(scaled, right, share * np.where(first, _FIRST, 1.0))
        first = _firsts(examples, scaled @ weights)
    # Both outcomes weighed the same, which they are not among cases that come first: what these say is brought to a probability.
    shown = np.column_stack([scaled[first] @ weights, np.ones(int(first.sum()))])
    slope, shift = minimum(_loss(shown, right[first], np.full(len(shown), 1 / len(shown))), [(0.1, None), (None, None)])
    named = slope * weights[:-1] / scale
    return {
        "weights": {
            name: round(float(weight), 4) for name, weight in zip(SIGNALS, named, strict=True) if abs(weight) > 1e-4
        },
        "bias": round(float(slope * weights[-1] + shift - middle @ named), 4),
        "answered": _EVEN,
        "near": _NEAR,
    }


def _logistic(rows: Array, right: NDArray[np.bool_], share: Array) -> Array:
    """Weights of a logistic model, the last its bias; right cases and others weigh the same, and no weight has another sign than it may."""
    share = np.where(right, share / share[right].sum(), share / share[~right].sum()) / 2
    bounds = [(None, 0.0) if name in AGAINST else (0.0, None) for name in SIGNALS]
    return minimum(_loss(rows, right, share, pull=_STRENGTH), [*bounds, (None, None)])


def _loss(
    rows: Array, right: NDArray[np.bool_], share: Array, *, pull: float = 0.0
) -> Callable[[Array], tuple[float, Array]]:
    """The logarithmic loss and its slope, with a pull of all but the last weight towards 0."""

    def loss(weights: Array) -> tuple[float, Array]:
        said = 1 / (1 + np.exp(-(rows @ weights)))
        pulled = np.append(weights[:-1], 0.0)
        total = -float(share @ np.log(np.where(right, said, 1 - said) + 1e-12)) + pull * float(pulled @ pulled)
        return total, rows.T @ (share * (said - right)) + 2 * pull * pulled

    return loss


def _firsts(examples: Sequence[Example], said: Array) -> NDArray[np.bool_]:
    """Which cases come first for their trouble."""
    best: dict[tuple[str, str], int] = {}
    for place, each in enumerate(examples):
        key = each.source, each.trouble
        if key not in best or said[place] > said[best[key]]:
            best[key] = place
    first = np.zeros(len(examples), np.bool_)
    first[list(best.values())] = True
    return first


def _unread(example: Example) -> Example:
    """The same where none of its words is known: new troubles will be told in words that stand in no family."""
    unknown = {name: 0.0 if name in FAMILIES else value for name, value in example.signals.items()}
    return replace(example, source=UNREAD, signals=unknown)


def _of_shipped(sets: Sequence[Path], cache: Path) -> Iterator[Example]:
    """Examples of sets of troubles, from the shipped cases."""
    with tempfile.TemporaryDirectory(prefix="wenzhen-evals-") as folder:
        library = shipped(Path(folder), cache=cache)
        try:
            for trouble in (each for path in sets for each in read(path) if each.half == "tune"):
                answering = frozenset({trouble.case} if trouble.case else ())
                yield from _examples(library, trouble.text, "shipped", answering, by_id=True)
        finally:
            library.close()


def _of_reports(data: RetrievalSet, cache: Path) -> Iterator[Example]:
    """Examples of a retrieval set whose entries are taken for cases, one file each."""
    from retrieval.embedding import BuiltinEmbedder
    from retrieval.library import Library

    with tempfile.TemporaryDirectory(prefix="wenzhen-evals-") as folder:
        names = write(data, Path(folder) / "files")
        library = Library.open(Path(folder) / "index", embedder=CachedEmbedder(BuiltinEmbedder(), cache))
        library.ingest([Path(folder) / "files"], kind=Kind.SOLUTION)
        try:
            for each in data.questions:
                if half_of(each.about) == "tune":
                    answering = frozenset(names[entry] for entry in data.relevant[each.id])
                    yield from _examples(library, each.text, "reports", answering)
            for each in data.unanswerable:
                if half_of(each.about) == "tune":
                    yield from _examples(library, each.text, "reports", frozenset())
        finally:
            library.close()


def write(data: RetrievalSet, folder: Path) -> dict[str, str]:
    """Write every entry as a file; the name of each by the entry's id."""
    folder.mkdir(parents=True)
    names = {entry.id: f"{index:06}.txt" for index, entry in enumerate(data.corpus)}
    for entry in data.corpus:
        text = f"{entry.title}\n{entry.text}" if entry.title else entry.text
        (folder / names[entry.id]).write_text(text, encoding="utf-8")
    return names


def _examples(
    library: Finder, text: str, source: str, answering: frozenset[str], *, by_id: bool = False
) -> Iterator[Example]:
    """Every case that is found for a trouble; `answering` are ids of cases, or names of files."""
    found = library.search(Query(text, kinds=frozenset({Kind.SOLUTION}), top_k=TOP), PUBLIC)
    for case in likeness.weighed(text, found):
        document = case.document
        name = document.solution.id if by_id and document.solution else document.source
        if not case.lacks_alarm:
            yield Example(source, text, name in answering, case.signals)


def _shares(examples: Sequence[Example]) -> Array:
    """The weight of each example: each source has its share of either outcome, whatever its number of troubles."""
    counts: dict[tuple[str, bool], int] = {}
    for each in examples:
        counts[each.source, each.right] = counts.get((each.source, each.right), 0) + 1
    return np.array([_SHARES[each.source] / counts[each.source, each.right] for each in examples])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals liken")
    parser.add_argument("sets", nargs="+", type=Path, help="sets of troubles as for `python -m evals cases`")
    parser.add_argument("--reports", nargs="*", type=Path, default=(), help="retrieval sets of fault reports")
    parser.add_argument("--cache", type=Path, default=default_folder(), help="where vectors are kept between runs")
    parser.add_argument("--dry", action="store_true", help="print the weights without writing them")
    return parser
