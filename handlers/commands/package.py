"""`wenzhen package`: problems that are put out to all (揭榜挂帅). The token says who."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from handlers.commands import asking, console
from handlers.commands.options import Data, Json, Token

app = typer.Typer(help="项目包（揭榜挂帅）：起草、发布、揭榜申请；--token 说明是谁。")
Ref = Annotated[str, typer.Argument(metavar="REF", help="项目包编号（P-000123）")]
Title = Annotated[str | None, typer.Option(help="名称")]
Goal = Annotated[str | None, typer.Option(help="目标")]
Metrics = Annotated[str | None, typer.Option(help="指标，一行一条")]
Deadline = Annotated[str | None, typer.Option(help="揭榜截止日，如 2026-12-31")]
Period = Annotated[str | None, typer.Option(help="完成期限，如 六个月")]
Budget = Annotated[str | None, typer.Option(help="预算，如 30 万元")]
Rights = Annotated[str | None, typer.Option(help="知识产权归谁")]
Reach = Annotated[str | None, typer.Option(help="alliance 联盟内，open 面向社会")]


@app.command("list")
def list_packages(
    state: Annotated[str | None, typer.Option(help="draft、published、closed 或 dropped")] = None,
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """列出您能看到的项目包，新的在前。"""
    asking.run("package-list", {"state": state}, data=data, json=json, token=token, show=_show_list)


@app.command("show")
def show(ref: Ref, token: Token = None, data: Data = None, json: Json = False) -> None:
    """一个项目包。"""
    asking.run("package-show", {"ref": ref}, data=data, json=json, token=token, show=_show)


@app.command("make")
def make(
    demands: Annotated[list[str] | None, typer.Argument(metavar="DEMAND…", help="需求号", show_default=False)] = None,
    cluster: Annotated[str | None, typer.Option(metavar="REF", help="一个共性难题里未办结的全部需求")] = None,
    title: Title = None,
    goal: Goal = None,
    metrics: Metrics = None,
    deadline: Deadline = None,
    period: Period = None,
    budget: Budget = None,
    rights: Rights = None,
    reach: Reach = None,
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """把几条需求或一个共性难题合成一个项目包的草稿。"""
    fields = _named(title, goal, metrics, deadline, period, budget, rights, reach)
    values = {"demands": demands or [], "cluster": cluster, "fields": fields}
    asking.run("package-make", values, data=data, json=json, token=token, show=_show)


@app.command("edit")
def edit(
    ref: Ref,
    title: Title = None,
    goal: Goal = None,
    metrics: Metrics = None,
    deadline: Deadline = None,
    period: Period = None,
    budget: Budget = None,
    rights: Rights = None,
    reach: Reach = None,
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """改草稿；没写的栏目不变。"""
    values = {"ref": ref, "fields": _named(title, goal, metrics, deadline, period, budget, rights, reach)}
    asking.run("package-edit", values, data=data, json=json, token=token, show=_show)


@app.command("publish")
def publish(ref: Ref, token: Token = None, data: Data = None, json: Json = False) -> None:
    """发布：公开页面上能看到，不出现企业名称。"""
    asking.run("package-publish", {"ref": ref}, data=data, json=json, token=token, show=_show_one)


@app.command("close")
def close(ref: Ref, token: Token = None, data: Data = None, json: Json = False) -> None:
    """截止，不再接受揭榜。"""
    asking.run("package-close", {"ref": ref}, data=data, json=json, token=token, show=_show_one)


@app.command("drop")
def drop(ref: Ref, token: Token = None, data: Data = None, json: Json = False) -> None:
    """作废草稿；里面的需求可以放进别的项目包。"""
    asking.run("package-drop", {"ref": ref}, data=data, json=json, token=token, show=_show_one)


@app.command("applications")
def applications(ref: Ref, token: Token = None, data: Data = None, json: Json = False) -> None:
    """谁来揭榜：方案、报价、工期、联系方式。"""
    asking.run("package-applications", {"ref": ref}, data=data, json=json, token=token, show=_show_applications)


def _named(*values: str | None) -> dict[str, str]:
    from bot.rules.packages import FIELDS

    names = ("title", "goal", "metrics", "deadline", "period", "budget", "rights", "reach")
    assert set(names) == set(FIELDS)
    return {name: value for name, value in zip(names, values, strict=True) if value is not None}


def _show_one(package: dict[str, Any]) -> None:
    from bot.rules.packages import WORDS, PackageState

    state = WORDS[PackageState(package["state"])]
    console.say(f"{package['ref']}  {package['title'] or '（未命名）'}（{state}）  {package['firms']} 家企业")


def _show_list(listed: dict[str, Any]) -> None:
    for package in listed["items"]:
        _show_one(package)
    if not listed["items"]:
        console.say("还没有项目包。")


def _show(package: dict[str, Any]) -> None:
    from bot.rules.packages import FIELDS, REACH_WORDS
    from bot.rules.packages import Reach as Reaches

    _show_one(package)
    for name, label in FIELDS.items():
        value = package[name]
        if value and name != "title":
            console.say(f"{label}：{REACH_WORDS[Reaches(value)] if name == 'reach' else value}")
    if package.get("lacking"):
        console.say(f"发布前还缺：{'、'.join(package['lacking'])}")
    for demand in package.get("items", ()):
        console.say(f"  {demand['ref']}  {demand['organisation']['name']}  {demand['title']}")
    for why in (package.get("left") or {}).values():
        console.say(f"没有放进来：{why}")


def _show_applications(listed: dict[str, Any]) -> None:
    if not listed["items"]:
        console.say("还没有人揭榜。")
    for one in listed["items"]:
        if one["deleted"]:
            console.say(f"{one['id']}  （已按本人要求删除）")
            continue
        console.say(
            f"{one['id']}  {one['organisation']} {one['name']}  {one['contact']}  报价 {one['price']}  工期 {one['time']}"
        )
        console.say(one["proposal"])
