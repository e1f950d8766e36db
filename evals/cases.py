"""`python -m evals cases SET`: does a firm's trouble, in shop-floor words, find its solved case, and is none shown for another trouble.

A line is `{"id","text","case": id of the shipped case that answers, or null,"kind","half"}`. The shipped corpora are indexed, all of them,
and the whole assistant is asked, as a firm would ask it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.answers import HALVES
from evals.cache import CachedEmbedder, default_folder
from evals.metrics import auroc
from evals.report import table

if TYPE_CHECKING:
    from bot.assistant.shape import Answer
    from retrieval.library import Library

Values = dict[str, Any]
FIRST_START = date(2026, 11, 21)  # that the shipped catalogue is dated from


@dataclass(frozen=True, slots=True)
class Trouble:
    """One line of a set."""

    id: str
    text: str
    case: str | None
    kind: str
    half: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What the assistant did with it."""

    trouble: Trouble
    shown: str | None  # the case that was given for an answer
    other: bool  # something else than a case was given for an answer
    confidence: float
    ms: float

    @property
    def wrong(self) -> bool:
        """Whether something was given for an answer that is none."""
        return self.other or (self.shown is not None and self.shown != self.trouble.case)


def read(path: Path) -> list[Trouble]:
    """The lines of a set."""
    lines = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return [Trouble(line["id"], line["text"], line["case"], line["kind"], line["half"]) for line in lines]


def shipped(folder: Path, *, cache: Path) -> Library:
    """The shipped corpora, indexed in a folder as a fresh installation does."""
    from corpora.document import Kind
    from corpora.shipped import render
    from retrieval.embedding import BuiltinEmbedder
    from retrieval.library import Library

    library = Library.open(folder / "index", embedder=CachedEmbedder(BuiltinEmbedder(), cache))
    render(folder / "shipped", first_start=FIRST_START)
    for name, kind in (("policies", Kind.POLICY), ("courses", Kind.COURSE), ("solutions", Kind.SOLUTION)):
        library.ingest([folder / "shipped" / name], kind=kind)
    return library


def measure(troubles: Sequence[Trouble], *, cache: Path) -> list[Judged]:
    """Ask every one of the assistant over the shipped corpora."""
    from bot.assistant.answer import Assistant
    from bot.profile import Profile

    with tempfile.TemporaryDirectory(prefix="wenzhen-evals-") as folder:
        library = shipped(Path(folder), cache=cache)
        try:
            assistant = Assistant(library, profile=Profile(), today=lambda: FIRST_START)
            assistant.ask("热身")
            judged = []
            for trouble in troubles:
                start = time.perf_counter()
                answer = assistant.ask(trouble.text)
                judged.append(judge(trouble, answer, ms=1000 * (time.perf_counter() - start)))
            return judged
        finally:
            library.close()


def judge(trouble: Trouble, answer: Answer, *, ms: float = 0.0) -> Judged:
    """Hold one answer against what was told."""
    answered = answer.outcome.value == "answered" and bool(answer.citations)
    shown = answer.similar[0].id if answered and answer.similar else None
    return Judged(trouble, shown, answered and shown is None, answer.confidence, ms)


def summarise(judged: Sequence[Judged]) -> Values:
    """Shares in [0, 1] of the troubles that a case answers and of those that none does; times in milliseconds."""
    present = [each for each in judged if each.trouble.case is not None]
    absent = [each for each in judged if each.trouble.case is None]
    figures: Values = {"n": len(judged), "answerable": len(present), "absent": len(absent)}
    if present:
        figures |= {
            "right": _share([each.shown == each.trouble.case for each in present]),
            "wrongly_answered": _share([each.wrong for each in present]),
            "wrongly_refused": _share([each.shown is None and not each.other for each in present]),
        }
    if absent:
        figures |= {
            "refused": _share([not each.wrong for each in absent]),
            "let_through": _share([each.shown is not None for each in absent]),
        }
    if judged:
        figures["other_knowledge"] = _share([each.other for each in judged])
        figures["ms_p50"] = round(statistics.median(each.ms for each in judged), 2)
    if present and absent:
        figures["auroc"] = round(auroc([e.confidence for e in present], [e.confidence for e in absent]), 4)
    return figures


def failure(each: Judged) -> str | None:
    """One line that says what went wrong; None when nothing did."""
    trouble = each.trouble
    if not each.wrong and each.shown == trouble.case:
        return None
    what = "other knowledge" if each.other else f"shown {each.shown}" if each.shown else "refused"
    return f"{trouble.id} {trouble.kind} {trouble.text} -> {what}, wanted {trouble.case}; p={each.confidence:.2f}"


def run(argv: Sequence[str]) -> int:
    """The command; prints figures and, with --failures, each trouble that went wrong."""
    parser = argparse.ArgumentParser(prog="python -m evals cases")
    parser.add_argument("path", type=Path)
    parser.add_argument("--half", choices=HALVES, help="only the troubles of this half")
    parser.add_argument("--failures", action="store_true", help="print each trouble that went wrong on stderr")
    parser.add_argument("--json", action="store_true", help="one JSON object on one line")
    parser.add_argument("--cache", type=Path, default=default_folder(), help="where vectors are kept between runs")
    options = parser.parse_args(argv)
    judged = measure([each for each in read(options.path) if options.half in (None, each.half)], cache=options.cache)
    if options.failures:
        for line in filter(None, map(failure, judged)):
            print(line, file=sys.stderr)
    values = summarise(judged)
    print(json.dumps(values, ensure_ascii=False) if options.json else table(values))
    return 0


def _share(outcomes: Sequence[bool]) -> float:
    return round(statistics.fmean(outcomes), 4)
