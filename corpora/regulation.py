"""From the characters of a file to its documents, each with its tree of citable units. Pure: no file, no clock.

The steps live beside it: noise, lines, flat_tables, boundaries, front, nesting, clauses, metadata, personal.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import PurePosixPath

from corpora import personal
from corpora.boundaries import find_starts
from corpora.clauses import name_clauses
from corpora.document import Document, Extract, Kind, Node, NodeKind, Span
from corpora.flat_tables import RawTable, find_tables
from corpora.front import Block, read_frame
from corpora.identity import document_id
from corpora.lines import read_lines, trim
from corpora.loaders.markdown import head as read_file_head
from corpora.metadata import Facts, overridden, read_facts, read_head
from corpora.nesting import build_tree
from corpora.noise import find_noise, merge, without
from corpora.units import Unit

_MAX_PAGE_CHARS = 4000  # a printed page holds no more: beyond it the marks are missing and the page is not known
_MAX_LEAD_CHARS = 40
_MIN_LEAD_CHARS = 10
_RESPONSIBLE = re.compile(
    r"[（(【]?\s*((?:牵头|责任|主责|配合|负责|承办|落实|实施)(?:责任)?(?:单位|部门)\s*[：:][^（()）】。]*(?:[（(][^（()）]{0,30}[）)][^（()）】。]*)*)[）)】]?\s*。?\s*$"
)


def structure(extract: Extract, *, source: str, kind: Kind = Kind.POLICY) -> tuple[Document, ...]:
    """The documents of a file in their order, each with tree, facts and personal numbers.

    The texts of the documents, one behind the other, are the file's text. In each tree the own spans of all nodes cover every non-blank
    character that is not noise exactly once. A head between `---` lines is noise, and overrides what is read from the first document.

    Args:
        extract: What a loader read.
        source: File name as it is cited.
        kind: What the file was ingested as; it enters the id.

    Returns:
        No documents for a text that is blank or all noise.
    """
    text = extract.text
    head, body = read_file_head(text)
    noise = find_noise(extract)
    if body:
        noise = merge([*noise, (0, body)])
    blocks = _blocks(text, noise, find_tables(text, noise, extract.tables), body)
    starts = find_starts(blocks)
    ends = [*starts[1:], len(blocks)] if starts else []
    documents = []
    for at, (first, last) in enumerate(zip(starts, ends, strict=True)):
        begin = blocks[first].start if at else 0
        end = blocks[last].start if last < len(blocks) else len(text)
        stated = read_head(head) if at == 0 else Facts()
        documents.append(_document(extract, blocks[first:last], (begin, end), noise, stated, source, kind))
    return tuple(documents)


def _blocks(text: str, noise: Sequence[Span], tables: Sequence[RawTable], start: int) -> list[Block]:
    blocks: list[Block] = []
    for table in tables:
        blocks += read_lines(text, noise, start, max(start, table.span[0]))
        blocks.append(table)
        start = max(start, table.span[1])
    return blocks + read_lines(text, noise, start, len(text))


def _document(
    extract: Extract, blocks: Sequence[Block], span: Span, noise: Sequence[Span], stated: Facts, source: str, kind: Kind
) -> Document:
    begin, end = span
    text = extract.text[begin:end]
    frame = read_frame(blocks)
    facts = overridden(read_facts(blocks, frame, PurePosixPath(source).stem), stated)
    root = build_tree(extract.text, blocks, frame, noise)
    name_clauses(root)
    _attribute(root)
    pages = _pages_within(extract.pages, begin, end)
    own_noise = tuple((max(a, begin) - begin, min(b, end) - begin) for a, b in noise if b > begin and a < end)
    return Document(
        id=document_id(source, kind, text),
        kind=kind,
        source=source,
        title=facts.title,
        text=text,
        tree=_frozen(root, text, begin, own_noise, pages),
        number=facts.number,
        issuer=facts.issuer,
        region=facts.region,
        issued=facts.issued,
        effective=facts.effective,
        valid_until=facts.valid_until,
        event=facts.event,
        draft=facts.draft,
        digest=facts.digest,
        example=facts.example,
        replaces=facts.replaces,
        pages=pages,
        noise=own_noise,
        personal=personal.find(text),
        notes=extract.notes,
    )


def _pages_within(pages: Sequence[tuple[int, int]], begin: int, end: int) -> tuple[tuple[int, int], ...]:
    """Page starts inside a document, counted from its first character; the page it begins on counts as starting there."""
    kept: list[tuple[int, int]] = []
    for offset, number in pages:
        if offset <= begin:
            kept[:1] = [(0, number)]
        elif offset < end:
            kept.append((offset - begin, number))
    return tuple(kept)


def page_at(pages: Sequence[tuple[int, int]], offset: int, length: int) -> int | None:
    """The page that the character at `offset` stands on; None where no page is known or the page is longer than any page is.

    Args:
        pages: Offsets where pages start and their numbers, ascending.
        offset: In characters.
        length: Of the whole text: where the last page ends.
    """
    at = bisect_right(pages, offset, key=lambda page: page[0]) - 1
    if at < 0:
        return None
    end = pages[at + 1][0] if at + 1 < len(pages) else length
    return pages[at][1] if end - pages[at][0] <= _MAX_PAGE_CHARS else None


def _attribute(root: Unit) -> None:
    """Headings that head nothing become text; leads and responsible bodies are read off."""
    for unit in root.walk():
        if unit.mark and not unit.children and unit.kind in _LIST_KINDS:
            unit.heading = ""
        lead = _lead_of(_last_words(unit)) if unit.words and unit.mark and not unit.heading else ""
        for child in unit.children:
            if child.kind is NodeKind.PARAGRAPH and child.words and not child.name:
                said = _lead_of(child.words[-1])
                lead = said if child.words[-1].endswith(("：", ":")) else lead
            elif not child.lead:
                child.lead = lead
        words = "".join(unit.words)
        if found := _RESPONSIBLE.search(words[-600:]):
            said = re.sub(r"\s+", "", found[1])
            unit.responsible = re.sub(r"^责任(?:单位|部门)[：:]", "", said).rstrip("）)】。")


_LIST_KINDS = (NodeKind.SUBHEADING, NodeKind.POINT, NodeKind.SUBPOINT)


def _last_words(unit: Unit) -> str:
    """A unit's last own paragraph, without the number that begins it."""
    return unit.mark.rest if unit.mark and len(unit.words) == 1 else unit.words[-1]


