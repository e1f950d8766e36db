"""`wenzhen holidays`: which years of public holidays are known, and a new year's notice."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from handlers.commands import console
from handlers.commands.options import Data, Json

MAX_NOTICE_BYTES = 100_000

app = typer.Typer(help="节假日和调休：承诺的时限按它计算。")


@app.command("list")
def list_years(data: Data = None, json: Json = False) -> None:
    """列出已有哪些年份的放假安排。"""
    from bot.bootstrap import calendar
    from bot.settings import load

    with console.exits():
        years = [year.as_json() for _, year in sorted(calendar(load(data=data)).years.items())]
    if json:
        console.say_json({"items": years, "next": None})
        return
    for year in years:
        console.say(f"{year['year']} 年  放假 {len(year['holidays'])} 天  调休上班：{'、'.join(year['workdays'])}")


@app.command("import")
def import_notice(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="通知全文（文本文件）", show_default=False)],
    data: Data = None,
    json: Json = False,
) -> None:
    """读入国务院办公厅的年度放假通知，逐日核对后保存；重启服务后生效。"""
    from bot.bootstrap import calendar
    from bot.errors import Invalid
    from bot.rules import holidays
    from bot.settings import load

    with console.exits():
        settings = load(data=data)
        try:
            year = holidays.read_notice(_text(file))
        except ValueError as error:
            raise Invalid(f"{file.name} 没有导入：{error}") from None
        known = {**calendar(settings).years, year.year: year}
        _write(settings.holidays_file, holidays.as_toml(known.values()))
    if json:
        console.say_json(year.as_json())
        return
    console.say(
        f"已导入 {year.year} 年：放假 {len(year.holidays)} 天，调休上班 {len(year.workdays)} 天；重启服务后生效。"
    )


def _text(file: Path) -> str:
    from bot.errors import Invalid

    try:
        words = file.read_bytes()
    except OSError as error:
        raise Invalid(f"打不开 {file}（{error.strerror}），请检查路径。") from None
    if len(words) > MAX_NOTICE_BYTES:
        raise Invalid(f"{file.name} 太大，不像一份放假通知。")
    try:
        return words.decode("utf-8-sig")
    except UnicodeDecodeError:
        return words.decode("gb18030", "replace")


def _write(path: Path, words: str) -> None:
    """The whole file or nothing of it."""
    from bot.errors import Unavailable

    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(words, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise Unavailable(f"{path} 写不进去（{error.strerror}），请检查权限和磁盘空间。") from error
    finally:
        part.unlink(missing_ok=True)
