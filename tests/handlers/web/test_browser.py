"""The pages in a real Chromium: asked, answered, opened at the clause; on a phone, in the dark, for a screen reader; kept when things fail."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from bot.clinic import people, tickets
from bot.dialogue.dialogue import Dialogue
from bot.errors import Busy
from bot.profile import Profile
from retrieval.protocols import Role
from tests.bot.clinic import HOURS
from tests.bot.pictures import PDF, jpeg, picture
from tests.handlers.web.chromium import CHROMIUM, DESKTOP, PHONE, ask, launched, serious, visitor, wider_than_screen
from tests.handlers.web.house import EVIL, LINES, FakeAssistant
from tests.handlers.web.world import FORM, World, open_world

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason="Debian's chromium is not installed: apt-get install chromium"
)
PROFILE = Profile(name="测试工程师协同创新中心", telephone="0731-8888 0000")


@dataclass
class Standing:
    """A served world, its address, and the assistant behind it."""

    world: World
    address: str
    assistant: FakeAssistant


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    """One world for all pages."""
    assistant = FakeAssistant(dict(LINES))
    with open_world(tmp_path_factory.mktemp("world"), talk=Dialogue(assistant, PROFILE, HOURS)) as world:
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(world.app, log_config=None, ws="none", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield Standing(world, f"http://127.0.0.1:{listening.getsockname()[1]}", assistant)
        server.should_exit = True
        thread.join(10)
        listening.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all pages."""
    with launched() as made:
        yield made


@pytest.fixture
def context(browser: Browser, standing: Standing) -> Iterator[BrowserContext]:
    """A fresh visitor with a phone; whatever the browser complains about fails the test."""
    standing.assistant.failure = None
    standing.assistant.heard.clear()
    with visitor(browser, standing.address, PHONE, forgiven=("422", "429", "ERR_FAILED", "ERR_INTERNET")) as made:
        yield made


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """The chat page."""
    made = context.new_page()
    made.goto("/")
    return made


def test_asked_answered_and_opened_at_the_clause(page: Page) -> None:
    ask(page, "培育期多久")
    card = page.locator(".card.cite")
    expect(card.locator("mark")).to_have_text("培育期为两年，期满验收不合格的，")
    expect(card.get_by_text("现行有效")).to_be_visible()
    expect(page.locator(".label").first).to_have_text("AI摘录，以原文为准")
    card.get_by_role("link", name="打开原文").click()
    expect(page.locator("#cited")).to_have_text("培育期为两年，期满验收不合格的，")
    expect(page.locator("#cited")).to_be_in_viewport(ratio=1)
    expect(page.locator(".unit.cited")).to_contain_text("第三条")
    page.get_by_role("link", name="← 回到问答").first.click()
    expect(page.locator(".asked .words")).to_have_text("培育期多久")
    expect(page.locator(".card.cite mark")).to_have_text("培育期为两年，期满验收不合格的，")


def test_an_example_is_one_tap_away(page: Page) -> None:
    page.locator(".example").first.tap()
    expect(page.locator(".message.answer .label")).to_be_visible()
    expect(page.locator("#welcome")).to_be_hidden()


def test_a_button_says_what_stands_on_it_and_earlier_words_go_along(page: Page, standing: Standing) -> None:
    ask(page, "培育期多久")
    page.locator(".suggestion", has_text="认定要什么条件").click()
    expect(page.locator(".asked .words")).to_have_text(["培育期多久", "认定要什么条件"])
    expect(page.locator(".message.answer")).to_have_count(2)
    expect(page.locator(".suggestions").first).to_be_hidden()
    assert [(text, prev) for text, _, prev in standing.assistant.heard] == [
        ("培育期多久", ()),
        ("认定要什么条件", ("培育期多久",)),
    ]


