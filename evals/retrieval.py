"""`python -m evals retrieval PATH`: does the right document come first, does its first passage hold the answer, is the rest refused.

The set goes through the product: every entry is written as a text file, ingested into a library in a temporary folder, and
asked for as the public would. Vectors are kept in a cache between runs; everything else is built anew.
"""

import argparse
import json
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path
from typing import Any, Self

from evals.cache import CachedEmbedder, default_folder
from evals.dataset import BadSet, Question, RetrievalSet, read
from evals.metrics import auroc, calibration_error, false_positive_rate, hit, interval, reciprocal_rank
from evals.report import table
from retrieval.library import Library
from retrieval.protocols import PUBLIC, Found, Hit, Query

DOCUMENTS = 10  # that a line of a run names
_DEEP = 100  # passages asked for when the first ten stand in fewer than ten documents
_NOT_WORDS = re.compile(r"[\s\W_]+")

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one question brought."""

    question: Question
    documents: tuple[str, ...]  # ids, best first, at most ten
    passage: str  # text of the first, empty when nothing was found
    confidence: float
    answered: bool
    ms: float

    def as_line(self) -> Values:
        """The line of a run file."""
        return {
            "id": self.question.id,
            "documents": list(self.documents),
            "passage": self.passage,
            "confidence": self.confidence,
        }


class Shelf:
    """Files in a library of their own, which goes when its context ends."""

    def __init__(self, paths: Sequence[Path], *, cache: Path) -> None:
        self._paths = paths
        self._cache = cache

    def __enter__(self) -> Self:
        from retrieval.embedding import BuiltinEmbedder

        self._index = tempfile.TemporaryDirectory(prefix="wenzhen-evals-")
        embedder = CachedEmbedder(BuiltinEmbedder(), self._cache)
        self.library = Library.open(Path(self._index.name), embedder=embedder)
        self.library.ingest(self._paths, progress=_progress())
        return self

    def __exit__(self, *_: object) -> None:
        self.library.close()
        self._index.cleanup()


class Collection(Shelf):
    """A set's corpus, each entry a file, in a library of its own."""

    def __init__(self, data: RetrievalSet, *, cache: Path) -> None:
        self._data = data
        self._ids = {f"{index:06}.txt": entry.id for index, entry in enumerate(data.corpus)}
        self._folder = tempfile.TemporaryDirectory(prefix="wenzhen-evals-")
        super().__init__([Path(self._folder.name)], cache=cache)

    def __enter__(self) -> Self:
        for name, entry in zip(self._ids, self._data.corpus, strict=True):
            text = f"{entry.title}\n{entry.text}" if entry.title else entry.text
            (Path(self._folder.name) / name).write_text(text, encoding="utf-8", errors="replace")
        return super().__enter__()

    def __exit__(self, *exception: object) -> None:
        super().__exit__(*exception)
        self._folder.cleanup()

    def ask(self, question: Question) -> Outcome:
        """Search for one question; only the search for ten passages is timed."""
        start = time.perf_counter()
        found = self.library.search(Query(question.text, top_k=DOCUMENTS), PUBLIC)
        ms = (time.perf_counter() - start) * 1000
        documents = self._documents(found)
        if len(documents) < DOCUMENTS:
            documents = self._documents(self.library.search(Query(question.text, top_k=_DEEP), PUBLIC))
        passage = found.hits[0].passage.text if found.hits else ""
        return Outcome(question, documents[:DOCUMENTS], passage, found.confidence, found.answered, ms)

    def texts(self, relevant: Mapping[str, frozenset[str]]) -> dict[str, list[str]]:
        """The passages of every document that is relevant to some question, reduced to their words."""
        wanted = set().union(*relevant.values()) if relevant else set()
        texts: dict[str, list[str]] = {}
        for document in self.library.documents(PUBLIC):
            entry = self._ids[document.source]
            if entry in wanted:
                passages = self.library.passages(document.id, PUBLIC)
                texts.setdefault(entry, []).extend(words(passage.text) for passage in passages)
        return texts

    def _documents(self, found: Found) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.id_of(hit) for hit in found.hits))

    def id_of(self, hit: Hit) -> str:
        """The set's id of a passage's document."""
        return self._ids[hit.document.source]


