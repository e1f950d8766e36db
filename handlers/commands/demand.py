"""`wenzhen demand`: the pool as a clerk looks at it. The token says who."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from handlers.commands import asking, console
from handlers.commands.options import Data, Json, Token

app = typer.Typer(help="需求池：筛选、导出、合并、拆开、查重；--token 说明是谁。")
Ref = Annotated[str, typer.Argument(metavar="REF", help="需求号（D-000123）")]
State = Annotated[str | None, typer.Option(help="状态，如 pool；open 是全部未办结的")]
Kind = Annotated[str | None, typer.Option(help="类型，如 problem")]
Domain = Annotated[str | None, typer.Option(help="领域代码，如 moulding")]
Urgency = Annotated[str | None, typer.Option(help="紧急程度，如 high")]
Town = Annotated[str | None, typer.Option(help="地区")]
Words = Annotated[str | None, typer.Option(help="标题、原话、企业名里的字")]
Complete = Annotated[int | None, typer.Option(help="完整度至少多少（0 至 100）")]
Value = Annotated[int | None, typer.Option(help="涉及金额至少多少元")]
Days = Annotated[int | None, typer.Option(help="至少提出了多少天")]
Sort = Annotated[str | None, typer.Option(help="newest、oldest、value、complete、urgent、changed")]


@app.command("list")
def list_demands(
    state: State = None,
    kind: Kind = None,
    domain: Domain = None,
    urgency: Urgency = None,
    town: Town = None,
    words: Words = None,
    complete: Complete = None,
    value: Value = None,
    days: Days = None,
    sort: Sort = None,
    after: Annotated[str | None, typer.Option(metavar="REF", help="从这条之后接着列")] = None,
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """列出符合条件的需求。"""
    chosen = {
        "state": state, "kind": kind, "domain": domain, "urgency": urgency, "town": town, "words": words,
        "complete": complete, "value": value, "days": days, "sort": sort,
    }  # fmt: skip
    values = {"chosen": chosen, "after": after}
    asking.run("demand-list", values, data=data, json=json, token=token, show=_show_list)


@app.command("show")
def show(ref: Ref, token: Token = None, data: Data = None, json: Json = False) -> None:
    """一条需求：说过什么、还缺什么、并入了哪些。"""
    asking.run("demand-show", {"ref": ref}, data=data, json=json, token=token, show=_show)


@app.command("export")
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="写到哪个文件，.csv 或 .xlsx")],
    state: State = None,
    kind: Kind = None,
    domain: Domain = None,
    urgency: Urgency = None,
    town: Town = None,
    words: Words = None,
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """把符合条件的需求写成表格文件。"""
    from base64 import b64decode

    chosen = {"state": state, "kind": kind, "domain": domain, "urgency": urgency, "town": town, "words": words}
    values = {"format": file.suffix.removeprefix(".").lower(), "chosen": chosen}
    made = asking.run("demand-export", values, data=data, json=False, token=token, show=lambda result: None)
    with console.exits():
        file.write_bytes(b64decode(made["content"]))
    told = {"file": str(file), "bytes": file.stat().st_size}
    console.say_json(told) if json else console.say(f"已写到 {file}。")


@app.command("merge")
def merge(
    ref: Ref,
    into: Annotated[str, typer.Argument(metavar="INTO", help="并入哪一条")],
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """把重复的并入同一家企业的另一条，工单一起。"""
    asking.run("demand-merge", {"ref": ref, "into": into}, data=data, json=json, token=token, show=_show_one)


@app.command("split")
def split(ref: Ref, token: Token = None, data: Data = None, json: Json = False) -> None:
    """把并入别处的拆出来，回到需求池，另开一张工单。"""
    asking.run("demand-split", {"ref": ref}, data=data, json=json, token=token, show=_show_one)


@app.command("duplicates")
def duplicates(
    of: Annotated[str | None, typer.Option(metavar="REF", help="只看和这一条有关的")] = None,
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """同一家企业里可能重复的需求；只提示，不自动合并。"""
    asking.run("demand-duplicates", {"of": of}, data=data, json=json, token=token, show=_show_pairs)


@app.command("dismiss")
def dismiss(
    duplicate: Annotated[int, typer.Argument(metavar="N", help="查重提示的编号", min=0)],
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """这两条不是重复的，不再提示。"""
    asking.run(
        "demand-dismiss",
        {"duplicate_id": duplicate},
        data=data,
        json=json,
        token=token,
        show=lambda told: console.say(f"{told['first']} 和 {told['second']} 是两件事，不再提示。"),
    )


def _show_pairs(listed: dict[str, Any]) -> None:
    if not listed["items"]:
        console.say("没有疑似重复的需求。")
    for pair in listed["items"]:
        console.say(f"[{pair['id']}] 相似 {pair['likeness']}%  都提到：{'、'.join(pair['why']) or '—'}")
        _show_one(pair["first"])
        _show_one(pair["second"])


def _show_one(demand: dict[str, Any]) -> None:
    from bot.rules.demands import WORDS, DemandState
    from bot.rules.triage import DOMAIN_NAMES

    console.say(
        f"{demand['ref']}  {demand['title']}（{WORDS[DemandState(demand['state'])]}）"
        f"  {DOMAIN_NAMES[demand['domain']]}  {demand['organisation']['name']}"
        f"  {demand['town'] or '—'}  完整度 {demand['completeness']}  {demand['age_days']} 天"
    )


def _show_list(listed: dict[str, Any]) -> None:
    for demand in listed["items"]:
        _show_one(demand)
    console.say(f"共 {listed['total']} 条。" if listed["items"] else "没有符合条件的需求。")
    if listed["next"]:
        console.say(f"接着看：--after {listed['next']}")


def _show(demand: dict[str, Any]) -> None:
    _show_one(demand)
    console.say(demand["text"])
    for fact in demand["told"]:
        console.say(f"{fact['label']}：{fact['value']}")
    console.say(f"还缺：{'、'.join(demand['lacks']) or '无'}；附件 {demand['files']} 个")
    for source in demand["sources"]:
        console.say("并入的：")
        _show_one(source)
