"""The real house behind the Telegram door in tests, with the stand-in on the other side of real HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot import bootstrap
from bot.bootstrap import Services
from bot.clinic import people
from bot.rules.people import Caller
from bot.settings import Settings
from bot.verbs import run
from evals.standins.embedder import BigramEmbedder
from evals.standins.telegram import StandIn
from handlers.telegram_app.app import TelegramDoor
from handlers.telegram_app.pacing import Pace
from retrieval.protocols import Role

FAST = Pace(overall=(50, 0.1), chat=(10, 0.1), group=(10, 0.1))
OPERATOR = Caller(Role.ADMIN)
PROFILE = """name = "测试工程师协同创新中心"
telephone = "0731-8888 0000"
"""
RULES = """甲省创新工作站管理办法
第一章 总则
第一条 创新工作站培育期为两年，培育期满组织验收。
第二条 申报材料包括申请表、场地证明和技师名册。
"""


@contextmanager
def opened(folder: Path, standin: StandIn, *, token: str = "", receiving: bool = True) -> Iterator[Services]:
    """The house on this directory, running, its door towards the stand-in."""
    folder.mkdir(exist_ok=True)
    door = TelegramDoor(token or standin.token, standin.base, pace=FAST)
    settings = Settings(_env_file=None, data=folder / "data")  # type: ignore[call-arg]
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data" / "profile.toml").write_text(PROFILE, encoding="utf-8")
    services = bootstrap.build(settings, embedder=BigramEmbedder(), door=door)
    try:
        rules = folder / "办法.txt"
        rules.write_text(RULES, encoding="utf-8")
        run(services, "ingest", {"paths": [str(rules)], "kind": "policy"}, lambda what, done, total: None)
        services.engine.start()
        if receiving:
            assert services.arrivals is not None
            door.start(services.arrivals)
        yield services
    finally:
        door.stop(5)
        services.engine.stop(5)
        door.close()
        services.close()


def invited(services: Services, role: str, organisation: str | None = None) -> str:
    """The key of an invitation."""
    made: dict[str, Any] = people.invite(services.clinic, OPERATOR, role=role, organisation=organisation)
    return str(made["key"])
