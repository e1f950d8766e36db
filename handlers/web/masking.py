"""Which characters of a document a principal must not read."""

from corpora.document import Document, Span
from retrieval.protocols import Principal, Role

MASK = "█"


def hidden_spans(document: Document, principal: Principal) -> tuple[Span, ...]:
    """Personal numbers, for everyone but the centre's staff; ascending."""
    return () if principal.role in (Role.STAFF, Role.ADMIN) else tuple(sorted(document.personal))


def masked(text: str, span: Span, hidden: tuple[Span, ...]) -> str:
    """`text[span]` with a block for every hidden character, so that offsets stay."""
    start, end = span
    piece = text[start:end]
    for low, high in hidden:
        low, high = max(low, start) - start, min(high, end) - start
        if low < high:
            piece = piece[:low] + MASK * (high - low) + piece[high:]
    return piece


def without_hidden(words: str, document: Document, hidden: tuple[Span, ...]) -> str:
    """Words that were taken out of the document (a course's place, a table's column name) with what is hidden there blocked out."""
    for start, end in hidden:
        number = document.text[start:end]
        words = words.replace(number, MASK * len(number))
    return words
