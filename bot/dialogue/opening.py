"""The demand and the ticket that a draft becomes."""

from dataclasses import replace

from bot.dialogue import texts
from bot.dialogue.decision import Action, Decision, Open
from bot.dialogue.memory import Draft, Memory, Phase
from bot.dialogue.thinking import Thinking, facts_as_json
from bot.rules import intake
from bot.rules.triage import Demand
from bot.rules.turns import Reply

MAX_QUESTIONS = 2  # in all: firms are in a hurry
ENOUGH = 0.7  # of the facts that matter: then nothing more is asked


def of(now: Thinking, draft: Draft, *, danger: bool = False, title: str = "") -> Open:
    """What is handed in: the firm's own words but for the answers to questions, a title, and the facts."""
    told = [text for id, text in now.told(draft.messages) if id not in draft.answering]
    title = title or (intake.title("，".join(told)) if told else texts.NO_TITLE)
    return Open(draft, title, "\n".join(told) or texts.PERSON.label, facts_as_json(now.facts(draft)), danger)


def next_question(now: Thinking, draft: Draft) -> tuple[str, str] | None:
    """Code and question of the most useful missing fact; None where enough was asked."""
    facts, kind = now.facts(draft), draft.kind or Demand.PROBLEM
    if len(draft.asked) >= MAX_QUESTIONS or intake.completeness(facts, kind, draft.domain) >= ENOUGH:
        return None
    found = intake.next_questions(
        facts,
        kind,
        draft.domain,
        asked=draft.asked,
        known=now.known | ({intake.SYMPTOM} if now.is_about_trouble(draft) else frozenset()),
        limit=1,
    )
    return found[0] if found else None


def remembered(now: Thinking, draft: Draft) -> Memory:
    """What is remembered once a draft is handed in."""
    trouble = tuple(id for id in now.memory.trouble if id in draft.messages)
    return replace(now.memory.idle, draft=replace(draft, opened=True), heard=(), trouble=trouble)


def now_open(now: Thinking, draft: Draft, *, danger: bool = False, title: str = "") -> Decision:
    """A ticket in this very turn, and then the one fact that an engineer would miss most."""
    actions: list[Action | Reply] = [of(now, draft, danger=danger, title=title)]
    memory = remembered(now, draft)
    about_documents = bool(draft.messages) and not danger and not now.is_about_trouble(draft)
    asked = None if about_documents else next_question(now, draft)
    if danger and asked and asked[0] != "contact":
        asked = None
    if asked:
        code, words = asked
        draft = replace(draft, asked=(*draft.asked, code))
        actions.append(texts.question_after_opening(words, len(draft.asked)))
        memory = replace(memory, phase=Phase.INTAKE, draft=replace(draft, opened=True), asking=(code,))
    return now.decides(*actions, memory=memory)
