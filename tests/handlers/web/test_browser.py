"""The pages in a real Chromium: asked, answered, opened at the clause; on a phone, in the dark, for a screen reader."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from bot.errors import Busy
from handlers.web.app import create_app
from tests.handlers.web.house import EVIL, House, build

CHROMIUM = Path("/usr/bin/chromium")
PHONE = {"width": 360, "height": 740}
pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason="Debian's chromium is not installed: apt-get install chromium"
)


@pytest.fixture(scope="module")
def standing() -> Iterator[tuple[str, House]]:
    """A served house and its address."""
    house = build()
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(house.services), log_config=None, ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}", house
    server.should_exit = True
    thread.join(10)
    listening.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all pages."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture
def context(browser: Browser, standing: tuple[str, House]) -> Iterator[BrowserContext]:
    """A fresh visitor with a phone; whatever the browser complains about fails the test."""
    house = standing[1]
    house.assistant.failure = None
    house.assistant.heard.clear()
    made = browser.new_context(
        base_url=standing[0], viewport=PHONE, locale="zh-CN", reduced_motion="reduce", has_touch=True
    )
    complaints: list[str] = []
    made.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    made.on("weberror", lambda error: complaints.append(str(error.error)))
    made.on("dialog", lambda dialog: complaints.append(dialog.message))
    made.on(
        "request",
        lambda request: None if request.url.startswith((standing[0], "data:")) else complaints.append(request.url),
    )
    yield made
    made.close()
    assert [words for words in complaints if "429" not in words] == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """The chat page."""
    made = context.new_page()
    made.goto("/")
    return made


def ask(page: Page, text: str) -> None:
    """Write, send, and wait for the answer to stand."""
    before = page.locator(".turn").count()
    page.get_by_label("写下您的问题").fill(text)
    page.get_by_role("button", name="发送").click()
    expect(page.locator(".turn")).to_have_count(before + 1)
    expect(page.locator(".turn[aria-busy]")).to_have_count(0)


def wider_than_screen(page: Page) -> int:
    """How far the page can be pushed sideways, in pixels."""
    return int(page.evaluate("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"))


def serious(page: Page) -> list[str]:
    """What axe finds serious or critical."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {[node['html'] for node in one['nodes']]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def test_asked_answered_and_opened_at_the_clause(page: Page) -> None:
    ask(page, "培育期多久")
    card = page.locator(".card.cite")
    expect(card.locator("mark")).to_have_text("培育期为两年")
    expect(card.get_by_text("现行有效")).to_be_visible()
    expect(page.locator(".label").first).to_have_text("AI摘录，以原文为准")
    card.get_by_role("link", name="打开原文").click()
    expect(page.locator("#cited")).to_have_text("培育期为两年，期满验收不合格的，")
    expect(page.locator("#cited")).to_be_in_viewport(ratio=1)
    expect(page.locator(".unit.cited")).to_contain_text("第三条")
    page.get_by_role("link", name="← 回到问答").first.click()
    expect(page.locator(".asked .words")).to_have_text("培育期多久")
    expect(page.locator(".card.cite mark")).to_have_text("培育期为两年")


def test_an_example_is_one_tap_away(page: Page) -> None:
    page.locator(".example").first.tap()
    expect(page.locator(".turn .answer .label")).to_be_visible()
    expect(page.locator("#welcome")).to_be_hidden()


def test_a_suggestion_asks_and_earlier_turns_go_along(page: Page, standing: tuple[str, House]) -> None:
    ask(page, "培育期多久")
    page.locator(".suggestion").click()
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".turn[aria-busy]")).to_have_count(0)
    assert [(text, prev) for text, _, prev in standing[1].assistant.heard] == [
        ("培育期多久", ()),
        ("认定要什么条件", ("培育期多久",)),
    ]


def test_enter_sends_and_neither_shift_nor_a_composing_input_method_does(page: Page) -> None:
    field = page.get_by_label("写下您的问题")
    field.fill("培育")
    field.press("Shift+Enter")
    expect(field).to_have_value("培育\n")
    field.evaluate(
        "node => node.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"
    )
    field.evaluate(
        "node => node.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', keyCode: 229, bubbles: true, cancelable: true}))"
    )
    expect(page.locator(".turn")).to_have_count(0)
    field.type("期")
    field.press("Enter")
    expect(page.locator(".turn .label")).to_be_visible()
    expect(field).to_be_focused()


