"""Paragraphs out of printed lines: a sentence broken by the page width or by a page mark becomes one again.

Nothing is read into the words here, except whether a line goes on.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from corpora.document import Span
from corpora.noise import physical_lines, without
from corpora.numbering import Mark, read_mark


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph of the file.

    `pieces` are its slices of the text, noise left out, trimmed; `words` is what they say, joined as one line.
    """

    pieces: tuple[Span, ...]
    words: str
    hashes: int = 0  # level of a Markdown heading, 0 for none
    bold: bool = False  # all of it bold
    mark: Mark | None = None
    indent: int = 0  # blank columns before it
    columns: int = 0  # width on the page, indent included
    begin: int = 0  # where the printed line starts, marks before the words included
    bulleted: bool = False  # opened by a Markdown bullet or quotation mark

    @property
    def start(self) -> int:
        return self.pieces[0][0]

    @property
    def end(self) -> int:
        return self.pieces[-1][1]

    @property
    def is_sentence(self) -> bool:
        """Whether it closes with a stop that a heading never has."""
        return self.words.rstrip("”’\"'）)】」 ").endswith(_STOPS) or self.words.endswith(_STOPS)

    @property
    def is_open(self) -> bool:
        """Whether it announces what follows: ends with a colon."""
        return self.words.endswith(("：", ":"))


_STOPS = ("。", "！", "？", "；", ";", "!", "?", "…")
_CLOSERS = ("。", "！", "？", "；", "：", ";", "!", "?", ":", "”", "…", "】", "」", "|")
_NEVER_FIRST = ("，", "。", "、", "；", "：", "）", "》", "”", "！", "？")  # no line begins so unless the page broke it
_OPENING, _CLOSING = "（(《“【「〔[", "）)》”】」〕]"
_MAX_OPEN_CHARS = 160  # an opening bracket further back than this was simply never closed
_MAX_JOINED_CHARS = 4000
_BODY_CHARS = 28  # a line at least this long, without a stop at its end, was broken by the page
_MIN_BROKEN = 5  # fewer broken lines than this may be chance
_RAGGED = 5  # columns by which a full line may miss the width: punctuation and Latin words do not break
_MAX_WIDTH = 120
_LONG_CHARS = 48  # hardly a heading is as long
_SIGNED = re.compile(r"(?:[12]\d{3}|二[〇○零O０]..)\s*年.{1,8}日$")
_FIELD = re.compile(r"[^，。；、：:（(《“]{2,14}[：:]")


def read_lines(text: str, noise: Sequence[Span], start: int, end: int) -> list[Line]:
    """The paragraphs of `text[start:end]`, in order. Every non-blank character that is not noise lies in exactly one piece."""
    printed = [line for span in physical_lines(text, start, end) if (line := _printed(text, span, noise))]
    width = _wrap_width(printed)
    lines: list[list[Line]] = []
    for line in printed:
        if lines and _goes_on(lines[-1], line, width, crosses_page=_has_words(text, lines[-1][-1].end, line.begin)):
            lines[-1].append(line)
        else:
            lines.append([line])
    return [_joined(group) for group in lines]


def display_width(words: str) -> int:
    """Columns on a page: Chinese characters count two, ASCII one."""
    return sum(1 if c < "\u0300" else 2 for c in words.replace("\t", "    "))


def join_words(parts: Sequence[str]) -> str:
    """Printed lines as one: with a blank only where two Latin words or numbers meet."""
    out = ""
    for part in parts:
        if out and part and out[-1].isascii() and part[0].isascii() and out[-1].isalnum() and part[0].isalnum():
            out += " "
        out += part
    return out


