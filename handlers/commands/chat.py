"""`wenzhen chat`: the conversation in the terminal, as a firm would have it."""

from __future__ import annotations

import sys

from bot.errors import Invalid
from bot.settings import Settings
from handlers.commands import console
from handlers.commands.ask import render
from handlers.commands.house import reach

REMEMBERED_TURNS = 6
GREETING = "问诊：请直接说问题，例如“培育期多久”“周末有没有课”。输入 exit 或按 Ctrl-D 结束。"


def chat(settings: Settings) -> None:
    """Talk until the person leaves."""
    said: list[str] = []
    with reach(settings, verb="chat") as house:
        console.say(GREETING)
        while True:
            if sys.stdin.isatty():
                sys.stdout.write("\n> ")
                sys.stdout.flush()
            line = sys.stdin.readline()
            text = line.strip()
            if not line or text in {"exit", "quit", "退出"}:
                return
            if not text:
                continue
            try:
                answer = house.run(
                    "ask", {"text": text, "prev": said[-REMEMBERED_TURNS:]}, lambda what, done, total: None
                )
            except Invalid as error:
                console.say(str(error))
                continue
            console.say(render(answer))
            said.append(text)
