"""Which place and which document an answer goes by, said where that is not plain: both sides where regions differ and none is named."""

from dataclasses import replace

from bot.assistant import policy
from bot.assistant.asking import Asking
from bot.assistant.evidence import shown_clause, sources, title, warning
from bot.assistant.shape import EXTRACTED, MAX_ANSWER_CHARS, Answer, Citation, Outcome
from bot.assistant.standing import AtHome, home, sides, successor
from bot.rules.intent import Intent
from bot.rules.regions import covers
from corpora.document import Document
from retrieval.protocols import Found

MOST_OF_EACH = 4  # citations
MAX_RUN_CHARS = 120
MAX_SIDES = 3


def answer(asking: Asking, found: Found) -> Answer:
    """The answer from what was found: of each region where several regulate it, else of the best, with the place that was assumed."""
    told = [policy.answer(asking, part) for part in sides(asking, found)[:MAX_SIDES]]
    told = [one for one in told if one.outcome is Outcome.ANSWERED]
    if len(told) > 1:
        return _joined(asking, told)
    return _with_place(asking, policy.answer(asking, found), found)


def _joined(asking: Asking, told: list[Answer]) -> Answer:
    for most in range(MOST_OF_EACH, 0, -1):
        taken = [citation for one in told for citation in one.citations[:most]]
        citations = tuple(replace(citation, n=n) for n, citation in enumerate(taken, start=1))
        text = _compose(asking, citations)
        if len(text) + sum(len(citation.quote) for citation in citations) <= MAX_ANSWER_CHARS:
            break
    else:
        return told[0]
    return Answer(
        asking.id,
        Outcome.ANSWERED,
        Intent.POLICY,
        text,
        EXTRACTED,
        confidence=max(one.confidence for one in told),
        citations=citations,
        suggestions=("转人工",),
    )


def _compose(asking: Asking, citations: tuple[Citation, ...]) -> str:
    firsts = {citation.region: citation for citation in reversed(citations)}
    ordered = sorted(firsts.values(), key=lambda citation: citation.n)
    names = "和".join(citation.region or "" for citation in ordered)
    lines = [
        f"{names}都有规定，您没写是哪里的，分别列出；写明地区再问更准：",
        *(_lead(citation) for citation in ordered),
        *dict.fromkeys(warning(citation) for citation in citations),
        "依据：\n" + sources(citations, asking.shelf),
    ]
    return "\n".join(line for line in lines if line)


def _lead(citation: Citation) -> str:
    """湖南省：《…》第十二条：“…”[1]."""
    low, high = citation.highlight or (0, len(citation.quote))
    run = citation.quote[low:high].strip().removeprefix(citation.clause).strip()
    name = f"{citation.region}：{title(citation.document)}{shown_clause(citation.clause)}"
    return (
        f"{name}：“{run}”[{citation.n}]" if run and len(run) <= MAX_RUN_CHARS else f"{name}：见下方原文[{citation.n}]。"
    )


def _with_place(asking: Asking, told: Answer, found: Found) -> Answer:
    """The answer with a line on the place that was taken to be meant, and on the document that replaces the one cited."""
    if told.outcome is not Outcome.ANSWERED or not told.citations:
        return told
    first = told.citations[0]
    lines = [_place_words(asking, first, found), _successor_words(asking, first)]
    said = "\n".join(line for line in lines if line)
    room = MAX_ANSWER_CHARS - len(told.answer) - sum(len(citation.quote) for citation in told.citations)
    return replace(told, answer=f"{said}\n{told.answer}") if said and len(said) < room else told


def _place_words(asking: Asking, first: Citation, found: Found) -> str:
    if isinstance(found, AtHome) and found.home is not None and first.region:
        return f"没写地区，按{found.home.why}（{found.home.place}）来答；问别处的请写明地区。"
    meant = home(asking)
    if meant is not None and first.region and covers(first.region, meant.place) is False:
        return f"收录的{meant.place}文件里没有查到这样的规定，以下是{first.region}的，不一定适用于{meant.why}："
    return ""


def _successor_words(asking: Asking, first: Citation) -> str:
    document = asking.shelf.by_id.get(first.document_id)
    if document is None or not asking.shelf.superseded(document):
        return ""
    later = successor(asking.shelf, document)
    return f"{_named(document)}已被{_named(later)}替代。" if later is not None else ""


def _named(document: Document) -> str:
    return title(document.title) + (f"（{document.number}）" if document.number else "")
