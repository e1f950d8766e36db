"""What a stranger may send over a real connection: one Chinese sentence in the house's shape, never a 500, nothing half-done."""

import asyncio
import http.client
import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn

from bot.clinic import clusters, packages
from bot.models.ledger import Head
from handlers.web import connection, guards, live
from handlers.web.server import config_of
from retrieval.protocols import Role
from tests.handlers.web.test_api import STATUSES
from tests.handlers.web.test_clinic_api import FORM
from tests.handlers.web.world import Account, World, open_world

SENTENCE = re.compile(r"[^\n]*[\u4e00-\u9fff][^\n]*")


@dataclass
class Served:
    """A world that listens."""

    world: World
    port: int

    def send(self, data: bytes) -> tuple[int, dict[str, Any]]:
        """Send these bytes and read until the other side hangs up; the status and the body of what it said."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as client:
            client.sendall(data)
            heard = b""
            with suppress(ConnectionResetError):
                while piece := client.recv(65536):
                    heard += piece
        head, _, body = heard.partition(b"\r\n\r\n")
        return int(head.split()[1]), json.loads(body)

    def post(self, path: str, body: bytes, account: Account, **headers: str) -> tuple[int, dict[str, Any]]:
        """A call; the status and the body."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            named = {"Content-Type": "application/json", **account.headers, **headers}
            client.request("POST", f"/api/v1{path}", body, named)
            answer = client.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            client.close()


@contextmanager
def listening(world: World) -> Iterator[Served]:
    server = uvicorn.Server(config_of(world.app))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield Served(world, listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(20)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with open_world(tmp_path_factory.mktemp("hostile")) as world, listening(world) as made:
        yield made


def refusal(status: int, body: dict[str, Any]) -> tuple[int, str]:
    """Status and kind of a refusal of the right shape."""
    assert set(body) == {"error"}
    assert SENTENCE.fullmatch(body["error"]["message"]), body
    assert status in STATUSES[body["error"]["kind"]]
    return status, body["error"]["kind"]


def head_of_ledger(world: World) -> int:
    with world.clinic.records.read() as session:
        return session.get_one(Head, 1).seq


# --- wrong types ----------------------------------------------------------------------------------------------------------------------

# Never what a field of this contract may be, whatever its type.
WRONG = {
    "list": "[1]",
    "object": '{"a": 1}',
    "surrogate": '"\\ud800"',
    "nul": '"a\\u0000b"',
    "too large a number": "1e400",
    "no number": "NaN",
    "very long number": "1" + "0" * 5000,
    "deep": "[" * 900 + "]" * 900,
}
GIVEN: dict[str, Any] = FORM | {
    "text": "在吗",
    "reason": "不是我的专业",
    "into": "T-999999",
    "engineer": "p_none",
    "rating": 5,
    "useful": False,
    "organisation": "丁厂",
    "name": "丁",
    "phone": "13800138000",
    "consent": True,
    "role": "sme",
}


def fields_of(world: World) -> list[tuple[str, str]]:
    """Every field of every body that the API describes."""
    described = world.app.openapi()
    found = []
    for path, methods in described["paths"].items():
        content = methods.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            continue
        schema = content["schema"]
        names = [one["$ref"] for one in [schema, *schema.get("anyOf", ())] if "$ref" in one]
        for name in names:
            found += [
                (path, field)
                for field in described["components"]["schemas"][name.rpartition("/")[2]].get("properties", {})
            ]
    return found


def test_every_field_of_every_body_refuses_what_it_cannot_be(served: Served) -> None:
    world, clerk = served.world, served.world.clerk[Role.ADMIN]
    ref = world.ticket("A", "in_progress")
    things = {
        "{conversation_id}": world.talk(None),
        "{ref}": ref,
        "{offer_id}": "f_none",
        "{solution_id}": world.solution("A", "review"),
        "{answer_id}": world.ask(),
        "{person}": str(world.firm["A"].caller.person),
    }
    cases, demand = fields_of(world), str(world.shown(ref)["demand"])
    offered = [str(world.shown(world.ticket(letter))["demand"]) for letter in "AAB"]
    package = str(packages.make(world.clinic, clerk.caller, demands=offered[:1])["ref"])
    cluster = str(clusters.make(world.clinic, clerk.caller, demands=offered[1:])["ref"])
    assert len(cases) > 40
    before, wrong = head_of_ledger(world), []
    for path, field in cases:
        kinds = {"demands": demand, "clusters": cluster, "packages": package}
        things["{ref}"] = next((thing for kind, thing in kinds.items() if kind in path), ref)
        called = path.removeprefix("/api/v1")
        for name, thing in things.items():
            called = called.replace(name, thing)
        who = world.engineer["A"] if path.endswith("/resolve") else clerk
        for name, raw in WRONG.items():
            if (field, name) == ("filters", "object"):
                continue  # that is what it is
            body = ",".join(
                [
                    *(f"{json.dumps(key)}:{json.dumps(value)}" for key, value in GIVEN.items() if key != field),
                    f'"{field}":{raw}',
                ]
            )
            status, answer = served.post(called, f"{{{body}}}".encode(), who)
            if status not in (400, 413, 422):
                wrong.append((path, field, name, status))
            else:
                refusal(status, answer)
    assert wrong == []
    assert head_of_ledger(world) == before


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"text": "你好"}'.encode("gbk"), 400),
        (b'{"text": "\xe9"}', 400),
        (b"{" * 100_000, 400),
        (b'{"text":' * 20_000, 400),
        (b'{"text": "x"', 400),
        (b"", 422),
        (b"null", 422),
    ],
    ids=["gbk", "latin-1", "deep", "deep objects", "broken", "empty", "null"],
)
def test_a_body_that_cannot_be_read_is_refused(served: Served, body: bytes, status: int) -> None:
    talk = served.world.talk("A")
    for who in (served.world.firm["A"], served.world.nobody):
        answered = served.post(f"/conversations/{talk}/messages", body, who)
        assert refusal(*answered)[0] == status


