"""The assistant: one question in, one answer out. It reads the wish, completes follow-ups, and lets the kinds of knowledge compete."""

import operator
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import cache, partial

from bot.assistant import (
    courses,
    documents,
    eligibility,
    explaining,
    partly,
    policy,
    presupposing,
    service,
    sides,
    technical,
)
from bot.assistant.asking import Asking
from bot.assistant.eligibility import Checklist
from bot.assistant.evidence import Shelf, title
from bot.assistant.lookup import answers, look_up
from bot.assistant.shape import Answer, Outcome
from bot.errors import Invalid
from bot.profile import Profile
from bot.rules.chatter import plain
from bot.rules.followup import Turn, resolve
from bot.rules.intent import Intent, Topic, Wish, read
from bot.rules.questions import asked_fact
from bot.rules.triage import domain_scores
from bot.rules.troubles import tells
from bot.rules.wording import clean
from corpora.document import Document, Kind
from retrieval.protocols import PUBLIC, Finder, Principal

NO_QUESTION = "申报条件"
KNOWLEDGE = frozenset({Intent.POLICY, Intent.COURSE, Intent.TECHNICAL})


def _nowhere(organisation: str) -> str | None:
    del organisation
    return None


def _nobody() -> str | None:
    return None


class Assistant:
    """Answers questions from what the finder knows and the centre profile says. Thread safe; the same question gives the same answer."""

    def __init__(
        self,
        finder: Finder,
        *,
        profile: Profile,
        today: Callable[[], date],
        region_of: Callable[[str], str | None] = _nowhere,
    ) -> None:
        """Take what is known, what the centre says of itself, the day, and where an organisation is by its id."""
        self._finder = finder
        self._region_of = region_of
        self._profile = profile
        self._today = today
        self._shelves: dict[frozenset[str], tuple[Sequence[Document], Shelf]] = {}

    def ask(
        self,
        question: str,
        *,
        principal: Principal = PUBLIC,
        prev: Sequence[str] = (),
        id: str | None = None,
        explain: bool = False,
        trouble: bool = False,
    ) -> Answer:
        """Answer one question.

        Args:
            prev: The asker's earlier turns, oldest first; what cannot be read in them is left out.
            trouble: Whether it is known to tell of something that fails: then only solved cases can answer.
            id: Echoed in the answer; a random one where None.
            explain: Whether the answer carries its evidence; that is for staff, and the caller's to know.

        Raises:
            Invalid: the question is empty, over 4,000 characters, or holds a NUL or half a surrogate pair.
        """
        if not explain:
            return _answer(self._asking(question, principal, prev, self._finder, id, trouble))
        watched = explaining.Watched(self._finder)
        asking = self._asking(question, principal, prev, watched, id, trouble)
        answer = _answer(asking)
        return replace(answer, evidence=explaining.explain(asking, watched, answer))

    def checklists(
        self, question: str, *, principal: Principal = PUBLIC, prev: Sequence[str] = ()
    ) -> tuple[Checklist, ...]:
        """The conditions of the documents that may be meant where somebody asks whether the own firm may apply, best first.

        Raises:
            Invalid: as for `ask`.
        """
        return eligibility.checklists(self._asking(question, principal, prev, self._finder))

    def checklist(self, document: str, *, principal: Principal = PUBLIC) -> Checklist | None:
        """The conditions of one document by its id; None where it is not there (any more) for this principal, or sets none."""
        asking = self._asking(NO_QUESTION, principal, (), self._finder)
        known = asking.shelf.by_id.get(document)
        return eligibility.checklist(asking, known) if known else None

    def _asking(
        self,
        question: str,
        principal: Principal,
        prev: Sequence[str],
        finder: Finder,
        id: str | None = None,
        trouble: bool = False,
    ) -> Asking:
        text = plain(clean(question))
        shelf = self._shelf(principal)
        before = tuple(_readable(prev))
        turn = resolve(text, before, known_places=shelf.regions)
        return Asking(
            id or secrets.token_hex(8),
            text,
            turn,
            before,
            _wish(text, turn),
            principal,
            self._today(),
            shelf,
            finder,
            self._profile,
            cache(partial(self._region_of, principal.organisation)) if principal.organisation else _nobody,
            trouble,
        )

    def _shelf(self, principal: Principal) -> Shelf:
        """The shelf of this principal, built anew only when the finder's list of documents is another one."""
        known = self._finder.documents(principal)
        key = frozenset(visibility.value for visibility in principal.sees)
        held = self._shelves.get(key)
        if held is not None and (
            held[0] is known or (len(held[0]) == len(known) and all(map(operator.is_, held[0], known)))
        ):
            return held[1]
        shelf = Shelf(known)
        self._shelves[key] = (known, shelf)
        return shelf


