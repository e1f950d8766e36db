"""Every route, every role, one's own things and another's: the cells are checked against the application itself, so that none is forgotten."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from bot.clinic import tickets
from bot.rules.people import Caller
from handlers.web.deps import Room
from retrieval.protocols import Role
from tests.handlers.web.house import SECRET
from tests.handlers.web.world import FORM, Account, World, open_world

ROLES = tuple(Role)
Make = Callable[
    [World, Role, str], dict[str, str]
]  # the path's parameters, for a role and the letter of whose thing it is
Body = Callable[[World, str, dict[str, str]], Any]


@dataclass(frozen=True)
class Row:
    """A route: what it is called with, and the status for each role on its own thing and on another's.

    `cells` are in the order of `Role`: public, sme, engineer, staff, admin; each "own/foreign", or one number for both.
    """

    cells: str
    make: Make = lambda world, role, letter: {}
    body: Any = None

    def expected(self, role: Role, *, own: bool) -> int:
        numbers = self.cells.split()[ROLES.index(role)].split("/")
        return int(numbers[0] if own else numbers[-1])


def ticket(state: str, foreign: str = "") -> Make:
    """A ticket of the letter's firm, owned by the letter's engineer."""
    return lambda world, role, letter: {"ref": world.ticket(letter, state if letter == "A" else foreign or state)}


def talk(world: World, role: Role, letter: str) -> dict[str, str]:
    """The talk of a case that is being worked on; of the public one that nobody signed in for."""
    if role is Role.PUBLIC and letter == "A":
        return {"conversation_id": world.talk(None)}
    return {"conversation_id": str(world.shown(world.ticket(letter, "in_progress"))["conversation"])}


def offer(world: World, role: Role, letter: str) -> dict[str, str]:
    return {"offer_id": world.offer(world.ticket("A"), letter)}


def demand(world: World, role: Role, letter: str) -> dict[str, str]:
    return {"ref": str(world.shown(world.ticket(letter))["demand"])}


def twin(world: World, letter: str, made: dict[str, str]) -> dict[str, str]:
    return {"into": world.ticket(letter)}


def twin_demand(world: World, letter: str, made: dict[str, str]) -> dict[str, str]:
    return {"into": demand(world, Role.STAFF, letter)["ref"]}


REASON = {"reason": "不是我的专业"}
ALL = "200 200 200 200 200"
STAFF_ONLY = "401 403 403 200 200"
ROWS: dict[str, Row] = {
    "POST /api/v1/ask": Row(ALL, body={"text": "培育期多久"}),
    "GET /api/v1/documents": Row(ALL),
    "GET /api/v1/documents/{document_id}": Row(ALL, lambda world, role, letter: {"document_id": "rules"}),
    "GET /api/v1/courses": Row(ALL),
    "POST /api/v1/conversations": Row(ALL),
    "POST /api/v1/conversations/{conversation_id}/messages": Row(
        "200/404 200/404 403/404 403 403", talk, {"text": "在吗"}
    ),
    "GET /api/v1/conversations/{conversation_id}/messages": Row("200/404 200/404 200/404 200 200", talk),
    "GET /api/v1/conversations/{conversation_id}/events": Row("200/404 200/404 200/404 200 200", talk),
    "GET /api/v1/tickets": Row("401 200 200 200 200"),
    "GET /api/v1/tickets/{ref}": Row("401 200/404 200/404 200 200", ticket("in_progress")),
    "POST /api/v1/tickets/{ref}/claim": Row("401 403/404 200/409 403 403", ticket("offered", "claimed"), {}),
    "POST /api/v1/tickets/{ref}/release": Row("401 403/404 200/404 200 200", ticket("claimed"), REASON),
    "POST /api/v1/tickets/{ref}/messages": Row("401 403/404 200/404 200 200", ticket("claimed"), {"text": "您好"}),
    "POST /api/v1/tickets/{ref}/notes": Row("401 403/404 200/404 200 200", ticket("claimed"), {"text": "内部"}),
    "POST /api/v1/tickets/{ref}/resolve": Row("401 403/404 200/404 403 403", ticket("in_progress"), FORM),
    "POST /api/v1/tickets/{ref}/confirm": Row("401 200/404 403/404 200 200", ticket("resolved"), {}),
    "POST /api/v1/tickets/{ref}/rate": Row("401 200/404 403/404 403 403", ticket("resolved"), {"rating": 5}),
    "POST /api/v1/tickets/{ref}/transfer": Row("401 403/404 200/404 200 200", ticket("in_progress"), REASON),
    "POST /api/v1/tickets/{ref}/reopen": Row("401 200/404 403/404 200 200", ticket("resolved"), {}),
    "POST /api/v1/tickets/{ref}/cancel": Row("401 200/404 403/404 200 200", ticket("in_progress"), REASON),
    "POST /api/v1/tickets/{ref}/escalate": Row("401 403/404 200/404 200 200", ticket("in_progress"), REASON),
    "POST /api/v1/tickets/{ref}/merge": Row("401 403/404 403 200 200", ticket("offered"), twin),
    "POST /api/v1/tickets/{ref}/assign": Row(
        "401 403/404 403 200 200",
        ticket("offered"),
        lambda world, letter, made: {"engineer": world.engineer["A"].caller.person},
    ),
    "GET /api/v1/offers": Row("401 403 200 403 403"),
    "POST /api/v1/offers/{offer_id}/accept": Row("401 403 200/404 403 403", offer, {}),
    "POST /api/v1/offers/{offer_id}/decline": Row("401 403 200/404 403 403", offer, {}),
    "GET /api/v1/demands": Row(STAFF_ONLY),
    "POST /api/v1/demands/{ref}/merge": Row(STAFF_ONLY, demand, twin_demand),
    "POST /api/v1/demands/{ref}/publish": Row(STAFF_ONLY, demand, {}),
    "GET /api/v1/ledger": Row(STAFF_ONLY),
}
# Not a person's: monitoring, the description for programs, files, and the door of this machine's commands.
WITHOUT_PEOPLE = {
    "GET /healthz": 200,
    "GET /readyz": 200,
    "GET /metrics": 200,
    "GET /openapi.json": 200,
    "POST /internal/{verb}": 401,
    "GET /static": 404,
}


def routes_of(app: FastAPI) -> Iterator[str]:
    """Every call that the application answers, as it is registered."""
    for route in iter_route_contexts(app.routes):
        for method in sorted((route.methods or {"GET"}) - {"HEAD", "OPTIONS"}):
            yield f"{method} {route.path}"


def rows_missing(app: FastAPI) -> set[str]:
    """Routes that no row speaks of."""
    return set(routes_of(app)) - set(ROWS) - set(WITHOUT_PEOPLE)


def wrong_cells(world: World, route: str) -> list[str]:
    """What a route answers otherwise than its row says."""
    row, wrong = ROWS[route], []
    method, pattern = route.split(" ")
    for role in ROLES:
        for own in (True, False):
            letter = "A" if own else "B"
            made = row.make(world, role, letter)
            body = row.body(world, letter, made) if callable(row.body) else row.body
            status = call(world, method, pattern.format(**made), body, world.as_role(role))
            if status != row.expected(role, own=own):
                wrong.append(f"{role} {'own' if own else 'foreign'}: {status}, not {row.expected(role, own=own)}")
    return wrong


def call(world: World, method: str, path: str, body: Any, account: Account) -> int:
    """The status of a call."""
    if path.endswith("/events"):
        return status_of_stream(world.app, path, account.headers)
    return world.client.request(method, path, json=body, headers=account.headers).status_code


def status_of_stream(app: FastAPI, path: str, headers: dict[str, str]) -> int:
    """The status of a stream, which is left as soon as it begins."""
    statuses: list[int] = []

    async def ask() -> None:
        begun = asyncio.Event()
        asked = False

        async def receive() -> dict[str, Any]:
            nonlocal asked
            if not asked:
                asked = True
                return {"type": "http.request", "body": b"", "more_body": False}
            await begun.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
                begun.set()

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "state": {},
        }
        await app(scope, receive, send)

    asyncio.run(ask())
    return statuses[0]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all cells: each makes the things that it needs."""
    with open_world(tmp_path_factory.mktemp("matrix")) as made:
        yield made


