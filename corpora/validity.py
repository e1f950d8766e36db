"""When a document holds: its period of validity, and its status on a day."""

from datetime import date

from corpora.document import Document, Status
from corpora.front import is_title_like


def status_on(document: Document, today: date, *, superseded: bool = False) -> Status:
    """Status of `document` on `today`.

    A digest and a draft are that whatever their dates. Then superseded, expired, not yet in force, in force. A dated official text
    that states no period is in force; so is nothing that is neither dated nor numbered: that is unknown. A notice of an event is expired
    once the event is over.

    Args:
        document: As it was read.
        today: The day of asking.
        superseded: Whether another document that is known says that it replaces this one.
    """
    if document.digest:
        return Status.DIGEST
    if document.draft:
        return Status.DRAFT
    if superseded:
        return Status.SUPERSEDED
    if document.valid_until and document.valid_until < today:
        return Status.EXPIRED
    start = document.effective or document.issued
    if start and start > today:
        return Status.NOT_YET
    if document.event and document.event < today:
        return Status.EXPIRED
    if start is None:
        return Status.IN_FORCE if document.valid_until else Status.UNKNOWN
    return Status.IN_FORCE if _is_official(document) else Status.UNKNOWN


def _is_official(document: Document) -> bool:
    return bool(
        document.number
        or document.effective
        or document.valid_until
        or (document.issuer and is_title_like(document.title))
    )