def _answer(asking: Asking) -> Answer:
    if asking.trouble:
        return technical.answer(asking, technical.search(asking))
    answer = _found(asking)
    if asking.wish.intent in KNOWLEDGE:
        answer = partly.told(asking, answer, _know)
    return presupposing.named(asking, answer)


def _found(asking: Asking) -> Answer:
    if asking.wish.topic is Topic.OFF_TOPIC and (found := look_up(asking)).confidence >= policy.CLEAR:
        return sides.answer(asking, found)
    if asking.wish.intent not in KNOWLEDGE:
        return service.answer(asking)
    if asking.turn.missing and not (asked_fact(asking.original) and documents.meant(asking)):
        return _clarify(asking)
    return _know(asking)


def _know(asking: Asking) -> Answer:
    """Answer from the kind of knowledge that is wanted, or from the one that answers best where the words leave it open."""
    wish = asking.wish
    if wish.intent is Intent.COURSE:
        answer = courses.answer(asking)
        goes_on = bool(asking.turn.subject) and read(asking.turn.subject).intent is Intent.COURSE
        if answer.outcome is Outcome.ANSWERED or answer.near or goes_on:
            return answer
        found = look_up(asking)
        clear = found.confidence >= policy.CLEAR or not wish.sure
        return sides.answer(asking, found) if answers(found) and clear else answer
    if wish.intent is Intent.POLICY and (told := documents.answer(asking)):
        return told
    trouble = wish.intent is Intent.TECHNICAL and tells(asking.turn.search)
    if not trouble and (listed := eligibility.answer(asking)):
        return listed
    if trouble or (wish.intent is Intent.TECHNICAL and wish.sure):
        cases = technical.search(asking)
        if trouble or technical.fits(cases):  # no clause helps with a machine that fails, however near its words are
            return technical.answer(asking, cases)
    found = look_up(asking)
    if wish.intent is Intent.POLICY and (wish.sure or (answers(found) and not domain_scores(asking.turn.search))):
        return sides.answer(asking, found)
    cases = technical.search(asking, after=found)
    if technical.fits(cases) and not (answers(found) and found.confidence > max(cases.confidence, policy.CLEAR)):
        return technical.answer(asking, cases)
    if answers(found) or wish.intent is Intent.POLICY:
        return sides.answer(asking, found)
    return technical.answer(asking, cases)


def _wish(text: str, turn: Turn) -> Wish:
    """What is wanted; a follow-up that names no kind of its own wants what the turn before did."""
    own = read(text)
    if not turn.subject or own.intent not in KNOWLEDGE or (own.intent is not Intent.POLICY and own.sure):
        return own
    before = read(turn.subject)
    if own.intent is Intent.POLICY and own.sure:
        return own
    return before if before.intent in KNOWLEDGE else own


def _clarify(asking: Asking) -> Answer:
    """Ask back what is meant, with what there is to choose from."""
    titles = [document.title for document in asking.of_kind(Kind.POLICY)]
    names = "、".join(title(name) for name in titles[:4])
    if asked_fact(asking.original):
        text = (
            f"您问的是哪份文件？请写出文件名或文号。已收录的有：{names}。"
            if names
            else "您问的是哪份文件？请写出文件名或文号。"
        )
    else:
        text = "您问的是哪件事？请补上对象，比如哪份文件、哪门课，或什么设备出了什么问题。"
    return asking.fixed(Outcome.CLARIFY, text)


def _readable(prev: Sequence[str]) -> list[str]:
    kept = []
    for turn in prev:
        try:
            kept.append(plain(clean(turn)))
        except Invalid:
            continue
    return kept
