"""The command line in this process, on a small directory of its own."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from handlers import cli

REGULATION = """云州市工程师工作站管理办法

云工〔2026〕12号

第一章 总则
第一条 为规范工程师工作站的设立，制定本办法。
第二条 本办法所称工作站，是指企业与工程师合作攻关的平台。
第二章 设立
第三条 申请设立工作站的企业应当具备下列条件：
（一）注册地在云州市，成立满两年；
（二）有不少于三名专职技术人员；
（三）近两年没有安全事故。
第四条 工作站的建设期为十八个月，期满由市工业局组织验收；验收不合格的，限期六个月整改。
第三章 附则
第五条 本办法自2026年3月1日起施行，有效期三年。

云州市工业局
2026年2月10日
"""


@dataclass(frozen=True)
class Outcome:
    """What one command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def sentence(self) -> str:
        """The one sentence on stderr."""
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        return lines[0]


Run = Callable[..., Outcome]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder without settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WENZHEN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("WENZHEN_TODAY", "2026-06-01")
    return tmp_path


@pytest.fixture
def run(place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run `wenzhen` with these words."""

    def run(*words: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["wenzhen", *words])
        capfd.readouterr()
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        captured = capfd.readouterr()
        return Outcome(int(stopped.value.code or 0), captured.out, captured.err)

    return run


@pytest.fixture
def regulation(place: Path) -> Path:
    """A small regulation on disk."""
    path = place / "rules.txt"
    path.write_text(REGULATION, encoding="utf-8")
    return path
