"""Answers from solved engineering cases: the case that fits, its cause and steps word for word, and others like it."""

import re

from bot.assistant.asking import Asking
from bot.assistant.evidence import Quote, cite, distinct, near, quotes_of, sources, within
from bot.assistant.likeness import liken
from bot.assistant.shape import EXTRACTED, MAX_ANSWER_CHARS, Answer, Outcome, SimilarCase
from bot.rules.intent import Intent
from bot.rules.troubles import alarms, knows_alarm, unmentioned
from bot.rules.wording import codes
from corpora.document import Document, Kind
from retrieval.protocols import Found

TOP = 20  # passages; a case has about six, and the right one need not be the search's first
MAX_SIMILAR = 3
LEAD_CHARS = 420
SECTIONS = (re.compile(r"原因|分析|诊断"), re.compile(r"步骤|处理|措施|解决|方法|对策"), re.compile(r"验证|效果|确认"))
ASKED_FOR = "设备型号和材料、什么时候开始、报警号或现象、已经试过什么、停线或交期的紧急程度"


def search(asking: Asking, *, after: Found | None = None) -> Found:
    """The solved cases for the trouble, likeliest first; `after` is what another kind of knowledge had on it."""
    return liken(asking.turn.search, asking.search(asking.turn.search, Kind.SOLUTION, top_k=TOP, after=after))


def answer(asking: Asking, found: Found) -> Answer:
    """The case that fits and its steps, or an honest no with what an engineer would need to know."""
    if not fits(found):
        return no_answer(asking, found)
    case = found.hits[0].document
    quotes = [quote for quote in _key_sections(asking, case)] or list(quotes_of(found.hits[0]))
    others = [hit.document for hit in found.hits if hit.document.id != case.id]
    similar = _similar([case, *others])
    quotes = within(distinct(quotes), MAX_ANSWER_CHARS - LEAD_CHARS)
    citations = cite(quotes, question=asking.turn.text, shelf=asking.shelf, today=asking.today)
    text = _compose(asking, case, similar, sources(citations, asking.shelf))
    while len(text) + sum(len(c.quote) for c in citations) > MAX_ANSWER_CHARS and len(citations) > 1:
        citations = citations[:-1]
        text = _compose(asking, case, similar, sources(citations, asking.shelf))
    return Answer(
        asking.id, Outcome.ANSWERED, Intent.TECHNICAL, text, EXTRACTED,
        confidence=found.confidence, citations=citations, similar=similar, suggestions=("转人工",),
    )  # fmt: skip


def fits(found: Found) -> bool:
    """Whether the first case is the one that is told of. The reader still compares the symptom before following any step."""
    return bool(found.hits) and found.answered


def no_answer(asking: Asking, found: Found) -> Answer:
    """What was searched, what is close, and the facts an engineer would ask for."""
    cases = asking.of_kind(Kind.SOLUTION)
    pointers = near(found.hits) if found.near else ()
    lines = ["已解决的案例里没有找到对得上的。" if cases else "还没有收录任何解决案例。"]
    if cases:
        lines.append(f"已查 {len(cases)} 个案例。")
    strange = [
        alarm
        for alarm in alarms(asking.turn.text)
        if not any(knows_alarm(hit.document.text, alarm) for hit in found.hits)
    ]
    if strange:
        lines.append(f"没有案例写到报警 {'、'.join(alarm.upper() for alarm in strange)}。")
    if pointers:
        lines.append(
            "有些接近、但说的是别的设备或别的毛病，不能照做："
            + "；".join(dict.fromkeys(pointer.document for pointer in pointers))
            + "。"
        )
    lines.append(f"要请工程师看，请备好：{ASKED_FOR}。然后{asking.call}。")
    return asking.unanswered(Intent.TECHNICAL, "\n".join(lines), confidence=found.confidence, near=pointers)


def _key_sections(asking: Asking, case: Document) -> list[Quote]:
    """Cause, steps and verification of a case, in that order of need: steps first would be followed blindly."""
    passages = asking.finder.passages(case.id, asking.principal)
    found: list[Quote] = []
    for pattern in SECTIONS:
        for passage in passages:
            if pattern.search(passage.clause):
                found.extend(Quote(case, passage.clause, span, passage.page) for span in passage.spans)
    return [quote for quote in found if len(quote.text.strip()) > 3]


def _similar(documents: list[Document]) -> tuple[SimilarCase, ...]:
    cases: dict[str, SimilarCase] = {}
    for document in documents:
        solution = document.solution
        if solution:
            cases.setdefault(
                solution.id,
                SimilarCase(solution.id, solution.title, solution.domain, solution.symptom, solution.example),
            )
    return tuple(cases.values())[:MAX_SIMILAR]


def _compose(asking: Asking, case: Document, similar: tuple[SimilarCase, ...], cited: str) -> str:
    example = "示例案例" if case.example or (case.solution and case.solution.example) else "已解决的案例"
    lines = [f"有一个相似的{example}：{case.title}。原因和处理步骤见下方原文，先核对现象是否一致，再逐步试。"]
    if case.solution and case.solution.equipment:
        equipment = "；".join(line.strip("；;。 ") for line in case.solution.equipment.splitlines() if line.strip())
        lines.append(f"该案例的设备：{equipment}。{_mismatch(asking.turn.text, case)}")
    if len(similar) > 1:
        lines.append("其他相似案例：" + "；".join(one.title for one in similar[1:]) + "。")
    lines.append(f"不对症或涉及安全时请停机，并{asking.call}。")
    lines.append("依据：\n" + cited)
    return "\n".join(lines)


def _mismatch(question: str, case: Document) -> str:
    """Names a model, a code, a machine or a part of the question that the case does not know."""
    own = case.text.lower()
    codes_missing = [code.upper() for code in codes(question) if code not in own]
    told = "、".join([*codes_missing, *unmentioned(question, case.text)])
    return f"您说的 {told} 在案例里没有出现，参数不能照搬。" if told else ""
