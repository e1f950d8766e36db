"""The whole story in a real Chromium with three windows: a firm's phone, an engineer's desk, a clerk's console; then the next firm."""

import re
import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bot import bootstrap
from bot.bootstrap import Services
from bot.clinic import people
from bot.rules.people import Caller
from bot.settings import Settings
from bot.verbs import run
from evals.standins.embedder import BigramEmbedder
from handlers.web.app import create_app
from retrieval.protocols import Role
from tests.handlers.web.chromium import CHROMIUM, DESKTOP, PHONE, ask, launched, serious, visitor, wider_than_screen

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason="Debian's chromium is not installed: apt-get install chromium"
)
OPERATOR = Caller(Role.ADMIN)
PROFILE = """name = "测试工程师协同创新中心"
telephone = "0731-8888 0000"
"""
TROUBLE = "超声波焊机焊 ABS 外壳焊不牢，一掰就开，换了焊头也没用，客户要退货，急"
NEXT = "超声波焊机焊 ABS 外壳焊不牢，一掰就开"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Services, str]]:
    """The real house on a fresh directory with the shipped corpora, served."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "profile.toml").write_text(PROFILE, encoding="utf-8")
    services = bootstrap.build(Settings(_env_file=None, data=folder), embedder=BigramEmbedder())  # type: ignore[call-arg]
    run(services, "ingest-shipped", {}, lambda what, done, total: None)
    services.engine.start()
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(services), log_config=None, ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield services, f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(15)
    listening.close()
    services.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for everybody."""
    with launched() as made:
        yield made


def signed_in(context: BrowserContext, token: str, home: str) -> Page:
    """A page of someone who has just signed in."""
    page = context.new_page()
    page.goto(home)
    page.get_by_label("口令、专用链接或邀请链接").fill(token)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(f"**{home}")
    return page


