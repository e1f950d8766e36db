"""What is said while the conditions of a document are gone through, and the buttons under it."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.assistant.eligibility import CERTAIN, Checklist
from bot.assistant.evidence import shown_clause
from bot.assistant.shape import EXTRACTED, MAX_ANSWER_CHARS, Answer, Outcome
from bot.dialogue import texts
from bot.dialogue.checked import Check
from bot.rules.conditions import Condition, Conditions, Mode
from bot.rules.conversations import ReplyKind
from bot.rules.eligibility import Tick
from bot.rules.intent import Intent
from bot.rules.presses import Press, button
from bot.rules.quoting import stop_at
from bot.rules.turns import Button, Reply

NOT_UNDERSTOOD = "没听明白，回“是”“不是”或“不清楚”都行，也可以说具体情况。"
NOTED = "记下了。"
PART = "这部分记下了。整条都符合吗？"
WHICH = "“没有”是说没有这些不良情形（符合），还是不符合这一条？"
GO_ON = "接着对条件。"
OTHER_NOTED = "这点记到另一条了。现在问的是："
BACK = "好，改上一条。"
CHANGED = "上一条改好了。"
TICKED_BEFORE = "那一条已经记过了，现在问的是："
ALL_OF_THEM = "都看看"
QUOTE_CHARS = 300


def begins(made: Checklist, chosen: Sequence[str]) -> str:
    """Says what is gone through, and of what standing the document is."""
    region = f"（{made.document.region}）" if made.document.region else ""
    what = f"，申报内容：{'、'.join(chosen)}" if chosen else ""
    lines = [f"一条一条对一下{made.name}{region}的条件{what}，随时可以说“算了”。"]
    if made.elsewhere:
        lines.append(f"注意：您不在{made.document.region or '那里'}，本地的文件没有收录，下面只供对照。")
    if made.note:
        lines.append(made.note)
    return "\n".join(lines)


def again(made: Checklist, check: Check) -> str:
    """The same document was gone through before."""
    return f"{made.name}的条件之前对过 {len(check.ticks)} 条，接着来；要重来请说“重新对”。"


def which_document(offered: Iterable[str], *, by_region: bool) -> Reply:
    """Several documents may be meant."""
    buttons = tuple(Button(words, words) for words in offered)
    words = "不同地方的条件不一样，您要在哪里申报？" if by_region else "您要申报的是哪一个？"
    return texts.question(words, *buttons)


def which_choice(made: Checklist) -> Reply:
    """The document lets apply for several things, each with conditions of its own."""
    buttons = tuple(Button(name, name) for name in (*made.choices, ALL_OF_THEM))
    return texts.question(f"{made.name}按申报的内容要求不同，您想申报哪一项？", *buttons)


def question(
    made: Checklist, check: Check, conditions: Conditions, item: Condition, *, head: str = "", part: str = ""
) -> Reply:
    """One condition, word for word, with the buttons that tick it."""
    items = made.items(check.chosen)
    place = next(at for at, (_, one) in enumerate(items, start=1) if one.key == item.key)
    quote = made.citations[item.key].quote
    cut = stop_at(quote, QUOTE_CHARS) or QUOTE_CHARS
    words = " ".join(quote[:cut].split()) + ("……" if cut < len(quote) else "")
    if conditions.mode is Mode.NONE:
        asked = "有没有这些情形？"
        ticks = ("clear", "holds", "unsure")
    else:
        asked = "这一条你们符合吗？" if conditions.mode is not Mode.ANY else "这一条（几条中符合一条就行）你们符合吗？"
        ticks = ("met", "fails", "unsure")
    if part:
        asked = f"您说过“{part}”，这部分记下了。整条都符合吗？"
    lines = [head, f"{place}/{len(items)} {shown_clause(item.clause)}：“{words}”", asked]
    buttons = (*(button(Press.TICK, version=check.asked, more=tick) for tick in ticks), button(Press.STOP))
    return Reply("\n".join(line for line in lines if line), ReplyKind.QUESTION, EXTRACTED, None, buttons)


def stopped(known: int, whole: int) -> Reply:
    """Left for now."""
    words = f"好，先到这里。已对 {known}/{whole} 条，结果给您留着，想接着对就说“接着对条件”。"
    return texts.notice(words, Button("接着对条件", "接着对条件"), texts.PERSON)


def dropped() -> Reply:
    """Left before a document was chosen."""
    return texts.notice("好，先不对了。想对条件时再问“我们能不能申报”就行。")


def gone() -> Reply:
    """The document is not there any more, or is another version."""
    return texts.notice("刚才那份文件的条件现在查不到了（可能已更新），请再问一次“我们能不能申报”。", texts.PERSON)


def summary(made: Checklist, check: Check) -> Answer:
    """All conditions with their ticks, what to prepare, and an offer of a person; those that are not met are cited first."""
    items = made.items(check.chosen)
    found: dict[Tick, list[tuple[Conditions, Condition]]] = {tick: [] for tick in Tick}
    for conditions, item in items:
        if item.key in check.ticks:
            found[check.ticks[item.key].tick].append((conditions, item))
    order = [*found[Tick.NOT_MET], *found[Tick.UNKNOWN], *found[Tick.MET]]
    wanted = [made.citations[item.key] for _, item in order]
    if made.materials:
        wanted.insert(len(found[Tick.NOT_MET]) + len(found[Tick.UNKNOWN]), made.materials)
    while True:
        citations = tuple(replace(one, n=n) for n, one in enumerate(wanted, start=1))
        marks = {one.span: f"[{one.n}]" for one in citations}
        text = _summary(made, check, found, marks)
        if len(wanted) <= 1 or len(text) + sum(len(one.quote) for one in citations) <= MAX_ANSWER_CHARS:
            break
        wanted = wanted[:-1]
    return Answer(
        secrets.token_hex(8), Outcome.ANSWERED, Intent.POLICY, text, EXTRACTED, confidence=CERTAIN, citations=citations,
        suggestions=("转人工",),
    )  # fmt: skip


def _summary(
    made: Checklist,
    check: Check,
    found: dict[Tick, list[tuple[Conditions, Condition]]],
    marks: dict[tuple[int, int], str],
) -> str:
    region = f"（{made.document.region}）" if made.document.region else ""
    counts = "，".join(f"{name} {len(found[tick])} 条" for tick, name in _NAMES.items() if found[tick])
    lines = [f"{made.name}{region}的条件对完了：{counts}。"]
    for tick, name in _NAMES.items():
        if found[tick]:
            named = "、".join(
                f"{shown_clause(item.clause)}{marks.get(made.citations[item.key].span, '')}{_because(check, item)}"
                for _, item in found[tick]
            )
            lines.append(f"{_MARKS[tick]} {name}：{named}")
    lines.append(_verdict(made, found))
    if made.materials:
        mark = marks.get(made.materials.span, "")
        lines.append(f"要准备的材料见{shown_clause(made.materials.clause)}{mark}。")
    else:
        lines.append("文件里没有写要交哪些材料，请向受理单位问清。")
    if made.scored:
        lines.append(f"另有评分表（{shown_clause(made.scored.clause)}），评审时打分，不是硬条件。")
    if made.note:
        lines.append(made.note)
    lines.append("以上按您说的对照，是否认定以主管部门审查为准。要请人一起看，回复“转人工”。")
    return "\n".join(lines)


def _verdict(made: Checklist, found: dict[Tick, list[tuple[Conditions, Condition]]]) -> str:
    grounds = [item for conditions, item in found[Tick.NOT_MET] if conditions.mode is Mode.NONE]
    failed = [
        item
        for conditions, item in found[Tick.NOT_MET]
        if conditions.mode is not Mode.NONE and not _spared(conditions, found)
    ]
    if grounds:
        return f"有{shown_clause(grounds[0].clause)}所列情形，按文件不能申报或会被取消资格。"
    if failed:
        return f"有 {len(failed)} 条现在不符合，要补上才够条件。"
    if found[Tick.UNKNOWN]:
        return f"没有发现不符合的，还有 {len(found[Tick.UNKNOWN])} 条要先核实。"
    return "照您说的，文件写的条件都符合，可以准备申报。" + ("" if not made.elsewhere else "但文件不是您所在地的。")


def _spared(conditions: Conditions, found: dict[Tick, list[tuple[Conditions, Condition]]]) -> bool:
    """Whether another of the same alternatives is met."""
    return conditions.mode is Mode.ANY and any(one.clause == conditions.clause for one, _ in found[Tick.MET])


def _because(check: Check, item: Condition) -> str:
    because = check.ticks[item.key].because
    return f"（您说过“{because}”）" if because else ""


_NAMES = {Tick.NOT_MET: "不符合", Tick.UNKNOWN: "待核实", Tick.MET: "符合"}
_MARKS = {Tick.NOT_MET: "✗", Tick.UNKNOWN: "？", Tick.MET: "✓"}
