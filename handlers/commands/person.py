"""`wenzhen person`: accounts, their tokens, and what a person may have exported or deleted."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from handlers.commands import asking, console
from handlers.commands.options import Data, Json, Token

app = typer.Typer(help="账号：企业人员、工程师、工作人员。")
organisations = typer.Typer(help="企业和成员单位。")
ROLES = {"sme": "企业", "engineer": "工程师", "staff": "工作人员", "admin": "管理员"}


class AccountRole(StrEnum):
    """Who has an account."""

    sme = "sme"
    engineer = "engineer"
    staff = "staff"
    admin = "admin"


Id = Annotated[str, typer.Argument(metavar="ID", help="账号编号（p_…）")]


@app.command("add")
def add(
    role: Annotated[AccountRole, typer.Option(help="身份")],
    name: Annotated[str, typer.Option(help="姓名")],
    organisation: Annotated[str | None, typer.Option(help="所属企业或单位；没有就新建")] = None,
    skills: Annotated[str | None, typer.Option(metavar="a,b", help="专长，逗号分隔，可写领域代码")] = None,
    capacity: Annotated[int | None, typer.Option(help="同时最多几张工单；不写不限")] = None,
    phone: Annotated[str | None, typer.Option(help="电话")] = None,
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """新建账号，记录其同意；口令只显示这一次。"""
    words = (skills or "").replace("，", ",").replace("、", ",").split(",")
    values = {
        "role": role.value,
        "name": name,
        "organisation": organisation,
        "skills": [word.strip() for word in words if word.strip()],
        "capacity": capacity,
        "phone": phone,
    }
    asking.run("person-add", values, data=data, json=json, token=token, operator=True, show=_show_token)


@app.command("list")
def list_people(
    role: Annotated[AccountRole | None, typer.Option(help="只看一种身份")] = None,
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """列出账号，不含口令。"""
    values = {"role": role.value if role else None}
    asking.run("person-list", values, data=data, json=json, token=token, operator=True, show=_show_people)


@app.command("disable")
def disable(person: Id, token: Token = None, data: Data = None, json: Json = False) -> None:
    """停用账号：口令和登录立即失效，工程师手上的工单退回需求池。"""
    _act("person-disable", person, "已停用", token, data, json)


@app.command("enable")
def enable(person: Id, token: Token = None, data: Data = None, json: Json = False) -> None:
    """重新启用账号。"""
    _act("person-enable", person, "已启用", token, data, json)


@app.command("token")
def reissue(person: Id, token: Token = None, data: Data = None, json: Json = False) -> None:
    """补发口令：新口令只显示这一次，旧口令和所有登录立即失效。"""
    asking.run(
        "person-token", {"person_id": person}, data=data, json=json, token=token, operator=True, show=_show_token
    )


@app.command("invite")
def invite(
    role: Annotated[AccountRole, typer.Option(help="身份")],
    organisation: Annotated[str | None, typer.Option(help="所属企业或单位；没有就新建")] = None,
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """生成一条邀请链接，7 天内一人一次有效。"""
    values = {"role": role.value, "organisation": organisation}
    asking.run("person-invite", values, data=data, json=json, token=token, operator=True, show=_show_invitation)


@app.command("chat")
def chat(person: Id, token: Token = None, data: Data = None, json: Json = False) -> None:
    """生成把 Telegram 聊天连到这个账号的代码，1 小时内一次有效。"""
    asking.run("person-chat", {"person_id": person}, data=data, json=json, token=token, operator=True, show=_show_code)


@app.command("join")
def join(
    person: Id,
    organisation: Annotated[str, typer.Argument(metavar="ORGANISATION", help="企业编号（o_…）")],
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """把企业人员并入一家已有的企业，其对话和工单一并转入。"""
    values = {"person_id": person, "organisation_id": organisation}
    asking.run("person-join", values, data=data, json=json, token=token, operator=True, show=_shower("已并入"))


@app.command("export")
def export(person: Id, token: Token = None, data: Data = None, json: Json = False) -> None:
    """导出一个人的全部数据（JSON）。"""
    del json  # it is JSON either way
    asking.run(
        "person-export", {"person_id": person}, data=data, json=True, token=token, operator=True, show=console.say_json
    )


@app.command("delete")
def delete(
    person: Id,
    yes: Annotated[bool, typer.Option("--yes", help="不再询问")] = False,
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """注销并清除一个人的数据，不能恢复；未办结的工单撤回。"""
    if not yes:
        typer.confirm("清除后不能恢复，确定吗？", abort=True, err=True)
    asking.run(
        "person-delete",
        {"person_id": person},
        data=data,
        json=json,
        token=token,
        operator=True,
        show=_show_deleted,
    )


@app.command("hours")
def hours(
    person: Annotated[str | None, typer.Argument(metavar="ID", help="工程师编号（p_…）；不写就是 --token 本人")] = None,
    say: Annotated[str | None, typer.Option(help="一句话：周三我在青岛，下午有空")] = None,
    week: Annotated[str | None, typer.Option(help="周一至周五 9:00-17:00；周六 休息；空着同中心")] = None,
    place: Annotated[str | None, typer.Option(help="常驻城市")] = None,
    skills: Annotated[str | None, typer.Option(metavar="a,b", help="专长，逗号分隔，可写领域代码")] = None,
    languages: Annotated[str | None, typer.Option(metavar="a,b", help="中文之外的语言")] = None,
    busy: Annotated[str | None, typer.Option(metavar="日期", help="忙到哪天，2026-11-25；空着不忙了")] = None,
    remove: Annotated[str | None, typer.Option(metavar="ID", help="删掉一条安排（w_…）")] = None,
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """工程师的工作时间、安排、地点和专长：看，或改写出来的那几样。"""
    whose = {"person": person} if person else {}
    changes = {"week": week, "place": place, "skills": _words(skills), "languages": _words(languages)}
    changes |= {"busy_until": busy}
    if sum([say is not None, remove is not None, any(value is not None for value in changes.values())]) > 1:
        raise typer.BadParameter("--say、--remove 和别的一次只写一样")
    values = {**whose, "say": say, "remove": remove, **changes}
    asking.run("person-hours", values, data=data, json=json, token=token, operator=bool(person), show=_show_hours)


def _words(text: str | None) -> list[str] | None:
    return None if text is None else [word.strip() for word in text.replace("，", ",").replace("、", ",").split(",")]


def _show_hours(shown: dict[str, Any]) -> None:
    for line in shown.get("understood", ()):
        console.say(f"记下了：{line}")
    console.say(f"{shown['name']}（{'现在在岗' if shown['available'] else '现在不在岗'}）")
    console.say(f"每周：{shown['week']}" + ("" if shown["own_week"] else "（同中心）"))
    for label, value in (
        ("常驻", shown["place"]),
        ("专长", "、".join(shown["skills"])),
        ("语言", "、".join(shown["languages"])),
    ):
        if value:
            console.say(f"{label}：{value}")
    for plan in shown["plans"]:
        console.say(f"{plan['id']}  {plan['text']}")


@organisations.command("list")
def list_organisations(token: Token = None, data: Data = None, json: Json = False) -> None:
    """列出企业和单位。"""

    def show(result: dict[str, Any]) -> None:
        for firm in result["items"]:
            console.say(f"{firm['id']}  {firm['name']}（{'已核实' if firm['verified'] else '未核实'}）")

    asking.run("organisation-list", {}, data=data, json=json, token=token, operator=True, show=show)


@organisations.command("verify")
def verify_organisation(
    organisation: Annotated[str, typer.Argument(metavar="ORGANISATION", help="企业编号（o_…）")],
    token: Token = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """核实一家自行登记的企业。"""
    asking.run(
        "organisation-verify",
        {"organisation_id": organisation},
        data=data,
        json=json,
        token=token,
        operator=True,
        show=lambda firm: console.say(f"{firm['name']} 已核实。"),
    )


def _act(verb: str, person: str, done: str, token: str | None, data: Path | None, json: bool) -> None:
    asking.run(verb, {"person_id": person}, data=data, json=json, token=token, operator=True, show=_shower(done))


def _shower(done: str) -> asking.Show:
    return lambda person: console.say(f"{person['name']}（{ROLES[person['role']]}，{person['id']}）{done}。")


def _show_token(made: dict[str, Any]) -> None:
    console.say(f"{made['name']}（{ROLES[made['role']]}{'，' + made['organisation'] if made['organisation'] else ''}）")
    console.say(f"编号：{made['id']}")
    console.say(f"口令（只显示这一次，请妥善保管）：{made['token']}")


def _show_deleted(result: dict[str, Any]) -> None:
    console.say(f"已清除 {result['id']} 的数据。")
    if not result["rewritten"]:
        console.say("注意：磁盘上的旧页暂时没有清掉（有人在读，或空间不够），下次删除时会一并清掉。")


def _show_invitation(made: dict[str, Any]) -> None:
    console.say(f"邀请链接（只显示这一次）：网址加 {made['path']}")
    console.say(f"有效至 {made['expires']}")


def _show_code(made: dict[str, Any]) -> None:
    console.say(f"在 Telegram 里发给机器人（只显示这一次）：{made['send']}")
    console.say(f"有效至 {made['expires']}")


def _show_people(listed: dict[str, Any]) -> None:
    if not listed["items"]:
        console.say("还没有账号。用 wenzhen person add --role engineer --name 姓名 新建。")
    for person in listed["items"]:
        firm = person["organisation"]
        facts = [
            ROLES[person["role"]],
            firm["name"] + ("" if firm["verified"] else "（未核实）") if firm else None,
            "、".join(person["skills"]) or None,
            f"手上 {person['cases']} 张" if person["cases"] else None,
            None if person["active"] else "已停用",
        ]
        console.say(f"{person['id']}  {person['name']}（{'，'.join(fact for fact in facts if fact)}）")
