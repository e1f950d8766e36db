"""`wenzhen ledger`: whether the chain of events holds, and what it says."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from handlers.commands import asking, console
from handlers.commands.options import Data, Json, Token

app = typer.Typer(help="账本：每一步操作的记录，逐条相连，改一条就查得出。")


@app.command("verify")
def verify(token: Token = None, data: Data = None, json: Json = False) -> None:
    """核对整条账本；有一条被改、缺失或换序就指出来，退出码 1。"""

    def show(verdict: dict[str, Any]) -> None:
        if verdict["ok"]:
            console.say(f"账本完好，共 {verdict['entries']} 条。")
        else:
            console.say(f"账本第 {verdict['broken_at']} 条起对不上：{verdict['problem']}。")

    verdict = asking.run("ledger-verify", {}, data=data, json=json, token=token, operator=True, show=show)
    if not verdict["ok"]:
        raise SystemExit(console.NOTHING_DONE)


@app.command("list")
def list_entries(
    after: Annotated[int, typer.Option(metavar="N", help="从第 N 条之后列起")] = 0,
    subject: Annotated[str | None, typer.Option(help="只看一个对象，如 T-000123")] = None,
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """列出账本里的记录。"""

    def show(listed: dict[str, Any]) -> None:
        for entry in listed["items"]:
            console.say(f"{entry['seq']}  {entry['at']}  {entry['event']}  {entry['subject']}  {entry['actor']}")
        if listed["next"]:
            console.say(f"还有更多：加 --after {listed['next']}")

    values = {"after": after, "subject": subject}
    asking.run("ledger-list", values, data=data, json=json, token=token, operator=True, show=show)
