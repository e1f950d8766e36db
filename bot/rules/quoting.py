"""Which run of a clause answers best, and where a quote may stop. Pure; works on offsets so that every quote stays verbatim."""

import re
from collections.abc import Sequence

from bot.rules.wording import grams
from corpora.document import Span

_SENTENCE = re.compile(r"[^。；！？\n]+[。；！？]?")
_SUBCLAUSE = re.compile(r"[^，,、：:。；！？\n]+[，,、：:。；！？]?")
HEADING_CHARS = 10  # a shorter run without a stop is a heading, which tells nothing
_NUMBER = r"[0-9０-９〇一二三四五六七八九十百千万亿两]+"
_EXPECTED = (
    (
        re.compile(r"多久|多长|几年|几个月|几天|期限|多长时间|什么时候|何时|几号|哪天|哪一年|时间|到期|截止"),
        re.compile(rf"{_NUMBER}\s*(?:个)?\s*(?:年|月|日|天|工作日|小时|分钟|周|季度)|每(?:年|月|季度)"),
    ),
    (
        re.compile(r"多少|几[个名人项家分次所件]|多大|占比|比例|分值|几分|最高|最多|最少|至少|不少于|金额|人数|钱"),
        re.compile(rf"{_NUMBER}\s*(?:余)?\s*[个名人项家分次所件万亿元％%平条门处台套]|{_NUMBER}"),
    ),
    (
        re.compile(r"谁|哪个部门|哪个单位|什么部门|什么单位|归哪|找哪|哪家|主管|负责|牵头|哪个局|哪里审|谁管"),
        re.compile(r"[局厅委部院办]|中心|单位|机构|负责|牵头|会同"),
    ),
    (re.compile(r"地点|在哪|哪里|哪儿|地址"), re.compile(r"[号楼室区路厅]|地点")),
)


def best_run(question: str, text: str, *, max_chars: int = 90) -> Span:
    """The sentence of `text` that fits the question best, or a part of it when it is long; (0, 0) for blank text.

    A sentence counts for the pairs of characters it shares with the question, rare ones more, and for holding the kind of thing asked:
    a duration, a number, an office, a place.
    """
    parts = [trim(text, match.span()) for match in _SENTENCE.finditer(text)]
    parts = [part for part in parts if part[0] < part[1]]
    if not parts:
        return (0, 0)
    wanted = grams(question)
    weight = _rarity(wanted, [text[start:end] for start, end in parts])
    best = max(parts, key=lambda part: (_fit(question, text[part[0] : part[1]], weight), -part[0]))
    if best[1] - best[0] <= max_chars:
        return best
    return _window(question, text, best, weight, max_chars)


def stop_at(text: str, max_chars: int) -> int:
    """Where a quote of at most `max_chars` may end: after a sentence, else after a subclause, else 0 when neither fits."""
    if len(text) <= max_chars:
        return len(text)
    for pattern in (_SENTENCE, _SUBCLAUSE):
        ends = [match.end() for match in pattern.finditer(text) if match.end() <= max_chars]
        if ends and ends[-1] >= max_chars // 3:
            return ends[-1]
    return 0


def trim(text: str, span: Span) -> Span:
    """The span without blanks at either end; empty where there is nothing else."""
    start, end = span
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def without(span: Span, holes: Sequence[Span]) -> tuple[Span, ...]:
    """What is left of a span when holes are cut out, in order."""
    start, end = span
    left: list[Span] = []
    for hole_start, hole_end in sorted(holes):
        if hole_end <= start or hole_start >= end:
            continue
        if hole_start > start:
            left.append((start, hole_start))
        start = max(start, hole_end)
    if start < end:
        left.append((start, end))
    return tuple(left)


def inside(inner: Sequence[Span], outer: Sequence[Span]) -> bool:
    """Whether every inner span lies within one of the outer ones."""
    return all(any(start >= low and end <= high for low, high in outer) for start, end in inner)


def _rarity(wanted: frozenset[str], parts: Sequence[str]) -> dict[str, float]:
    shared = [grams(part) & wanted for part in parts]
    return {gram: 1.0 / sum(gram in one for one in shared) for gram in wanted if any(gram in one for one in shared)}


def _fit(question: str, part: str, weight: dict[str, float]) -> float:
    overlap = sum(weight.get(gram, 0.0) for gram in grams(part))
    heading = -1.0 if len(part) < HEADING_CHARS and not re.search(r"[。；！？]|\d", part) else 0.0
    expected = sum(1.5 for asked, given in _EXPECTED if asked.search(question) and given.search(part))
    return overlap + expected + heading


def _window(question: str, text: str, span: Span, weight: dict[str, float], max_chars: int) -> Span:
    """The best run of whole subclauses within a long sentence."""
    pieces = [(span[0] + m.start(), span[0] + m.end()) for m in _SUBCLAUSE.finditer(text[span[0] : span[1]])]
    best, best_fit = (span[0], min(span[1], span[0] + max_chars)), -1.0
    for first in range(len(pieces)):
        for last in range(first, len(pieces)):
            start, end = pieces[first][0], pieces[last][1]
            if end - start > max_chars:
                break
            fit = _fit(question, text[start:end], weight) + (end - start) / max_chars
            if fit > best_fit:
                best, best_fit = (start, end), fit
    return trim(text, best)
