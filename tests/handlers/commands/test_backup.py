"""`wenzhen backup`, `restore` and `migrate`, with `serve` running and without."""

import signal
from pathlib import Path
from typing import Any

import pytest

from tests.handlers.commands.conftest import Run
from tests.handlers.commands.test_serve import Serving, serving

__all__ = ["serving"]


def known(run: Run, *words: str) -> tuple[Any, Any, Any]:
    """What a data directory holds, as its commands tell it."""
    people = run("person", "list", "--json", *words).json
    documents = run("document", "list", "--json", *words).json
    answer = run("ask", "工作站的建设期是多久", "--json", *words).json
    return people, documents, answer | {"id": ""}


@pytest.fixture
def filled(run: Run, regulation: Path) -> None:
    """A person and a document."""
    run("person", "add", "--role", "sme", "--name", "李四", "--organisation", "甲厂")
    run("ingest", str(regulation))


@pytest.mark.usefixtures("filled")
def test_a_backup_is_brought_back_with_everything(run: Run, place: Path) -> None:
    made = run("backup", "all.zip", "--json").json
    assert made["rows"]["people"] == 1
    restored = run("restore", "all.zip", "--data", str(place / "other"), "--json").json
    assert (restored["rows"], restored["files"], restored["ledger"]["ok"]) == (made["rows"], made["files"], True)
    assert known(run, "--data", str(place / "other")) == known(run)
    assert run("ledger", "verify", "--data", str(place / "other")).code == 0


@pytest.mark.usefixtures("filled")
def test_restoring_over_something_is_refused(run: Run, place: Path) -> None:
    run("backup", "all.zip")
    before = known(run)
    refused = run("restore", "all.zip")
    assert (refused.code, "空目录" in refused.sentence) == (1, True)
    assert known(run) == before


def test_nothing_there_is_said(run: Run, place: Path) -> None:
    for words in (("backup", "all.zip"), ("migrate", f"sqlite:///{place}/new.sqlite"), ("restore", "absent.zip")):
        refused = run(*words)
        assert (refused.code, bool(refused.sentence)) == (2, True), words
    assert not (place / "all.zip").exists()


@pytest.mark.usefixtures("filled")
def test_records_move_and_the_setting_is_named(run: Run, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = known(run)
    url = f"sqlite:///{place}/new.sqlite"
    assert "WENZHEN_DATABASE_URL" in run("migrate", url).out
    refused = run("migrate", url)
    assert (refused.code, "空数据库" in refused.sentence) == (1, True)
    monkeypatch.setenv("WENZHEN_DATABASE_URL", url)
    assert known(run) == before


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("url", ["postgresql://nobody:secret@127.0.0.1:1/none", "mysql://x/y", "nonsense"])
def test_a_database_that_is_not_there_is_said_without_its_password(run: Run, url: str) -> None:
    refused = run("migrate", url)
    assert refused.code in (1, 2)
    assert "secret" not in refused.out + refused.err


def test_a_backup_is_made_while_serving(serving: Serving, run: Run, regulation: Path, place: Path) -> None:
    run("person", "add", "--role", "staff", "--name", "王五")
    run("ingest", str(regulation))
    made = run("backup", "all.zip", "--json").json
    assert (made["path"], made["rows"]["people"]) == (str(place / "all.zip"), 1)
    assert "serve" in run("migrate", f"sqlite:///{place}/new.sqlite").sentence
    assert "serve" in run("restore", "all.zip").sentence
    served = known(run)
    serving.process.send_signal(signal.SIGTERM)
    assert serving.process.wait(10) == 0
    assert run("restore", "all.zip", "--data", str(place / "other")).code == 0
    assert known(run, "--data", str(place / "other")) == served
