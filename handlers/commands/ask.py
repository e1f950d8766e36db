"""`wenzhen ask`: one question, or a file of them."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from bot.assistant.shape import STATUS_WORDS
from bot.errors import BotError, Invalid, Unavailable
from bot.settings import Settings
from handlers.commands import console
from handlers.commands.batch import Line, lines, require_file
from handlers.commands.house import House, Values, reach


def ask(settings: Settings, text: str, *, role: str, prev: list[str], as_json: bool, explain: bool = False) -> None:
    """Answer one question on stdout; `explain` adds the evidence."""
    require_words(text)
    with reach(settings, verb="ask") as house, console.Bar() as bar:
        answer = house.run("ask", {"text": text, "role": role, "prev": prev, "explain": explain}, bar)
    if as_json:
        console.say_json(answer)
    else:
        console.say(render(answer))
        if explain:
            from bot.assistant import explaining

            console.say("\n" + explaining.render(answer["explain"]))


def ask_batch(settings: Settings, file: Path, *, role: str) -> None:
    """Answer a file of questions, one JSON object a line, in order; a bad line gets an object of its own."""
    require_file(file)
    with reach(settings, verb="ask") as house:
        for line in lines(file):
            console.say_json(_answer_line(house, line, role))


def _answer_line(house: House, line: Line, role: str) -> Values:
    key: Any = str(line.number)
    try:
        values = line.values()
        key = values.get("id", key)
        text, prev = line.text(values), values.get("prev") or []
        if isinstance(prev, str):
            prev = [prev]
        if not isinstance(prev, list) or not all(isinstance(turn, str) for turn in prev):
            raise Invalid(f"第 {line.number} 行的 prev 应是字符串列表。")
        answer = house.run("ask", {"text": text, "role": role, "prev": prev}, lambda what, done, total: None)
    except Unavailable:
        raise
    except BotError as error:
        answer = refused(str(error))
    return {**answer, "id": key}


def refused(words: str) -> Values:
    """An answer object that refuses with these words."""
    return {
        "id": uuid.uuid4().hex,
        "outcome": "refused",
        "intent": "out_of_scope",
        "answer": words,
        "label": "内容由AI生成",
        "confidence": 0.0,
        "citations": [],
        "near": [],
        "similar": [],
        "courses": [],
        "ticket": None,
        "mode": "extractive",
    }


def require_words(text: str) -> None:
    """Refuse an empty question.

    Raises:
        Invalid: there is nothing to answer.
    """
    if not text.strip():
        raise Invalid("问题是空的，请写一句话再问。")


def titled(name: str) -> str:
    """A title in its marks; one that carries marks of its own is left alone."""
    return name if "《" in name else f"《{name}》"


def render(answer: Values) -> str:
    """An answer for a terminal: the words (courses stand in them), the clauses with their validity, cases, pointers, and always the label."""
    parts = [answer["answer"]]
    for cited in answer["citations"]:
        head = f"[{cited['n']}] {titled(cited['document'])} {cited['clause']}".rstrip()
        facts = [cited["number"], STATUS_WORDS[cited["status"]]]
        facts += [
            f"有效期至 {cited['valid_until']}" if cited["valid_until"] else None,
            f"第 {cited['page']} 页" if cited["page"] else None,
        ]
        quote = "\n".join("    " + " ".join(line.split()) for line in cited["quote"].splitlines() if line.strip())
        parts.append(f"{head}（{'，'.join(fact for fact in facts if fact)}）\n{quote}")
    if answer["similar"]:
        parts.append("类似案例：" + "；".join(case["title"] for case in answer["similar"]))
    if answer["near"]:
        parts.append(
            "相近条款（不直接回答）："
            + "；".join(f"{titled(near['document'])}{near['clause']}" for near in answer["near"])
        )
    parts.append(f"—— {answer['label']}")
    return "\n\n".join(parts)
