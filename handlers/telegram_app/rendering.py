"""Words as Telegram takes them: safe HTML and the same without it, in pieces that fit. Pure.

Nothing of a text is lost or changed by being cut: the bodies of the pieces, one after another, are the text.
"""

from __future__ import annotations

import html as markup
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import regex

MAX_UNITS = 4096  # of UTF-16 in one message, counted by Telegram after it has read the markup
MAX_CAPTION_UNITS = 1024
MAX_HEADER_UNITS = 120
FULL = 0.4  # a piece is not left emptier than this for the sake of a better cut
REPLACEMENT = "\ufffd"
MARK = "（{}/{}）"

_UNSENDABLE = re.compile("[\x00\ud800-\udfff]")
_GRAPHEME = regex.compile(r"\X")
# From the best place to cut to the worst; each match ends where one may cut.
_BREAKS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\n\s*\n",
        r"\n",
        r"(?:[。！？!?；;…]+|\.(?=\s))[”’」』）)】\"']*[^\S\n]*",
        r"[，、,：:]|[^\S\n]+",
    )
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One message: as HTML, and as it reads where no markup can be used. `body` is its share of the text, without header and foot."""

    html: str
    plain: str
    body: str


def render(text: str, *, label: str | None = None, header: str | None = None, limit: int = MAX_UNITS) -> list[Piece]:
    """A text as one or several messages, cut between paragraphs, else lines, sentences, words, never inside what is seen as one character.

    Args:
        text: As it is to be read, not HTML. NUL and halves of surrogate pairs, which Telegram refuses, become U+FFFD.
        label: Who wrote it (内容由AI生成, an engineer's name); stands at the end of every piece.
        header: Which case it belongs to; stands above every piece, cut if it is very long.
        limit: UTF-16 units of a piece.

    Returns:
        At least one; several are numbered. No piece has more than `limit` units.
    """
    text = _UNSENDABLE.sub(REPLACEMENT, text)
    head, foot = _line(header), _line(label)
    if units(_framed(head, text, foot)) <= limit:
        return [_piece(head, text, foot)]
    bodies = list(_cut(text, limit - units(_framed(head + MARK.format(999, 999), "", foot))))
    # The mark stands above, where it also keeps Telegram from trimming the blanks that a body begins with.
    return [_piece(head + MARK.format(number, len(bodies)), body, foot) for number, body in enumerate(bodies, 1)]


def units(text: str) -> int:
    """How long Telegram finds it: UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def shortened(text: str, limit: int) -> str:
    """At most `limit` units of it, with an ellipsis where something is missing."""
    if units(text) <= limit:
        return text
    ends, lengths = _ends(text, limit - 1), _units_before(text)
    return text[: ends[bisect_right(ends, limit - 1, key=lengths.__getitem__) - 1]] + "…"


def _line(text: str | None) -> str:
    return shortened(" ".join(_UNSENDABLE.sub(REPLACEMENT, text or "").split()), MAX_HEADER_UNITS)


def _framed(head: str, body: str, foot: str) -> str:
    return (f"{head}\n" if head else "") + body + (f"\n\n{foot}" if foot else "")


def _piece(head: str, body: str, foot: str) -> Piece:
    bold = f"<b>{_escaped(head)}</b>" if head else ""
    italic = f"<i>{_escaped(foot)}</i>" if foot else ""
    return Piece(html=_framed(bold, _escaped(body), italic), plain=_framed(head, body, foot), body=body)


def _escaped(text: str) -> str:
    return markup.escape(text, quote=False)


def _cut(text: str, room: int) -> Iterator[str]:
    """The text in shares of at most `room` units, each cut at the best place of its later part."""
    ends = _ends(text, room)
    lengths = _units_before(text)
    seen = set(ends)
    ranked = [[match.end() for match in pattern.finditer(text) if match.end() in seen] for pattern in _BREAKS]
    start = 0
    while start < len(text):
        last = ends[bisect_right(ends, lengths[start] + room, key=lengths.__getitem__) - 1]
        least = bisect_right(lengths, lengths[start] + int(room * FULL))
        stop = last if last == len(text) else _best(ranked, least, last)
        yield text[start:stop]
        start = stop


def _best(ranked: list[list[int]], least: int, last: int) -> int:
    for places in ranked:
        place = bisect_right(places, last) - 1
        if place >= 0 and places[place] >= least:
            return places[place]
    return last


def _ends(text: str, room: int) -> list[int]:
    """Where each character as it is seen ends; one that does not fit into `room` is taken apart."""
    seen = _GRAPHEME.findall(text)
    if max(map(len, seen), default=0) * 2 > room:
        seen = [part for each in seen for part in _parts(each, room)]
    return list(accumulate(map(len, seen)))


def _parts(seen: str, room: int) -> Iterator[str]:
    if units(seen) <= room:
        yield seen
        return
    most = room // 2  # characters, each of which may count twice
    for begin in range(0, len(seen), most):
        yield seen[begin : begin + most]


def _units_before(text: str) -> Sequence[int]:
    """For each place in the text, the units before it."""
    if max(text) <= "\uffff":
        return range(len(text) + 1)
    return list(accumulate((1 + (char > "\uffff") for char in text), initial=0))