def test_every_route_has_a_row_and_every_row_a_route(world: World) -> None:
    assert rows_missing(world.app) == set()
    assert (set(ROWS) | set(WITHOUT_PEOPLE)) - set(routes_of(world.app)) == set()


@pytest.mark.parametrize("route", ROWS)
def test_every_role_gets_what_it_may_and_no_more(world: World, route: str) -> None:
    assert wrong_cells(world, route) == []


@pytest.mark.parametrize("route", WITHOUT_PEOPLE)
def test_what_is_no_persons_needs_none(world: World, route: str) -> None:
    method, path = route.split(" ")
    response = world.client.request(method, path.format(verb="status"), json={} if method == "POST" else None)
    assert response.status_code == WITHOUT_PEOPLE[route]


def test_a_route_without_a_row_is_found(world: World) -> None:
    @world.app.get("/api/v1/new")
    def new() -> dict[str, str]:
        return {}

    try:
        assert rows_missing(world.app) == {"GET /api/v1/new"}
    finally:
        world.app.router.routes.pop()


def test_a_route_that_skips_the_check_is_found(world: World) -> None:
    @world.app.get("/api/v1/tickets/{ref}")
    def leak(ref: str, room: Room) -> dict[str, Any]:
        return tickets.show(room, Caller(Role.ADMIN), ref)

    world.app.router.routes.insert(0, world.app.router.routes.pop())
    try:
        found = wrong_cells(world, "GET /api/v1/tickets/{ref}")
        assert {"public own: 200, not 401", "sme foreign: 200, not 404", "engineer foreign: 200, not 404"} <= set(found)
    finally:
        world.app.router.routes.pop(0)


@pytest.mark.parametrize("path", ["/tickets", "/offers"])
def test_lists_hold_nothing_of_another_firm(world: World, path: str) -> None:
    theirs = world.ticket("B", "in_progress")
    reader = world.firm["A"] if path == "/tickets" else world.engineer["A"]
    mine = world.ticket("A", "claimed")
    refs = {item.get("ref") or item["ticket"]["ref"] for item in world.get(path, reader).json()["items"]}
    assert theirs not in refs
    assert path == "/offers" or mine in refs


def test_the_directorys_secret_is_the_operator_and_a_wrong_token_is_nobody(world: World) -> None:
    assert world.get("/tickets", Account(Caller(), {"Authorization": f"Bearer {SECRET}"})).status_code == 200
    for token in ("wz_nobody", SECRET + "x", "x" * 5000):
        assert world.get("/tickets", Account(Caller(), {"Authorization": f"Bearer {token}"})).status_code == 401
