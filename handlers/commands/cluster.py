"""`wenzhen cluster`: the common problems of several firms. The token says who."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from handlers.commands import asking, console
from handlers.commands.options import Data, Json, Token

app = typer.Typer(help="共性难题：几家企业共有的；--token 说明是谁。")
Ref = Annotated[str, typer.Argument(metavar="REF", help="共性难题编号（K-000123）")]
Demands = Annotated[list[str], typer.Argument(metavar="DEMAND…", help="需求号")]
Name = Annotated[str, typer.Option("--name", help="名字；不能指向任何一家企业")]


@app.command("list")
def list_clusters(
    state: Annotated[str | None, typer.Option(help="open、merged 或 dissolved")] = None,
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """列出共性难题，涉及企业多的在前；企业只看到自己有份的。"""
    asking.run("cluster-list", {"state": state}, data=data, json=json, token=token, show=_show_list)


@app.command("show")
def show(ref: Ref, token: Token = None, data: Data = None, json: Json = False) -> None:
    """一个共性难题：为什么归在一起、有哪些需求。"""
    asking.run("cluster-show", {"ref": ref}, data=data, json=json, token=token, show=_show)


@app.command("make")
def make(demands: Demands, name: Name = "", token: Token = None, data: Data = None, json: Json = False) -> None:
    """把几家企业的需求归成一个共性难题。"""
    values = {"demands": demands, "name": name}
    asking.run("cluster-make", values, data=data, json=json, token=token, show=_show)


@app.command("add")
def add(ref: Ref, demands: Demands, token: Token = None, data: Data = None, json: Json = False) -> None:
    """再归入几条需求。"""
    asking.run("cluster-add", {"ref": ref, "demands": demands}, data=data, json=json, token=token, show=_show)


@app.command("merge")
def merge(
    ref: Ref,
    into: Annotated[str, typer.Argument(metavar="INTO", help="并入哪一个")],
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """两个共性难题合成一个。"""
    asking.run("cluster-merge", {"ref": ref, "into": into}, data=data, json=json, token=token, show=_show)


@app.command("split")
def split(
    ref: Ref, demands: Demands, name: Name = "", token: Token = None, data: Data = None, json: Json = False
) -> None:
    """把几条需求拆出去；涉及两家以上的另成一个共性难题。"""
    values = {"ref": ref, "demands": demands, "name": name}
    asking.run("cluster-split", values, data=data, json=json, token=token, show=_show)


@app.command("rename")
def rename(
    ref: Ref,
    name: Annotated[str, typer.Argument(metavar="NAME", help="新名字；不能指向任何一家企业")],
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """改名。"""
    asking.run("cluster-rename", {"ref": ref, "name": name}, data=data, json=json, token=token, show=_show_one)


@app.command("dissolve")
def dissolve(ref: Ref, token: Token = None, data: Data = None, json: Json = False) -> None:
    """解散：各条需求恢复单独，系统不会再把它们归到一起。"""
    asking.run("cluster-dissolve", {"ref": ref}, data=data, json=json, token=token, show=_show_one)


def _show_one(cluster: dict[str, Any]) -> None:
    from bot.rules.clusters import WORDS, ClusterState

    state = cluster.get("state")
    ended = f"（{WORDS[ClusterState(state)]}）" if state and state != ClusterState.OPEN else ""
    console.say(f"{cluster['ref']}  {cluster['name']}{ended}  {cluster['firms']} 家企业")


def _show_list(listed: dict[str, Any]) -> None:
    for cluster in listed["items"]:
        _show_one(cluster)
    if not listed["items"]:
        console.say("还没有共性难题。")


def _show(cluster: dict[str, Any]) -> None:
    _show_one(cluster)
    why = cluster["why"]
    words = why if isinstance(why, list) else [*why["things"], *why["words"]]
    console.say(f"都提到：{'、'.join(dict.fromkeys(words)) or '—'}")
    for demand in cluster.get("items", ()):
        console.say(f"  {demand['ref']}  {demand['organisation']['name']}  {demand['title']}")
    for ref in cluster.get("own", ()):
        console.say(f"  您的需求：{ref}")
    if cluster.get("made"):
        console.say(f"拆出的另成 {cluster['made']}。")
