"""`wenzhen backup`, `restore`, `migrate`: everything into one file, back into an empty place, the records into another database."""

from __future__ import annotations

from pathlib import Path

from bot import directory
from bot.errors import Invalid
from bot.settings import Settings
from handlers.commands import console
from handlers.commands.house import Values, reach


def back_up(settings: Settings, path: Path, *, as_json: bool) -> None:
    """Write a backup, whether `serve` runs or not."""
    if directory.owner(settings.data) is None and not _has_records(settings):
        raise Invalid(f"数据目录 {settings.data} 里没有可备份的内容，请检查 --data。")
    with reach(settings, verb="backup") as house, console.Bar() as bar:
        told = house.run("backup", {"path": str(path.absolute())}, bar)
    if as_json:
        console.say_json(told)
    else:
        console.say(
            f"已备份到 {told['path']}（{told['bytes'] / 1e6:.1f} MB）：记录 {_sum(told)} 行，其他文件 {told['files']} 个，已核对。"
            "里面有企业和个人信息，请妥善保管。"
        )


def restore(settings: Settings, path: Path, *, as_json: bool) -> None:
    """Bring a backup into an empty data directory."""
    from bot.bootstrap import records_url
    from bot.work.backup import restore

    with directory.own(settings.data, verb=directory.RESTORE), console.Bar() as bar:
        told = restore(path.absolute(), settings.data, records_url(settings), progress=bar)
    if as_json:
        console.say_json(told)
        return
    console.say(f"已恢复到 {settings.data}：记录 {_sum(told)} 行，其他文件 {told['files']} 个，逐项核对一致。")
    if not told["ledger"]["ok"]:
        console.say("注意：备份里的账本在备份之前就对不上，请运行 wenzhen ledger verify。")
    console.say("启动 wenzhen serve 后会自动重建向量和关键词索引。")


def migrate(settings: Settings, url: str, *, as_json: bool) -> None:
    """Copy the records into another, empty database, and say how to use it."""
    from bot.bootstrap import open_records
    from bot.work.backup import migrate

    if not _has_records(settings):
        raise Invalid(f"数据目录 {settings.data} 里没有可迁移的记录，请检查 --data。")
    with directory.own(settings.data, verb="migrate"), console.Bar() as bar:
        records = open_records(settings)
        try:
            told = migrate(records, url, progress=bar)
        finally:
            records.close()
    if as_json:
        console.say_json(told | {"setting": "WENZHEN_DATABASE_URL"})
        return
    console.say(
        f"已迁移记录 {_sum(told)} 行，逐表核对一致，账本 {told['ledger']['entries']} 条完好。原来的数据库没有改动。"
    )
    console.say(f"下一步：把 WENZHEN_DATABASE_URL 设为 {told['address']}（填上口令），再启动 wenzhen serve。")


def _has_records(settings: Settings) -> bool:
    return bool(settings.database_url.get_secret_value()) or settings.records_file.exists()


def _sum(told: Values) -> int:
    return sum(told["rows"].values())
