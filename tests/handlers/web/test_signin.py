"""Signing in by hand, through links, out again, and what a stranger's page may not do."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient

from bot.clinic import people
from bot.errors import NotFound
from bot.rules.conversations import private_key
from bot.rules.people import NOBODY
from bot.services import signing
from handlers.web.deps import LOGIN
from retrieval.protocols import Role
from tests.handlers.web.world import Account, World, open_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("signin")) as made:
        yield made


@pytest.fixture
def browser(world: World) -> TestClient:
    """A browser without a login. It does not start and stop the application, which is the world's."""
    return TestClient(world.app, raise_server_exceptions=False, follow_redirects=False)


def token_of(account: Account) -> str:
    return account.headers["Authorization"].removeprefix("Bearer ")


def sign_in(browser: TestClient, account: Account, **more: str) -> httpx2.Response:
    return browser.post("/sign-in", data={"token": token_of(account), **more})


def csrf_of(page: httpx2.Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found
    return found[1]


@pytest.mark.parametrize(("role", "home"), [(Role.SME, "/"), (Role.ENGINEER, "/desk"), (Role.STAFF, "/console")])
def test_a_token_signs_in_and_leads_to_ones_place(world: World, browser: TestClient, role: Role, home: str) -> None:
    account = world.as_role(role)
    answer = sign_in(browser, account)
    assert (answer.status_code, answer.headers["location"]) == (303, home)
    assert browser.get("/api/v1/me").json()["name"] == account.caller.name
    assert account.caller.name in browser.get("/sign-in").text


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(world: World) -> None:
    for scheme, secure in (("http", False), ("https", True)):
        browser = TestClient(world.app, base_url=f"{scheme}://testserver", follow_redirects=False)
        cookie = sign_in(browser, world.firm["A"]).headers["set-cookie"].lower()
        assert cookie.startswith(LOGIN)
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert ("secure" in cookie) is secure


@pytest.mark.parametrize("token", ["", "wz_nobody", "口令"])
def test_a_wrong_token_is_told_so_and_opens_nothing(browser: TestClient, token: str) -> None:
    answer = browser.post("/sign-in", data={"token": token})
    assert answer.status_code in (401, 422)
    assert 'role="alert"' in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "onward", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1", "/a\nb"]
)
def test_signing_in_never_leads_to_another_site(world: World, browser: TestClient, onward: str) -> None:
    assert sign_in(browser, world.engineer["A"], next=onward).headers["location"] == "/desk"


def test_signing_in_leads_on_to_where_one_wanted_to_go(world: World, browser: TestClient) -> None:
    page = browser.get("/sign-in", params={"next": "/desk/tickets/T-000001"})
    assert 'value="/desk/tickets/T-000001"' in page.text
    answer = sign_in(browser, world.engineer["A"], next="/desk/tickets/T-000001")
    assert answer.headers["location"] == "/desk/tickets/T-000001"


def test_a_form_of_another_site_cannot_sign_anybody_in(world: World, browser: TestClient) -> None:
    headers = {"sec-fetch-site": "cross-site"}
    answer = browser.post("/sign-in", data={"token": token_of(world.firm["A"])}, headers=headers)
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)


def test_what_a_cookie_changes_needs_the_pages_word(world: World, browser: TestClient) -> None:
    sign_in(browser, world.clerk[Role.STAFF])
    body = {"role": "engineer", "name": "新工"}
    assert browser.post("/api/v1/people", json=body).status_code == 403
    assert browser.post("/api/v1/people", json=body, headers={"x-csrf": "guess"}).status_code == 403
    csrf = csrf_of(browser.get("/sign-in"))
    assert browser.post("/api/v1/people", json=body, headers={"x-csrf": csrf}).status_code == 201
    assert browser.post("/sign-out").status_code == 403
    assert browser.post("/sign-out", data={"csrf": csrf}).status_code == 303
    assert browser.get("/api/v1/me").status_code == 401


