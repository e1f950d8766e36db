"""`wenzhen ticket`: the engineer's, the firm's and the clerk's side of a case as commands. The token says who."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from handlers.commands import asking, console
from handlers.commands.options import Data, Json, Token

app = typer.Typer(help="工单：接单、回复、办结；--token 说明是谁。")
Ref = Annotated[str, typer.Argument(metavar="REF", help="工单号（T-000123）")]
Text = Annotated[str, typer.Argument(metavar="TEXT", help="内容")]
Reason = Annotated[str, typer.Option("--reason", help="原因")]
SPEAKERS = {"sme": "企业", "bot": "助手", "engineer": "工程师", "staff": "中心", "system": "系统"}


@app.command("list")
def list_tickets(
    state: Annotated[str | None, typer.Option(help="只看一种状态，如 offered、in_progress")] = None,
    after: Annotated[str | None, typer.Option(metavar="REF", help="从这张之后接着列")] = None,
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """列出您能看到的工单，新的在前。"""
    asking.run("ticket-list", {"state": state, "after": after}, data=data, json=json, token=token, show=_show_list)


@app.command("show")
def show(ref: Ref, token: Token = None, data: Data = None, json: Json = False) -> None:
    """一张工单：情况、对话、备注、方案。"""
    asking.run("ticket-show", {"ref": ref}, data=data, json=json, token=token, show=_show_whole)


@app.command("claim")
def claim(ref: Ref, token: Token = None, data: Data = None, json: Json = False) -> None:
    """接单；别人先接了会说明是谁。"""
    asking.run("ticket-claim", {"ref": ref}, data=data, json=json, token=token, show=_show)


@app.command("assign")
def assign(
    ref: Ref,
    engineer: Annotated[str, typer.Argument(metavar="ENGINEER", help="工程师编号（p_…）")],
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """工作人员指派工程师。"""
    asking.run("ticket-assign", {"ref": ref, "engineer": engineer}, data=data, json=json, token=token, show=_show)


@app.command("say")
def say(ref: Ref, text: Text, token: Token = None, data: Data = None, json: Json = False) -> None:
    """对企业说一句话。"""
    asking.run(
        "ticket-say",
        {"ref": ref, "text": text},
        data=data,
        json=json,
        token=token,
        show=lambda said: console.say(f"已发出。{_line(said['ticket'])}"),
    )


@app.command("note")
def note(ref: Ref, text: Text, token: Token = None, data: Data = None, json: Json = False) -> None:
    """记一条内部备注，企业看不到。"""
    asking.run(
        "ticket-note",
        {"ref": ref, "text": text},
        data=data,
        json=json,
        token=token,
        show=lambda _: console.say("已记下，企业看不到。"),
    )


@app.command("wait")
def wait(ref: Ref, token: Token = None, data: Data = None, json: Json = False) -> None:
    """已请企业补充情况：企业回话前您的时限停住。"""
    asking.run("ticket-wait", {"ref": ref}, data=data, json=json, token=token, show=_show)


@app.command("release")
def release(ref: Ref, reason: Reason, token: Token = None, data: Data = None, json: Json = False) -> None:
    """退回还没有开始的工单。"""
    asking.run("ticket-release", {"ref": ref, "reason": reason}, data=data, json=json, token=token, show=_show)


@app.command("transfer")
def transfer(ref: Ref, reason: Reason, token: Token = None, data: Data = None, json: Json = False) -> None:
    """转给别的工程师。"""
    asking.run("ticket-transfer", {"ref": ref, "reason": reason}, data=data, json=json, token=token, show=_show)


@app.command("resolve")
def resolve(
    ref: Ref,
    symptom: Annotated[str, typer.Option(help="现象")],
    steps: Annotated[str, typer.Option(help="处理步骤")],
    cause: Annotated[str, typer.Option(help="原因")] = "",
    verification: Annotated[str, typer.Option(help="怎样确认好了")] = "",
    limits: Annotated[str, typer.Option(help="适用范围")] = "",
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """提交解决方案，请企业确认。"""
    form = {"symptom": symptom, "cause": cause, "steps": steps, "verification": verification, "limits": limits}
    asking.run("ticket-resolve", {"ref": ref, "form": form}, data=data, json=json, token=token, show=_show)


@app.command("confirm")
def confirm(
    ref: Ref,
    share: Annotated[bool, typer.Option("--share", help="同意去掉企业和个人信息后公开；不写也是同意")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="不公开；办结后再写则是撤回同意")] = False,
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """企业确认已解决；工作人员只办结。"""
    if share and keep:
        raise typer.BadParameter("--share 和 --keep 只能写一个")
    values = {"ref": ref, "share": True if share else False if keep else None}
    asking.run("ticket-confirm", values, data=data, json=json, token=token, show=_show)


@app.command("rate")
def rate(
    ref: Ref,
    rating: Annotated[int, typer.Argument(metavar="1-5", help="评分")],
    comment: Annotated[str, typer.Option(help="评语")] = "",
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """企业评分。"""
    values = {"ref": ref, "rating": rating, "comment": comment}
    asking.run("ticket-rate", values, data=data, json=json, token=token, show=_show)


@app.command("reopen")
def reopen(ref: Ref, token: Token = None, data: Data = None, json: Json = False) -> None:
    """7 天内重新打开。"""
    asking.run("ticket-reopen", {"ref": ref}, data=data, json=json, token=token, show=_show)


@app.command("cancel")
def cancel(ref: Ref, reason: Reason, token: Token = None, data: Data = None, json: Json = False) -> None:
    """撤回。"""
    asking.run("ticket-cancel", {"ref": ref, "reason": reason}, data=data, json=json, token=token, show=_show)


@app.command("escalate")
def escalate(ref: Ref, reason: Reason, token: Token = None, data: Data = None, json: Json = False) -> None:
    """转为项目包。"""
    asking.run("ticket-escalate", {"ref": ref, "reason": reason}, data=data, json=json, token=token, show=_show)


@app.command("merge")
def merge(
    ref: Ref,
    into: Annotated[str, typer.Argument(metavar="INTO", help="并入的工单号")],
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """工作人员把重复的工单并入同一家企业的另一张。"""
    asking.run("ticket-merge", {"ref": ref, "into": into}, data=data, json=json, token=token, show=_show)


def _line(ticket: dict[str, Any]) -> str:
    from bot.rules.tickets import WORDS, TicketState

    owner = ticket["owner"] or ticket.get("last_owner")
    facts = [WORDS[TicketState(ticket["state"])], owner["name"] if owner else None, ticket["urgency"]]
    return f"{ticket['ref']}  {ticket.get('title', '')}（{'，'.join(fact for fact in facts if fact)}）"


def _show(ticket: dict[str, Any]) -> None:
    console.say(_line(ticket))


def _show_list(listed: dict[str, Any]) -> None:
    if not listed["items"]:
        console.say("没有您能看到的工单。")
    for ticket in listed["items"]:
        console.say(_line(ticket))
    if listed["next"]:
        console.say(f"还有更多：加 --after {listed['next']}")


def _show_whole(ticket: dict[str, Any]) -> None:
    console.say(_line(ticket))
    if ticket["due"]:
        console.say(f"时限：{ticket['due']}")
    for line in ticket["packet"]["lines"]:
        console.say(f"{line['label']}：{line['value']}")
    for said in ticket["messages"]:
        console.say(f"[{SPEAKERS[said['from']]}] {said['text']}" + (f"（{said['label']}）" if said["label"] else ""))
    for noted in ticket["notes"]:
        console.say(f"[备注] {noted['text']}")
    for case in ticket["similar"]:
        console.say(f"相似案例：{case['title']}（{case['id']}）")
