"""Markdown: the file's own characters, its marks as noise, pipe tables as tables."""

import re

from corpora.document import Extract, Span, Table
from corpora.loaders.text import decode, page_marks

_HEAD = re.compile(
    r"[ \t\n]*---[ \t]*\n"
    r"(?P<lines>(?:[ \t]*\n|[\w .\-]{1,40}[:：][^\n]*\n|[ \t]+\S[^\n]*\n|#[^\n]*\n|-[ ][^\n]*\n)*?)"
    r"---[ \t]*(?:\n|\Z)"
)
_HEAD_LINE = re.compile(r"^([\w .\-]{1,40}?)[ \t]*[:：][ \t]*(.*?)[ \t]*$", re.MULTILINE)
_FENCE = re.compile(r"^[ \t]{0,3}(`{3,}|~{3,})")
_RULE = re.compile(r"^[ \t]{0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|={3,})$")
_LINE_MARK = re.compile(r"^(?:[ \t]*>)*[ \t]*(#{1,6}(?=[ \t　]|[一-鿿（])|[-*+](?=[ \t]+\S)|>)")
_TABLE_RULE = re.compile(r"^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
# Every repetition is bounded: a hostile line must not take quadratic time.
_INLINE = re.compile(
    r"(?P<code>`{1,3})(?P<inside>[^\n`]{1,400})(?P=code)"
    r"|!?\[(?P<label>[^\[\]\n]{0,400})\]\([^()\n]{0,800}(?:\([^()\n]{0,200}\)[^()\n]{0,200})?\)"
    r"|(?P<strong>\*\*|__)(?=\S)(?P<bold>[^\n]{1,400}?)(?<=\S)(?P=strong)"
    r"|~~(?P<struck>[^\n~]{1,400})~~"
    r"|\*\*"
    r"|<!--[^\n]{0,400}?-->"
    r"|\\(?=[!-/:-@\[-`{-~])"
)
_PIPE = re.compile(r"(?<!\\)\|")


def load(data: bytes, name: str) -> Extract:
    """The decoded characters; the head, `#`, bullets, emphasis, link targets and table lines are noise.

    Raises:
        Unreadable: Binary content or an unknown encoding.
    """
    text, notes = decode(data)
    noise, tables = _marks(text)
    pages_noise, pages = page_marks(text)
    return Extract(text=text, pages=pages, noise=_merged([*noise, *pages_noise]), tables=tuple(tables), notes=notes)


def head(text: str, start: int = 0) -> tuple[dict[str, str], int]:
    """The `key: value` lines between `---` lines that begin at `start`, keys lower-case, and where the body begins.

    No head: an empty dict and `start`.
    """
    match = _HEAD.match(text, start)
    if not match:
        return {}, start
    return {key.strip().lower(): value.strip("\"'") for key, value in _HEAD_LINE.findall(match["lines"])}, match.end()


def marks(text: str) -> tuple[Span, ...]:
    """The spans of Markdown marks in a text, ascending and apart."""
    return _merged(_marks(text)[0])


def _marks(text: str) -> tuple[list[Span], list[Table]]:
    noise: list[Span] = []
    head = _HEAD.match(text)
    if head:
        noise.append(head.span())
    lines = _lines(text, head.end() if head else 0)
    tables: list[Table] = []
    fence = ""
    index = 0
    while index < len(lines):
        start, line = lines[index]
        opened = _FENCE.match(line)
        if fence or opened:
            if opened and (not fence or opened.group(1).startswith(fence)):
                noise.append((start, start + len(line)))
                fence = "" if fence else opened.group(1)
            index += 1
            continue
        if (
            index + 1 < len(lines)
            and "|" in line
            and "|" in lines[index + 1][1]
            and _TABLE_RULE.match(lines[index + 1][1])
        ):
            table, marks_found, index = _table(text, lines, index)
            tables.append(table)
            noise.extend(marks_found)
            continue
        noise.extend(_line_noise(start, line))
        index += 1
    return noise, tables


def _opens_table(lines: list[tuple[int, str]], index: int) -> bool:
    if index + 1 >= len(lines):
        return False
    line, below = lines[index][1], lines[index + 1][1]
    return "|" in line and "|" in below and _TABLE_RULE.match(below) is not None


def _lines(text: str, start: int) -> list[tuple[int, str]]:
    lines = []
    for line in text[start:].split("\n"):
        lines.append((start, line))
        start += len(line) + 1
    return lines


def _line_noise(start: int, line: str) -> list[Span]:
    if _RULE.match(line) and line.strip():
        return [(start, start + len(line))]
    noise: list[Span] = []
    begin = 0
    while mark := _LINE_MARK.match(line[begin:]):
        noise.append((start + begin + mark.start(1), start + begin + mark.end(1)))
        begin += mark.end(1)
        if mark.group(1) != ">":
            break
    heading = noise and line[noise[-1][0] - start] == "#"
    if heading:
        kept = len(_without_closing_hashes(line))
        noise.append((start + kept, start + len(line)))
        line = line[:kept]
    noise.extend(_inline_noise(line, start, begin))
    return noise


def _without_closing_hashes(line: str) -> str:
    """`## words ##` may close with hashes; a hash that touches the words belongs to them (C#)."""
    closed = line.rstrip(" \t")
    opened = closed.rstrip("#")
    return opened.rstrip(" \t") if opened != closed and opened.endswith((" ", "\t")) else closed


def _inline_noise(line: str, start: int, begin: int = 0) -> list[Span]:
    """Marks inside a line; what they enclose is looked into once more (a bold link)."""
    noise: list[Span] = []
    for match in _INLINE.finditer(line, begin):
        inner = next((group for group in ("inside", "label", "bold", "struck") if match.group(group) is not None), None)
        if inner is None:
            noise.append((start + match.start(), start + match.end()))
            continue
        left, right = match.span(inner)
        noise += [(start + match.start(), start + left), (start + right, start + match.end())]
        if inner in ("label", "bold", "struck"):
            noise += _inline_noise(line[:right], start, left)
    return noise


def _table(text: str, lines: list[tuple[int, str]], index: int) -> tuple[Table, list[Span], int]:
    """The pipe table that begins at a line: its cells, the marks in it, and the index of the line after it."""
    begin = lines[index][0]
    rows: list[tuple[Span, ...]] = []
    noise: list[Span] = []
    rule = index + 1
    while index < len(lines) and "|" in lines[index][1]:
        start, line = lines[index]
        if index == rule:
            noise.append((start, start + len(line)))
        else:
            noise += [(start + pipe.start(), start + pipe.end()) for pipe in _PIPE.finditer(line)]
            noise += _inline_noise(line, start)
            rows.append(tuple(_cells(line, start)))
        index += 1
    end = lines[index - 1][0] + len(lines[index - 1][1])
    return Table(span=(begin, end), rows=tuple(rows)), noise, index


def _cells(line: str, start: int) -> list[Span]:
    stripped = line.strip()
    left = line.index(stripped[0])
    right = left + len(stripped)
    edges = [pipe.start() for pipe in _PIPE.finditer(line)]
    inner = [edge for edge in edges if left < edge < right - 1]
    if edges and edges[0] == left:
        left += 1
    if edges and edges[-1] == right - 1:
        right -= 1
    bounds = [left, *[bound for edge in inner for bound in (edge, edge + 1)], right]
    cells = []
    for begin, end in zip(bounds[::2], bounds[1::2], strict=True):
        cell = line[begin:end]
        lead = len(cell) - len(cell.lstrip())
        cells.append((start + begin + lead, start + begin + max(lead, len(cell.rstrip()))))
    return cells


def _merged(spans: list[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