def test_a_signed_out_cookie_is_dead_though_somebody_kept_it(world: World, browser: TestClient) -> None:
    sign_in(browser, world.firm["A"])
    kept = browser.cookies[LOGIN]
    browser.post("/sign-out", data={"csrf": csrf_of(browser.get("/sign-in"))})
    answer = browser.get("/api/v1/me", headers={"cookie": f"{LOGIN}={kept}"})
    assert answer.status_code == 401


def test_a_dead_cookie_still_lets_one_ask_as_the_public(world: World, browser: TestClient) -> None:
    browser.cookies.set(LOGIN, "dead")
    assert browser.post("/api/v1/ask", json={"text": "培育期多久"}).status_code == 200
    assert browser.get("/api/v1/me").status_code == 401


def test_a_reissued_token_ends_an_open_browser_at_once(world: World, browser: TestClient) -> None:
    account = world.account(Role.ENGINEER, "丢口令")
    sign_in(browser, account)
    people.reissue(world.clinic, world.clerk[Role.STAFF].caller, str(account.caller.person))
    assert browser.get("/api/v1/me").status_code == 401
    assert sign_in(browser, account).status_code == 401


def test_an_invitation_shows_a_form_and_makes_one_account(world: World, browser: TestClient) -> None:
    made = people.invite(world.clinic, world.clerk[Role.STAFF].caller, role="engineer")
    for _ in range(2):  # looking, as link previews do, uses nothing up
        page = browser.get(made["path"])
        assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    refused = browser.post(made["path"], data={"name": "孙工"})
    assert (refused.status_code, 'value="孙工"' in refused.text) == (422, True)
    done = browser.post(made["path"], data={"name": "孙工", "consent": "yes"})
    token = re.search(r"wz_[\w-]{43}", done.text)
    assert token
    assert browser.get("/api/v1/me").json()["name"] == "孙工"
    assert people.caller_of_token(world.clinic, token[0]).name == "孙工"
    assert browser.post(made["path"], data={"name": "周工", "consent": "yes"}).status_code == 404
    assert browser.get(made["path"]).status_code == 404


def test_an_invitation_that_is_pasted_into_the_field_leads_to_its_page(world: World, browser: TestClient) -> None:
    made = people.invite(world.clinic, world.clerk[Role.STAFF].caller, role="engineer")
    for pasted in (f"https://testserver{made['path']}", made["path"], made["key"], f" {made['path']}/ "):
        assert browser.post("/sign-in", data={"token": pasted}).headers["location"] == made["path"]


def test_a_return_link_leads_back_to_the_talk(world: World, browser: TestClient) -> None:
    talk = world.talk(None)
    body = {"organisation": "丁厂", "name": "丁", "phone": "13800000000", "consent": True, "conversation": talk}
    registered = browser.post("/api/v1/registrations", json=body).json()
    with world.clinic.records.write() as session:
        key = signing.return_link(session, world.clinic.moment(), registered["id"], talk)
    assert browser.get(f"/talk/{talk}").status_code == 404
    assert "回到对话" in browser.get(f"/enter/{key}").text
    for _ in range(2):
        browser.cookies.clear()
        answer = browser.post(f"/enter/{key}")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/talk/{talk}")
        assert browser.get(f"/talk/{talk}").status_code == 200


