"""`python -m evals answers PATH --documents DIR`: does the shown evidence hold the answer, under the right clause, word for word; is the absent refused.

A question is a line `{"id","text","prev"?,"doc":[file name prefixes],"must":[regular expressions],"clause"?,"kind"}`; kind `none` must be
refused. Regular expressions are searched in the quotes of the named documents, joined in order, blanks removed.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from evals.metrics import calibration_error, interval

Values = dict[str, Any]
BLANKS = re.compile(r"\s+")
HALVES = ("tune", "report")


@dataclass(frozen=True, slots=True)
class Question:
    """One line of a question set."""

    id: str
    text: str
    kind: str
    prev: tuple[str, ...] = ()
    doc: tuple[str, ...] = ()
    must: tuple[str, ...] = ()
    clause: str | None = None
    half: str | None = None
    lay: bool = False

    @property
    def answerable(self) -> bool:
        """Whether the documents answer it."""
        return self.kind != "none"


@dataclass(frozen=True, slots=True)
class Judged:
    """What one answer is worth."""

    question: Question
    answer: Mapping[str, Any]
    right: bool
    clause: bool | None  # None where the question names no clause
    verbatim: tuple[bool, ...]  # one for each citation
    ms: float

    @property
    def answered(self) -> bool:
        """Whether the assistant claimed an answer."""
        return bool(self.answer["outcome"] == "answered")


def read(path: Path) -> list[Question]:
    """The questions of a set.

    Raises:
        ValueError: a line is no question; the message names the line.
    """
    questions = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
            questions.append(
                Question(
                    id=str(values["id"]),
                    text=values["text"],
                    kind=values.get("kind", "fact"),
                    prev=tuple(values.get("prev") or ()),
                    doc=tuple(values.get("doc") or ()),
                    must=tuple(values.get("must") or ()),
                    clause=values.get("clause"),
                    half=values.get("half"),
                    lay=bool(values.get("lay")),
                )
            )
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path}:{number} is no question: {error}") from None
    return questions


def judge(question: Question, answer: Mapping[str, Any], *, sources: Mapping[str, str], ms: float = 0.0) -> Judged:
    """Hold one answer against its question. `sources` maps file names to their text, for the check word for word."""
    cited = [item for item in answer["citations"] if not question.doc or item["source"].startswith(question.doc)]
    quotes = BLANKS.sub("", "\n".join(item["quote"] for item in cited))
    answered = answer["outcome"] == "answered"
    right = answered and bool(cited) and all(re.search(BLANKS.sub("", pattern), quotes) for pattern in question.must)
    clause = None
    if question.clause is not None:
        clause = answered and any(same_clause(question.clause, item["clause"]) for item in cited)
    verbatim = tuple(item["quote"] in sources.get(item["source"], "") for item in answer["citations"])
    return Judged(question, answer, right, clause, verbatim, ms)


def same_clause(wanted: str, given: str) -> bool:
    """Whether a citation names the clause wanted, a part of it, or the whole that holds it."""
    wanted, given = (BLANKS.sub("", words).strip("·") for words in (wanted, given))
    return bool(wanted and given) and (given.startswith(wanted) or wanted.startswith(given))


def summarise(judged: Sequence[Judged]) -> Values:
    """The figures of a set: shares in [0, 1], times in milliseconds, counts."""
    present = [item for item in judged if item.question.answerable]
    absent = [item for item in judged if not item.question.answerable]
    named = [item for item in present if item.clause is not None]
    quotes = [word for item in judged for word in item.verbatim]
    figures: Values = {"n": len(judged), "answerable": len(present), "absent": len(absent)}
    if present:
        figures |= _share("right", [item.right for item in present])
        figures |= _share("wrongly_refused", [not item.answered for item in present])
    if named:
        figures |= _share("clause", [bool(item.clause) for item in named])
    if absent:
        figures |= _share("refused", [not item.answered for item in absent])
    if present and absent:
        said = [float(item.answer["confidence"]) for item in judged]
        figures["ece"] = round(calibration_error(said, [item.question.answerable for item in judged]), 4)
    if quotes:
        figures["verbatim"] = round(statistics.fmean(quotes), 4)
    if judged:
        figures["ms_p50"] = round(statistics.median(item.ms for item in judged), 2)
    return figures


def _share(name: str, outcomes: Sequence[bool]) -> Values:
    low, high = interval([float(outcome) for outcome in outcomes])
    return {name: round(statistics.fmean(outcomes), 4), f"{name}_95": [round(low, 4), round(high, 4)]}


def lay_share(text: str, clause: str) -> float:
    """Share of a question's character bigrams that occur in its clause; 0 for text without any."""
    words = re.sub(r"[^\w]", "", text)
    bigrams = {words[place : place + 2] for place in range(len(words) - 1)}
    held = re.sub(r"[^\w]", "", clause)
    return sum(bigram in held for bigram in bigrams) / len(bigrams) if bigrams else 0.0


