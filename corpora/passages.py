"""What is indexed: passages of at most 400 characters that follow the tree, small units and whole articles side by side."""

import re
import string
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpora import personal
from corpora.document import Document, Node, NodeKind, Passage, Span
from corpora.identity import passage_id
from corpora.lines import trim
from corpora.noise import merge, without
from corpora.regulation import page_at

MAX_PASSAGE_CHARS = 400
OVERLAP_CHARS = 80  # neighbours of a long text share this much: more answers lie whole in one of them
_ENOUGH_CHARS = 160  # short paragraphs of one clause are put together up to here
_MIN_FRAGMENT = 40
_MAX_CONTEXT_CHARS = 300
_STOPS = "。！？；!?;"
_WEAK_STOPS = "，、,：:）)"
_EMPHASIS = re.compile(r"[*_`~]{1,3}")
_BLANKS = re.compile(r"\s+")
_GAP_CHARS = 120  # between two cells or around a hidden number; more is another unit
_BLANK_CHARS = string.whitespace + "\xa0\u3000"
_RULINGS = _BLANK_CHARS + "|+-:=—–─"


def split(document: Document) -> tuple[Passage, ...]:
    """The passages of a document, in its order.

    Every item, row and paragraph gives one, longer ones several that overlap; so does every unit whose whole text fits, and every list whose
    items fit together. Headings alone give none. A document without any number, heading or table is cut into runs of sentences.

    Returns:
        Passages whose spans quote words of the document outside page marks and personal numbers. The same document gives the same ids.
    """
    cutter = _Cutter(document)
    drafts = [] if _is_plain(document) else list(_structured(document))
    drafts = drafts or list(_plain(document))
    passages: list[Passage] = []
    seen: set[tuple[str, tuple[Span, ...]]] = set()
    for draft in drafts:
        for spans in cutter.pieces(draft.spans):
            text = cutter.words(spans)
            if not text or (draft.clause, spans) in seen:
                continue
            seen.add((draft.clause, spans))
            passages.append(
                Passage(
                    id=passage_id(document.id, draft.clause, spans),
                    document_id=document.id,
                    kind=document.kind,
                    clause=draft.clause,
                    text=text,
                    context=draft.context,
                    spans=spans,
                    order=len(passages),
                    page=page_at(document.pages, spans[0][0], len(document.text)),
                    responsible=draft.responsible,
                )
            )
    return tuple(passages)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A unit to be cut: its spans in order, its clause and what stands above it."""

    spans: tuple[Span, ...]
    clause: str
    context: str
    responsible: str = ""


def _is_plain(document: Document) -> bool:
    return all(not node.clause for node in _walk(document.tree))


def _walk(root: Node) -> Iterator[Node]:
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children))


def _plain(document: Document) -> Iterator[_Draft]:
    """All words as one run: paragraphs of a news text are too short alone, and sentences refer to their neighbours."""
    spans = merge([span for node in _walk(document.tree) for span in node.own])
    if spans:
        yield _Draft(tuple(spans), "", document.title)


def _structured(document: Document) -> Iterator[_Draft]:
    """Drafts of all units, parents before children."""
    sizes = _sizes(document)
    stack: list[tuple[Node, tuple[str, ...]]] = [(document.tree, ())]
    while stack:
        node, path = stack.pop()
        yield from _drafts_of(document, node, path, sizes)
        below = (*path, _path_name(node)) if node.kind is not NodeKind.DOCUMENT else path
        if not _heads_one_paragraph(node, sizes):
            stack.extend((child, below) for child in reversed(node.children))


def _sizes(document: Document) -> dict[int, int]:
    """Characters without blanks of each node and all below it."""
    sizes: dict[int, int] = {}
    for node in reversed(list(_walk(document.tree))):
        own = sum(len(_BLANKS.sub("", document.text[a:b])) for a, b in node.own)
        sizes[id(node)] = own + sum(sizes[id(child)] for child in node.children)
    return sizes


def _drafts_of(document: Document, node: Node, path: Sequence[str], sizes: dict[int, int]) -> Iterator[_Draft]:
    context = _context(document, node, path)
    if len(node.children) > 1 and node.kind not in _TOO_LARGE_TO_CITE:
        below = (*path, _path_name(node))
        if sizes[id(node)] <= MAX_PASSAGE_CHARS:
            yield _Draft(_all_spans(node), node.clause, context, _only_responsible(node))
        elif sum(sizes[id(child)] for child in node.children) <= MAX_PASSAGE_CHARS:
            spans = merge([span for child in node.children for span in _all_spans(child)])
            yield _Draft(spans, node.clause, _context(document, node, below), _only_responsible(node))
    if _heads_one_paragraph(node, sizes):
        yield _Draft(_all_spans(node), node.clause, context, _only_responsible(node))
    elif node.own and _says_something(document, node):
        own = _header_spans(document.text, node) if node.kind is NodeKind.TABLE else node.own
        yield _Draft(own, node.clause, context, node.responsible)
    yield from _merged_paragraphs(document, node, path, sizes)


def _header_spans(text: str, table: Node) -> tuple[Span, ...]:
    """A table's column names, without the lines drawn around its cells."""
    end = min((child.span[0] for child in table.children if child.own), default=table.span[1])
    return tuple(cut for a, b in table.own if a < end and (cut := _shorn(text, (a, min(b, end)), _RULINGS, _RULINGS)))


