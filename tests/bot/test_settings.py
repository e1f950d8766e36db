"""Settings have safe defaults and refuse nonsense by name."""

from datetime import date
from pathlib import Path

import pytest

from bot.errors import Invalid
from bot.settings import Settings, load


@pytest.fixture(autouse=True)
def _empty_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"WENZHEN_{name.upper()}", raising=False)


def test_nothing_needs_to_be_set() -> None:
    settings = load()
    assert (settings.host, settings.port, settings.data) == ("127.0.0.1", 8765, Path(".wenzhen"))


def test_the_environment_is_read_and_given_values_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WENZHEN_PORT", "9000")
    monkeypatch.setenv("WENZHEN_TODAY", "2026-06-01")
    assert load().port == 9000
    assert load().today == date(2026, 6, 1)
    assert load(port=9001).port == 9001


def test_an_env_file_in_the_current_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("WENZHEN_HOST=0.0.0.0\nOTHER=1\n", encoding="utf-8")
    assert load().host == "0.0.0.0"


def test_a_bad_value_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WENZHEN_PORT", "many")
    with pytest.raises(Invalid, match="WENZHEN_PORT"):
        load()


def test_secrets_do_not_show() -> None:
    assert "topsecret" not in repr(load(embedding_api_key="topsecret"))
