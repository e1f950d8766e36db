"""The one command: `wenzhen`. Options in, a verb called, an exit code out; everything heavy is imported by the verb that needs it."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from handlers.commands import answers, cluster, demand, holidays, ledger, package, person, solution, ticket
from handlers.commands.options import Data, Json

app = typer.Typer(
    name="wenzhen",
    help="问诊：工程师协同创新中心的问答助手。",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
documents = typer.Typer(help="已读入的文件。")
app.add_typer(documents, name="document")
app.add_typer(person.app, name="person")
app.add_typer(person.organisations, name="organisation")
app.add_typer(ticket.app, name="ticket")
app.add_typer(demand.app, name="demand")
app.add_typer(cluster.app, name="cluster")
app.add_typer(package.app, name="package")
app.add_typer(solution.app, name="solution")
app.add_typer(answers.app, name="answers")
app.add_typer(ledger.app, name="ledger")
app.add_typer(holidays.app, name="holidays")


class KindName(StrEnum):
    """What the files of an ingest are."""

    policy = "policy"
    course = "course"
    solution = "solution"


class RoleName(StrEnum):
    """Who is asking."""

    public = "public"
    sme = "sme"
    engineer = "engineer"
    staff = "staff"


# typer keeps its own copy of click and names only the leaves of its errors; this is the root of all wrong options.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]


@app.command()
def ingest(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH…", help="文件或文件夹", show_default=False)
    ] = None,
    kind: Annotated[KindName, typer.Option(help="文件种类")] = KindName.policy,
    shipped: Annotated[bool, typer.Option("--shipped", help="读入自带的示例与摘要")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """把文件或文件夹读入索引，并报告读了什么、跳过什么、为什么。"""
    from bot.settings import load
    from handlers.commands import console, ingest

    with console.exits():
        raise SystemExit(ingest.ingest(load(data=data), paths or [], kind=kind.value, shipped=shipped, as_json=json))


@app.command()
def ask(
    text: Annotated[str | None, typer.Argument(metavar="TEXT", help="问题", show_default=False)] = None,
    batch: Annotated[
        Path | None, typer.Option("--batch", metavar="FILE", help='每行一个 {"id","text","prev"?}')
    ] = None,
    as_: Annotated[RoleName, typer.Option("--as", help="以谁的身份提问")] = RoleName.public,
    explain: Annotated[bool, typer.Option("--explain", help="说明为什么这样答：用词、向量、信号、门槛、候选")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """回答一个问题，引用条款；文件里没有就如实说没有。"""
    from bot.errors import Invalid
    from bot.settings import load
    from handlers.commands import ask, console

    with console.exits():
        if (text is None) == (batch is None):
            raise Invalid("请写一个问题，或用 --batch 给一个文件。")
        if batch is not None and explain:
            raise Invalid("--explain 只能用于单个问题，不能和 --batch 一起用。")
        if batch is not None:
            ask.ask_batch(load(data=data), batch, role=as_.value)
        else:
            ask.ask(load(data=data), text or "", role=as_.value, prev=[], as_json=json, explain=explain)


@app.command()
def triage(
    text: Annotated[str | None, typer.Argument(metavar="TEXT", help="一句话", show_default=False)] = None,
    batch: Annotated[Path | None, typer.Option("--batch", metavar="FILE", help='每行一个 {"id","text"}')] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """只做分诊：意图、需求类型、领域、紧急程度、还缺什么；不需要数据目录。"""
    from bot.errors import Invalid
    from handlers.commands import console, triage

    with console.exits():
        if (text is None) == (batch is None):
            raise Invalid("请写一句话，或用 --batch 给一个文件。")
        if batch is not None:
            triage.triage_batch(batch)
        else:
            triage.triage(text or "", as_json=json)


@app.command()
def chat(
    token: Annotated[
        str | None, typer.Option("--token", metavar="TOKEN", help="企业的口令；不写就是没有账号的访客")
    ] = None,
    data: Data = None,
) -> None:
    """在终端里完整地问诊：提问、登记、转人工、确认和评分。"""
    from bot.settings import load
    from handlers.commands import chat, console

    with console.exits():
        chat.chat(load(data=data), token=token)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="监听地址")] = None,
    port: Annotated[int | None, typer.Option(help="监听端口")] = None,
    data: Data = None,
) -> None:
    """启动网页、接口和后台索引。"""
    from bot.settings import load
    from handlers.commands import console, serve

    with console.exits():
        serve.serve(load(data=data, host=host, port=port))


@app.command()
def work(data: Data = None) -> None:
    """再启动一个工作进程（记录在 PostgreSQL 时）。"""
    from bot.settings import load
    from handlers.commands import console, work

    with console.exits():
        work.work(load(data=data))


@app.command()
def doctor(data: Data = None, json: Json = False) -> None:
    """检查配置了什么、能用什么、缺什么。"""
    from bot.settings import load
    from handlers.commands import console, doctor

    with console.exits():
        raise SystemExit(doctor.doctor(load(data=data), as_json=json))


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="备份文件，如 wenzhen.zip", show_default=False)],
    data: Data = None,
    json: Json = False,
) -> None:
    """把记录、索引和文件备份成一个文件；serve 运行时也可以。"""
    from bot.settings import load
    from handlers.commands import backup, console

    with console.exits():
        backup.back_up(load(data=data), file, as_json=json)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="备份文件", show_default=False)],
    data: Data = None,
    json: Json = False,
) -> None:
    """把备份恢复到空的数据目录，先逐项核对；有一处不对就什么都不做。"""
    from bot.settings import load
    from handlers.commands import backup, console

    with console.exits():
        backup.restore(load(data=data), file, as_json=json)


@app.command()
def migrate(
    url: Annotated[
        str, typer.Argument(metavar="URL", help="空数据库，如 postgresql://用户:口令@主机/库名", show_default=False)
    ],
    data: Data = None,
    json: Json = False,
) -> None:
    """把记录迁移到另一个空数据库（PostgreSQL，或迁回 SQLite），逐表核对。"""
    from bot.settings import load
    from handlers.commands import backup, console

    with console.exits():
        backup.migrate(load(data=data), url, as_json=json)


@documents.command("list")
def document_list(data: Data = None, json: Json = False) -> None:
    """列出已读入的文件。"""
    from bot.settings import load
    from handlers.commands import console, documents

    with console.exits():
        documents.list_documents(load(data=data), as_json=json)


@documents.command("show")
def document_show(
    document_id: Annotated[str, typer.Argument(metavar="ID", help="文件编号（可只写开头几位）或来源")],
    tree: Annotated[bool, typer.Option("--tree", help="按读出的结构显示")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """显示一份文件的信息和结构。"""
    from bot.settings import load
    from handlers.commands import console, documents

    with console.exits():
        documents.show_document(load(data=data), document_id, tree=tree, as_json=json)


@documents.command("remove")
def document_remove(
    examples: Annotated[bool, typer.Option("--examples", help="移除全部自带示例，不动自己的内容")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """移除自带示例。"""
    from bot.errors import Invalid
    from bot.settings import load
    from handlers.commands import console, remove

    with console.exits():
        if not examples:
            raise Invalid("请加 --examples；自己的文件请从文件夹里移走后再次 ingest 该文件夹。")
        remove.remove_examples(load(data=data), as_json=json)


def main() -> None:
    """Run the command line. Words come in and go out as UTF-8 whatever the locale; a wrong option is one sentence and exit code 2."""
    from handlers.commands import console

    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    try:
        code = app(sys.argv[1:] or ["--help"], standalone_mode=False)
    except UsageError as error:
        console.complain(f"命令写法不对（{error}），请用 wenzhen --help 查看用法。")
        raise SystemExit(console.BAD_INPUT) from None
    except typer.Abort:
        raise SystemExit(130) from None
    raise SystemExit(code if isinstance(code, int) else console.DONE)
