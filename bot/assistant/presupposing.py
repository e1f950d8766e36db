"""Answers that name what a question wrongly takes for granted: 文件写的是一年，不是两年."""

from dataclasses import replace

from bot.assistant.asking import Asking
from bot.assistant.shape import MAX_ANSWER_CHARS, Answer, Outcome
from bot.rules.claims import claims, hold
from bot.rules.intent import Intent

LEADING = 3  # citations that a claim is held against: a number in a later one is hardly the one meant


def named(asking: Asking, answer: Answer) -> Answer:
    """The answer with a first sentence that says yes or no to each number the question claims, where a cited clause states it."""
    if answer.outcome is not Outcome.ANSWERED or answer.intent is not Intent.POLICY:
        return answer
    cited = answer.citations[:LEADING]
    found = [held for one in claims(asking.original) if (held := hold(one, [citation.quote for citation in cited]))]
    if not found:
        return answer
    said = [
        f"文件写的就是{held.words}[{cited[held.place].n}]"
        if held.agrees
        else f"文件写的是{held.words}，不是{held.claimed.words}[{cited[held.place].n}]"
        for held in found
    ]
    text = f"{'；'.join(said)}。\n{answer.answer}"
    if len(text) + sum(len(citation.quote) for citation in answer.citations) > MAX_ANSWER_CHARS:
        return answer
    return replace(answer, answer=text)
