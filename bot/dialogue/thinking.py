"""One turn while it is decided: what was seen, what the message is, and the assistant, which may fail."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Protocol

from bot.assistant.eligibility import Checklist
from bot.assistant.shape import Answer
from bot.dialogue.decision import Action, Decision, Facts, Say
from bot.dialogue.memory import THIS, Draft, Memory
from bot.dialogue.view import TicketView, View
from bot.profile import Profile
from bot.rules import intake, phrases, presses, worktime
from bot.rules.conversations import Sender
from bot.rules.intake import Fact
from bot.rules.intent import Intent, read
from bot.rules.tickets import OPEN, Due
from bot.rules.triage import SURE, Demand, Domain, MeaningOf, Triage, Urgency, by_rules, in_talk
from bot.rules.turns import Reply
from bot.rules.worktime import Hours
from retrieval.protocols import Principal

log = logging.getLogger("wenzhen.dialogue")
CLAUSE = re.compile(r"[，,。；;！!？?\n]+")
_ASKS = re.compile(r"[?？]\s*$|[吗呢]\s*$|^(?:请问|想问)|怎么(?:进来|登录|找到?|联系|收费|报名)")
_GOES_ON = re.compile(
    r"^(?:那|如果|要是|万一)[^，。；]{1,14}(?:呢|怎么办|咋办|会怎样)?[？?]?$|^[^，。；]{1,10}呢[？?]?$"
)
MAX_SEARCHED_CHARS = 4000
SORTED_CHARS = 250  # of the beginning and of the end of what a draft was told
REMEMBERED_TURNS = 6


class Answers(Protocol):
    """The assistant, as far as the dialogue needs it."""

    def ask(
        self, question: str, *, principal: Principal = ..., prev: Sequence[str] = ..., trouble: bool = ...
    ) -> Answer:
        """Answer one question."""

    def checklists(
        self, question: str, *, principal: Principal = ..., prev: Sequence[str] = ...
    ) -> tuple[Checklist, ...]:
        """The conditions of the documents that may be meant, best first."""

    def checklist(self, document: str, *, principal: Principal = ...) -> Checklist | None:
        """The conditions of one document by its id."""


@dataclass(frozen=True)
class Thinking:
    """What every part of the decision is given. `text` is at most MAX_SEARCHED_CHARS long, and of a button its label."""

    view: View
    text: str
    now: datetime
    assistant: Answers
    profile: Profile
    hours: Hours
    meaning_of: MeaningOf | None = None

    @property
    def memory(self) -> Memory:
        """What is remembered from before."""
        return self.view.memory

    @cached_property
    def triage(self) -> Triage:
        """What the message is, taken by itself."""
        return in_talk(self.text, self.meaning_of)

    @cached_property
    def is_technical(self) -> bool:
        """Whether it tells of a need that an engineer sees to: triage says so, or is not sure and a machine and its trouble are told."""
        sort = self.triage
        if self.goes_on_asking:
            return False
        if sort.demand is not None:
            return True
        if sort.intent is not Intent.POLICY or sort.confidence >= SURE or re.search(_ASKS, self.text):
            return False
        told = intake.extract([(THIS, self.text)], Demand.PROBLEM, Domain.OTHER)
        return {intake.SYMPTOM, "equipment"} <= told.keys()

    @property
    def is_trouble(self) -> bool:
        """Whether something fails: no clause helps with that, however near its words are."""
        return self.is_technical and self.triage.demand in (None, Demand.PROBLEM)

    @cached_property
    def goes_on_asking(self) -> bool:
        """Whether it leans on a question about a rule or a course just before and names no machine: 那不合格呢 is no fault then."""
        before = self.told(self.memory.heard[-1:])
        if not before or before[0][0] in self.memory.trouble or not _GOES_ON.search(self.text.strip()):
            return False
        if by_rules(before[0][1]).intent not in (Intent.POLICY, Intent.COURSE):
            return False
        if self.triage.domain not in (None, Domain.OTHER, Domain.QUALITY):
            return False
        return "equipment" not in intake.extract([(THIS, self.text)], Demand.PROBLEM, Domain.OTHER)

    def is_afresh(self, draft: Draft) -> bool:
        """Whether it plainly tells of a trouble of another trade than the draft's."""
        domain = self.triage.domain
        return domain not in (None, Domain.OTHER, draft.domain) and draft.domain is not Domain.OTHER

    @property
    def is_question(self) -> bool:
        """Whether it asks for something else than what is being talked about: a rule, a course, the centre itself."""
        sort = self.triage
        if sort.intent in (Intent.SERVICE, Intent.OUT_OF_SCOPE):
            return True
        sure = sort.intent in (Intent.POLICY, Intent.COURSE) and sort.confidence >= SURE
        return sure or (not self.is_technical and bool(re.search(_ASKS, self.text)))

    def ask(self, text: str = "") -> Answer | None:
        """The assistant's answer, None where it fails: then a person is offered, whatever the reason was."""
        try:
            return self.assistant.ask(
                text or self._asked,
                principal=self.view.caller.principal,
                prev=self.earlier,
                trouble=self.is_trouble and not text,
            )
        except Exception:
            log.exception("the assistant failed")
            return None

    def checklists(self, question: str) -> tuple[Checklist, ...]:
        """The conditions that somebody may mean who asks this; none where looking them up fails."""
        try:
            return self.assistant.checklists(question, principal=self.view.caller.principal, prev=self.earlier)
        except Exception:
            log.exception("the conditions could not be looked up")
            return ()

    def checklist(self, document: str) -> Checklist | None:
        """The conditions of one document; None where it is not there any more, or looking it up fails."""
        try:
            return self.assistant.checklist(document, principal=self.view.caller.principal)
        except Exception:
            log.exception("the conditions could not be looked up")
            return None

    @property
    def _asked(self) -> str:
        """The message without clauses that speak of a person who is not wanted (不用转人工): the assistant would take them for a call."""
        if read(self.text).intent is not Intent.HUMAN:
            return self.text
        kept = [clause for clause in CLAUSE.split(self.text) if clause and read(clause).intent is not Intent.HUMAN]
        return "，".join(kept) or self.text

    @property
    def earlier(self) -> tuple[str, ...]:
        """The firm's last turns that say something, oldest first."""
        said = (line.text for line in reversed(self.view.lines) if line.sender is Sender.SME)
        newest = islice((text for text in said if _says_something(text)), REMEMBERED_TURNS)
        return tuple(text[:MAX_SEARCHED_CHARS] for text in newest)[::-1]

    def is_about_trouble(self, draft: Draft) -> bool:
        """Whether an engineer sees to what the draft tells of."""
        trouble = self.memory.trouble
        return any(
            id in trouble or (self.is_technical if id == THIS else by_rules(text).demand is not None)
            for id, text in self.told(draft.messages)
        )

    # --- what was told ----------------------------------------------------------------------------------------------------------------

    def told(self, messages: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """Id and text of these messages, this turn's own among them."""
        known = {**self.view.said, THIS: self.text}
        return tuple((id, known[id][:MAX_SEARCHED_CHARS]) for id in messages if known.get(id))

    def facts(self, draft: Draft) -> dict[str, Fact]:
        """What the draft's messages say."""
        return intake.extract(
            self.told(draft.messages), draft.kind or Demand.PROBLEM, draft.domain, answering=draft.answering
        )

    @property
    def known(self) -> frozenset[str]:
        """Facts that need not be asked: a telephone is on the account, or is asked for when the firm registers."""
        return frozenset({"contact"}) if self.view.has_phone or not self.view.is_known else frozenset()

    def sorted(self, draft: Draft) -> Draft:
        """The draft with kind and trade read from what was told unasked, where that tells them, and urgency from all of it."""
        told = self.told(draft.messages)
        unasked = _sorted("，".join(text for id, text in told if id not in draft.answering))
        whole = _sorted("，".join(text for _, text in told))
        if Intent.SAFETY in (unasked.intent, whole.intent):
            return replace(draft, kind=None, domain=Domain.SAFETY, urgency=Urgency.CRITICAL)
        known = [
            domain for domain in (unasked.domain, whole.domain, draft.domain) if domain not in (None, Domain.OTHER)
        ]
        return replace(
            draft,
            kind=unasked.demand or whole.demand or draft.kind or Demand.PROBLEM,
            domain=known[0] if known and known[0] else Domain.OTHER,
            urgency=whole.urgency,
        )

    def promise(self, ticket: TicketView) -> str:
        """By when somebody answers, while a ticket waits for one."""
        if ticket.state not in OPEN or ticket.due_at is None or ticket.due in (None, Due.FIRM_SILENCE):
            return "工程师在等您回复。" if ticket.due is Due.FIRM_SILENCE else ""
        return worktime.promise(self.hours, self.now, ticket.due_at)

    # --- the decision -----------------------------------------------------------------------------------------------------------------

    def decides(self, *actions: Action | Reply, memory: Memory | None = None) -> Decision:
        """These actions, a bare reply being said, and what to remember; as before where nothing is given."""
        whole = tuple(Say(action) if isinstance(action, Reply) else action for action in actions)
        return Decision(self.text, self.memory if memory is None else memory, whole)


def _sorted(words: str) -> Triage:
    """What it is about is told first, and what has changed last: the middle of a long talk is not read again at every turn."""
    if len(words) > 2 * SORTED_CHARS:
        words = f"{words[:SORTED_CHARS]}，{words[-SORTED_CHARS:]}"
    return by_rules(words) if words else Triage(Intent.HUMAN, 0.0)


def facts_as_json(facts: dict[str, Fact]) -> Facts:
    """For the records; this turn's message still stands as THIS."""
    return {code: {"value": fact.value, "message": fact.message} for code, fact in facts.items()}


_LABELS = frozenset(
    {
        *presses.LABELS.values(),
        *presses.TICKS.values(),
        presses.CONFIRM_SHARED,
        presses.CONFIRM_PRIVATE,
        "转人工",
        "没解决，找工程师",
    }
)


def _says_something(text: str) -> bool:
    """Whether a turn may be what a later one leans on."""
    short = text[:100]
    return not (
        text in _LABELS
        or phrases.is_yes(short)
        or phrases.is_no(short)
        or phrases.is_skip(short)
        or phrases.is_thanks(short)
        or phrases.wants_person(short)
    )
