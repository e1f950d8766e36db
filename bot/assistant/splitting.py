"""A unit that is shown is cited by its smallest clauses: a person asks for 第八条（3）, not for 第八条."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, zip_longest

from bot.assistant.evidence import MIN_QUOTE_CHARS, Quote
from bot.rules.quoting import best_run, inside, trim
from corpora.document import Document, Node, Span
from retrieval.protocols import Finder, Hit, Principal

_ANNOUNCES = re.compile(r"[^。；\n]{,10}[：:]")  # and says nothing itself
MAX_PIECES = 10  # citations of one answer
WHOLE_LISTS = 2  # quotes that may be the list asked for


def smallest(
    finder: Finder,
    quotes: Sequence[Quote],
    hits: Sequence[Hit],
    *,
    question: str,
    principal: Principal,
    keep_lists: bool,
) -> list[Quote]:
    """The quotes cut at their smallest clauses: the best piece of each quote, then others that were found, then what is left.

    Args:
        hits: What was found, best first; of a quote the piece that stands first among them is its best one.
        keep_lists: The first quotes, and items under a lead sentence, stay together: the question asks for all of them.
    """
    cut = [
        [quote]
        if keep_lists and at < WHOLE_LISTS
        else _cut(finder.document(quote.document.id, principal), quote, hits, question, keep_lists)
        for at, quote in enumerate(quotes)
    ]
    firsts = [pieces[0] for pieces in cut]
    rests = [piece for piece in chain.from_iterable(zip_longest(*(pieces[1:] for pieces in cut))) if piece is not None]
    return [*firsts, *sorted(rests, key=lambda piece: _rank(piece, hits))][:MAX_PIECES]


def _cut(document: Document | None, quote: Quote, hits: Sequence[Hit], question: str, keep_lists: bool) -> list[Quote]:
    """The pieces of one quote, the best first and the others in order; the quote itself where it is one clause."""
    if document is None:
        return [quote]
    pieces = []
    led = 0
    for clause, span, node in _merged(document.text, _leaves(document.tree, "")):
        low, high = trim(document.text, (max(span[0], quote.span[0]), min(span[1], quote.span[1])))
        words = document.text[low:high]
        if high - low >= MIN_QUOTE_CHARS and not _is_heading(words, node) and not _ANNOUNCES.fullmatch(words):
            responsible = node.responsible or quote.responsible
            led += bool(node.lead)
            pieces.append(replace(quote, document=document, clause=clause, span=(low, high), responsible=responsible))
    if keep_lists and 2 * led >= len(pieces):
        return [quote]
    if len(pieces) < 2 or any(not piece.clause.startswith(quote.clause) for piece in pieces):
        return [quote]
    best = _best(pieces, quote, hits, question)
    return [best, *(piece for piece in pieces if piece is not best)]


def _leaves(node: Node, inherited: str) -> Iterator[tuple[str, Span, Node]]:
    """Each run of own characters in the tree with its clause, in order."""
    clause = node.clause or inherited
    own = [(span, node) for span in node.own]
    below = [(child.span, child) for child in node.children]
    for span, part in sorted([*own, *below], key=lambda item: item[0]):
        if part is node:
            yield clause, span, node
        else:
            yield from _leaves(part, clause)


def _merged(text: str, leaves: Iterator[tuple[str, Span, Node]]) -> Iterator[tuple[str, Span, Node]]:
    """Neighbours of the same clause as one, where nothing but blanks stands between them."""
    held: tuple[str, Span, Node] | None = None
    for clause, span, node in leaves:
        if held and held[0] == clause and not text[held[1][1] : span[0]].strip():
            held = (clause, (held[1][0], span[1]), held[2])
            continue
        if held:
            yield held
        held = (clause, span, node)
    if held:
        yield held


def _is_heading(words: str, node: Node) -> bool:
    return "".join(words.split()) == "".join((node.label + node.heading).split())


def _rank(piece: Quote, hits: Sequence[Hit]) -> int:
    """The place among the hits of the passage that is this piece; their number where none is.

    A passage of the whole clause has the name of its lead sentence and says nothing about which point is meant.
    """
    for rank, hit in enumerate(hits):
        same = hit.document.id == piece.document.id and hit.passage.clause == piece.clause
        if same and inside([trim(piece.document.text, span) for span in hit.passage.spans], [piece.span]):
            return rank
    return len(hits)


def _best(pieces: Sequence[Quote], quote: Quote, hits: Sequence[Hit], question: str) -> Quote:
    best = min(pieces, key=lambda piece: _rank(piece, hits))
    if _rank(best, hits) < len(hits):
        return best
    low, high = best_run(question, quote.text)
    middle = quote.span[0] + (low + high) // 2
    return next((piece for piece in pieces if piece.span[0] <= middle < piece.span[1]), pieces[0])
