"""How things read in a far chat, on a small screen, and what its buttons send back. Pure.

A button sends at most 64 bytes: an opaque id and a place, or `#verb:reference`. Nothing in it is trusted.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from bot.rules.intake import URGENCY_NAMES
from bot.rules.outbox import Delivery
from bot.rules.packet import Packet
from bot.rules.tickets import WORDS as STATES
from bot.rules.tickets import Due, TicketState
from bot.rules.triage import DOMAIN_NAMES, Domain
from bot.rules.worktime import CHINA

MAX_QUOTE_CHARS = 160  # of a clause under an answer; all of it stands behind the button
MAX_CLAUSES = 3
STANDING = {
    "in_force": "现行有效",
    "expired": "已失效",
    "not_yet": "尚未施行",
    "superseded": "已被替代",
    "draft": "征求意见稿",
    "digest": "摘要，非原文",
    "unknown": "效力未知",
}


class Act(StrEnum):
    """What an engineer or a clerk presses that no talk knows of."""

    CASE = "case"  # his words go to this case from now on
    LEAVE = "leave"
    CLAIM = "claim"
    PASS = "pass"  # on an offer
    WHY = "why"  # the offer and a reason: not this one
    SEND = "send"  # the words that were held back, to this case
    KEEP = "keepback"  # do not send them
    ASK = "ask"  # they were for the house
    AGAIN = "again"  # what did not arrive, or maybe did not
    SOLVE = "solve"  # begin the form
    SUBMIT = "finish"  # hand it in
    STOP = "stop"  # put it away
    SKIP = "next"  # a field of it
    BLANK = "blank"  # leave it empty
    MEND = "mend"  # a field that is filled
    NOTE = "note"  # what he says next is for colleagues
    FACTS = "facts"  # what may be asked of the firm
    WANT = "want"  # the case and one of them: ask it
    SIMILAR = "similar"  # solved cases like this one
    APPROVE = "approve"  # a solution, by a clerk
    RETRACT = "retract"
    SURE = "sure"  # yes, retract it
    PAGE = "page"  # all of it


_DATA = re.compile(r"#(?P<act>[a-z]+)(?::(?P<id>[\w-]{1,40}))?")
_BUTTON = re.compile(r"m:(?P<message>m_[\w-]{22}):(?P<place>\d{1,2})")
_CLAUSE = re.compile(r"q:(?P<message>m_[\w-]{22}):(?P<place>\d{1,3})")


@dataclass(frozen=True, slots=True)
class Placed:
    """A thing of a message, by its place."""

    message: str
    place: int


def data(act: Act, id: str = "") -> str:
    """What such a button sends."""
    return f"#{act}:{id}" if id else f"#{act}"


def read_data(text: str) -> tuple[Act, str] | None:
    """The act and the id; None where it is none."""
    found = _DATA.fullmatch(text)
    if found is None or found["act"] not in set(Act):
        return None
    return Act(found["act"]), found["id"] or ""


def button_data(message: str, place: int) -> str:
    """What a button of a message of a talk sends."""
    return f"m:{message}:{place}"


def read_button(text: str) -> Placed | None:
    """Which button of which message."""
    return _placed(_BUTTON.fullmatch(text))


def read_clause(text: str) -> Placed | None:
    """Which clause of which answer."""
    return _placed(_CLAUSE.fullmatch(text))


def _placed(found: re.Match[str] | None) -> Placed | None:
    return None if found is None else Placed(found["message"], int(found["place"]))


# --- answers --------------------------------------------------------------------------------------------------------------------------


def answer(text: str, found: Mapping[str, Any]) -> str:
    """An answer with its clauses under it, each with its number and standing, quoted up to a size."""
    if text != found["answer"]:
        return text
    if found.get("courses"):
        return _courses(text, [row["title"] for row in found["courses"]])
    parts = [text]
    for cited in found["citations"][:MAX_CLAUSES]:
        parts.append(f"{_head(cited)}\n{_shortened(cited['quote'])}")
    if rest := found["citations"][MAX_CLAUSES:]:
        parts.append("另见：" + "；".join(f"{_titled(one['document'])}{one['clause']}" for one in rest))
    if not found["citations"] and found["near"]:
        parts.append(
            "相近条款（不直接回答）："
            + "；".join(f"{_titled(one['document'])}{one['clause']}" for one in found["near"])
        )
    return "\n\n".join(parts)


def _courses(text: str, titles: Sequence[str]) -> str:
    """Each course as a card of its own: its title, below it what else is known. The row that is cited stands behind its button."""
    heads = {f"{n}. {title}：": f"【{title}】[{n}]" for n, title in enumerate(titles, 1)}
    blocks = []
    for line in text.splitlines():
        head = next((head for head in heads if line.startswith(head)), None)
        if head is None:
            blocks.append(line)
        else:
            facts = line.removeprefix(head).rpartition("[")[0]
            blocks.append(f"{heads[head]}\n{facts.replace('，', ' · ')}")
    return "\n\n".join(blocks)


def clauses(message: str, found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A button for each clause that does not stand whole under the answer; for each course its row."""
    if found.get("courses"):
        return [(f"看原文 [{cited['n']}]", f"q:{message}:{cited['n']}") for cited in found["citations"]]
    return [
        (f"看全文 [{cited['n']}]", f"q:{message}:{cited['n']}")
        for cited in found["citations"]
        if _shortened(cited["quote"]) != _lines(cited["quote"])
    ][:MAX_CLAUSES]


