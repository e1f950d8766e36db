"""The web door over a house of fakes."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from handlers.web.app import create_app
from tests.handlers.web.house import House, build


@pytest.fixture
def house() -> House:
    """A fresh house."""
    return build()


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    """A client of the application; errors come as the far side would see them."""
    with TestClient(create_app(house.services), raise_server_exceptions=False) as made:
        yield made