def _shorn(text: str, span: Span, before: str, after: str) -> Span | None:
    """`span` without the characters of `before` at its start and of `after` at its end; None when nothing is left."""
    words = text[span[0] : span[1]].rstrip(after)
    left = words.lstrip(before)
    return trim(text, (span[0] + len(words) - len(left), span[0] + len(words)))


# Nobody cites a chapter for what its articles say.
_TOO_LARGE_TO_CITE = (NodeKind.DOCUMENT, NodeKind.PART, NodeKind.CHAPTER, NodeKind.SECTION)


def _heads_one_paragraph(node: Node, sizes: dict[int, int]) -> bool:
    """A heading with a single paragraph of the same name below it: one unit to a reader, quoted together."""
    return (
        len(node.children) == 1
        and node.kind not in _TOO_LARGE_TO_CITE
        and node.children[0].kind is NodeKind.PARAGRAPH
        and node.children[0].clause == node.clause
        and sizes[id(node)] <= MAX_PASSAGE_CHARS
    )


def _merged_paragraphs(document: Document, node: Node, path: Sequence[str], sizes: dict[int, int]) -> Iterator[_Draft]:
    """Runs of short paragraphs under one clause, joined; single ones come as nodes themselves."""
    run: list[Node] = []
    size = 0
    for child in (*node.children, None):
        joins = (
            child is not None
            and child.kind is NodeKind.PARAGRAPH
            and child.clause == node.clause
            and size + sizes[id(child)] <= MAX_PASSAGE_CHARS
            and size < _ENOUGH_CHARS
        )
        if not joins and len(run) > 1:
            spans = merge([span for each in run for span in each.own])
            yield _Draft(spans, node.clause, _context(document, run[0], (*path, _path_name(node))))
        if joins and child is not None:
            run.append(child)
            size += sizes[id(child)]
        else:
            run = (
                [child]
                if child is not None and child.kind is NodeKind.PARAGRAPH and child.clause == node.clause
                else []
            )
            size = sizes[id(child)] if run and child is not None else 0


def _all_spans(node: Node) -> tuple[Span, ...]:
    return merge([span for each in _walk(node) for span in each.own])


def _only_responsible(node: Node) -> str:
    named = {each.responsible for each in _walk(node) if each.responsible}
    return named.pop() if len(named) == 1 else ""


def _says_something(document: Document, node: Node) -> bool:
    """Whether a node's own words are more than a heading."""
    if node.kind is NodeKind.DOCUMENT:
        return False
    if node.kind is NodeKind.TABLE:  # its column names tell what a form asks for
        return bool(node.header)
    if node.kind is NodeKind.FRONT:
        return _has_facts(_BLANKS.sub("", "".join(document.text[a:b] for a, b in node.own)))
    if node.kind is NodeKind.HEADING and node.header:
        return len(node.own) > 0
    if node.kind is NodeKind.ATTACHMENT:
        return False
    if node.heading and node.kind is not NodeKind.PARAGRAPH and node.kind is not NodeKind.ROW:
        own = len(_BLANKS.sub("", "".join(document.text[a:b] for a, b in node.own)))
        return own > len(_BLANKS.sub("", node.label + node.heading)) + 4
    return node.kind not in (NodeKind.CHAPTER, NodeKind.SECTION, NodeKind.PART)


