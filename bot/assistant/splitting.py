"""A unit that is shown is cited by its smallest clauses: a person asks for 第八条（3）, not for 第八条."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, zip_longest

from bot.assistant.evidence import MIN_QUOTE_CHARS, Quote
from bot.rules.quoting import best_run, trim
from corpora.document import Document, Node, Span
from retrieval.protocols import Finder, Hit, Principal

MAX_PIECES = 10  # citations of one answer


def smallest(
    finder: Finder,
    quotes: Sequence[Quote],
    hits: Sequence[Hit],
    *,
    question: str,
    principal: Principal,
    keep_lists: bool,
) -> list[Quote]:
    """The quotes cut at their smallest clauses: the best piece of each quote first, then the others in their order.

    Args:
        hits: What was found, best first; of a quote the piece that stands first among them is its best one.
        keep_lists: Items under a lead sentence stay together: the question asks for all of them.
    """
    cut = [_cut(finder.document(quote.document.id, principal), quote, hits, question, keep_lists) for quote in quotes]
    firsts = [pieces[0] for pieces in cut]
    rests = chain.from_iterable(zip_longest(*(pieces[1:] for pieces in cut)))
    return [*firsts, *(piece for piece in rests if piece is not None)][:MAX_PIECES]


def _cut(document: Document | None, quote: Quote, hits: Sequence[Hit], question: str, keep_lists: bool) -> list[Quote]:
    """The pieces of one quote, the best first and the others in order; the quote itself where it is one clause."""
    if document is None:
        return [quote]
    pieces = []
    led = 0
    for clause, span, node in _merged(document.text, _leaves(document.tree, "")):
        low, high = trim(document.text, (max(span[0], quote.span[0]), min(span[1], quote.span[1])))
        if high - low >= MIN_QUOTE_CHARS and not _is_heading(document.text[low:high], node):
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


def _best(pieces: Sequence[Quote], quote: Quote, hits: Sequence[Hit], question: str) -> Quote:
    for hit in hits:
        if hit.document.id == quote.document.id:
            for piece in pieces:
                if piece.clause == hit.passage.clause:
                    return piece
    low, high = best_run(question, quote.text)
    middle = quote.span[0] + (low + high) // 2
    return next((piece for piece in pieces if piece.span[0] <= middle < piece.span[1]), pieces[0])
