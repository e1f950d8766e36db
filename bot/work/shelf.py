"""The library as the clinic shows it: a case that was taken back is gone from every answer, list and page at the commit that takes it back.

Its file and its passages follow within seconds; until then, and in every other process, it is left out where it would be read.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from bot.db import Records
from bot.errors import Unavailable
from bot.rules.solutions import case_of
from bot.services import solutions
from corpora.document import Document, Kind, Passage, Solution, Visibility
from retrieval.library import Library
from retrieval.protocols import Found, Principal, Query

log = logging.getLogger("wenzhen.shelf")
Ids = frozenset[str]


class Shown:
    """Asks the records which cases may be shown. Thread safe; the list is read again only after a solution has moved."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._held: tuple[tuple[int, int], Ids] = ((-1, -1), frozenset())

    def __call__(self) -> Ids:
        """Their ids. None at all while the records cannot be read: what cannot be asked about is not shown."""
        try:
            with self._records.read() as session:
                stamp = solutions.stamp(session)
                if stamp != self._held[0]:
                    self._held = (stamp, solutions.found(session))
        except Unavailable:
            log.warning("no solved case of the clinic is shown: the records cannot be read")
            return frozenset()
        return self._held[1]


class ClinicLibrary(Library):
    """The library without the cases that may not be shown (any more).

    Files of other origin, the shipped cases among them, are not touched: a case of the clinic is known by its name.
    """

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.shown: Callable[[], Ids] = frozenset
        self._lists: dict[frozenset[Visibility], _List] = {}
        self._listing = threading.Lock()

    def search(self, query: Query, principal: Principal) -> Found:
        """The passages that best answer, among those that the principal may see and that may be shown."""
        found = super().search(query, principal)
        cases = {case for hit in found.hits if (case := case_of(hit.document.source)) is not None}
        if not cases or cases <= self.shown():
            return found
        # Its confidence counted on what may not be shown: search again among the rest.
        rest = frozenset(document.id for document in self.documents(principal) if document.kind in query.kinds)
        if query.documents:
            rest &= query.documents
        if not rest:
            return Found(meaning=found.meaning)
        return super().search(replace(query, documents=rest, meaning=found.meaning), principal)

    def document(self, document_id: str, principal: Principal) -> Document | None:
        """The whole document with its tree, or None where there is none that may be shown to this principal."""
        document = super().document(document_id, principal)
        return document if document is not None and self._may_show(document) else None

    def documents(self, principal: Principal) -> Sequence[Document]:
        """All documents that may be shown, ordered by source then place in the file; without text and tree."""
        everything = super().documents(principal)
        with self._listing:
            held = self._lists.get(principal.sees)
            if held is None or held.everything is not everything:
                held = self._lists[principal.sees] = _List(everything)
        return held.without(held.cases - self.shown()) if held.cases else everything

    def passages(self, document_id: str, principal: Principal) -> Sequence[Passage]:
        """All passages of one document in order; none where it may not be shown."""
        passages = super().passages(document_id, principal)
        if passages and passages[0].kind is Kind.SOLUTION and document_id in self._hidden(principal):
            return []
        return passages

    def solutions(self, principal: Principal) -> Sequence[tuple[Solution, Document]]:
        """All solved cases that may be shown, each with its document and text."""
        return [pair for pair in super().solutions(principal) if self._may_show(pair[1])]

    def _may_show(self, document: Document) -> bool:
        case = case_of(document.source)
        return case is None or case in self.shown()

    def _hidden(self, principal: Principal) -> frozenset[str]:
        shown = self.shown()
        return frozenset(
            document.id
            for document in super().documents(principal)
            if (case := case_of(document.source)) is not None and case not in shown
        )


class _List:
    """A list of documents, its cases, and the list without some of them, kept for as long as it is asked for."""

    def __init__(self, everything: Sequence[Document]) -> None:
        self.everything = everything
        self.cases = frozenset(case for document in everything if (case := case_of(document.source)) is not None)
        self._left: tuple[Ids, Sequence[Document]] = (frozenset(), everything)

    def without(self, hidden: Ids) -> Sequence[Document]:
        """The others; the very same sequence as long as the same ones are hidden."""
        if self._left[0] != hidden:
            self._left = (
                hidden,
                tuple(document for document in self.everything if case_of(document.source) not in hidden),
            )
        return self._left[1]