def _has_facts(words: str) -> bool:
    """Whether a cover, signature or list of attachments is worth finding: a sentence, a date, a number of its own, a named attachment."""
    return bool(_FACT.search(words)) or bool(_ATTACHED.match(words))


_FACT = re.compile(r"。|\d年\d{1,2}月\d|年[一二三四五六七八九十]{1,2}月|〔\d{4}〕|\d{4}-\d{1,2}-\d")
_ATTACHED = re.compile(r"附[件录表]?\d{0,2}[：:].{2}")


def _path_name(node: Node) -> str:
    if node.kind is NodeKind.TABLE:
        return ""
    label = _BLANKS.sub("", node.label)
    heading = _BLANKS.sub("", node.heading)
    return f"{label} {heading}".strip() if node.label and node.kind in _UNIT_KINDS else label + heading


_UNIT_KINDS = (NodeKind.PART, NodeKind.CHAPTER, NodeKind.SECTION, NodeKind.ARTICLE, NodeKind.ATTACHMENT)


def _context(document: Document, node: Node, path: Sequence[str]) -> str:
    """Title, headings above, lead sentence, and for a row its inherited label and column names."""
    parts = [document.title, *path, _BLANKS.sub("", node.lead)]
    if node.kind is NodeKind.ROW:
        parts.append(" ".join(name for name in node.header if name))
    kept = [part for part in dict.fromkeys(parts) if part]
    context = " › ".join(kept)[:_MAX_CONTEXT_CHARS]
    shown = without((0, len(context)), personal.find(context))
    return "".join(context[a:b] for a, b in shown)


