"""Desk, console and account as HTML: every page says what was done, where one is, and where to go on."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest
from bs4 import BeautifulSoup
from fastapi.testclient import TestClient

import bot.services
from bot.clinic import ledger, people, tickets
from handlers.web.pages.entries import EVENTS, entry_views
from handlers.web.pages.talking import Viewer, shown, ticket_bar
from handlers.web.pages.view import Shelf
from retrieval.library import Library
from retrieval.protocols import PUBLIC, Role
from tests.handlers.web.house import NOTHING, FakeLibrary
from tests.handlers.web.world import Account, World, open_world

PAGE = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One clinic for all pages."""
    with open_world(tmp_path_factory.mktemp("work")) as made:
        yield made


class Window:
    """A browser without JavaScript in which somebody has signed in."""

    def __init__(self, world: World, account: Account) -> None:
        self.client = TestClient(world.app, raise_server_exceptions=False)
        token = account.headers["Authorization"].removeprefix("Bearer ")
        self.client.post("/sign-in", data={"token": token})
        page = self.get("/sign-in")
        self.csrf = page.select_one("input[name=csrf]")["value"]  # type: ignore[index]

    def get(self, path: str) -> BeautifulSoup:
        return BeautifulSoup(self.client.get(path, headers=PAGE).text, "lxml")

    def post(self, path: str, **given: str) -> BeautifulSoup:
        return BeautifulSoup(self.client.post(path, data={"csrf": self.csrf, **given}, headers=PAGE).text, "lxml")


@pytest.fixture
def desk(world: World) -> Window:
    """An engineer's window."""
    return Window(world, world.engineer["A"])


@pytest.fixture
def console(world: World) -> Window:
    """A clerk's window."""
    return Window(world, world.clerk[Role.STAFF])


def words(page: BeautifulSoup, selector: str) -> str:
    found = page.select_one(selector)
    return "".join(found.text.split()) if found else ""


def test_what_was_done_is_said_once_and_reloading_does_not_say_it_again(world: World, desk: Window) -> None:
    ref = world.ticket("A", "in_progress")
    page = desk.post(f"/desk/tickets/{ref}/transfer", reason="不是我的专业")
    assert "已转出" in words(page, ".told") and page.main and page.main["data-here"] == "/desk"
    assert not desk.get("/desk").select(".told")
    assert not desk.get("/desk?done=nothing").select(".told")


def test_a_refused_form_gives_the_page_that_it_stood_on_and_names_its_address(world: World, desk: Window) -> None:
    ref = world.ticket("A")
    tickets.claim(world.clinic, world.engineer["B"].caller, ref)
    page = desk.post(f"/desk/tickets/{ref}/claim")
    assert "B工" in words(page, "[data-problem]") and page.main and page.main["data-here"] == "/desk"
    assert page.select_one("#offers")


@pytest.mark.parametrize(
    ("path", "href"),
    [
        ("/desk/tickets/T-999999", "/desk"),
        ("/console/tickets/T-999999", "/console"),
        ("/documents/nothing", "/"),
        ("/desk", "/sign-in"),
    ],
)
def test_a_page_that_cannot_be_shown_leads_back_to_where_one_works(world: World, path: str, href: str) -> None:
    role = {"/desk/": Role.ENGINEER, "/console/": Role.STAFF}.get("/".join(path.split("/")[:2]) + "/", Role.PUBLIC)
    account = world.firm["A"] if path == "/desk" else world.as_role(role)
    answer = world.client.get(path, headers={**PAGE, **account.headers})
    page = BeautifulSoup(answer.text, "lxml")
    assert answer.status_code in (403, 404)
    assert page.select_one("main .button")["href"] == href  # type: ignore[index]
    assert words(page, "[role=alert]")


def test_a_case_that_was_ones_own_keeps_its_talk_its_facts_and_its_result(world: World, desk: Window) -> None:
    ref = world.ticket("A", "resolved")
    page = desk.get(f"/desk/tickets/{ref}")
    assert [tab.text for tab in page.select(".case-bar .tabs a")] == ["对话", "资料", "结果"]
    assert "回到您手上" in words(page, "#composer")
    assert "问诊单" in words(desk.get(f"/desk/tickets/{ref}?tab=facts"), "#facts")
    assert "待企业确认" in words(desk.get(f"/desk/tickets/{ref}?tab=end"), "#ended")


