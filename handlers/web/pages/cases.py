"""A ticket as desk and console show it: words for its codes, and its clock. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.rules.intake import DEMAND_NAMES, URGENCY_NAMES
from bot.rules.tickets import WORDS, Due, TicketState
from bot.rules.triage import DOMAIN_NAMES
from bot.rules.worktime import CHINA

Json = Mapping[str, Any]
DUE_WORDS: Mapping[str, str] = {
    Due.UNCLAIMED: "接单",
    Due.FIRST_REPLY: "首次回复",
    Due.SILENCE: "回复企业",
    Due.FIRM_SILENCE: "提醒企业",
    Due.CONFIRMATION: "自动办结",
}
FAR = timedelta(hours=8)
SPEAKERS = {"sme": "企业", "bot": "机器人", "engineer": "工程师", "staff": "中心", "": ""}


def case_view(ticket: Json, now: datetime) -> dict[str, Any]:
    """A ticket with words for its codes. What the verb gave beside it stays."""
    last = ticket.get("last") or {"id": "", "from": "", "text": ""}
    return {
        **ticket,
        "state_words": WORDS[TicketState(ticket["state"])],
        "urgency_words": URGENCY_NAMES[ticket["urgency"]],
        "domain_words": DOMAIN_NAMES.get(ticket.get("domain") or "", ""),
        "kind_words": DEMAND_NAMES.get(ticket.get("kind") or "", ""),
        "owner_name": (ticket["owner"] or {}).get("name", ""),
        "last_owner_name": (ticket["last_owner"] or {}).get("name", ""),
        "due": clock(ticket.get("due"), ticket.get("due_for"), now),
        "created_words": moment_words(ticket.get("created")),
        "last": {**last, "who": SPEAKERS[last["from"]]},
    }


def clock(due: str | None, due_for: str | None, now: datetime) -> dict[str, Any] | None:
    """A deadline in words; None where there is none."""
    if not due:
        return None
    left = datetime.fromisoformat(due) - now
    late = left < timedelta(0)
    is_far = left >= FAR  # deadlines keep working time: over a night or a weekend hours say less than the moment itself
    return {
        "at": due,
        "late": late,
        "words": DUE_WORDS.get(due_for or "", "期限"),
        "left": f"{moment_words(due)} 前" if is_far else f"{'已超时' if late else '还剩'} {span_words(abs(left))}",
    }


def span_words(span: timedelta) -> str:
    """25 分钟, 3 小时 5 分, 4 天."""
    minutes = max(1, round(span.total_seconds() / 60))
    if minutes < 60:
        return f"{minutes} 分钟"
    if minutes < 48 * 60:
        return f"{minutes // 60} 小时" + (f" {minutes % 60} 分" if minutes % 60 else "")
    return f"{round(minutes / 1440)} 天"


def moment_words(moment: str | None) -> str:
    """11月21日 14:05, in the time of China; empty for None."""
    if not moment:
        return ""
    at = datetime.fromisoformat(moment).astimezone(CHINA)
    return f"{at.month}月{at.day}日 {at:%H:%M}"


def notes_view(notes: list[Json]) -> list[dict[str, Any]]:
    """Notes with their time in words."""
    return [{**note, "time": moment_words(note["at"])} for note in notes]


FORM = (  # of a solution: field, label, hint, rows, required
    ("symptom", "现象", "什么设备、什么材料、出了什么问题", 3, True),
    ("cause", "原因", "查到的原因，怎么确认的", 3, False),
    ("steps", "处理步骤", "1. 先做什么\n2. 再做什么", 6, True),
    ("verification", "怎么验证", "做到什么程度算好了", 2, False),
    ("limits", "适用范围与限制", "什么情况不适用，要注意什么", 2, False),
)
QUESTIONS = "?？吗呢"
MIN_STEP_CHARS = 8  # shorter ones greet or agree
SYMPTOM_FACTS = ("symptom", "equipment", "model", "material", "since_when", "effect")


def prefilled(ticket: Json) -> dict[str, str]:
    """The solution form from the facts of the case: what it was, what had been tried, and the engineer's own words as steps to edit."""
    facts = {line["code"]: line for line in ticket["packet"]["lines"]}
    told = [
        facts[code]["value"] if code == "symptom" else f"{facts[code]['label']}：{facts[code]['value']}"
        for code in SYMPTOM_FACTS
        if code in facts
    ]
    tried = f"企业试过：{facts['tried']['value']}" if "tried" in facts else ""
    said = [message["text"].strip() for message in ticket.get("messages", ()) if message["from"] == "engineer"]
    steps = [words for words in said if words[-1] not in QUESTIONS and len(words) >= MIN_STEP_CHARS]
    return {
        "symptom": "\n".join(told) or ticket["packet"].get("text", ""),
        "cause": tried,
        "steps": "\n".join(f"{number}. {' '.join(step.split())}" for number, step in enumerate(steps, 1)),
        "verification": "",
        "limits": f"仅按这台设备的情况：{facts['equipment']['value']}" if "equipment" in facts else "",
    }
