"""The search that follows all tests of the Telegram door finds a token wherever it stands."""

from pathlib import Path

import pytest

from tests.handlers.telegram_app.conftest import places

SECRET = "AAplantedplantedplantedplantedplanted"


@pytest.mark.parametrize("where", ["file", "folder/page.html", f"{SECRET}.txt", "log", "nowhere"])
def test_a_planted_token_is_found(tmp_path: Path, where: str) -> None:
    logged = ["started"]
    if where == "log":
        logged.append(f"GET https://api.example/bot1:{SECRET}/getMe")
    elif where != "nowhere":
        path = tmp_path / where
        path.parent.mkdir(exist_ok=True)
        path.write_text("" if SECRET in where else f"bot1:{SECRET}", encoding="utf-8")
    found = places(tmp_path, {SECRET}, logged)
    assert bool(found) is (where != "nowhere")
