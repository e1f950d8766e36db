"""What passes through the one door of retrieval: who asks, what is asked, what is found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from corpora.document import Course, Document, Kind, Passage, Solution, Visibility

Vectors = NDArray[np.float32]


class Role(StrEnum):
    """Who is asking."""

    PUBLIC = "public"
    SME = "sme"
    ENGINEER = "engineer"
    STAFF = "staff"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Principal:
    """The person or program that asks, and the organisation it belongs to."""

    role: Role = Role.PUBLIC
    organisation: str | None = None

    @property
    def sees(self) -> frozenset[Visibility]:
        """The visibilities whose collections may be searched for this principal."""
        if self.role in (Role.STAFF, Role.ADMIN):
            return frozenset(Visibility)
        if self.role in (Role.SME, Role.ENGINEER):
            return frozenset({Visibility.PUBLIC, Visibility.MEMBERS})
        return frozenset({Visibility.PUBLIC})


PUBLIC = Principal()


class Embedder(Protocol):
    """Text to unit vectors. Thread safe."""

    dimensions: int
    name: str  # changes whenever vectors would

    def embed_query(self, text: str) -> Vectors:
        """One vector of shape (dimensions,)."""

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimensions), rows in order."""


@dataclass(frozen=True, slots=True)
class Query:
    """One search. `text` is what to look for, already rewritten where the talk needs it."""

    text: str
    kinds: frozenset[Kind] = frozenset({Kind.POLICY})
    top_k: int = 10
    documents: frozenset[str] = frozenset()  # only these document ids; empty means all
    meaning: Vectors | None = field(
        default=None, compare=False, repr=False
    )  # of an earlier search; None: embed the text


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found, with the evidence for it."""

    passage: Passage
    document: Document  # `tree` may be a bare root: ask the catalogue for the full one
    score: float  # comparable within one result only
    evidence: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """What one search gives: best first, and the probability that these passages answer the question (0 when nothing is indexed)."""

    hits: tuple[Hit, ...] = ()
    confidence: float = 0.0
    answered: bool = False  # confidence is past the collection's own threshold
    near: bool = False  # not answered, but close enough to point at
    blind: bool = False  # the question's own words hardly occur there: only the meaning speaks for an answer
    few: bool = False  # at least half of what was looked through is among the hits
    meaning: Vectors | None = field(default=None, compare=False, repr=False)  # the query's vector, for a further search


class Finder(Protocol):
    """The one door to everything indexed. What the principal may not see is never a candidate."""

    def search(self, query: Query, principal: Principal) -> Found: ...

    def document(self, document_id: str, principal: Principal) -> Document | None:
        """The whole document with its tree, or None where there is none that this principal may see."""

    def documents(self, principal: Principal) -> Sequence[Document]:
        """All documents without text and tree, ordered by source then place in the file."""

    def passages(self, document_id: str, principal: Principal) -> Sequence[Passage]:
        """All passages of one document in order."""

    def courses(self, principal: Principal) -> Sequence[tuple[Course, Document]]:
        """All catalogue rows that the principal may see."""

    def solutions(self, principal: Principal) -> Sequence[tuple[Solution, Document]]:
        """All solved cases that the principal may see."""
