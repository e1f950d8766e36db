"""`wenzhen solution`: how cases were solved, their review and their retraction."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from handlers.commands import asking, console
from handlers.commands.options import Data, Json, Token

app = typer.Typer(help="解决方案：查看、审核、撤下；--token 说明是谁。")
Id = Annotated[str, typer.Argument(metavar="ID", help="方案编号（s_…）")]
NAMES = {
    "title": "标题", "symptom": "现象", "cause": "原因", "steps": "步骤", "verification": "验证", "limits": "适用范围",
}  # fmt: skip


@app.command("list")
def list_solutions(
    state: Annotated[str | None, typer.Option(help="只看一种状态，如 review、indexed")] = None,
    ticket: Annotated[str | None, typer.Option(metavar="REF", help="只看一张工单的")] = None,
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """列出您能看到的方案，新的在前。"""
    asking.run("solution-list", {"state": state, "ticket": ticket}, data=data, json=json, token=token, show=_show_list)


@app.command("show")
def show(solution: Id, token: Token = None, data: Data = None, json: Json = False) -> None:
    """一条方案：工程师写的、公开稿、公开稿里可能还指向谁。"""
    asking.run("solution-show", {"solution_id": solution}, data=data, json=json, token=token, show=_show)


@app.command("edit")
def edit(
    solution: Id,
    title: Annotated[str | None, typer.Option(help="标题")] = None,
    symptom: Annotated[str | None, typer.Option(help="现象")] = None,
    cause: Annotated[str | None, typer.Option(help="原因")] = None,
    steps: Annotated[str | None, typer.Option(help="处理步骤")] = None,
    verification: Annotated[str | None, typer.Option(help="怎样确认好了")] = None,
    limits: Annotated[str | None, typer.Option(help="适用范围")] = None,
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """工作人员在审核前改公开稿；没写的栏目不变。"""
    given = {
        "title": title, "symptom": symptom, "cause": cause, "steps": steps, "verification": verification, "limits": limits,
    }  # fmt: skip
    changes = {field: words for field, words in given.items() if words is not None}
    if not changes:
        raise typer.BadParameter("至少写一个要改的栏目，如 --title")
    values = {"solution_id": solution, "changes": changes}
    asking.run("solution-edit", values, data=data, json=json, token=token, show=_show)


@app.command("approve")
def approve(solution: Id, token: Token = None, data: Data = None, json: Json = False) -> None:
    """审核通过，公开稿进入资料库；作者不能审自己的。"""
    asking.run("solution-approve", {"solution_id": solution}, data=data, json=json, token=token, show=_show_state)


@app.command("retract")
def retract(solution: Id, token: Token = None, data: Data = None, json: Json = False) -> None:
    """撤下，立即不再出现在任何回答里。"""
    asking.run("solution-retract", {"solution_id": solution}, data=data, json=json, token=token, show=_show_state)


def _state(solution: dict[str, Any]) -> str:
    from bot.rules.solutions import WORDS, SolutionState

    return WORDS[SolutionState(solution["state"])]


def _show_state(solution: dict[str, Any]) -> None:
    console.say(f"{solution['id']}  {solution['title']}（{_state(solution)}）")


def _show_list(listed: dict[str, Any]) -> None:
    if not listed["items"]:
        console.say("没有您能看到的方案。")
    for solution in listed["items"]:
        _show_state(solution)


def _show(solution: dict[str, Any]) -> None:
    _show_state(solution)
    for heading, copy in (("工程师写的", solution.get("original")), ("公开稿", solution.get("shared"))):
        if copy:
            console.say(f"【{heading}】")
            for field, text in copy.items():
                if text:
                    console.say(f"{NAMES.get(field, field)}：{text}")
    for found in solution.get("findings") or ():
        must = "（必须改掉）" if found["blocks"] else ""
        console.say(f"注意：{NAMES.get(found['field'], found['field'])}里有{found['words']}“{found['text']}”{must}")
