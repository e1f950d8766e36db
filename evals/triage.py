"""`python -m evals triage PATH`: is a message sorted as people sorted it.

A line is `{"id","text","intent","domain","urgency"}`; a label that a line leaves out is not judged, a domain of null is.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Values = dict[str, Any]
LABELS = ("intent", "demand", "domain", "urgency")


@dataclass(frozen=True, slots=True)
class Labelled:
    """One message and the labels that people gave it."""

    id: str
    text: str
    labels: Values


@dataclass(frozen=True, slots=True)
class Sorted:
    """What one message was sorted as."""

    message: Labelled
    result: Values
    ms: float

    def right(self, label: str) -> bool | None:
        """Whether a label was found; None where people gave none."""
        if label not in self.message.labels:
            return None
        return bool(self.result[label] == self.message.labels[label])


def read(path: Path) -> list[Labelled]:
    """The messages of a set.

    Raises:
        ValueError: a line is no labelled message; the message names the line.
    """
    messages = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").split("\n"), 1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
            labels = {label: values[label] for label in LABELS if label in values}
            messages.append(Labelled(str(values.get("id", number)), str(values["text"]), labels))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ValueError(f'{path.name} line {number} is no {{"id","text","intent","domain","urgency"}}') from None
    return messages


def sort(messages: Sequence[Labelled], triage: Callable[[str], Values]) -> list[Sorted]:
    """Each message with its result and the time it took."""
    done = []
    for message in messages:
        start = time.perf_counter()
        result = triage(message.text)
        done.append(Sorted(message, result, (time.perf_counter() - start) * 1000))
    return done


def summarise(done: Sequence[Sorted]) -> Values:
    """`n`, the share found of each label that occurs, and the median time in milliseconds (None without messages)."""
    figures: Values = {"n": len(done)}
    for label in LABELS:
        judged = [right for each in done if (right := each.right(label)) is not None]
        if judged:
            figures[label] = sum(judged) / len(judged)
    figures["ms_p50"] = round(statistics.median(each.ms for each in done), 3) if done else None
    return figures


def run(argv: Sequence[str]) -> int:
    """Measure a set and print the figures; 2 when it cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m evals triage")
    parser.add_argument("path", type=Path)
    parser.add_argument("--failures", action="store_true", help="print what was sorted wrongly, on stderr")
    parser.add_argument("--by-words", action="store_true", help="without the vector of the message")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    try:
        messages = read(options.path)
    except (OSError, ValueError) as error:
        print(f"cannot read the set: {error}", file=sys.stderr)
        return 2
    done = sort(messages, _product(by_meaning=not options.by_words))
    if options.failures:
        for each in done:
            if wrong := [label for label in LABELS if each.right(label) is False]:
                given = {label: [each.message.labels[label], each.result[label]] for label in wrong}
                print(json.dumps({"text": each.message.text, **given}, ensure_ascii=False), file=sys.stderr)
    from evals.report import table

    figures = summarise(done)
    print(json.dumps(figures) if options.json else table(figures))
    return 0


def _product(*, by_meaning: bool) -> Callable[[str], Values]:
    """Sorts as the product does."""
    from bot.bootstrap import meaning_of
    from bot.rules.triage import triage
    from bot.rules.wording import clean
    from retrieval.embedding import BuiltinEmbedder

    meaning = meaning_of(BuiltinEmbedder()) if by_meaning else None
    return lambda text: triage(clean(text), meaning).as_json()
