"""What stands in a file but is not part of the document: page marks, running heads, Markdown marks in plain text.

Loaders mark what their format knows; this adds what only the words show. Leaves the meaning of the remaining lines to others.
"""

import re
from collections import Counter
from collections.abc import Sequence

from corpora.document import Extract, Span

_LINE = re.compile(r"[^\n\r\x0b\x0c\x85\u2028\u2029]+")
_DASH = "[-—–―－─]"
_PAGE_MARK = re.compile(
    rf"\s*(?:{_DASH}{{1,3}}\s*\d{{1,4}}\s*{_DASH}{{1,3}}|第\s*\d{{1,4}}\s*页(?:\s*[,，/／]?\s*共\s*\d{{1,4}}\s*页)?|\d{{1,4}}\s*[/／]\s*\d{{1,4}}\s*页?)\s*"
)
_HASHES = re.compile(r"\s{0,3}(#{1,6})(?=[\s　])")
_STARS = re.compile(r"\*\*")
_RULE = re.compile(r"\s*(?:(?:-\s?){3,}|(?:\*\s?){3,}|(?:_\s?){3,}|={3,})\s*")
_MIN_REPEATS = 3  # a line that tops three pages is a running head; twice may be chance
_MAX_HEAD_CHARS = 60


def physical_lines(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Spans of the non-empty lines of `text`, line ends excluded, ascending."""
    return [found.span() for found in _LINE.finditer(text, start, len(text) if end is None else end)]


def find_noise(extract: Extract) -> tuple[Span, ...]:
    """All spans of `extract.text` that are not part of any document, ascending and apart."""
    text = extract.text
    lines = physical_lines(text)
    spans = [(max(0, a), min(b, len(text))) for a, b in extract.noise]
    marks = [(a, b) for a, b in lines if b - a <= 40 and _PAGE_MARK.fullmatch(text, a, b)]
    spans += marks
    spans += _running_heads(text, lines, extract, marks)
    spans += _markdown(text, lines)
    return merge(spans)


def merge(spans: Sequence[Span]) -> tuple[Span, ...]:
    """The same characters as few ascending spans that do not touch; empty ones dropped."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def without(span: Span, holes: Sequence[Span]) -> list[Span]:
    """What is left of `span` outside `holes` (ascending, apart), in order."""
    start, end = span
    left: list[Span] = []
    for a, b in holes:
        if b <= start:
            continue
        if a >= end:
            break
        if a > start:
            left.append((start, a))
        start = max(start, b)
    if start < end:
        left.append((start, end))
    return left


def _running_heads(text: str, lines: Sequence[Span], extract: Extract, marks: Sequence[Span]) -> list[Span]:
    """Short lines that stand at the edge of at least three pages in the same words."""
    edges: set[Span] = set()
    known = set(marks)
    words = [line for line in lines if text[line[0] : line[1]].strip()]
    for at, line in enumerate(words):
        if line in known:
            edges.update(words[i] for i in (at - 1, at + 1) if 0 <= i < len(words))
    starts = {offset for offset, _ in extract.pages}
    if len(starts) >= _MIN_REPEATS:
        edges |= _first_and_last(words, sorted(starts))
    if known:
        edges.update((words[0], words[-1]))
    edges -= known
    count = Counter(_shape(text, line) for line in edges)
    return [
        line for line in edges if line[1] - line[0] <= _MAX_HEAD_CHARS and count[_shape(text, line)] >= _MIN_REPEATS
    ]


def _first_and_last(lines: Sequence[Span], starts: Sequence[int]) -> set[Span]:
    edges: set[Span] = set()
    at = 0
    for start in starts:
        while at < len(lines) and lines[at][0] < start:
            at += 1
        if at < len(lines):
            edges.add(lines[at])
        if at:
            edges.add(lines[at - 1])
    return edges


def _shape(text: str, line: Span) -> str:
    """The words without blanks: 第 3 页 differs from page to page, a running head does not."""
    return re.sub(r"\s+", "", text[line[0] : line[1]])


def _markdown(text: str, lines: Sequence[Span]) -> list[Span]:
    """Hashes of headings, stars of bold and rules, in a text that no Markdown reader has seen."""
    spans: list[Span] = []
    for start, end in lines:
        first = text[start : start + 4].lstrip()[:1]
        if first == "#" and (found := _HASHES.match(text, start, end)):
            spans.append(found.span(1))
        elif first and first in "-*_=" and end - start <= 200 and _RULE.fullmatch(text, start, end):
            spans.append((start, end))
            continue
        stars = [found.span() for found in _STARS.finditer(text, start, end)]
        if len(stars) % 2 == 0:
            spans += stars
    return spans
