"""Personal numbers are shown to the centre's staff and to nobody else."""

from corpora.document import Document, Span
from corpora.personal import find
from retrieval.protocols import Principal, Role

MASK = "█"


def sees_personal(principal: Principal) -> bool:
    """Whether this principal may read personal numbers that stand in documents."""
    return principal.role in (Role.STAFF, Role.ADMIN)


def hidden_spans(document: Document, principal: Principal) -> tuple[Span, ...]:
    """What this principal must not read of the document's text, ascending."""
    return () if sees_personal(principal) else tuple(sorted(document.personal))


def masked(text: str, span: Span, hidden: tuple[Span, ...]) -> str:
    """`text[span]` with a block for every hidden character, so that offsets stay."""
    start, end = span
    piece = text[start:end]
    for low, high in hidden:
        low, high = max(low, start) - start, min(high, end) - start
        if low < high:
            piece = piece[:low] + MASK * (high - low) + piece[high:]
    return piece


def masked_words(words: str, principal: Principal) -> str:
    """Words that were taken out of a document (a course's place, a column's name) as this principal may read them."""
    return words if sees_personal(principal) else masked(words, (0, len(words)), find(words))