def figures(
    data: RetrievalSet, outcomes: Sequence[Outcome], refusable: Sequence[Outcome], texts: Mapping[str, Sequence[str]]
) -> Values:
    """The figures of merit of one run.

    Args:
        data: What was asked.
        outcomes: Of the questions that the corpus answers.
        refusable: Of those that it does not.
        texts: Passages of relevant documents; a question counts for `answer@1` when one of its own holds its answer.
    """
    if not outcomes:
        return {"n": 0}
    relevant = data.relevant
    hits = [hit(each.documents, relevant[each.question.id], k=1) for each in outcomes]
    values: Values = {
        "n": len(outcomes),
        "hit@1": _mean(hits),
        "hit@10": _mean([hit(each.documents, relevant[each.question.id], k=10) for each in outcomes]),
        "mrr@10": _mean([reciprocal_rank(each.documents, relevant[each.question.id], k=10) for each in outcomes]),
    }
    values["hit@1_interval"] = [round(end, 4) for end in interval(hits)]
    within = [each for each in outcomes if _is_within_one(each.question, relevant, texts)]
    if within:
        values["answer@1"] = _mean([float(words(each.question.answer) in words(each.passage)) for each in within])
        values["answer_n"] = len(within)
    kept, passed = [each.confidence for each in outcomes], [each.confidence for each in refusable]
    if refusable:
        values["n_unanswerable"] = len(refusable)
        values["auroc"] = round(auroc(kept, passed), 4)
        values["fpr@95"] = round(false_positive_rate(kept, passed), 4)
        values["refused"] = _mean([float(not each.answered) for each in refusable])
        values["ece"] = round(calibration_error(kept + passed, [True] * len(kept) + [False] * len(passed)), 4)
    values["wrongly_refused"] = _mean([float(not each.answered) for each in outcomes])
    values["ms_p50"] = round(statistics.median(each.ms for each in (*outcomes, *refusable)), 2)
    return values


def run(argv: Sequence[str]) -> int:
    """Measure, print, and give the exit code: 0 done, 2 for a folder that is no retrieval set."""
    options = _parser().parse_args(argv)
    try:
        data = read(options.path, qrels=options.qrels)
    except BadSet as error:
        print(error, file=sys.stderr)
        return 2
    with Collection(data, cache=options.cache) as collection:
        collection.ask(Question("", "热身"))
        outcomes = [collection.ask(question) for question in data.questions]
        refusable = [collection.ask(question) for question in data.unanswerable]
        texts = collection.texts(data.relevant)
    if options.run:
        lines = (json.dumps(each.as_line(), ensure_ascii=False) for each in (*outcomes, *refusable))
        options.run.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    values = figures(data, _half(outcomes, data, options.half), _half(refusable, data, options.half), texts)
    print(json.dumps(values, ensure_ascii=False) if options.json else table(values))
    return 0


def half_of(key: str) -> str:
    """`tune` or `report`, from a hash of the document that a question is about, so that none is in both."""
    return "report" if int(md5(key.encode(), usedforsecurity=False).hexdigest(), 16) % 2 else "tune"


def _half(outcomes: Sequence[Outcome], data: RetrievalSet, half: str | None) -> Sequence[Outcome]:
    if half is None:
        return outcomes
    return [each for each in outcomes if half_of(each.question.about) == half]


def _mean(values: Sequence[float]) -> float:
    return round(statistics.fmean(values), 4)


def words(text: str) -> str:
    """The text without blanks and punctuation, as answers are compared."""
    return _NOT_WORDS.sub("", text)


def _is_within_one(
    question: Question, relevant: Mapping[str, frozenset[str]], texts: Mapping[str, Sequence[str]]
) -> bool:
    answer = words(question.answer)
    return bool(answer) and any(
        answer in text for document in relevant[question.id] for text in texts.get(document, ())
    )


def _progress() -> Any:
    last = 0.0

    def tell(what: str, done: int, total: int) -> None:
        nonlocal last
        if sys.stderr.isatty() and time.monotonic() - last > 1:
            last = time.monotonic()
            print(f"\r{what} {done}/{total} ", end="", file=sys.stderr)

    return tell


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals retrieval")
    parser.add_argument("path", type=Path, help="folder with corpus.jsonl, queries.jsonl and qrels.tsv")
    parser.add_argument("--qrels", type=Path, help="other judgements than qrels.tsv")
    parser.add_argument("--json", action="store_true", help="one JSON object on one line")
    parser.add_argument("--run", type=Path, help="write a line for each question")
    parser.add_argument("--half", choices=("tune", "report"), help="figures of one half of the questions only")
    parser.add_argument("--cache", type=Path, default=default_folder(), help="where vectors are kept between runs")
    return parser