def test_from_a_question_without_an_answer_to_the_answer_of_the_next_firm(
    house: tuple[Services, str], browser: Browser
) -> None:
    services, address = house
    tokens = {
        name: people.add(services.clinic, OPERATOR, role=role.value, name=name, skills=skills)["token"]
        for name, role, skills in (
            ("张工", Role.ENGINEER, ["焊接"]),
            ("李工", Role.ENGINEER, ["机加"]),
            ("小陈", Role.STAFF, []),
        )
    }
    with (
        visitor(browser, address, PHONE) as firm_window,
        visitor(browser, address, DESKTOP) as desk_window,
        visitor(browser, address, DESKTOP) as clerk_window,
        visitor(browser, address, PHONE) as next_window,
    ):
        desk = signed_in(desk_window, tokens["张工"], "/desk")
        clerk = signed_in(clerk_window, tokens["小陈"], "/console")
        expect(desk.get_by_text("现在没有等人接的工单")).to_be_visible()
        assert serious(desk) == [] and serious(clerk) == []

        # The firm asks on its phone; no case answers; it registers in the talk and gets its ticket at once.
        firm = firm_window.new_page()
        firm.goto("/")
        ask(firm, TROUBLE)
        ask(firm, "转人工")
        ask(firm, "我是滨江塑料厂的王强 13800138000 同意")
        bar = firm.locator("#ticket")
        expect(bar).to_contain_text("等待接单")
        ref = re.search(r"T-\d{6}", bar.inner_text())[0]  # type: ignore[index]
        assert wider_than_screen(firm) == 0 and serious(firm) == []

        # The desk hears of it without being reloaded, sees no name and no number, and claims it in one tap.
        offer = desk.locator(".offer", has_text=ref)
        expect(offer).to_contain_text("超声波")
        assert "滨江" not in desk.content() and "13800138000" not in desk.content()
        expect(clerk.locator("#list")).to_contain_text(ref)
        offer.get_by_role("button", name="接单").click()
        desk.wait_for_url(f"**/desk/tickets/{ref}")
        expect(desk.locator("#case-bar")).to_contain_text("滨江塑料厂")
        expect(bar).to_contain_text("已接单 · 张工")
        expect(clerk.locator("#list tr", has_text=ref)).to_contain_text("张工")

        # Both ways, nobody reloads; a word half written survives what arrives meanwhile.
        firm.get_by_label("写下您的问题").fill("焊接时间")
        desk.get_by_label("写给滨江塑料厂").fill("您好，我是张工。焊接压力和时间各是多少？")
        desk.keyboard.press("Enter")
        expect(firm.locator(".person .bubble").last).to_contain_text("焊接压力和时间各是多少")
        expect(firm.locator(".person .name").last).to_have_text("张工")
        assert firm.locator(".person").last.get_attribute("data-label") is None
        expect(firm.get_by_label("写下您的问题")).to_have_value("焊接时间")
        firm.get_by_label("写下您的问题").fill("焊接时间 0.3 秒，压力 0.2 MPa")
        firm.get_by_role("button", name="发送").click()
        expect(desk.locator("#talk .person").last).to_contain_text("0.3 秒")
        expect(firm.locator(".asked.sending")).to_have_count(0)
        said = firm.locator(".message").count()
        assert firm.locator(".message.answer:not(.person)").last.inner_text().find("0.3") == -1

        # Waiting for the firm stops the engineer's clock; notes stay inside.
        desk.get_by_role("button", name="问完了，等企业回复").click()
        expect(desk.locator("#case-bar")).to_contain_text("等企业回复")
        expect(bar).to_contain_text("等您回复")
        desk.get_by_role("link", name="备注").click()
        desk.get_by_label("写一条备注（只有工程师和中心看得到）").fill("怀疑导能筋太平")
        desk.get_by_role("button", name="保存备注").click()
        expect(desk.locator("#notes")).to_contain_text("怀疑导能筋太平")
        assert firm.locator(".message").count() == said and "导能筋" not in firm.content()

        # A reload, and the private link in another browser, bring the talk back.
        firm.reload()
        expect(firm.locator(".message")).to_have_count(said)
        expect(bar).to_contain_text(ref)

        # Resolved from the prefilled form, confirmed and rated by taps.
        desk.get_by_role("link", name="办结").click()
        expect(desk.get_by_label("现象", exact=False)).to_have_value(re.compile("超声波"))
        desk.get_by_label("原因", exact=False).first.fill("王强反映的滨江塑料厂外壳导能筋太平，能量散开")
        desk.get_by_label("处理步骤", exact=False).fill(
            "1. 导能筋改成 60 度尖角，高 0.5 毫米\n2. 焊接时间加到 0.6 秒\n3. 保压 0.8 秒再松开"
        )
        desk.get_by_label("怎么验证").fill("连续 30 件拉力不低于 120 N")
        assert serious(desk) == []
        desk.get_by_role("button", name="提交方案，请企业确认").click()
        expect(desk.locator("#case-bar")).to_contain_text("待企业确认")
        firm.locator(".suggestion", has_text="同意").tap()
        expect(bar).to_contain_text("已办结")
        firm.locator(".suggestion", has_text="5 分").tap()
        expect(firm.locator(".message.answer").last).to_contain_text("5 分")
        assert serious(firm) == [] and wider_than_screen(firm) == 0

        # Reviewed: what was taken out is marked, and approving brings it into the index.
        clerk.get_by_role("link", name="方案审核").click()
        clerk.locator("tr", has_text=ref).locator(".cell-link").click()
        expect(clerk.locator(".cut").first).to_be_visible()
        copy = clerk.get_by_label("原因（公开稿）").input_value()
        assert "滨江" not in copy and "王强" not in copy
        assert serious(clerk) == [] and wider_than_screen(clerk) == 0
        clerk.get_by_label("标题（公开稿）").fill("超声波焊接 ABS 外壳焊不牢")
        clerk.get_by_role("button", name="保存并通过，收录").click()
        expect(clerk.locator("#head")).to_contain_text(re.compile("已通过|已收录"))
        for _ in range(60):
            clerk.goto("/console/solutions?state=indexed")
            if clerk.locator("tr", has_text=ref).count():
                break
            clerk.wait_for_timeout(250)
        expect(clerk.locator("tr", has_text=ref)).to_be_visible()

        # The next firm is answered with it, and is told nothing of the first.
        other = next_window.new_page()
        other.goto("/")
        ask(other, NEXT)
        expect(other.locator(".card.cite").first).to_contain_text("超声波焊接 ABS 外壳焊不牢")
        expect(other.locator(".card.cite", has_text="60 度尖角").first).to_be_visible()
        assert "滨江" not in other.content() and "王强" not in other.content() and ref not in other.content()

        # The chain of the ledger holds.
        clerk.get_by_role("link", name="账本").click()
        clerk.get_by_role("button", name="核对全部记录").click()
        expect(clerk.get_by_role("status").first).to_contain_text("完好")
