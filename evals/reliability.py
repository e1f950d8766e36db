"""`python -m evals reliability SET --documents DIR [--plot FILE]`: does a stated probability mean what it says, and what does answering less buy.

Probability: that the documents answer the question, as every answer states it, whatever its outcome. Risk: the share of wrong answers among
those given, when only the surest are given.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np

from evals.answers import HALVES, Judged, measure, read
from evals.metrics import calibration_error
from evals.report import table

BINS = 10
COVERAGES = (0.2, 0.4, 0.5, 0.6, 0.7, 0.8)


@dataclass(frozen=True, slots=True)
class Bin:
    """What was stated between two bounds, and what was so."""

    low: float
    high: float
    n: int
    stated: float  # mean; 0 where n is
    observed: float  # share; 0 where n is


def bins(probabilities: Sequence[float], outcomes: Sequence[bool], *, count: int = BINS) -> list[Bin]:
    """Equal bins of [0, 1], the last one with its upper bound."""
    stated, happened = np.asarray(probabilities, float), np.asarray(outcomes, float)
    place = np.minimum((stated * count).astype(int), count - 1)
    made = []
    for index in range(count):
        mine = place == index
        n = int(mine.sum())
        means = (float(stated[mine].mean()), float(happened[mine].mean())) if n else (0.0, 0.0)
        made.append(Bin(index / count, (index + 1) / count, n, *means))
    return made


def brier(probabilities: Sequence[float], outcomes: Sequence[bool]) -> float:
    """Mean squared distance of probability and outcome; 0 for nothing.

    Source: Brier, Monthly Weather Review 1950.
    """
    if not len(probabilities):
        return 0.0
    return float(np.mean((np.asarray(probabilities, float) - np.asarray(outcomes, float)) ** 2))


def risks(answered: Sequence[tuple[float, bool]], total: int) -> list[tuple[float, float]]:
    """Coverage and risk, from the surest answer alone to all that were given.

    Args:
        answered: Probability and whether it was right, of each answer given. Equally sure ones are let in together.
        total: All questions, refused ones included: coverage is a share of them.

    Source: El-Yaniv and Wiener, JMLR 2010.
    """
    curve: list[tuple[float, float]] = []
    ordered = sorted(answered, key=lambda item: -item[0])
    wrong = 0
    for given, (probability, right) in enumerate(ordered, start=1):
        wrong += not right
        if given == len(ordered) or ordered[given][0] != probability:
            curve.append((given / total, wrong / given))
    return curve


def risk_at(curve: Sequence[tuple[float, float]], coverage: float) -> float | None:
    """The risk where at least this share is answered; None where so much never is."""
    return next((risk for covered, risk in curve if covered >= coverage - 1e-9), None)


def summarise(judged: Sequence[Judged]) -> dict[str, Any]:
    """The figures of a set: bins, errors, risk at coverages; shares in [0, 1]."""
    stated = [float(item.answer["confidence"]) for item in judged]
    held = [item.question.answerable for item in judged]
    curve = risks([(p, item.right) for p, item in zip(stated, judged, strict=True) if item.answered], len(judged))
    return {
        "n": len(judged),
        "ece": round(calibration_error(stated, held, bins=BINS), 4),
        "brier": round(brier(stated, held), 4),
        "bins": [
            {
                "from": one.low,
                "to": one.high,
                "n": one.n,
                "stated": round(one.stated, 4),
                "observed": round(one.observed, 4),
            }
            for one in bins(stated, held)
        ],
        "coverage": round(curve[-1][0], 4) if curve else 0.0,
        "risk": round(curve[-1][1], 4) if curve else 0.0,
        **{
            f"risk@{coverage:g}": None if (risk := risk_at(curve, coverage)) is None else round(risk, 4)
            for coverage in COVERAGES
        },
        "curve": [[round(covered, 4), round(risk, 4)] for covered, risk in curve],
    }


# --- the picture ------------------------------------------------------------------------------------------------------------------------

_SIDE, _LEFT, _TOP, _GAP = 320, 56, 40, 90


def picture(figures: dict[str, Any], *, title: str) -> str:
    """Both diagrams as one SVG: the reliability bars beside the diagonal, the curve of risk over coverage."""
    reliability, risk = _frame(0, "stated", "observed"), _frame(1, "coverage", "risk")
    bars = []
    for one in figures["bins"]:
        if one["n"]:
            x, y = _at(0, one["from"] + 0.01, one["observed"])
            size = _SIDE * (one["to"] - one["from"] - 0.02)
            bars.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{size:.1f}" height="{_SIDE * one["observed"]:.1f}" fill="#2a7f8e" opacity=".75"/>'
                f'<text x="{x + size / 2:.1f}" y="{y - 4:.1f}" text-anchor="middle" font-size="10">{one["n"]}</text>'
            )
    (x0, y0), (x1, y1) = _at(0, 0, 0), _at(0, 1, 1)
    bars.append(f'<line x1="{x0}" y1="{y0}" x2="{x1}" y2="{y1}" stroke="#888" stroke-dasharray="4 3"/>')
    points = " ".join("{:.1f},{:.1f}".format(*_at(1, covered, value)) for covered, value in figures["curve"])
    bars.append(f'<polyline points="{points}" fill="none" stroke="#b4532a" stroke-width="2"/>')
    width, height = _LEFT + 2 * _SIDE + _GAP + 24, _TOP + _SIDE + 50
    head = f"{escape(title)}: n {figures['n']}, ECE {figures['ece']:.3f}, Brier {figures['brier']:.3f}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12" fill="#222">'
        f'<rect width="{width}" height="{height}" fill="#fff"/><text x="{_LEFT}" y="22" font-size="14">{head}</text>'
        f"{reliability}{risk}{''.join(bars)}</svg>\n"
    )


def _at(panel: int, x: float, y: float) -> tuple[float, float]:
    return _LEFT + panel * (_SIDE + _GAP) + _SIDE * x, _TOP + _SIDE * (1 - y)


def _frame(panel: int, across: str, up: str) -> str:
    left, top = _at(panel, 0, 1)
    made = [f'<rect x="{left}" y="{top}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#888"/>']
    for tick in (0.0, 0.5, 1.0):
        x, bottom = _at(panel, tick, 0)
        _, y = _at(panel, 0, tick)
        made.append(f'<text x="{x}" y="{bottom + 16}" text-anchor="middle">{tick:g}</text>')
        made.append(f'<text x="{left - 6}" y="{y + 4}" text-anchor="end">{tick:g}</text>')
    made.append(f'<text x="{left + _SIDE / 2}" y="{top + _SIDE + 34}" text-anchor="middle">{across}</text>')
    made.append(
        f'<text x="{left - 32}" y="{top + _SIDE / 2}" transform="rotate(-90 {left - 32} {top + _SIDE / 2})" text-anchor="middle">{up}</text>'
    )
    return "".join(made)


def run(argv: Sequence[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m evals reliability")
    parser.add_argument("path", type=Path)
    parser.add_argument("--documents", type=Path, required=True)
    parser.add_argument("--half", choices=HALVES, help="only the questions of this half")
    parser.add_argument("--today", type=date.fromisoformat, help="judge validity on this day")
    parser.add_argument("--data", type=Path, help="keep the index here instead of a temporary folder")
    parser.add_argument("--plot", type=Path, help="draw both diagrams here, as SVG")
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
    if options.plot:
        half = f", {options.half} half" if options.half else ""
        options.plot.write_text(picture(figures, title=options.path.stem + half), encoding="utf-8")
    print(json.dumps(figures, ensure_ascii=False) if options.json else _words(figures))
    return 0


def _words(figures: dict[str, Any]) -> str:
    rows = [
        f"  {one['from']:.1f}-{one['to']:.1f}  n {one['n']:4}  stated {one['stated']:.3f}  observed {one['observed']:.3f}"
        for one in figures["bins"]
        if one["n"]
    ]
    return "\n".join([table({name: value for name, value in figures.items() if name not in ("bins", "curve")}), *rows])