def whole_clause(cited: Mapping[str, Any]) -> str:
    """A clause, whole, as it is printed."""
    return f"{_head(cited)}\n{cited['quote']}"


def _head(cited: Mapping[str, Any]) -> str:
    facts = [
        cited["number"],
        STANDING[cited["status"]],
        f"有效期至 {cited['valid_until']}" if cited["valid_until"] else None,
        f"第 {cited['page']} 页" if cited["page"] else None,
    ]
    return (
        f"[{cited['n']}] {_titled(cited['document'])}{cited['clause']}（{'，'.join(fact for fact in facts if fact)}）"
    )


def _titled(name: str) -> str:
    return name if "《" in name else f"《{name}》"


def _lines(quote: str) -> str:
    return "\n".join(" ".join(line.split()) for line in quote.splitlines() if line.strip())


def _shortened(quote: str) -> str:
    lines = _lines(quote)
    return lines if len(lines) <= MAX_QUOTE_CHARS else f"{lines[:MAX_QUOTE_CHARS]}……"


# --- engineers --------------------------------------------------------------------------------------------------------------------------


MARKS: Mapping[Delivery, str] = {Delivery.SENT: "👍", Delivery.UNKNOWN: "🤔", Delivery.FAILED: "👎"}
IN_TOPIC = "这个话题只属于这张工单：在这里说的每句话、发的每个文件都原样发给这家企业。下面的按钮也只管这张单。"
MAX_TOPIC_CHARS = 128
DECLINED = {"field": "不是我的专长", "busy": "这几天没空", "far": "路太远", "other": "别的原因"}


def topic(heading: str) -> str:
    """What a case's topic is called."""
    return heading[:MAX_TOPIC_CHARS]


def tools(ref: str) -> tuple[tuple[str, str], ...]:
    """What an engineer needs at hand for a case: labels and what each sends."""
    return (
        ("要资料", data(Act.FACTS, ref)),
        ("类似案例", data(Act.SIMILAR, ref)),
        ("内部备注", data(Act.NOTE, ref)),
        ("填解决方案", data(Act.SOLVE, ref)),
    )


FOUND = "AI摘录，以原文为准"
MAX_FIELD_CHARS = 300


