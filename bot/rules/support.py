"""How far passages state what a question asks for, as figures that a model can weigh. Pure.

A clause may name the subject of a question in its own words and still not say what is asked of it: who chairs the board,
by which day, how much. Then the kind of fact that is asked stands in none of the passages, or only far from the subject.
"""

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from bot.rules.facts import Asked, asked, elsewhere, off_subject, other_level, unmentioned, unnamed
from bot.rules.sought import OTHERS, WAY, sought
from bot.rules.wording import content, grams

PASSAGES = 5  # the best ones, that are looked at
SIGNALS = (
    "hard_asked",  # 1 when a sum, a date, a number and the like is asked for
    "hard_lacking",  # 1 when no passage states one of that kind
    "hard_apart",  # how much more of the question's words stand in some sentence than beside such a fact
    "hard_far",  # the same beside such a fact within one part of a sentence, commas apart
    "hard_late",  # rank of the first passage that states one, as a share of those looked at
    "soft_asked",  # the same for what is said in more ways: an office, a name, a place
    "soft_lacking",
    "soft_apart",
    "soft_late",
    "way_lacking",  # the same for a way to do something
    "way_far",
    "sought_lacking",  # and for what else is sought: conditions, papers, somebody, a place, any number
    "sought_far",
    "tail",  # share of the last words of the question, which name what is asked, in the sentence that has most
    "tail_lost",  # share of all words in the best sentence, times what `tail` lacks to 1
    "unmentioned",  # 1 when a formal noun of the question (注册资本) stands in no passage
    "unnamed",  # 1 when a year, a title or a Latin name of the question stands in no passage
    "elsewhere",  # 1 when a district or county of the question stands in no passage
    "other_level",  # 1 when the passages name other levels (国家级, 专职) than the question (省级, 兼职)
    "off_subject",  # 1 when a thing that documents seldom speak of (停车, 户口) stands in no passage
)
_SENTENCE = re.compile(r"[^。；！？\n]+")
_PART = re.compile(r"[^。；！？\n，、：:,;（）()]+")
_LEAST_CHARS = 4  # of a sentence
_HEADING_SHARE = 0.6  # what a word is worth that stands above a sentence, not in it
_TAIL = 4  # pairs of characters


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage as it is read: what stands above it, and its words."""

    above: str
    text: str


@dataclass(frozen=True, slots=True)
class _Sentence:
    rank: int  # of its passage
    text: str
    pairs: frozenset[str]
    above: frozenset[str]  # pairs of what stands above the passage


def support(question: str, passages: Sequence[Shown]) -> Mapping[str, float]:
    """The figures of SIGNALS for a question and its passages, best first; all 0 but for what is lacking where there are none."""
    shown = passages[:PASSAGES]
    kinds = asked(question)
    said = _pairs(question, kinds)
    sentences = [
        _Sentence(rank, match.group(), grams(match.group()), grams(passage.above))
        for rank, passage in enumerate(shown)
        for match in _SENTENCE.finditer(passage.text)
        if len(match.group()) >= _LEAST_CHARS
    ]
    covers = [_cover(said, each) for each in sentences]
    best = max(covers, default=0.0)
    last = _pairs(question, ())[-_TAIL:]
    tail = max(
        (sum(pair in each.pairs or pair in each.above for pair in last) / max(len(last), 1) for each in sentences),
        default=0.0,
    )
    whole = "\n".join(f"{passage.above}\n{passage.text}" for passage in shown)
    figures = {"tail": tail, "tail_lost": best * (1 - tail)}
    for name, soft in (("hard", False), ("soft", True)):
        figures |= _stated(name, [kind for kind in kinds if kind.wanted.soft is soft], sentences, covers)
    figures["hard_far"] = max((_far(kind, said, sentences) for kind in kinds if not kind.wanted.soft), default=0.0)
    for name, others in (("way", (WAY,)), ("sought", OTHERS)):
        figures |= _told(name, question, sought(question, others), kinds, sentences)
    return figures | {
        "unmentioned": float(unmentioned(question, whole) is not None),
        "unnamed": float(unnamed(question, whole) is not None),
        "elsewhere": float(elsewhere(question, whole) is not None),
        "other_level": float(other_level(question, whole) is not None),
        "off_subject": float(off_subject(question, whole) is not None),
    }


def _stated(
    name: str, kinds: Sequence[Asked], sentences: Sequence[_Sentence], covers: Sequence[float]
) -> dict[str, float]:
    """Where the kinds of fact are stated, the worst of them."""
    beside, first = [], []
    for kind in kinds:
        found = [
            (cover, each.rank)
            for cover, each in zip(covers, sentences, strict=True)
            if kind.wanted.stated.search(each.text)
        ]
        beside.append(max((cover for cover, _ in found), default=0.0))
        first.append(min((rank for _, rank in found), default=PASSAGES))
    return {
        f"{name}_asked": float(bool(kinds)),
        f"{name}_lacking": float(PASSAGES in first),
        f"{name}_apart": max(covers, default=0.0) - min(beside, default=max(covers, default=0.0)),
        f"{name}_late": max(first, default=0) / PASSAGES,
    }


def _told(
    name: str, question: str, kinds: Sequence[Asked], others: Sequence[Asked], sentences: Sequence[_Sentence]
) -> dict[str, float]:
    """Whether the passages tell what is sought, and how near, the worst of the kinds."""
    return {
        f"{name}_lacking": float(
            any(not any(kind.wanted.stated.search(each.text) for each in sentences) for kind in kinds)
        ),
        f"{name}_far": max((_far(kind, _pairs(question, (kind, *others)), sentences) for kind in kinds), default=0.0),
    }


def _far(kind: Asked, said: Sequence[str], sentences: Sequence[_Sentence]) -> float:
    """How much more of what is said stands in some sentence than in a part of one, with the part before, that states the kind."""
    beside = 0.0
    for each in sentences:
        before = ""
        for match in _PART.finditer(each.text):
            part = match.group()
            if kind.wanted.stated.search(part):
                beside = max(beside, _share(said, f"{before}，{part}".lower(), each.above))
            before = part
    return max((_cover(said, each) for each in sentences), default=0.0) - beside


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


def _cover(said: Sequence[str], sentence: _Sentence) -> float:
    return _share(said, sentence.pairs, sentence.above)


def _share(said: Sequence[str], held: Container[str], above: frozenset[str]) -> float:
    """Share of the pairs that are held; those that stand above count less. Of a text, pairs are held that stand in it."""
    if not said:
        return 0.0
    return sum(1.0 if pair in held else _HEADING_SHARE if pair in above else 0.0 for pair in said) / len(said)
