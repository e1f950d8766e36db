"""`python -m evals perturb SET --documents DIR`: what it costs when questions are garbled as people garble them, against the same ones clean.

Every way keeps what is asked: a mistyped or misheard character, halves in another order, chatter around it, traditional characters, full
width, dialect. The tables stand in `evals/sets/perturbations.toml`; the same seed gives the same questions.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import statistics
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from evals.answers import HALVES, Judged, Question, failure, measure, read
from evals.metrics import interval
from evals.report import table

TABLES = Path(__file__).with_name("sets") / "perturbations.toml"
CHARS_AN_ERROR = 10  # one mistyped or misheard character for so many
_PAUSE = re.compile(r"[，,；;]\s*")
_NARROW = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_WIDE_MARKS = str.maketrans("，。？！：；（）", ",.?!:;()")

Garble = Callable[[str, random.Random], str]


@cache
def tables() -> Mapping[str, Mapping[str, Any]]:
    """The tables of `TABLES`."""
    return tomllib.loads(TABLES.read_text(encoding="utf-8"))


def typos(text: str, chance: random.Random) -> str:
    """Characters that look alike, one in ten."""
    return _some(text, "typos", chance)


def homophones(text: str, chance: random.Random) -> str:
    """Characters that sound alike, one in ten."""
    return _some(text, "homophones", chance)


def _some(text: str, name: str, chance: random.Random) -> str:
    known = tables()[name]
    places = [place for place, char in enumerate(text) if any(other != char for other in known.get(char, ""))]
    chars = list(text)
    for place in sorted(chance.sample(places, min(len(places), max(1, len(text) // CHARS_AN_ERROR)))):
        chars[place] = chance.choice([other for other in known[chars[place]] if other != chars[place]])
    return "".join(chars)


def traditional(text: str, chance: random.Random) -> str:
    """Traditional characters throughout."""
    del chance
    known: Mapping[str, str] = tables()["traditional"]
    return "".join(known.get(char, char) for char in text)


def reordered(text: str, chance: random.Random) -> str:
    """The parts between pauses in another order; unchanged where there is one part alone."""
    end = text[-1:] if text[-1:] in "？?。！!" else ""
    parts = _PAUSE.split(text.removesuffix(end))
    if len(parts) < 2:
        return text
    turn = chance.randrange(1, len(parts))
    return "，".join([*parts[turn:], *parts[:turn]]) + end


def chatter(text: str, chance: random.Random) -> str:
    """Wrapped in words that ask nothing."""
    around = tables()["chatter"]
    opening, closing = str(chance.choice(around["openings"])), str(chance.choice(around["closings"]))
    return opening + text.rstrip("？?。") + closing


def width(text: str, chance: random.Random) -> str:
    """Full-width letters and digits, half-width marks."""
    del chance
    return text.translate(_NARROW).translate(_WIDE_MARKS)


def dialect(text: str, chance: random.Random) -> str:
    """Words of the region that one is from."""
    for word, others in tables()["dialect"].items():
        if word in text:
            text = text.replace(word, chance.choice(others), 1)
    return text


WAYS: Mapping[str, Garble] = {
    "typos": typos,
    "homophones": homophones,
    "reordered": reordered,
    "chatter": chatter,
    "traditional": traditional,
    "width": width,
    "dialect": dialect,
}


@dataclass(frozen=True, slots=True)
class Garbled:
    """A question, the way it was garbled, and what came of it."""

    clean: Question
    way: str
    question: Question


def garbled(questions: Sequence[Question], *, count: int, seed: int) -> list[Garbled]:
    """So many garbled questions (fewer where there are not so many), the ways in equal parts as far as they change anything.

    Follow-ups are garbled in their last turn alone.
    """
    chance = random.Random(seed)
    made: dict[str, list[Garbled]] = {}
    for way, garble in WAYS.items():
        made[way] = [
            Garbled(one, way, replace(one, id=f"{one.id}~{way}", text=text))
            for one in questions
            if (text := garble(one.text, chance)) != one.text
        ]
        chance.shuffle(made[way])
    taken: list[Garbled] = []
    while len(taken) < count and any(made.values()):
        for way in WAYS:
            if made[way] and len(taken) < count:
                taken.append(made[way].pop())
    return taken


def summarise(made: Sequence[Garbled], clean: Mapping[str, Judged], judged: Mapping[str, Judged]) -> dict[str, Any]:
    """Shares of good ends (the answer for what is answerable, a refusal for what is not), clean and garbled, and the loss between them.

    Args:
        clean: What came of the clean questions, by id.
        judged: What came of the garbled ones, by id.

    Returns:
        `n`, `clean`, `garbled`, `loss` with its paired 95 % interval, `right_loss` and `refused_loss` for the two kinds of question, and
        for each way `way_n`, `way_loss`.
    """

    def pairs(some: Iterable[Garbled]) -> list[tuple[bool, bool]]:
        return [(is_good(clean[one.clean.id]), is_good(judged[one.question.id])) for one in some]

    both = pairs(made)
    low, high = interval([float(before) - float(after) for before, after in both])
    figures: dict[str, Any] = {
        "n": len(both),
        "clean": _share([before for before, _ in both]),
        "garbled": _share([after for _, after in both]),
        "loss": _loss(both),
        "loss_95": [round(low, 4), round(high, 4)],
        "right_loss": _loss(pairs(one for one in made if one.clean.answerable)),
        "refused_loss": _loss(pairs(one for one in made if not one.clean.answerable)),
    }
    for way in WAYS:
        mine = pairs(one for one in made if one.way == way)
        figures |= {f"{way}_n": len(mine), f"{way}_loss": _loss(mine)}
    return figures


def is_good(item: Judged) -> bool:
    """Whether a question ended as it should."""
    return item.right if item.question.answerable else not item.answered


def _loss(both: Sequence[tuple[bool, bool]]) -> float:
    return round(_share([before for before, _ in both]) - _share([after for _, after in both]), 4)


def _share(outcomes: Sequence[bool]) -> float:
    return round(statistics.fmean(outcomes), 4) if outcomes else 0.0


def run(argv: Sequence[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m evals perturb")
    parser.add_argument("path", type=Path)
    parser.add_argument("--documents", type=Path, required=True)
    parser.add_argument("--half", choices=HALVES, help="only the questions of this half")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--today", type=date.fromisoformat, help="judge validity on this day")
    parser.add_argument("--data", type=Path, help="keep the index here instead of a temporary folder")
    parser.add_argument(
        "--failures", action="store_true", help="print each question that was good clean and is not garbled"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    questions = [item for item in read(options.path) if options.half in (None, item.half)]
    made = garbled(questions, count=options.count, seed=options.seed)
    asked = {one.clean.id: one.clean for one in made}
    data = options.data or Path(tempfile.mkdtemp(prefix="wenzhen-evals-"))
    try:
        items = measure(
            [*asked.values(), *(one.question for one in made)], options.documents, today=options.today, data=data
        )
    finally:
        if options.data is None:
            shutil.rmtree(data, ignore_errors=True)
    clean = {item.question.id: item for item in items[: len(asked)]}
    judged = {item.question.id: item for item in items[len(asked) :]}
    if options.failures:
        for one in made:
            if is_good(clean[one.clean.id]) and not is_good(judged[one.question.id]):
                print(failure(judged[one.question.id]) or one.question.id, file=sys.stderr)
    figures = summarise(made, clean, judged)
    print(json.dumps(figures, ensure_ascii=False) if options.json else table(figures))
    return 0