def test_what_an_answer_was_worth_is_said_beside_it_and_stays_said(page: Page, standing: Standing) -> None:
    ask(page, "培育期多久")
    useless = page.get_by_role("button", name="没用")
    useless.tap()
    expect(page.locator(".useful [role=status]")).to_have_text("已记下，中心会看到。")
    page.get_by_label("哪里不对").fill("没说从哪天算")
    page.get_by_role("button", name="告诉中心").tap()
    expect(page.get_by_label("哪里不对")).to_have_count(0)
    staff = standing.world.clerk[Role.STAFF]
    assert standing.world.get("/answers/wrong", staff).json()["items"][0]["comment"] == "没说从哪天算"
    page.reload()
    expect(useless).to_have_attribute("aria-pressed", "true")


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
    expect(page.locator(".message")).to_have_count(0)
    field.type("期")
    field.press("Enter")
    expect(page.locator(".message .label")).to_be_visible()
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


def test_a_refusal_says_why_and_can_be_tried_again(
    page: Page, standing: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **more: object) -> None:
        raise Busy("现在排队的消息太多，这条没有收下；请稍等几秒再发一次。")

    with monkeypatch.context() as patch:
        patch.setattr(type(standing.world.lanes), "post", refuse)
        page.get_by_label("写下您的问题").fill("培育期多久")
        page.get_by_role("button", name="发送").click()
        expect(page.locator(".failure")).to_contain_text("这条没有收下")
        expect(page.locator(".asked.unsent .words")).to_have_text("培育期多久")
        page.reload()  # what was typed is kept until it is taken
        expect(page.locator(".failure")).to_contain_text("这条没有收下")
    page.get_by_role("button", name="再试一次").click()
    expect(page.locator(".message.answer .label")).to_be_visible()
    expect(page.locator(".failure, .unsent")).to_have_count(0)
    expect(page.locator(".asked")).to_have_count(1)


def test_a_message_whose_answer_got_lost_on_the_way_is_one_message(page: Page, standing: Standing) -> None:
    lost: list[str] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().text())  # it arrives, and its answer does not
        route.abort()

    page.route("**/talk/*/messages", lose)
    ask(page, "培育期多久")
    expect(page.locator(".asked")).to_have_count(1)
    expect(page.locator(".message.answer")).to_have_count(1)
    assert lost and [text for text, _, _ in standing.assistant.heard] == ["培育期多久"]


def test_words_half_written_survive_a_reload(page: Page) -> None:
    page.get_by_label("写下您的问题").fill("注塑件老缩水，还没写完")
    page.reload()
    expect(page.get_by_label("写下您的问题")).to_have_value("注塑件老缩水，还没写完")


def test_a_reload_brings_the_talk_back_and_a_second_window_follows(context: BrowserContext, page: Page) -> None:
    ask(page, "培育期多久")
    page.reload()
    expect(page.locator(".message")).to_have_count(2)
    other = context.new_page()
    other.goto("/")
    expect(other.locator(".message")).to_have_count(2)
    ask(page, "课")
    expect(other.locator(".message")).to_have_count(4)
    expect(other.locator(".card.course")).to_be_visible()


def test_over_twenty_thousand_characters_cannot_be_sent(page: Page) -> None:
    page.get_by_label("写下您的问题").fill("问" * 20_001)
    expect(page.locator("#count")).to_contain_text("20001 / 20000")
    expect(page.get_by_role("button", name="发送")).to_be_disabled()


def test_the_answer_is_announced_to_a_screen_reader_once(page: Page) -> None:
    ask(page, "培育期多久")
    expect(page.locator("#announce")).to_contain_text("培育期为两年。")
    expect(page.locator("#announce")).to_contain_text("AI摘录，以原文为准")


def test_a_new_talk_forgets_the_old_one(page: Page) -> None:
    ask(page, "培育期多久")
    page.get_by_role("button", name="新对话").click()
    expect(page.locator(".message")).to_have_count(0)
    page.reload()
    expect(page.locator(".message")).to_have_count(0)
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


def test_without_javascript_the_page_still_answers(browser: Browser, standing: Standing) -> None:
    bare = browser.new_context(
        base_url=standing.address, java_script_enabled=False, viewport={"width": PHONE[0], "height": PHONE[1]}
    )
    page = bare.new_page()
    page.goto("/")
    page.locator("#text").fill("培育期多久")
    page.get_by_role("button", name="发送").click()
    expect(page.locator(".answer .label")).to_have_text("AI摘录，以原文为准")
    page.locator("#text").fill("课")
    page.get_by_role("button", name="发送").click()
    expect(page.locator(".asked .words")).to_have_text(["培育期多久", "课"])
    page.get_by_role("link", name="打开原文").first.click()
    expect(page.locator("#cited")).to_be_in_viewport(ratio=1)
    bare.close()


