"""How far passages state what a question asks for, as figures that a model can weigh. Pure.

A clause may name the subject of a question in its own words and still not say what is asked of it: who chairs the board,
by which day, how much. Then the kind of fact that is asked stands in none of the passages, or only far from the subject.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.rules.facts import Asked, asked, off_subject, unmentioned, unnamed
from bot.rules.wording import content, grams

PASSAGES = 5  # the best ones, that are looked at
SIGNALS = (
    "hard_asked",  # 1 when a sum, a date, a number and the like is asked for
    "hard_lacking",  # 1 when no passage states one of that kind
    "hard_apart",  # how much more of the question's words stand in some sentence than beside such a fact
    "hard_late",  # rank of the first passage that states one, as a share of those looked at
    "soft_asked",  # the same for what is said in more ways: an office, a name, a place
    "soft_lacking",
    "soft_apart",
    "soft_late",
    "tail",  # share of the last words of the question, which name what is asked, in the sentence that has most
    "tail_lost",  # share of all words in the best sentence, times what `tail` lacks to 1
    "unmentioned",  # 1 when a formal noun of the question (注册资本) stands in no passage
    "unnamed",  # 1 when a year, a title or a Latin name of the question stands in no passage
    "off_subject",  # 1 when a thing that documents seldom speak of (停车, 户口) stands in no passage
)
_SENTENCE = re.compile(r"[^。；！？\n]+")
_LEAST_CHARS = 4  # of a sentence
_HEADING_SHARE = 0.6  # what a word is worth that stands above a sentence, not in it
_TAIL = 4  # pairs of characters


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage as it is read: what stands above it, and its words."""

    above: str
    text: str


def support(question: str, passages: Sequence[Shown]) -> Mapping[str, float]:
    """The figures of SIGNALS for a question and its passages, best first; all 0 but for what is lacking where there are none."""
    shown = passages[:PASSAGES]
    kinds = asked(question)
    said = _pairs(question, kinds)
    sentences = [
        (rank, match.group(), passage.above)
        for rank, passage in enumerate(shown)
        for match in _SENTENCE.finditer(passage.text)
        if len(match.group()) >= _LEAST_CHARS
    ]
    held = [(grams(words), grams(above)) for _, words, above in sentences]
    covers = [_cover(said, words, above) for words, above in held]
    best = max(covers, default=0.0)
    last = _pairs(question, ())[-_TAIL:]
    tail = max(
        (sum(pair in words or pair in above for pair in last) / max(len(last), 1) for words, above in held), default=0.0
    )
    whole = "\n".join(f"{passage.above}\n{passage.text}" for passage in shown)
    figures = {"tail": tail, "tail_lost": best * (1 - tail)}
    for name, soft in (("hard", False), ("soft", True)):
        figures |= _stated(name, [kind for kind in kinds if kind.wanted.soft is soft], sentences, covers)
    return figures | {
        "unmentioned": float(unmentioned(question, whole) is not None),
        "unnamed": float(unnamed(question, whole) is not None),
        "off_subject": float(off_subject(question, whole) is not None),
    }


def _stated(
    name: str, kinds: Sequence[Asked], sentences: Sequence[tuple[int, str, str]], covers: Sequence[float]
) -> dict[str, float]:
    """Where the kinds of fact are stated, the worst of them."""
    beside, first = [], []
    for kind in kinds:
        found = [
            (cover, rank)
            for cover, (rank, words, _) in zip(covers, sentences, strict=True)
            if kind.wanted.stated.search(words)
        ]
        beside.append(max((cover for cover, _ in found), default=0.0))
        first.append(min((rank for _, rank in found), default=PASSAGES))
    return {
        f"{name}_asked": float(bool(kinds)),
        f"{name}_lacking": float(PASSAGES in first),
        f"{name}_apart": max(covers, default=0.0) - min(beside, default=max(covers, default=0.0)),
        f"{name}_late": max(first, default=0) / PASSAGES,
    }


def _pairs(question: str, kinds: Sequence[Asked]) -> list[str]:
    """The question's pairs of characters in order, without the words that only ask; all of them where no others are left."""
    asking = frozenset[str]().union(*(grams(question[low:high]) for low, high in (kind.span for kind in kinds)))
    pairs = [
        pair
        for piece in content(question).split()
        for pair in ([piece] if piece[0] < "\u3400" else [piece[at : at + 2] for at in range(len(piece) - 1)])
    ]
    ordered = [pair for one in pairs for pair in sorted(grams(one))]
    return [pair for pair in ordered if pair not in asking] or ordered


def _cover(said: Sequence[str], words: frozenset[str], above: frozenset[str]) -> float:
    if not said:
        return 0.0
    return sum(1.0 if pair in words else _HEADING_SHARE if pair in above else 0.0 for pair in said) / len(said)