def test_registering_gives_a_firm_of_its_own_that_goes_on_at_once(world: World, browser: TestClient) -> None:
    body = {"organisation": "A厂", "name": "冒名", "phone": "13800000000", "consent": True}
    answer = browser.post("/api/v1/registrations", json=body)
    made = answer.json()
    assert (answer.status_code, made["organisation"], made["verified"]) == (201, "A厂", False)
    theirs = world.ticket("A")
    mine = Account(NOBODY, {"Authorization": f"Bearer {made['token']}"})
    assert world.get(f"/tickets/{theirs}", mine).status_code == 404
    assert world.get("/tickets", mine).json()["items"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"consent": False},
        {"consent": "true"},
        {"phone": "没有"},
        {"name": "x" * 300},
        {"organisation": ""},
        {"name": 7},
        {"phone": None},
        {"conversation": "c_nobodys"},
    ],
)
def test_a_registration_that_does_not_fit_makes_nothing(world: World, wrong: dict[str, object]) -> None:
    body = {"organisation": "戊厂", "name": "戊", "phone": "13800000000", "consent": True} | wrong
    answer = world.post("/registrations", body=body)
    assert answer.status_code in (409, 422)
    assert answer.json()["error"]["message"]
    names = {item["name"] for item in people.list_organisations(world.clinic, world.clerk[Role.STAFF].caller)["items"]}
    assert "戊厂" not in names


def test_a_person_gets_and_deletes_what_is_kept_of_it(world: World, tmp_path: Path) -> None:
    account = world.account(Role.SME, "己老板", organisation="己厂")
    path = f"/people/{account.caller.person}"
    assert world.post(f"{path}/export", account).json()["account"]["name"] == "己老板"
    assert world.post(f"{path}/delete", account).json() == {
        "id": account.caller.person,
        "deleted": True,
        "rewritten": True,
    }
    assert world.get("/me", account).status_code == 401
    assert world.get(path, world.clerk[Role.STAFF]).status_code == 404


def test_who_registers_in_a_talk_over_the_api_gets_the_token_to_go_on_with(world: World) -> None:
    talk = world.talk(None)
    path = f"/conversations/{talk}/messages"
    assert "registration" not in world.post(path, body={"text": "转人工"}).json()
    turn = world.post(path, body={"text": "庚厂，周八，13900000002，同意", "client_id": "1"}).json()
    assert turn["ticket"]["state"] == "offered"
    made = turn["registration"]
    assert (made["organisation"], made["verified"]) == ("庚厂", False)
    mine = Account(NOBODY, {"Authorization": f"Bearer {made['token']}"})
    again = world.post(path, mine, {"text": "庚厂，周八，13900000002，同意", "client_id": "2"})
    assert (again.status_code, "registration" in again.json()) == (200, False)
    assert world.post(path, body={"text": "在吗"}).status_code == 404
    key = next(key for item in world.get(path, mine).json()["items"] if (key := private_key(item["text"])))
    with world.clinic.records.write() as session, pytest.raises(NotFound):
        signing.first_token(session, world.clinic.moment(), key)


def test_nobody_but_its_addressee_reads_a_private_link(world: World) -> None:
    talk = world.talk(None)
    path = f"/conversations/{talk}/messages"
    turn = world.post(path, body={"text": "转人工，我是辛厂的吴九，13900000003，同意"}).json()
    mine = Account(NOBODY, {"Authorization": f"Bearer {turn['registration']['token']}"})
    ref = turn["ticket"]["ref"]
    assert world.post(f"/tickets/{ref}/claim", world.engineer["A"]).status_code == 200
    colleague = world.account(Role.SME, "同事")
    firm_id = people.me(world.clinic, people.caller_of_token(world.clinic, turn["registration"]["token"]))
    people.join(
        world.clinic, world.clerk[Role.STAFF].caller, str(colleague.caller.person), firm_id["organisation"]["id"]
    )
    readers = (mine, colleague, world.engineer["A"], world.clerk[Role.STAFF], world.clerk[Role.ADMIN])
    seen = [
        [private_key(world.get(where, one).text) is not None for where in (path, f"/tickets/{ref}")] for one in readers
    ]
    assert seen == [[True, True], [False, False], [False, False], [False, False], [False, False]]
    overview = browser_of(world, world.clerk[Role.STAFF]).get("/console").text
    assert private_key(overview) is None


def browser_of(world: World, account: Account) -> TestClient:
    browser = TestClient(world.app, raise_server_exceptions=False, follow_redirects=False)
    sign_in(browser, account)
    return browser
