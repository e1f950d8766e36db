"""One question on its way to an answer: what every answering module is given."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from bot.assistant.evidence import Shelf
from bot.assistant.shape import GENERATED, Answer, Near, Outcome
from bot.assistant.weighing import weigh
from bot.profile import NOT_SET, Profile
from bot.rules.followup import Turn
from bot.rules.intent import Intent, Wish
from corpora.document import Document, Kind
from retrieval.protocols import Finder, Found, Principal, Query


@dataclass(frozen=True, slots=True)
class Asking:
    """A question, who asks it, on which day, and the one door to what is known."""

    id: str
    original: str  # as it was written, in one width and script, without chatter
    turn: Turn
    prev: tuple[str, ...]
    wish: Wish
    principal: Principal
    today: date
    shelf: Shelf
    finder: Finder
    profile: Profile
    firm_region: Callable[[], str | None]  # where the asker's firm is; looked up when it matters
    trouble: bool = False  # known to tell of something that fails

    def search(
        self,
        text: str,
        kind: Kind,
        *,
        documents: frozenset[str] = frozenset(),
        top_k: int = 10,
        after: Found | None = None,
    ) -> Found:
        """Search one kind of knowledge as the one who asks. Digests whose original is here are no candidates.

        `after` is an earlier search for nearly the same words, whose meaning is taken over: embedding is what takes time.
        """
        documents = documents or (self.shelf.candidates if kind is Kind.POLICY else frozenset())
        meaning = after.meaning if after else None
        found = self.finder.search(
            Query(text, kinds=frozenset({kind}), top_k=top_k, documents=documents, meaning=meaning), self.principal
        )
        return weigh(text, found) if kind is Kind.POLICY else found

    def whole(self, document: Document) -> Document:
        """The document with its text and tree; the shelf holds them without."""
        return self.finder.document(document.id, self.principal) or document

    def fixed(
        self, outcome: Outcome, text: str, *, intent: Intent | None = None, suggestions: tuple[str, ...] = ()
    ) -> Answer:
        """An answer that cites nothing because it says nothing from a document."""
        return Answer(self.id, outcome, intent or self.wish.intent, text, GENERATED, suggestions=suggestions)

    def unanswered(self, intent: Intent, text: str, *, confidence: float, near: tuple[Near, ...] = ()) -> Answer:
        """An honest no, with pointers where something is close."""
        return Answer(
            self.id,
            Outcome.NO_ANSWER,
            intent,
            text,
            GENERATED,
            confidence=confidence,
            near=near,
            suggestions=("转人工",),
        )

    @property
    def call(self) -> str:
        """How to reach a person."""
        telephone = self.profile.telephone
        return f"回复“转人工”，或打中心电话 {telephone}" if telephone else f"回复“转人工”（中心电话{NOT_SET}）"

    def of_kind(self, kind: Kind) -> tuple[Document, ...]:
        """The documents of one kind that the asker may see; digests that an original replaces are left out."""
        return self.shelf.of_kind(kind)