def _printed(text: str, span: Span, noise: Sequence[Span]) -> Line | None:
    pieces = tuple(trimmed for piece in _clear(span, noise) if (trimmed := trim(text, piece)))
    if not pieces:
        return None
    words = "".join(text[a:b] for a, b in pieces)
    if len(pieces) > 1:  # blanks between two pieces belong to the words: **a** b
        words = text[pieces[0][0] : pieces[0][1]]
        for (_, b), (c, d) in zip(pieces, pieces[1:], strict=False):
            words += (" " if any(x.isspace() for x in text[b:c]) else "") + text[c:d]
    before = text[span[0] : pieces[0][0]]
    after = text[pieces[-1][1] : span[1]]
    hashes = before.count("#") if before.strip("# \t　*") == "" else 0
    bold = "**" in before and "**" in after and len(pieces) == 1
    indent = display_width(before)
    columns = indent + display_width(words)
    bulleted = before.strip()[-1:] in tuple("-*+>") and not before.strip().endswith("**")
    return Line(pieces, words, hashes, bold, read_mark(words), indent, columns, span[0], bulleted)


def _clear(span: Span, noise: Sequence[Span]) -> list[Span]:
    from bisect import bisect_left

    at = max(0, bisect_left(noise, (span[0], span[0])) - 1)
    near = []
    while at < len(noise) and noise[at][0] < span[1]:
        near.append(noise[at])
        at += 1
    return without(span, near)


def trim(text: str, span: Span) -> Span | None:
    """`span` without blanks at its ends; None when it is all blank."""
    start, end = span
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None


def _wrap_width(lines: Sequence[Line]) -> int:
    """The page width in columns of a text that was broken at it; 0 when its lines are whole paragraphs."""
    long = [line for line in lines if len(line.words) >= 15]
    broken = [line.columns for line in long if not line.words.endswith(_CLOSERS)]
    if len(broken) < _MIN_BROKEN or len(broken) < 0.5 * len(long):
        return 0
    width = Counter(broken).most_common(1)[0][0]
    near = sum(1 for each in broken if abs(width - each) <= _RAGGED)
    return width if near >= 0.6 * len(broken) and width <= _MAX_WIDTH else 0


def _has_words(text: str, start: int, end: int) -> bool:
    """Whether noise that is more than blanks stands between two lines: the foot of a page."""
    return bool(text[start:end].strip())


def _goes_on(group: Sequence[Line], line: Line, width: int, *, crosses_page: bool) -> bool:
    """Whether `line` continues the sentence of `group`."""
    last = group[-1]
    if line.hashes or line.bold or line.bulleted or last.hashes or (last.bold and len(group) == 1):
        return False
    length = sum(len(each.words) for each in group)
    if length > _MAX_JOINED_CHARS:
        return False
    if line.words.startswith(_NEVER_FIRST):
        return True
    unclosed = _is_unclosed(group)
    if line.mark and not unclosed:
        return False
    if unclosed:
        return not (line.mark and line.mark.style.value in ("chapter", "article", "part"))
    if last.words.endswith(("，", "、", ",")) and len(last.words) > 8:
        return True
    is_full = width > 0 and abs(width - last.columns) <= _RAGGED
    if is_full and group[0].indent >= 2 and line.indent == 0:
        return True
    if last.words.endswith(_CLOSERS) or last.words.endswith(("）", ")")) or _SIGNED.search(last.words):
        return False
    if _FIELD.match(line.words) and not width:
        return False
    if is_full and line.indent <= group[0].indent:
        return True
    if len(last.words) < _BODY_CHARS and length < 2 * _BODY_CHARS:
        return False
    if any(stop in each.words for each in group for stop in "。；"):
        return True
    return "，" in last.words and (length >= _LONG_CHARS or crosses_page)


def _is_unclosed(group: Sequence[Line]) -> bool:
    tail = "".join(line.words for line in group)[-_MAX_OPEN_CHARS:]
    depth = 0
    for char in reversed(tail):
        if char in _CLOSING:
            depth += 1
        elif char in _OPENING:
            if depth == 0:
                return len(group) <= 4 and not (char in "“「[" and len(group) > 1)
            depth -= 1
    return False


def _joined(group: Sequence[Line]) -> Line:
    if len(group) == 1:
        return group[0]
    first = group[0]
    words = join_words([line.words for line in group])
    pieces = tuple(piece for line in group for piece in line.pieces)
    return Line(pieces, words, first.hashes, first.bold, read_mark(words), first.indent, first.columns, first.begin)
