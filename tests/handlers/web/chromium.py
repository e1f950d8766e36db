"""A real Chromium for tests of the pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
PHONE = (390, 844)
DESKTOP = (1280, 860)
PATIENCE_MS = 20_000  # machines are shared; nothing is asserted about time

expect.set_options(timeout=PATIENCE_MS)


@contextmanager
def launched() -> Iterator[Browser]:
    """A browser, closed at the end."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield made
        made.close()


@contextmanager
def visitor(
    browser: Browser, address: str, size: tuple[int, int], *, forgiven: tuple[str, ...] = ()
) -> Iterator[BrowserContext]:
    """A window of somebody's own; whatever the browser complains about, and any address outside, fails the test.

    Args:
        forgiven: What complaints may contain, such as a status that the test provokes.
    """
    made = browser.new_context(
        base_url=address,
        viewport={"width": size[0], "height": size[1]},
        locale="zh-CN",
        reduced_motion="reduce",
        has_touch=size[0] < 600,
    )
    made.set_default_timeout(PATIENCE_MS)
    complaints: list[str] = []
    made.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    made.on("weberror", lambda error: complaints.append(str(error.error)))
    made.on("dialog", lambda dialog: complaints.append(dialog.message))
    made.on(
        "request",
        lambda request: None if request.url.startswith((address, "data:")) else complaints.append(request.url),
    )
    try:
        yield made
    finally:
        made.close()
    assert [words for words in complaints if not any(word in words for word in forgiven)] == []


def ask(page: Page, text: str) -> None:
    """Write, send, and wait for what comes back."""
    asked, replies = page.locator(".message.asked"), page.locator(".message.answer, .message.notice-line")
    before = (asked.count(), replies.count())
    page.get_by_label("写下您的问题").fill(text)
    page.get_by_role("button", name="发送").click()
    expect(asked).to_have_count(before[0] + 1)
    expect(replies.nth(before[1])).to_be_visible()
    expect(page.locator(".thinking, .sending")).to_have_count(0)


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