def similar(cases: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> str:
    """Solved cases: each its title, and what is told of it by name."""
    if not cases:
        return "没有找到类似的已解决案例。"
    told = []
    for number, (title, fields) in enumerate(cases, 1):
        lines = [f"{name}：{_cut(text)}" for name, text in fields if text.strip()]
        told.append("\n".join([f"{number}. {title}", *lines]))
    return "\n\n".join(told)


def _cut(text: str) -> str:
    lines = _lines(text)
    return lines if len(lines) <= MAX_FIELD_CHARS else f"{lines[:MAX_FIELD_CHARS]}……"


def pair(first: str, second: str) -> str:
    """Two ids in one button; the second has no dash."""
    return f"{first}-{second}"


def parted(id: str) -> tuple[str, str]:
    """The same, taken apart."""
    first, _, second = id.rpartition("-")
    return first, second


# --- cases ----------------------------------------------------------------------------------------------------------------------------


def heading(ref: str, firm: str) -> str:
    """What stands above everything of a case."""
    return f"{ref} · {firm}" if firm else ref


def clock(at: datetime) -> str:
    """11 月 23 日 10:05, in China."""
    here = at.astimezone(CHINA)
    return f"{here.month} 月 {here.day} 日 {here.hour}:{here.minute:02}"


def offer(
    ref: str, title: str, told: Packet, *, region: str | None, since: datetime, due: datetime | None, why: str
) -> str:
    """A case that may be claimed: what, where, since when, what is known, how urgent, why him, and the clock."""
    known = [f"{line.label}：{line.value}" for line in told.lines]
    lines = [
        f"新工单 {ref}：{title}",
        f"{DOMAIN_NAMES[told.domain]} · {URGENCY_NAMES[told.urgency]}" + (f" · {region}" if region else ""),
        *known,
        f"还缺：{'、'.join(told.missing)}" if told.missing else "",
        f"照片：{told.photos} 张" if told.photos else "",
        f"为什么找您：{why}",
        f"{clock(since)}提交" + (f"，请在 {clock(due)} 前接单" if due else ""),
    ]
    return "\n".join(line for line in lines if line)


LATE = {Due.UNCLAIMED: "还没有人接单", Due.FIRST_REPLY: "接单后还没有回复", Due.SILENCE: "工程师很久没有回复"}


def late(ref: str, title: str, state: TicketState, engineer: str, due: Due | None) -> str:
    """For clerks: a deadline has passed."""
    why = LATE.get(due, "过了期限") if due else "过了期限"
    who = f"，{engineer}负责" if engineer else ""
    return f"超时提醒：{ref}“{title}”{why}（{STATES[state]}{who}）。"


def moved(state: TicketState, reason: str) -> str:
    """For the engineer of a case: it is no longer as it was, and not by him."""
    why = f"，原因：{reason}" if reason and state not in (TicketState.CLOSED, TicketState.IN_PROGRESS) else ""
    words = {
        TicketState.OFFERED: "已不在您名下，退回需求池",
        TicketState.IN_PROGRESS: "企业说还没解决，已重新打开，请接着处理",
        TicketState.CLOSED: "已办结",
        TicketState.CANCELLED: "企业已撤回",
    }
    return f"这张工单{words.get(state, f'现在是“{STATES[state]}”')}{why}。"


def pooled(ref: str, title: str, told: Packet, *, region: str | None, state: TicketState, engineer: str) -> str:
    """A case in a team's group, without who the firm is: to be claimed, or how it stands."""
    what = f"{DOMAIN_NAMES[told.domain]} · {URGENCY_NAMES[told.urgency]}" + (f" · {region}" if region else "")
    if state is TicketState.OFFERED:
        known = [f"{line.label}：{line.value}" for line in told.lines]
        return "\n".join([f"新工单 {ref}：{title}", what, *known])
    who = f"，{engineer}" if engineer else ""
    return f"工单 {ref}：{title}\n{what}\n{STATES[state]}{who}"


def waiting(lines: Sequence[str]) -> str:
    """What a team may claim now."""
    return "现在待接的工单：\n" + "\n".join(lines) if lines else "现在没有待接的工单。"


def review(title: str, domain: Domain, author: str, fields: Mapping[str, str], blocking: Sequence[str]) -> str:
    """A solution that waits for a clerk: the copy that others are to read, cut."""
    told = [f"【{name}】{_cut(text)}" for name, text in fields.items() if text.strip()]
    left = [f"还不能通过，公开稿里有：{'、'.join(blocking)}。请在控制台改掉。"] if blocking else []
    return "\n".join([f"待审方案：{title}（{DOMAIN_NAMES[domain]}，{author}）", *told, *left])


def figures(day: date, at: datetime, found: Any) -> str:
    """A day in figures, and how it stands."""
    count, mean = found.rated
    return "\n".join(
        (
            f"{day.month} 月 {day.day} 日",
            f"企业来话 {found.messages} 条，{found.talks} 个对话",
            f"新工单 {found.opened}，接单 {found.claimed}，提交方案 {found.resolved}，办结 {found.closed}",
            f"评分 {count} 次" + (f"，平均 {mean:.1f}" if count else ""),
            f"现在（{clock(at)}）：待接 {found.waiting}，超时 {found.overdue}，在办 {found.at_work}，"
            f"待企业确认 {found.to_confirm}，待审方案 {found.to_review}，不知是否送到 {found.unknown}",
        )
    )


LEAD = "接单、办单请和我私聊；还没连上账号的，请向中心要一条邀请。"  # in a group


def undelivered(text: str, problem: str, *, is_unknown: bool) -> str:
    """For who said it: it did not arrive, or nobody knows."""
    head = "不知道是否送到，再发可能重复" if is_unknown else "没有送到"
    return f"{head}：“{_shortened(text)}”" + (f"\n{problem}" if problem else "")


FAREWELL = "账号已注销，您的资料、说过的话和文件都删了。以后有事还可以在这里说，从头开始。"
UNREACHABLE = "停用了机器人，消息送不到"


def unreachable(engineer: str) -> str:
    """For clerks: the engineer of a case cannot be reached in his chat."""
    return f"{engineer}{UNREACHABLE}。请打电话，或把工单转给别人；企业已经知道。"


def blocked(phone: str | None) -> str:
    """For the engineer of a case: its firm cannot be reached in its chat."""
    other = f"请打电话：{phone}。" if phone else "请通过中心联系。"
    return f"企业{UNREACHABLE}。{other}您发的话都留在对话里，企业打开网页就能看到。"
