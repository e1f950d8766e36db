"""`wenzhen triage`: one message, or a file of them, sorted and nothing else. Needs no data directory and no lock."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from bot.errors import BotError
from bot.rules.triage import DOMAIN_NAMES, MeaningOf, Triage
from bot.rules.triage import triage as sort
from bot.rules.wording import clean
from handlers.commands import console
from handlers.commands.batch import Line, lines, require_file

Values = dict[str, Any]
KEYS = ("intent", "confidence", "demand", "domain", "urgency")
INTENTS = {
    "policy": "政策",
    "course": "课程",
    "technical": "技术",
    "service": "平台服务",
    "status": "办理进度",
    "human": "转人工",
    "safety": "人身危险",
    "chitchat": "寒暄",
    "out_of_scope": "不受理",
}
DEMANDS = {
    "problem": "技术难题",
    "talent_gap": "人才缺口",
    "training": "定制培训",
    "testing": "检测检验",
    "transfer": "成果转化",
    "standard": "标准研制",
}
URGENCIES = {"critical": "危急", "high": "紧急", "normal": "一般", "low": "不急"}


def triage(text: str, *, as_json: bool) -> None:
    """Sort one message on stdout.

    Raises:
        Invalid: the text is empty, too long or broken.
    """
    result = sort(clean(text), _meaning_of())
    if as_json:
        console.say_json({"id": uuid.uuid4().hex, **result.as_json()})
    else:
        console.say(render(result))


def triage_batch(file: Path) -> None:
    """Sort a file of messages, one JSON object a line, in order; a bad line gets an object of its own.

    Raises:
        Invalid: there is no such file.
    """
    require_file(file)
    meaning_of = _meaning_of()
    for line in lines(file):
        console.say_json(_sort_line(line, meaning_of))


def _meaning_of() -> MeaningOf | None:
    """By the built-in embedder, whatever else is set: the weights know its vectors alone."""
    from bot.bootstrap import meaning_of
    from retrieval.embedding import BuiltinEmbedder

    return meaning_of(BuiltinEmbedder())


def _sort_line(line: Line, meaning_of: MeaningOf | None) -> Values:
    key: Any = str(line.number)
    try:
        values = line.values()
        key = values.get("id", key)
        return {"id": key, **sort(clean(line.text(values)), meaning_of).as_json()}
    except BotError as error:
        return {
            "id": key,
            "outcome": "refused",
            "error": str(error),
            **dict.fromkeys(KEYS),
            "missing": [],
            "ask": None,
        }


def render(result: Triage) -> str:
    """The result for a terminal; what does not apply is left out."""
    rows = [("意图", INTENTS[result.intent]), ("把握", f"{result.confidence:.2f}")]
    if result.demand:
        rows.append(("需求", DEMANDS[result.demand]))
    if result.domain:
        rows.append(("领域", DOMAIN_NAMES[result.domain]))
    rows.append(("紧急程度", URGENCIES[result.urgency]))
    if result.ask:
        rows.append(("下一问", result.ask))
    return "\n".join(f"{name}：{value}" for name, value in rows)
