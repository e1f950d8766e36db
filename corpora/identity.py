"""Ids of documents and passages: hashes of what they say and where, so that every machine gives the same file the same ids."""

import hashlib
from collections.abc import Sequence

from corpora.document import Kind, Span


def document_id(source: str, kind: Kind, text: str) -> str:
    """Twenty hexadecimal digits."""
    return _digest("\0".join((source, kind.value, text)))


def passage_id(document: str, clause: str, spans: Sequence[Span]) -> str:
    """Twenty hexadecimal digits."""
    return _digest(f"{document}\0{clause}\0{';'.join(f'{start}-{end}' for start, end in spans)}")


def _digest(content: str) -> str:
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:20]