def signed_in(context: BrowserContext, standing: Standing, headers: dict[str, str], home: str) -> Page:
    """A page of somebody who has just signed in."""
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("口令、专用链接或邀请链接").fill(headers["Authorization"].removeprefix("Bearer "))
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(f"**{home}")
    return page


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "light"), (DESKTOP, "dark")])
def test_desk_and_console_fit_their_screen_and_axe_finds_nothing_serious(
    browser: Browser, standing: Standing, size: tuple[int, int], scheme: str
) -> None:
    world = standing.world
    world.ticket("A")
    mine, solved = world.ticket("A", "in_progress"), world.ticket("A", "closed")
    tickets.note(world.clinic, world.engineer["A"].caller, mine, text="内部")
    [written] = world.client.get(f"/api/v1/solutions?ticket={solved}", headers=world.engineer["A"].headers).json()[
        "items"
    ]
    with (
        visitor(browser, standing.address, size) as desk_window,
        visitor(browser, standing.address, size) as staff_window,
    ):
        desk = signed_in(desk_window, standing, world.engineer["A"].headers, "/desk")
        staff = signed_in(staff_window, standing, world.clerk[Role.STAFF].headers, "/console")
        for page, paths in (
            (desk, ("/sign-in", "/desk", *(f"/desk/tickets/{mine}{tab}" for tab in ("", "?tab=facts", "?tab=notes", "?tab=end")))),
            (staff, ("/console", "/console/overdue", f"/console/tickets/{mine}", "/console/solutions?state=", f"/console/solutions/{written['id']}", "/console/people", f"/console/people/{world.firm['A'].caller.person}", "/console/ledger")),
        ):  # fmt: skip
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            for path in paths:
                page.goto(path)
                assert (path, serious(page), wider_than_screen(page)) == (path, [], 0)


def test_whom_one_writes_to_is_always_in_sight_and_a_draft_survives(browser: Browser, standing: Standing) -> None:
    world = standing.world
    ref = world.ticket("A", "in_progress")
    for number in range(30):
        tickets.say(world.clinic, world.engineer["A"].caller, ref, text=f"第 {number} 条")
    with visitor(browser, standing.address, PHONE) as window:
        page = signed_in(window, standing, world.engineer["A"].headers, "/desk")
        page.goto(f"/desk/tickets/{ref}")
        expect(page.locator("#case-bar")).to_contain_text("A厂")
        expect(page.locator("#case-bar .to")).to_be_in_viewport()
        expect(page.locator("#talk .message").last).to_be_in_viewport()
        page.get_by_label("写给A厂").fill("还没写完")
        tickets.note(world.clinic, world.engineer["A"].caller, ref, text="旁人记了一笔")
        page.reload()
        expect(page.get_by_label("写给A厂")).to_have_value("还没写完")
        page.get_by_role("button", name="发送").click()
        expect(page.locator("#talk .asked").last).to_contain_text("还没写完")
        expect(page.get_by_label("写给A厂")).to_have_value("")


def test_a_lost_race_for_a_case_says_who_has_it(browser: Browser, standing: Standing) -> None:
    world = standing.world
    ref = world.ticket("A")
    with visitor(browser, standing.address, PHONE, forgiven=("409", "ERR_FAILED")) as window:
        window.route("**/desk/events", lambda route: route.abort())  # this desk hears nothing by itself
        page = signed_in(window, standing, world.engineer["A"].headers, "/desk")
        card = page.locator(".offer", has_text=ref)
        expect(card).to_be_visible()
        tickets.claim(world.clinic, world.engineer["B"].caller, ref)
        card.get_by_role("button", name="接单").tap()
        expect(page.get_by_role("alert").first).to_contain_text("刚被B工接走")
        expect(page.locator(".offer", has_text=ref)).to_have_count(0)


