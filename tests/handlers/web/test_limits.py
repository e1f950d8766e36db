"""Who asks too often from elsewhere is told when to come back; this machine is not limited."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fastapi.testclient import TestClient

from handlers.web.app import create_app
from handlers.web.limits import ADDRESS, OPENING, PERSON, Buckets, Rate, far_address
from tests.handlers.web.house import build
from tests.handlers.web.test_api import problem


class Ticks:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@contextmanager
def coming_from(host: str) -> Iterator[TestClient]:
    app = create_app(build().services, buckets=Buckets(monotonic_s=Ticks()))  # no time passes, however busy the machine
    with TestClient(app, client=(host, 5000), raise_server_exceptions=False) as client:
        yield client


def test_a_bucket_holds_its_burst_and_fills_with_time() -> None:
    ticks = Ticks()
    buckets = Buckets(monotonic_s=ticks)
    rate = Rate(burst=3, per_s=0.5)
    assert [buckets.take("a", rate) for _ in range(4)] == [0, 0, 0, 2]
    assert buckets.take("b", rate) == 0
    ticks.now_s = 1
    assert buckets.take("a", rate) == 1
    ticks.now_s = 2
    assert buckets.take("a", rate) == 0
    ticks.now_s = 1000
    assert [buckets.take("a", rate) for _ in range(4)] == [0, 0, 0, 2]


def test_only_so_many_buckets_are_remembered() -> None:
    buckets = Buckets(monotonic_s=Ticks(), most=2)
    rate = Rate(burst=1, per_s=1)
    for name in "abc":
        buckets.take(name, rate)
    assert (buckets.take("c", rate), buckets.take("a", rate)) == (1, 0)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("127.0.0.1", None),
        ("127.9.9.9", None),
        ("::1", None),
        ("::ffff:127.0.0.1", None),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("a socket", None),
    ],
)
def test_an_address_is_told_from_this_machine(host: str, name: str | None) -> None:
    assert far_address({"client": (host, 1)}) == name


def test_no_client_is_this_machine() -> None:
    assert far_address({"client": None}) is None


def test_an_address_that_asks_too_often_is_told_when_to_come_back() -> None:
    with coming_from("203.0.113.9") as client:
        answers = [client.get("/api/v1/courses") for _ in range(int(ADDRESS.burst) + 200)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 200
    assert problem(refused[0]) == (429, "busy")
    assert refused[0].headers["retry-after"] == "1"
    assert "1 秒" in refused[0].json()["error"]["message"]


def test_opening_talks_is_rarer_than_speaking_in_them() -> None:
    with coming_from("203.0.113.9") as client:
        statuses = [client.post("/sign-in", data={"token": ""}).status_code for _ in range(int(OPENING.burst) + 1)]
        assert statuses == [422] * int(OPENING.burst) + [429]
        assert client.get("/api/v1/courses").status_code == 200


def test_one_token_is_limited_whatever_the_address() -> None:
    buckets = Buckets(monotonic_s=Ticks())
    waits = [buckets.take("person x", PERSON) for _ in range(int(PERSON.burst) + 1)]
    assert waits[-1] > 0


def test_this_machine_and_monitoring_are_not_limited() -> None:
    with coming_from("127.0.0.1") as client:
        assert {client.get("/api/v1/courses").status_code for _ in range(int(ADDRESS.burst) + 100)} == {200}
    with coming_from("203.0.113.9") as client:
        assert {client.get("/healthz").status_code for _ in range(int(ADDRESS.burst) + 100)} == {200}
