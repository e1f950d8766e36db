"""Updates that Telegram brings: kept before the answer, and only from who shows the secret."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from bot.errors import Unavailable
from handlers.web.api.telegram_hook import HEADER, PATH, Hook
from handlers.web.app import create_app
from handlers.web.guards import MAX_BODY_BYTES
from tests.handlers.web.house import build

SECRET = "a-secret-of-this-webhook"


class Keeper:
    """Keeps what it is brought."""

    def __init__(self) -> None:
        self.kept: list[object] = []
        self.away = False

    def receive(self, update: object) -> None:
        if self.away:
            raise Unavailable("现在存不下")
        self.kept.append(update)


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


@pytest.fixture
def web(keeper: Keeper) -> Iterator[TestClient]:
    with TestClient(create_app(build().services, hook=Hook(SECRET, keeper.receive))) as client:
        yield client


def post(web: TestClient, body: bytes = b'{"update_id": 1}', secret: str | None = SECRET) -> Any:
    return web.post(PATH, content=body, headers={} if secret is None else {HEADER: secret})


def test_an_update_is_kept_before_the_answer(web: TestClient, keeper: Keeper) -> None:
    assert post(web).status_code == 200
    assert keeper.kept == [{"update_id": 1}]


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET[:-1]])
def test_without_the_secret_nothing_is_taken(web: TestClient, keeper: Keeper, secret: str | None) -> None:
    answered = post(web, secret=secret)
    assert (answered.status_code, keeper.kept) == (401, [])
    assert SECRET not in answered.text


def test_what_cannot_be_kept_now_is_asked_for_again(web: TestClient, keeper: Keeper) -> None:
    keeper.away = True
    assert post(web).status_code == 503


def test_what_is_no_json_is_not_asked_for_again(web: TestClient, keeper: Keeper) -> None:
    assert post(web, b"{").status_code == 200
    assert keeper.kept == [None]


def test_too_large_a_body_is_refused(web: TestClient, keeper: Keeper) -> None:
    assert post(web, b" " * (MAX_BODY_BYTES + 1)).status_code == 413
    assert keeper.kept == []


def test_there_is_no_such_address_without_a_webhook() -> None:
    with TestClient(create_app(build().services)) as client:
        assert post(client).status_code == 404
