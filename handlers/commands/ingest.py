"""`wenzhen ingest`: files and folders into the index, and a report of what was read, split, skipped and why."""

from __future__ import annotations

from pathlib import Path

from bot.errors import Invalid
from bot.settings import Settings
from handlers.commands import console
from handlers.commands.house import Values, reach


def ingest(settings: Settings, paths: list[Path], *, kind: str, shipped: bool, as_json: bool) -> int:
    """Index the paths, or the shipped corpora; gives the exit code."""
    if shipped == bool(paths):
        raise Invalid("请给出要读入的文件或文件夹，或只用 --shipped 读入自带示例。")
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise Invalid(f"找不到 {missing[0]}，请检查路径。")
    with reach(settings, verb="ingest") as house, console.Bar() as bar:
        if shipped:
            report = house.run("ingest-shipped", {}, bar)
        else:
            report = house.run("ingest", {"paths": [str(path.absolute()) for path in paths], "kind": kind}, bar)
    console.say_json(report) if as_json else console.say(render(report))
    return console.DONE if report["read"] + report["unchanged"] + report["removed"] else console.NOTHING_DONE


def render(report: Values) -> str:
    """The report for people."""
    lines = [
        f"读入 {report['read']} 个文件，未变 {report['unchanged']} 个，移除 {report['removed']} 个，跳过 {len(report['skipped'])} 个；"
        f"现有文件 {report['documents']} 份、条款段落 {report['passages']} 段。"
    ]
    lines += [f"  跳过 {item['source']}：{item['reason']}" for item in report["skipped"]]
    lines += [f"  注意 {item['source']}：{item['note']}" for item in report["notes"]]
    return "\n".join(lines)