def test_a_login_that_ends_in_the_middle_loses_no_word_at_the_desk(browser: Browser, standing: Standing) -> None:
    world = standing.world
    ref = world.ticket("A")
    engineer = world.account(Role.ENGINEER, "换口令的")
    tickets.claim(world.clinic, engineer.caller, ref)
    with visitor(browser, standing.address, PHONE, forgiven=("401",)) as window:
        page = signed_in(window, standing, engineer.headers, "/desk")
        page.goto(f"/desk/tickets/{ref}")
        said = page.locator("#talk .message").count()
        page.get_by_label("写给A厂").fill("失效前写的")
        again = people.reissue(world.clinic, world.clerk[Role.STAFF].caller, str(engineer.caller.person))["token"]
        page.get_by_role("button", name="发送").click()
        expect(page.locator("#shut-out")).to_contain_text("登录已经失效")
        assert page.locator("#talk .message").count() == said > 0
        page.get_by_role("link", name="重新登录").click()
        page.locator("#token").fill(again)
        page.get_by_role("button", name="登录").click()
        expect(page.get_by_label("写给A厂")).to_have_value("失效前写的")
        page.get_by_role("button", name="发送").click()
        expect(page.locator("#talk .asked .words").last).to_have_text("失效前写的")


def test_who_signs_out_leaves_nothing_half_written_behind(browser: Browser, standing: Standing) -> None:
    world = standing.world
    ref = world.ticket("A", "in_progress")
    with visitor(browser, standing.address, PHONE) as window:
        page = signed_in(window, standing, world.engineer["A"].headers, "/desk")
        page.goto(f"/desk/tickets/{ref}")
        page.get_by_label("写给A厂").fill("只给A厂看的")
        kept = "Object.values(localStorage).filter((words) => words.includes('只给A厂看的')).length"
        assert page.evaluate(kept) == 1
        page.get_by_role("button", name="退出登录").click()
        page.wait_for_url("**/")
        assert page.evaluate(kept) == 0


def test_a_firms_word_waits_for_its_new_login(browser: Browser, standing: Standing) -> None:
    world = standing.world
    firm = world.account(Role.SME, "换口令的老板", organisation="换口令厂")
    with visitor(browser, standing.address, PHONE, forgiven=("404",)) as window:
        page = signed_in(window, standing, firm.headers, "/")
        ask(page, "培育期多久")
        again = people.reissue(world.clinic, world.clerk[Role.STAFF].caller, str(firm.caller.person))["token"]
        page.get_by_label("写下您的问题").fill("课")
        page.get_by_role("button", name="发送").click()
        expect(page.locator(".failure")).to_contain_text("登录可能已经失效")
        page.locator(".failure").get_by_role("link", name="登录").click()
        page.locator("#token").fill(again)
        page.get_by_role("button", name="登录").click()
        expect(page.locator(".asked .words")).to_have_text(["培育期多久", "课"])
        expect(page.locator(".card.course")).to_be_visible()


def test_who_comes_back_from_a_source_finds_the_place_where_it_was_left(page: Page) -> None:
    for _ in range(3):
        ask(page, "培育期多久")
    first = page.locator(".card.cite").first
    first.get_by_role("link", name="打开原文").click()
    page.locator("#cited").wait_for()
    page.go_back()
    expect(first).to_be_in_viewport()


def test_a_person_is_one_tap_away_and_what_is_half_written_stays(page: Page) -> None:
    page.get_by_label("写下您的问题").fill("还没写完")
    page.locator("#to-person").tap()
    expect(page.locator(".asked .words")).to_have_text("转人工")
    expect(page.locator(".message.answer")).to_be_visible()
    expect(page.get_by_label("写下您的问题")).to_have_value("还没写完")