def test_ten_megabytes_are_refused_with_the_reason(served: Served) -> None:
    talk = served.world.talk("A")
    body = json.dumps({"text": "x" * 10_000_000}).encode()
    assert refusal(*served.post(f"/conversations/{talk}/messages", body, served.world.firm["A"])) == (413, "invalid")


# --- no HTTP at all, or half of it --------------------------------------------------------------------------------------------------------

CALL = b"POST /api/v1/ask HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\xff\xff\r\n\r\n",
        b"FOO BAR\r\n\r\n",
        CALL + b"Content-Length: -5\r\n\r\n",
        CALL + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        CALL + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        CALL + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"GET /api/v1/tickets HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\x00b\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=[
        "tls",
        "no method",
        "negative length",
        "two lengths",
        "length and chunks",
        "no chunk",
        "nul in a header",
        "long address",
    ],
)
def test_what_is_no_request_is_told_so_in_the_houses_shape(served: Served, data: bytes) -> None:
    assert refusal(*served.send(data)) == (400, "invalid")


HALF = b"POST /api/v1/ask HTTP/1.1\r\nHost: x\r\nX-A: "


def test_who_never_finishes_a_head_is_sent_away(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "ASKING_S", 0.05)
    assert refusal(*served.send(HALF)) == (400, "invalid")


def test_who_asks_nothing_is_not_answered(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "ASKING_S", 0.05)
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as client:
        assert client.recv(65536) == b""


def test_who_stops_within_a_second_head_is_sent_away_too(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"alive" in client.recv(65536)
        monkeypatch.setattr(connection, "ASKING_S", 0.05)
        client.sendall(b"GET /healthz HT")
        heard = b""
        while piece := client.recv(65536):
            heard += piece
    assert refusal(400, json.loads(heard.partition(b"\r\n\r\n")[2])) == (400, "invalid")


@pytest.mark.parametrize(
    "start",
    [b"Content-Length: 100\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"],
    ids=["length", "chunks"],
)
def test_who_never_finishes_a_body_is_sent_away(served: Served, monkeypatch: pytest.MonkeyPatch, start: bytes) -> None:
    monkeypatch.setattr(guards, "READ_TIMEOUT_S", 0.05)
    assert refusal(*served.send(CALL + start)) == (400, "invalid")


def test_a_head_without_end_is_cut_off(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MAX_HEAD_BYTES", 1000)
    assert refusal(*served.send(b"GET / HTTP/1.1\r\nX: " + b"a" * 5000)) == (400, "invalid")


def test_one_connection_too_many_is_told_to_come_back(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MOST", 1)
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as first:
        first.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        first.recv(65536)
        assert refusal(*served.send(b"")) == (503, "unavailable")


def test_while_many_hang_others_are_served(served: Served) -> None:
    hanging = [socket.create_connection(("127.0.0.1", served.port), timeout=20) for _ in range(100)]
    try:
        for number, client in enumerate(hanging):
            client.sendall(HALF if number % 2 else CALL + b"Content-Length: 100\r\n\r\n{")
        talk = served.world.talk("A")
        status, _ = served.post(f"/conversations/{talk}/messages", b'{"text": "hello"}', served.world.firm["A"])
        assert status == 200
    finally:
        for client in hanging:
            client.close()


# --- streams that nobody reads ------------------------------------------------------------------------------------------------------------


async def test_a_stream_whose_reader_takes_nothing_ends_and_gives_its_place_back(
    monkeypatch: pytest.MonkeyPatch, served: Served
) -> None:
    monkeypatch.setattr(live, "UNREAD_S", 0.05)
    world = served.world
    talk = world.talk("A")
    streams = live.Streams()

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()  # the buffers are full and stay full

    async def receive() -> Any:
        await asyncio.Event().wait()

    from bot.clinic import conversations

    response = live.stream(
        world.clinic,
        streams,
        talk,
        lambda after: conversations.since(world.clinic, world.firm["A"].caller, talk, after=after),
        after=None,
    )
    async with asyncio.timeout(20):
        await response({"type": "http", "method": "GET"}, receive, send)
    assert streams.open == 0
