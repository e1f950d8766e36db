"""Several questions in one: what is answered is shown, and what is not is named."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.assistant.asking import Asking
from bot.assistant.evidence import sources
from bot.assistant.policy import CLEAR
from bot.assistant.shape import EXTRACTED, MAX_ANSWER_CHARS, Answer, Citation, Outcome
from bot.rules.facts import lacking
from bot.rules.followup import Turn, leans
from bot.rules.intent import Intent
from bot.rules.questions import names_itself, parts

MAX_PARTS = 4
CITED = 2  # citations of each part
_MARK = re.compile(r"\[(\d+)\]")


def told(asking: Asking, whole: Answer, answer_part: Callable[[Asking], Answer]) -> Answer:
    """The answer to a question in parts: from its answered parts where the whole has none, with what is not answered named.

    A part that leans on another one (那不合格呢) is not asked by itself.
    """
    pieces = parts(asking.original)
    if whole.intent is not Intent.POLICY or asking.turn.subject or not 1 < len(pieces) <= MAX_PARTS:
        return whole
    if whole.outcome is Outcome.ANSWERED:
        shown = [citation.quote for citation in whole.citations]
        left = [piece for piece in pieces if lacking(piece, shown)]
        return _naming(whole, left) if len(left) < len(pieces) else whole
    if whole.outcome is not Outcome.NO_ANSWER:
        return whole
    whole_ones = [piece for at, piece in enumerate(pieces) if not leans(piece) and (not at or names_itself(piece))]
    answers = [(piece, answer_part(_part(asking, piece))) for piece in whole_ones]
    given = [(piece, one) for piece, one in answers if one.outcome is Outcome.ANSWERED and _is_clear(one)]
    if not given or len(given) == len(pieces):
        return whole
    return _joined(asking, whole, given, [piece for piece in pieces if piece not in {piece for piece, _ in given}])


def _is_clear(answer: Answer) -> bool:
    """A part has lost words of the whole: what answers it must be sure."""
    return bool(answer.citations) and answer.confidence >= CLEAR


def _part(asking: Asking, piece: str) -> Asking:
    return replace(asking, original=piece, turn=Turn(piece))


def _naming(whole: Answer, left: list[str]) -> Answer:
    if not left:
        return whole
    text = f"{whole.answer}\n{_not_answered(left)}"
    fits = len(text) + sum(len(citation.quote) for citation in whole.citations) <= MAX_ANSWER_CHARS
    return replace(whole, answer=text) if fits else whole


def _joined(asking: Asking, whole: Answer, given: list[tuple[str, Answer]], left: list[str]) -> Answer:
    citations: list[Citation] = []
    lines: list[str] = []
    for piece, one in given:
        taken = one.citations[:CITED]
        numbers = {str(citation.n): len(citations) + at for at, citation in enumerate(taken, start=1)}
        first = next((line for line in one.answer.splitlines() if _MARK.search(line)), "")
        lines.append(f"{_bare(piece)}：{_renumbered(first, numbers)}")
        citations += [replace(citation, n=numbers[str(citation.n)]) for citation in taken]
    while True:
        text = "\n".join([*lines, _not_answered(left), "依据：", sources(citations, asking.shelf)])
        if len(citations) == 1 or len(text) + sum(len(one.quote) for one in citations) <= MAX_ANSWER_CHARS:
            break
        citations = citations[:-1]
    if len(text) + sum(len(one.quote) for one in citations) > MAX_ANSWER_CHARS:
        return whole
    return replace(
        whole,
        outcome=Outcome.ANSWERED,
        answer=text,
        label=EXTRACTED,
        confidence=max(one.confidence for _, one in given),
        citations=tuple(citations),
        near=(),
    )


def _renumbered(line: str, numbers: Mapping[str, int]) -> str:
    return _MARK.sub(lambda mark: f"[{numbers[mark[1]]}]" if mark[1] in numbers else "", line)


def _not_answered(left: list[str]) -> str:
    named = "、".join(f"“{_bare(piece)}”" for piece in left)
    return f"没有答到：{named}——收录的文件里没有写，可以回复“转人工”核实。"


def _bare(piece: str) -> str:
    return re.sub(r"^(?:还有|另外|以及|顺便|然后|同时)[，,]?|[？?。！!，,\s]+$", "", piece.strip())
