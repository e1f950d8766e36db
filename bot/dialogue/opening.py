"""The demand and the ticket that a draft becomes."""

from bot.dialogue import texts
from bot.dialogue.decision import Open
from bot.dialogue.memory import Draft
from bot.dialogue.thinking import Thinking, facts_as_json
from bot.rules import intake


def of(now: Thinking, draft: Draft, *, danger: bool = False) -> Open:
    """What is handed in: the firm's own words but for the answers to questions, a title, and the facts."""
    told = [text for id, text in now.told(draft.messages) if id not in draft.answering]
    title = intake.title("，".join(told)) if told else texts.NO_TITLE
    return Open(draft, title, "\n".join(told) or texts.PERSON.label, facts_as_json(now.facts(draft)), danger)