class _Cutter:
    """Cuts spans of one document into pieces that fit, around page marks and personal numbers."""

    def __init__(self, document: Document) -> None:
        self.text = document.text
        # A star of emphasis inside a sentence stays in the quote: cutting there would tear the sentence.
        kept = [hole for hole in document.noise if not _EMPHASIS.fullmatch(self.text[hole[0] : hole[1]])]
        self.emphasis = {hole for hole in document.noise if _EMPHASIS.fullmatch(self.text[hole[0] : hole[1]])}
        self.holes = merge([*kept, *document.personal])
        self.stars = sorted(self.emphasis)
        self.hidden_starts = {start for start, _ in document.personal}
        self.hidden_ends = {end for _, end in document.personal}

    def pieces(self, spans: Sequence[Span]) -> Iterator[tuple[Span, ...]]:
        """The spans in groups whose words fit into a passage, neighbours overlapping; in order."""
        clean = [part for span in self._bridged(spans) for part in self._clear(span)]
        total = sum(len(self._said(span)) for span in clean)
        if not clean:
            return
        if total <= MAX_PASSAGE_CHARS:
            yield tuple(clean)
            return
        yield from self._windows([unit for span in clean for unit in self._sentences(span)])

    def words(self, spans: Sequence[Span]) -> str:
        """What the spans say, as one line: joined where lines were broken, without marks of emphasis."""
        said = ""
        for before, span in zip((None, *spans), spans, strict=False):
            gap = self.text[before[1] : span[0]] if before else ""
            is_apart = "|" in gap or any(start in self.hidden_starts for start in range(span[0] - len(gap), span[0]))
            said = (
                f"{said} {self._said(span)}"
                if said and is_apart and len(gap) < _GAP_CHARS
                else _joined([said, self._said(span)])
            )
        return said[:MAX_PASSAGE_CHARS]

    def _said(self, span: Span) -> str:
        left = without(span, self._near(self.stars, span)) if self.stars else [span]
        lines = "".join(self.text[a:b] for a, b in left).strip().splitlines()
        return _joined_lines([_joined(_BLANKS.split(line.strip())) for line in lines])

    def _bridged(self, spans: Sequence[Span]) -> list[Span]:
        """Spans parted only by blanks or marks of emphasis become one."""
        bridged: list[Span] = []
        for span in spans:
            if bridged and self._is_bridge(bridged[-1][1], span[0]):
                bridged[-1] = (bridged[-1][0], span[1])
            else:
                bridged.append(span)
        return bridged

    def _is_bridge(self, start: int, end: int) -> bool:
        if not 0 <= end - start <= 40:
            return False
        left = without((start, end), self._near(self.stars, (start, end)))
        return not "".join(self.text[a:b] for a, b in left).strip()

    def _near(self, holes: Sequence[Span], span: Span) -> list[Span]:
        first = max(0, bisect_right(holes, span[0], key=lambda hole: hole[0]) - 1)
        last = bisect_left(holes, span[1], key=lambda hole: hole[0])
        return list(holes[first:last])

    def _clear(self, span: Span) -> list[Span]:
        parts = [self._tidy(left) for left in without(span, self._near(self.holes, span))]
        return [part for part in parts if part and any(map(str.isalnum, self.text[part[0] : part[1]]))]

    def _tidy(self, span: Span) -> Span | None:
        """A slice without blanks at its ends, and without the comma or half bracket that a hidden number leaves there."""
        words = self.text[span[0] : span[1]]
        before = after = _BLANK_CHARS
        if span[1] in self.hidden_starts:
            before += "" if set(words) & set("）)") else "（("
            after += "，,、（("
        if span[0] in self.hidden_ends:
            before += "，,、" if set(words) & set("（(") else "，,、）)"
        return _shorn(self.text, span, before, after)

    def _sentences(self, span: Span) -> list[Span]:
        """Sentences; longer ones than a passage at commas, and at any character where there is none."""
        units: list[Span] = []
        start = span[0]
        for at in range(span[0], span[1]):
            char = self.text[at]
            if char in _STOPS or char == "\n" or (char.isspace() and at - start > OVERLAP_CHARS):
                units += self._short((start, at + 1))
                start = at + 1
        units += self._short((start, span[1]))
        return units

    def _short(self, span: Span) -> list[Span]:
        trimmed = trim(self.text, span)
        if trimmed is None:
            return []
        start, end = trimmed
        units: list[Span] = []
        limit = MAX_PASSAGE_CHARS // 2
        while end - start > limit:
            cut = (
                max((self.text.rfind(stop, start + _MIN_FRAGMENT, start + limit) for stop in _WEAK_STOPS), default=-1)
                + 1
            )
            cut = cut if cut > start else start + limit
            units.append((start, cut))
            start = cut
        units.append((start, end))
        return [part for unit in units if (part := trim(self.text, unit))]

    def _windows(self, units: Sequence[Span]) -> Iterator[tuple[Span, ...]]:
        """Runs of units up to the limit; each begins with the last units of the one before, as far as they fit the overlap."""
        sizes = [len(self._said(unit)) + 1 for unit in units]
        first = 0
        while first < len(units):
            last, size = first, 0
            while last < len(units) and (size + sizes[last] <= MAX_PASSAGE_CHARS or last == first):
                size += sizes[last]
                last += 1
            yield self._merged(units[first:last])
            if last >= len(units):
                return
            back, shared = last, 0
            while back - 1 > first and shared + sizes[back - 1] <= OVERLAP_CHARS:
                back -= 1
                shared += sizes[back]
            first = back

    def _merged(self, units: Sequence[Span]) -> tuple[Span, ...]:
        merged: list[Span] = []
        for unit in units:
            if merged and self._is_bridge(merged[-1][1], unit[0]):
                merged[-1] = (merged[-1][0], unit[1])
            else:
                merged.append(unit)
        return tuple(merged)


def _joined_lines(lines: Sequence[str]) -> str:
    """Lines as one: a short line without a stop (a heading, a cell) keeps a blank behind it, a line broken by the page does not."""
    out = ""
    last = ""
    for line in lines:
        if not line:
            continue
        is_apart = bool(last) and len(last) < _BROKEN_CHARS and last[-1] not in _CLOSED
        out = f"{out} {line}" if is_apart else _joined([out, line])
        last = line
    return out


_BROKEN_CHARS = 30
_CLOSED = "。！？；：，、）”》"


def _joined(parts: Sequence[str]) -> str:
    out: list[str] = []
    last = ""
    for part in parts:
        if not part:
            continue
        if last and last.isascii() and part[0].isascii() and (last.isalnum() or part[0].isalnum()):
            out.append(" ")
        out.append(part)
        last = part[-1]
    return "".join(out)
