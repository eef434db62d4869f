"""The Chromium of this machine, without a window: a page as it is served, and what axe finds wrong with it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.paths import ROOT

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_OPTIONS = (
    "--no-sandbox",  # a container has no other; it shows our own pages alone
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)
_PATIENCE = 60_000.0  # ms, where Playwright waits for something
_AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# https://github.com/dequelabs/axe-core/blob/develop/doc/API.md#axe-core-tags
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

PROGRAM = next((path for name in _NAMES if (path := shutil.which(name))), None)
needs_chromium = pytest.mark.skipif(PROGRAM is None, reason="there is no Chromium on this machine")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run it until the block ends. Meanwhile this thread has an event loop: no test of the block may run its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=_OPTIONS, timeout=_PATIENCE)
        try:
            yield browser
        finally:
            browser.close()


@dataclass(frozen=True, slots=True)
class Shown:
    """A page, the addresses that it asked for, and what the browser's console says: blocked styles, scripts, faults."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@contextmanager
def shown(browser: Browser, url: str, *, width: int = 1440, height: int = 900, dark: bool = False) -> Iterator[Shown]:
    """Open the address in a profile of its own."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", is_mobile=width < 600
    )
    context.set_default_timeout(_PATIENCE)
    seen = Shown(context.new_page())
    seen.page.on("request", lambda request: seen.requests.append(request.url))
    seen.page.on("console", lambda line: seen.complaints.append(line.text))
    seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    try:
        seen.page.goto(url)
        yield seen
    finally:
        context.close()


def axe_violations(page: Page) -> list[tuple[str, list[str]]]:
    """Give each rule of WCAG 2.2 A and AA, or of axe's best practices, that the page breaks, and where.

    Playwright evaluates from outside of the page, so that the page's policy need not let axe in.
    """
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate("rules => axe.run(document, {runOnly: rules})", _RULES)
    assert len(found["passes"]) > 10, "axe saw no page"
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found["violations"]]


def keep_picture(page: Page, name: str, *, whole: bool = True) -> bytes:
    """Give a PNG of the page, or of what fits the window; PICTURES=folder keeps it there."""
    picture = page.screenshot(full_page=whole)
    if folder := os.environ.get("PICTURES"):
        (Path(folder) / name).write_bytes(picture)
    return picture