def _lead_of(words: str) -> str:
    """The sentence that announces a list: the last one where it ends with a colon, else what stands before its first colon.

    Of a long one only the last clauses: 申报单位应同时具备以下条件：
    """
    if not words.endswith(("：", ":")):
        found = re.match(r"[^。；]{2,60}?[：:]", words)
        return found[0] if found else ""
    sentence = re.split(r"[。；]", words)[-1]
    while len(sentence) > _MAX_LEAD_CHARS and "，" in sentence[:-_MIN_LEAD_CHARS]:
        sentence = sentence.split("，", 1)[1]
    return sentence[-4 * _MAX_LEAD_CHARS :]


def _frozen(root: Unit, text: str, shift: int, noise: Sequence[Span], pages: Sequence[tuple[int, int]]) -> Node:
    """The units as nodes, built from the leaves up without recursion: hostile nesting must not exhaust the stack."""
    order = list(root.walk())
    done: dict[int, Node] = {}
    for unit in reversed(order):
        children = tuple(done.pop(id(child)) for child in unit.children)
        own = _solid(text, [(a - shift, b - shift) for a, b in unit.pieces], noise)
        edges = [*own, *(child.span for child in children if child.span[1] > child.span[0])]
        span = (min(a for a, _ in edges), max(b for _, b in edges)) if edges else (0, 0)
        done[id(unit)] = Node(
            kind=unit.kind,
            label=unit.label,
            heading=unit.heading,
            clause=unit.clause,
            span=span if unit.kind is not NodeKind.DOCUMENT else (0, len(text)),
            own=own,
            children=children,
            page=page_at(pages, span[0], len(text)) if edges else None,
            responsible=unit.responsible,
            lead=unit.lead,
            header=unit.header,
        )
    return done[id(root)]


def _solid(text: str, pieces: Sequence[Span], noise: Sequence[Span]) -> tuple[Span, ...]:
    """Own pieces as few contiguous slices: parted only by noise or by another unit's characters, never by a mere line end."""
    solid: list[Span] = []
    for piece in sorted(pieces):
        if solid and not text[solid[-1][1] : piece[0]].strip() and solid[-1][1] <= piece[0]:
            solid[-1] = (solid[-1][0], piece[1])
        elif trimmed := trim(text, piece):
            solid.append(trimmed)
    if not noise:
        return tuple(solid)
    return tuple(left for span in solid for left in _outside(text, span, noise))


def _outside(text: str, span: Span, noise: Sequence[Span]) -> list[Span]:
    at = max(0, bisect_right(noise, span[0], key=lambda each: each[0]) - 1)
    near = []
    while at < len(noise) and noise[at][0] < span[1]:
        near.append(noise[at])
        at += 1
    return [trimmed for left in without(span, near) if (trimmed := trim(text, left))]
