"""Pictures for the documentation: `wenzhen serve` on a fresh data directory, asked and worked with in a real Chromium."""

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot import directory

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
WENZHEN = Path(sys.executable).with_name("wenzhen")
CHROMIUM = "/usr/bin/chromium"
PROFILE = """name = "滨江工程师协同创新中心"
telephone = "0731-5550 0100"
"""
PHONE = (390, 844)
DESK = (1280, 860)


@contextmanager
def served(data: Path) -> Iterator[str]:
    """The address of a house with the shipped corpora in it."""
    data.mkdir(parents=True, exist_ok=True)
    data.joinpath("profile.toml").write_text(PROFILE, encoding="utf-8")
    process = subprocess.Popen([WENZHEN, "serve", "--data", data, "--port", "0"])
    try:
        address = None
        while address is None:
            if process.poll() is not None:
                raise SystemExit("wenzhen serve ended before it listened")
            owner = directory.owner(data)
            address = owner.address if owner else None
            time.sleep(0.1)
        subprocess.run([WENZHEN, "ingest", "--shipped", "--data", data], check=True)
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(15)


def visit(browser: Browser, address: str, size: tuple[int, int], scheme: str = "light", path: str = "/") -> Page:
    """A page on a screen of this size."""
    context = browser.new_context(
        base_url=address,
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=2 if size == PHONE else 1.25,
        locale="zh-CN",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(path)
    return page


def ask(page: Page, text: str) -> None:
    """Ask and wait for what comes back."""
    before = page.locator(".message.answer").count()
    page.get_by_label("写下您的问题").fill(text)
    page.get_by_label("写下您的问题").press("Enter")
    expect(page.locator(".message.answer").nth(before)).to_be_visible()
    expect(page.locator(".sending, .thinking")).to_have_count(0)
    page.evaluate("document.activeElement.blur()")


def person(data: Path, role: str, name: str, skills: str = "") -> str:
    """A new account; gives its token."""
    command = [WENZHEN, "person", "add", "--data", data, "--role", role, "--name", name, "--skills", skills, "--json"]
    return str(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["token"])


def sign_in(browser: Browser, address: str, size: tuple[int, int], token: str, home: str) -> Page:
    """A page of somebody who has signed in."""
    page = visit(browser, address, size, path="/sign-in")
    page.locator("#token").fill(token)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(f"**{home}")
    return page


def take(browser: Browser, address: str) -> None:
    """All pictures."""
    page = visit(browser, address, PHONE, "light")
    page.screenshot(path=IMAGES / "phone-start.png")
    ask(page, "中心考核不合格会怎样")
    page.screenshot(path=IMAGES / "phone-answer.png")
    page.locator(".cite a").first.click()
    page.locator("#cited").wait_for()
    page.screenshot(path=IMAGES / "phone-document.png")

    page = visit(browser, address, PHONE, "dark")
    ask(page, "焊缝有气孔怎么办")
    page.screenshot(path=IMAGES / "phone-dark.png")

    page = visit(browser, address, DESK, "light")
    ask(page, "最近有哪些适合新手的课程")
    page.screenshot(path=IMAGES / "desktop-courses.png")
    ask(page, "中心考核不合格会怎样")
    page.screenshot(path=IMAGES / "desktop-answer.png")
    page.locator(".message").last.locator(".cite a").first.click()
    page.locator("#cited").wait_for()
    page.screenshot(path=IMAGES / "desktop-document.png")


def work(browser: Browser, address: str, data: Path) -> None:
    """A case from the firm's phone over the engineer's desk to the clerk's review, with a picture of each."""
    engineer, clerk = person(data, "engineer", "张工", "模具成形"), person(data, "staff", "小陈")
    firm = visit(browser, address, PHONE)
    ask(firm, "吹塑瓶底总是开裂，PE 料，换了模具也没用，客户要退货，急")
    ask(firm, "转人工")
    ask(firm, "我是滨江塑料厂的王强 13800138000 同意")
    expect(firm.locator("#ticket")).to_contain_text("等待接单")
    found = re.search(r"T-\d{6}", firm.locator("#ticket").inner_text())
    assert found
    ref = found[0]
    desk = sign_in(browser, address, PHONE, engineer, "/desk")
    expect(desk.locator(".offer")).to_be_visible()
    desk.screenshot(path=IMAGES / "desk-offers.png")
    desk.get_by_role("button", name="接单").click()
    desk.get_by_label("写给滨江塑料厂").fill("您好，我是张工。瓶底是冷下来才裂，还是一出模就裂？型坯温度多少？")
    desk.get_by_role("button", name="发送").click()
    expect(firm.locator(".person")).to_contain_text("张工")
    firm.get_by_label("写下您的问题").fill("放一晚上就裂，型坯 165 度")
    firm.get_by_role("button", name="发送").click()
    expect(desk.locator("#talk .person").last).to_contain_text("165 度")
    desk.screenshot(path=IMAGES / "desk-case.png")
    firm.screenshot(path=IMAGES / "phone-engineer.png")
    wide = sign_in(browser, address, DESK, engineer, "/desk")
    wide.goto(f"/desk/tickets/{ref}")
    wide.screenshot(path=IMAGES / "desk-wide.png")
    console = sign_in(browser, address, DESK, clerk, "/console")
    expect(console.locator("#list")).to_contain_text(ref)
    console.screenshot(path=IMAGES / "console-tickets.png")
    desk.get_by_role("link", name="办结").click()
    desk.locator("#f-cause").fill("滨江塑料厂用的 PE 牌号耐环境应力开裂不够，瓶底又冷得太快")
    desk.locator("#f-steps").fill("1. 换耐应力开裂的高密度牌号\n2. 型坯温度升到 180 度\n3. 底部冷却水温升到 20 度")
    desk.locator("#f-verification").fill("装水压 24 小时，50 只不裂")
    desk.get_by_role("button", name="提交方案，请企业确认").click()
    firm.locator(".suggestion", has_text="同意").click()
    expect(firm.locator("#ticket")).to_contain_text("已办结")
    console.goto("/console/solutions")
    console.locator(".cell-link").first.click()
    console.locator("#f-cause").scroll_into_view_if_needed()
    console.screenshot(path=IMAGES / "console-review.png")


def main(given: Path | None = None) -> None:
    """Serve, look, picture; `given` is a data directory to use again, a fresh one otherwise."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        served(given or Path(folder)) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        take(browser, address)
        work(browser, address, given or Path(folder))
        browser.close()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
