"""Pictures for the documentation: `wenzhen serve` on a fresh data directory, asked in a real Chromium."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

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


def visit(browser: Browser, address: str, size: tuple[int, int], scheme: str) -> Page:
    """The chat page on a screen of this size."""
    context = browser.new_context(
        base_url=address,
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=2 if size == PHONE else 1.25,
        locale="zh-CN",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto("/")
    return page


def ask(page: Page, text: str) -> None:
    """Ask and wait for the answer."""
    page.get_by_label("写下您的问题").fill(text)
    page.get_by_label("写下您的问题").press("Enter")
    page.locator(".turn:last-child .label").wait_for()
    page.locator(".turn[aria-busy]").wait_for(state="detached")
    page.evaluate("document.activeElement.blur()")


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
    page.locator(".turn:last-child .cite a").first.click()
    page.locator("#cited").wait_for()
    page.screenshot(path=IMAGES / "desktop-document.png")


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
        browser.close()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