def test_what_is_copied_carries_the_label(context: BrowserContext, page: Page) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, "培育期多久")
    page.get_by_role("button", name="复制").click()
    expect(page.get_by_role("button", name="已复制")).to_be_visible()
    whole = page.evaluate("navigator.clipboard.readText()")
    assert "培育期为两年" in whole and "第三条" in whole and whole.endswith("【AI摘录，以原文为准】")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('.bubble .words'))")
    page.keyboard.press("Control+c")
    assert page.evaluate("navigator.clipboard.readText()").endswith("【AI摘录，以原文为准】")


def test_hostile_words_stay_words(page: Page) -> None:
    ask(page, f"script {EVIL}")
    expect(page.locator(".asked .words")).to_contain_text("<script>")
    expect(page.locator("blockquote")).to_contain_text("<img src=x")
    ask(page, "课")
    expect(page.locator(".card.course")).to_contain_text("<script>")
    page.goto("/documents/rules")
    assert page.locator("img[src=x]").count() == 0
    assert page.title() != "owned"


def test_danger_shows_numbers_to_tap(page: Page) -> None:
    ask(page, "着火了")
    links = page.locator("a.call")
    assert [link.get_attribute("href") for link in links.all()] == ["tel:119", "tel:120", "tel:110", "tel:073188880000"]


def test_a_refusal_says_why_and_can_be_tried_again(page: Page, standing: tuple[str, House]) -> None:
    standing[1].assistant.failure = Busy("现在提问的人太多，请稍等几秒再发一次。")
    ask(page, "培育期多久")
    expect(page.locator(".failure")).to_contain_text("现在提问的人太多")
    standing[1].assistant.failure = None
    page.get_by_role("button", name="再试一次").click()
    expect(page.locator(".answer .label")).to_be_visible()
    expect(page.locator(".failure")).to_have_count(0)


def test_over_four_thousand_characters_cannot_be_sent(page: Page) -> None:
    page.get_by_label("写下您的问题").fill("问" * 4001)
    expect(page.locator("#count")).to_contain_text("4001 / 4000")
    expect(page.get_by_role("button", name="发送")).to_be_disabled()


def test_the_answer_is_announced_to_a_screen_reader_once(page: Page) -> None:
    ask(page, "培育期多久")
    expect(page.locator("#announce")).to_contain_text("培育期为两年。")
    expect(page.locator("#announce")).to_contain_text("AI摘录，以原文为准")


def test_a_new_talk_forgets_the_old_one(page: Page) -> None:
    ask(page, "培育期多久")
    page.get_by_role("button", name="新对话").click()
    expect(page.locator(".turn")).to_have_count(0)
    page.reload()
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.locator("#welcome")).to_be_visible()


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_no_page_is_wider_than_its_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    for text in ("培育期多久", f"script {EVIL}", "课", "振纹", "着火了", "A" * 300, "别的"):
        ask(page, text)
    assert wider_than_screen(page) == 0
    page.goto("/documents/rules?clause=附表")
    assert wider_than_screen(page) == 0


def test_dark_follows_the_system_and_the_reader(page: Page) -> None:
    def brightness() -> int:
        return int(page.evaluate("Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])"))

    assert brightness() > 200
    page.emulate_media(color_scheme="dark")
    assert brightness() < 60
    toggle = page.get_by_role("button", name="深色")
    expect(toggle).to_have_attribute("aria-pressed", "true")
    toggle.click()
    assert brightness() > 200
    page.reload()
    assert brightness() > 200


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    assert serious(page) == []
    for text in ("培育期多久", "课", "振纹", "着火了", "别的"):
        ask(page, text)
    assert serious(page) == []
    page.goto("/documents/rules?clause=第二条（二）")
    assert serious(page) == []


def test_without_javascript_the_page_still_answers(browser: Browser, standing: tuple[str, House]) -> None:
    bare = browser.new_context(base_url=standing[0], java_script_enabled=False, viewport=PHONE)  # type: ignore[arg-type]
    page = bare.new_page()
    page.goto("/")
    page.locator("#text").fill("培育期多久")
    page.get_by_role("button", name="发送").click()
    expect(page.locator(".answer .label")).to_have_text("AI摘录，以原文为准")
    page.get_by_role("link", name="打开原文").click()
    expect(page.locator("#cited")).to_be_in_viewport(ratio=1)
    bare.close()
