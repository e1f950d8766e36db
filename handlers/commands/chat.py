"""`wenzhen chat`: the whole conversation in the terminal, as a firm would have it; through the inbox and the lanes like any other channel."""

from __future__ import annotations

import select
import string
import sys
from typing import Any

from bot.errors import Busy, Invalid
from bot.settings import Settings
from handlers.commands import console
from handlers.commands.ask import render
from handlers.commands.house import House, Values, reach

GREETING = (
    "问诊：请直接说问题，例如“注塑件老缩水”“周末有没有课”“转人工”。"
    "括号里的字母是按钮，输入字母就是按它；空行看有没有新消息；输入 exit 或按 Ctrl-D 结束。"
)
LEAVING = {"exit", "quit", "退出"}
LOOK_S = 3.0  # how often an open prompt looks for what the engineer wrote
WHO = {"engineer": "工程师", "staff": "中心", "system": "※"}


class Talk:
    """One talk of one terminal."""

    def __init__(self, house: House, token: str | None) -> None:
        self._house = house
        self._token = token
        begun = self._run("conversation-begin")
        self._id = begun["id"]
        self._seen: str | None = None
        self._buttons: dict[str, str] = {}

    def say(self, text: str) -> None:
        """One turn, or a button by its letter."""
        told = self._run("conversation-post", id=self._id, text=self._buttons.get(text, text))
        if told["message"]:
            self._seen = told["message"]
        replies = told["replies"]
        self._buttons = {}
        for reply in replies:
            self._show(reply)
        if not replies:
            console.say("（已送达工程师）" if told["owner"] == "engineer" else "（还在处理，稍后按回车看回复）")

    def look(self) -> None:
        """What others wrote meanwhile."""
        for message in self._run("conversation-read", id=self._id, after=self._seen)["items"]:
            if message["from"] != "sme":
                self._show(message)
            self._seen = message["id"]

    def _run(self, verb: str, **values: Any) -> Values:
        given = {**values, **({"token": self._token} if self._token else {})}
        return self._house.run(verb, given, lambda what, done, total: None)

    def _show(self, message: Values) -> None:
        self._seen = message["id"]
        who = WHO.get(message.get("from") or message.get("kind") or "", "")
        name = message.get("name") or who
        answer = message.get("answer")
        if answer and message["text"] == answer["answer"]:
            words = render(answer)
        else:
            words = message["text"] + (f"\n—— {message['label']}" if message["label"] else "")
        console.say(f"\n{name + '：' if name else ''}{words}")
        letters = (letter for letter in string.ascii_lowercase if letter not in self._buttons)
        named = [(letter, one) for letter, one in zip(letters, message.get("buttons", ()), strict=False)]
        self._buttons |= {letter: one["value"] for letter, one in named}
        if named:
            console.say("  ".join(f"({letter}) {one['label']}" for letter, one in named))


def chat(settings: Settings, *, token: str | None = None) -> None:
    """Talk until the person leaves."""
    with reach(settings, verb="chat") as house:
        talk = Talk(house, token)
        console.say(GREETING)
        while True:
            line = _line(talk)
            text = line.strip()
            if not line or text in LEAVING:
                return
            try:
                if text:
                    talk.say(text)
                else:
                    talk.look()
            except (Invalid, Busy) as error:
                console.say(str(error))


def _line(talk: Talk) -> str:
    """The next line; while a person thinks, what others write is shown."""
    if not sys.stdin.isatty():
        return sys.stdin.readline()
    sys.stdout.write("\n> ")
    sys.stdout.flush()
    while not select.select([sys.stdin], [], [], LOOK_S)[0]:
        talk.look()
    return sys.stdin.readline()
