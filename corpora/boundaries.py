"""Where one document ends and the next begins in a file that holds several.

A notice that issues its own regulation, and a regulation with its attachments, are one document.
"""

import re
from collections.abc import Sequence

from corpora.dates import is_signed_date
from corpora.flat_tables import RawTable
from corpora.front import (
    Block,
    attachment_label,
    bare,
    is_addressee,
    is_number,
    is_organ,
    is_title_like,
)
from corpora.lines import Line
from corpora.numbering import RANK, Style

_NOTICE = re.compile(
    r"关于.{2,80}的\s*(通知|通告|公告|通报|函|决定|意见|公示|批复|请示|报告|复函|方案|办法)([（(].{1,12}[）)])?$"
)
_BODY_CHARS = 60
_LOOKAHEAD = 7
_TOP = (Style.PART, Style.CHAPTER, Style.ARTICLE, Style.HAN_COMMA, Style.DIGIT_COMMA)


def find_starts(blocks: Sequence[Block]) -> list[int]:
    """Indices of the blocks where documents begin, the first always 0; empty for no blocks."""
    if not blocks:
        return []
    starts = [0]
    at = 1
    while at < len(blocks):
        length = _opening(blocks, at, starts[-1])
        if length:
            first = _with_head_above(blocks, at, starts[-1])
            if _has_body(blocks[starts[-1] : first]):
                starts.append(first)
                at += length
                continue
        at += 1
    return starts


def _opening(blocks: Sequence[Block], at: int, start: int) -> int:
    """How many blocks form the title of a new document at `at`; 0 where none begins."""
    block = blocks[at]
    if isinstance(block, RawTable) or block.mark or block.is_sentence or len(block.words) > 120:
        return 0
    length = _notice_title(blocks, at)
    if length and _is_addressed(blocks, at, length) and not _is_announced(blocks, at, length, start):
        return length
    return _restart(blocks, at, start)


def _notice_title(blocks: Sequence[Block], at: int) -> int:
    """Blocks of a title 关于…的通知 over one to four lines; 0 for anything else."""
    words = ""
    for length in range(1, 5):
        if at + length > len(blocks):
            return 0
        block = blocks[at + length - 1]
        if isinstance(block, RawTable) or block.mark or block.is_sentence or len(block.words) > 120:
            return 0
        words += re.sub(r"\s+", "", block.words)
        if "关于" not in words or len(words) > 160:
            return 0
        if _NOTICE.search(words):
            return length
    return 0


def _is_addressed(blocks: Sequence[Block], at: int, length: int) -> bool:
    """Whether an addressee follows the title, or a number or issuer stands beside it: a mention of a notice has none of these."""
    after = [block.words for block in blocks[at + length : at + length + _LOOKAHEAD] if isinstance(block, Line)]
    before = [block.words for block in blocks[max(0, at - 2) : at] if isinstance(block, Line)]
    if any(is_addressee(words) for words in after[:3]):
        return True
    return any(is_number(words) for words in (*before, *after[:2])) and any(map(is_organ, before))


def _is_announced(blocks: Sequence[Block], at: int, length: int, start: int) -> bool:
    """Whether the current document forwards this one: its head names the title (转发《…》的通知), or lists it as an attachment."""
    title = bare("".join(block.words for block in blocks[at : at + length] if isinstance(block, Line)))
    head = bare("".join(block.words for block in blocks[start : start + 8] if isinstance(block, Line)))
    listed = any(
        isinstance(block, Line) and (label := attachment_label(block.words)) and title in bare(label[1])
        for block in blocks[start:at]
    )
    return (title in head and at - start > 1) or listed


def _restart(blocks: Sequence[Block], at: int, start: int) -> int:
    """A title above numbering that begins again from one, outside attachments: two regulations pasted together."""
    block = blocks[at]
    if not isinstance(block, Line) or not is_title_like(block.words) or len(block.words) < 6:
        return 0
    following = blocks[at + 1 : at + 1 + _LOOKAHEAD]
    style = next(
        (
            b.mark.style
            for b in following
            if isinstance(b, Line) and b.mark and b.mark.value == 1 and b.mark.style in _TOP
        ),
        None,
    )
    if style is None or any(isinstance(b, Line) and b.mark and b.mark.value != 1 for b in following[:1]):
        return 0
    before = [b for b in blocks[start:at] if isinstance(b, Line)]
    if any((label := attachment_label(b.words)) and not label[1] for b in before[1:]):
        return 0
    if any(bare(block.words) and bare(block.words) in bare(b.words) and b is not block for b in before[:8]):
        return 0
    if _explains(block.words, before):
        return 1
    reached = [b.mark for b in before if b.mark and b.mark.style in _TOP and RANK[b.mark.style] <= RANK[style]]
    values = [mark.value for mark in reached if mark.style is style]
    is_signed = any(is_signed_date(b.words) for b in before[-3:])
    return 1 if values and max(values) >= (2 if is_signed else 3) else 0


def _explains(words: str, before: Sequence[Line]) -> bool:
    """Whether a title announces what is said about the articles above: 关于《…》的起草说明, naming their title."""
    named = re.search(r"《(.{4,100})》.{0,16}(说明|解读|问答)$", words)
    head = bare("".join(line.words for line in before[:8]))
    has_articles = any(line.mark and line.mark.style is Style.ARTICLE for line in before)
    return bool(named) and has_articles and bare(named[1] if named else "") in head


def _with_head_above(blocks: Sequence[Block], at: int, start: int) -> int:
    """Issuer and number lines above a title belong to its document."""
    first = at
    while first - 1 > start and at - first < 3:
        above = blocks[first - 1]
        if not isinstance(above, Line) or above.mark or not (is_organ(above.words) or is_number(above.words)):
            break
        first -= 1
    return first


def _has_body(blocks: Sequence[Block]) -> bool:
    """Whether what stands before a boundary is a document rather than a head."""
    return any(
        isinstance(block, RawTable) or block.mark is not None or (block.is_sentence and len(block.words) >= _BODY_CHARS)
        for block in blocks
    )