def measure(questions: Iterable[Question], documents: Path, *, today: date | None, data: Path) -> list[Judged]:
    """Ingest the documents into `data` and ask every question as a member of the public."""
    from bot.bootstrap import build
    from bot.settings import load

    services = build(load(data=data, today=today))
    try:
        services.library.ingest([documents])
        sources = {document.source: "" for document in services.library.documents(_public())}
        for name in sources:
            path = documents / name if documents.is_dir() else documents
            sources[name] = path.read_text(encoding="utf-8", errors="replace")
        judged = []
        for question in questions:
            start = time.perf_counter()
            answer = services.assistant.ask(question.text, prev=question.prev).as_json()
            judged.append(judge(question, answer, sources=sources, ms=1000 * (time.perf_counter() - start)))
        return judged
    finally:
        services.close()


def _public() -> Any:
    from retrieval.protocols import PUBLIC

    return PUBLIC


def run(argv: Sequence[str]) -> int:
    """The command; prints figures and, with --failures, each question that went wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m evals answers", description=__doc__.splitlines()[0] if __doc__ else None
    )
    parser.add_argument("path", type=Path)
    parser.add_argument("--documents", type=Path, required=True)
    parser.add_argument("--half", choices=HALVES, help="only the questions of this half")
    parser.add_argument("--today", type=date.fromisoformat, help="judge validity on this day")
    parser.add_argument("--data", type=Path, help="keep the index here instead of a temporary folder")
    parser.add_argument("--failures", action="store_true", help="print each question that went wrong on stderr")
    parser.add_argument("--run", type=Path, help="write every answer here, a line each")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    questions = [item for item in read(options.path) if options.half in (None, item.half)]
    data = options.data or Path(tempfile.mkdtemp(prefix="wenzhen-evals-"))
    try:
        judged = measure(questions, options.documents, today=options.today, data=data)
    finally:
        if options.data is None:
            shutil.rmtree(data, ignore_errors=True)
    figures = summarise(judged)
    for name, part in (("lay", [item for item in judged if item.question.lay]),):
        if part:
            figures |= {f"{name}_{key}": value for key, value in summarise(part).items() if not key.endswith("_95")}
    if options.run:
        options.run.write_text(
            "".join(json.dumps(dict(item.answer), ensure_ascii=False) + "\n" for item in judged), encoding="utf-8"
        )
    if options.failures:
        for item in judged:
            if line := failure(item):
                print(line, file=sys.stderr)
    print(
        json.dumps(figures, ensure_ascii=False)
        if options.json
        else "\n".join(f"{key:24} {value}" for key, value in figures.items())
    )
    return 0


def failure(item: Judged) -> str | None:
    """One line that says what went wrong with an answer; None when nothing did."""
    question, answer = item.question, item.answer
    wrong = []
    if question.answerable and not item.answered:
        wrong.append("refused")
    elif question.answerable and not item.right:
        wrong.append("evidence")
    elif not question.answerable and item.answered:
        wrong.append("let through")
    if item.clause is False and item.answered:
        wrong.append(f"clause (wanted {question.clause})")
    if not all(item.verbatim):
        wrong.append("not verbatim")
    shown = [f"{cited['source'][:12]}…{cited['clause']}" for cited in answer["citations"]]
    return (
        f"{question.id} {question.kind} {question.text} -> {', '.join(wrong)}; p={answer['confidence']:.2f} {shown}"
        if wrong
        else None
    )
