"""The arrows between rooms hold, and each contract refuses a violation planted on purpose."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("corpora", "retrieval", "bot", "handlers", "evals")

# contract id -> (file to plant in, line that breaks it)
PLANTED = {
    "layers": ("corpora/document.py", "import bot.errors"),
    "inside-bot": ("bot/errors.py", "import bot.settings"),
    "inside-handlers": ("handlers/web/app.py", "import handlers.cli"),
    "no-cycles": ("corpora/document.py", "import corpora.reading"),
    "pure-rules": ("corpora/document.py", "import chromadb"),
    "chromadb-home": ("bot/errors.py", "import chromadb"),
    "embedder-home": ("bot/errors.py", "import onnxruntime"),
    "langchain-home": ("bot/errors.py", "import langchain_core"),
    "web-home": ("bot/errors.py", "import fastapi"),
    "telegram-home": ("bot/errors.py", "import telegram"),
    "records-home": ("bot/errors.py", "import sqlalchemy"),
}


def contracts() -> list[str]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return [contract["id"] for contract in tomllib.load(file)["tool"]["importlinter"]["contracts"]]


def lint(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [
        str(Path(sys.executable).with_name("lint-imports")),
        "--no-cache",
        "--config",
        "pyproject.toml",
        *options,
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source of the house, free to be spoilt."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name in PACKAGES:
        shutil.copytree(ROOT / name, folder / name, ignore=lambda _, names: [n for n in names if n == "__pycache__"])
    return folder


def test_the_house_keeps_its_contracts() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout[-2000:]


def test_every_contract_has_a_planted_violation() -> None:
    assert set(contracts()) == set(PLANTED)


@pytest.mark.parametrize("contract", PLANTED)
def test_a_planted_violation_is_refused(contract: str, copy: Path) -> None:
    place, line = PLANTED[contract]
    file = copy / place
    before = file.read_text(encoding="utf-8")
    file.write_text(before + f"\n{line}\n", encoding="utf-8")
    try:
        result = lint(copy, "--contract", contract)
    finally:
        file.write_text(before, encoding="utf-8")
    assert result.returncode == 1, result.stdout[-2000:]
    assert "BROKEN" in result.stdout