def test_who_watches_a_talk_hears_of_every_move_of_its_case(world: World) -> None:
    ref = world.ticket("A", "in_progress")
    heard: list[str] = []
    with world.clinic.hub.watching(str(world.shown(ref)["conversation"]), lambda: heard.append(ref)):
        tickets.wait(world.clinic, world.engineer["A"].caller, ref)
    assert heard
    bar = ticket_bar({"ref": ref, "state": world.shown(ref)["state"], "engineer": "A工"})
    assert bar and bar["state_words"] == "等您回复"


def test_a_firm_finds_its_cases_and_their_talks_and_nobody_elses(world: World) -> None:
    own, foreign = world.ticket("A"), world.ticket("B")
    page = Window(world, world.firm["A"]).get("/sign-in")
    rows = {row["href"]: words(row, ".chips") for row in page.select(".case-row")}  # type: ignore[arg-type]
    talk = world.shown(own)["conversation"]
    assert own in rows[f"/talk/{talk}#latest"] and foreign not in page.text
    assert "还没有工单" in Window(world, world.stranger()).get("/sign-in").text


@pytest.mark.parametrize(
    ("role", "words", "href"),
    [
        (Role.PUBLIC, "登录", "/sign-in"),
        (Role.SME, "我的工单", "/sign-in"),
        (Role.ENGINEER, "工作台", "/desk"),
        (Role.STAFF, "控制台", "/console"),
    ],
)
def test_the_chat_leads_to_what_is_ones_own(world: World, role: Role, words: str, href: str) -> None:
    page = BeautifulSoup(world.client.get("/", headers=world.as_role(role).headers).text, "lxml")
    link = page.select_one("#account")
    assert link and (link["aria-label"], link["href"]) == (words, href)


def test_the_ledger_is_told_in_words_with_the_names_of_who_is_there(world: World, console: Window) -> None:
    ref = world.ticket("A", "closed")
    page = console.get(f"/console/ledger?subject={ref}")
    rows = [[cell.text.strip() for cell in row.select("td")][2:] for row in page.select("tbody tr")]
    assert ["工单：已接单", ref, "A工"] in rows and ["工单：已办结", ref, "A老板"] in rows
    assert not re.search(r"ticket\.|demand\.|[0-9a-f]{16}", page.main.text if page.main else "")


def test_every_event_of_the_ledger_has_words(world: World) -> None:
    world.solution("A", "review")
    sources = (file.read_text(encoding="utf-8") for file in Path(bot.services.__path__[0]).glob("*.py"))
    written = {code for text in sources for code in re.findall(r'event="([a-z_.]+)"|READ = "([a-z.]+)"', text)}
    happened = {entry["event"] for entry in ledger.listed(world.clinic, world.clerk[Role.STAFF].caller)["items"]}
    assert {code for pair in written for code in pair if code} | happened <= set(EVENTS)


def test_what_was_said_is_shown_and_not_the_answer_that_it_came_with() -> None:
    answer = NOTHING.as_json()
    message = {
        "id": "m_1", "at": "2026-11-23T04:00:00.000+00:00", "from": "bot", "text": "先问一句：什么型号？", "label": "AI", "kind": "question",
        "answer": answer,
    }  # fmt: skip
    viewer = Viewer(Shelf(cast(Library, FakeLibrary(())), PUBLIC), datetime(2026, 11, 23, 4, 5, tzinfo=UTC))
    [seen] = shown([message], viewer)
    assert seen["answer"]["parts"] == [{"text": "先问一句：什么型号？", "n": 0}]
    assert "什么型号" in seen["answer"]["plain"]


def test_who_is_gone_is_no_name() -> None:
    [view] = entry_views([{"actor": "a" * 16, "event": "ticket.new", "subject": "T-000001"}], [])
    assert (view["words"], view["who"], view["about"]) == ("ticket.new", "已注销或不在册（aaaaaa）", "T-000001")


def test_a_clerk_hears_what_became_of_an_account(world: World, console: Window) -> None:
    person = str(world.stranger().caller.person)
    assert "已停用" in words(console.post(f"/console/people/{person}/disable"), ".told")
    assert "已重新启用" in words(console.post(f"/console/people/{person}/enable"), ".told")
    page = console.post(f"/console/people/{person}/reissue")
    secret = words(page, ".secret-words")
    assert (
        page.select_one(f".secret [data-copy='{secret}']") and page.main and page.main["data-here"] == "/console/people"
    )
    assert people.caller_of_token(world.clinic, secret).person == person