def test_a_solution_can_be_resolved_without_javascript(browser: Browser, standing: Standing) -> None:
    world = standing.world
    ref = world.ticket("A")
    bare = browser.new_context(
        base_url=standing.address, java_script_enabled=False, viewport={"width": PHONE[0], "height": PHONE[1]}
    )
    page = signed_in(bare, standing, world.engineer["A"].headers, "/desk")
    page.locator(".offer", has_text=ref).get_by_role("button", name="接单").click()
    page.get_by_label("写给A厂").fill("您好")
    page.get_by_role("button", name="发送").click()
    expect(page.locator(".asked .words").last).to_have_text("您好")
    page.get_by_role("link", name="办结").click()
    for name, words in FORM.items():
        page.locator(f"#f-{name}").fill(words)
    page.get_by_role("button", name="提交方案，请企业确认").click()
    expect(page.locator("#case-bar")).to_contain_text("待企业确认")
    bare.close()


def test_a_clerk_makes_an_account_and_its_token_is_shown_once(browser: Browser, standing: Standing) -> None:
    world = standing.world
    with visitor(browser, standing.address, DESKTOP) as window, visitor(browser, standing.address, PHONE) as other:
        staff = signed_in(window, standing, world.clerk[Role.STAFF].headers, "/console")
        staff.goto("/console/people")
        staff.get_by_text("直接建账号").click()
        staff.locator("#a-name").fill("赵工")
        staff.locator("#a-skills").fill("液压，气动")
        staff.get_by_role("button", name="建账号").click()
        token = staff.locator(".secret-words").inner_text()
        expect(staff.locator("tr", has_text="赵工")).to_contain_text("液压、气动")
        staff.goto("/console/people")
        assert token not in staff.content()
        signed_in(other, standing, {"Authorization": f"Bearer {token}"}, "/desk")
        staff.get_by_text("发邀请链接").click()
        staff.get_by_role("button", name="生成链接").click()
        link = staff.locator(".secret-words").inner_text()
        page = other.new_page()
        page.goto(link.removeprefix(standing.address))
        expect(page.get_by_role("heading", name="邀请您加入")).to_be_visible()


def test_a_photo_is_sent_from_a_phone_and_shown_to_the_engineer_at_his_desk(
    context: BrowserContext, browser: Browser, standing: Standing
) -> None:
    world = standing.world
    ref = world.ticket("A", "in_progress")
    talk = world.shown(ref)["conversation"]
    page = context.new_page()
    context.set_extra_http_headers(world.firm["A"].headers)
    page.goto(f"/talk/{talk}")
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="发照片或文件").click()
    chosen.value.set_files(
        [
            {"name": "铭牌.jpg", "mimeType": "image/jpeg", "buffer": jpeg(size=(900, 1600))},
            {"name": "图纸.pdf", "mimeType": "application/pdf", "buffer": PDF},
        ]
    )
    photo = page.locator(".asked .files img")
    expect(photo).to_be_visible()
    assert photo.evaluate("one => one.decode().then(() => one.naturalWidth)") == 900
    expect(page.locator(".asked .files .file", has_text="图纸.pdf")).to_be_visible()
    expect(page.locator(".uploading")).to_have_count(0)
    assert wider_than_screen(page) == 0
    assert serious(page) == []
    with visitor(browser, standing.address, DESKTOP) as other:
        other.set_extra_http_headers(world.engineer["A"].headers)
        desk = other.new_page()
        desk.goto(f"/desk/tickets/{ref}")
        expect(desk.locator(".talk .files img")).to_have_count(1)
        desk.get_by_text("发照片或文件").click()
        desk.locator(".upload input[type=file]").set_input_files(
            {"name": "接线.png", "mimeType": "image/png", "buffer": picture("PNG")}
        )
        desk.get_by_role("button", name="发给A厂").click()
        expect(desk.locator(".talk .files img")).to_have_count(2)
        assert serious(desk) == []
    expect(page.locator(".person .files img")).to_be_visible()


def test_a_file_that_may_not_be_sent_is_refused_where_it_was_chosen(page: Page) -> None:
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="发照片或文件").click()
    chosen.value.set_files({"name": "setup.exe", "mimeType": "application/octet-stream", "buffer": b"MZ" + bytes(50)})
    expect(page.locator(".failure")).to_contain_text("收不了这种文件")
    page.get_by_role("button", name="知道了").click()
    expect(page.locator(".failure")).to_have_count(0)
