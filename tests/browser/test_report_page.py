"""The report in a real browser: nothing that axe finds fault with, in light and dark, and on paper.

PICTURES=folder keeps the pictures; report.png is the one in docs.
"""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser

from tests.support.browser import axe_violations, keep_picture, needs_chromium, shown
from tests.tools.report.played_day import DAY, ZONE, played_day, write_files
from tools.report.__main__ import main

pytestmark = needs_chromium


DAYS = {"calls": DAY, "no-calls": DAY - timedelta(days=1)}


@pytest.fixture(scope="module", autouse=True)  # before the browser, whose event loop lets the played day have none
def addresses(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("report")
    files = write_files(played_day().calls, folder)
    for name, day in DAYS.items():
        options = ["--day", day.isoformat(), "--zone", ZONE, "--output", str(folder / f"{name}.html")]
        assert main([*files, *options]) == 0
    return {name: (folder / f"{name}.html").as_uri() for name in DAYS}


@pytest.fixture(scope="module")
def address(addresses: dict[str, str]) -> str:
    return addresses["calls"]


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_wrong(
    browser: Browser, addresses: dict[str, str], day: str, *, width: int, dark: bool
) -> None:
    with shown(browser, addresses[day], width=width, dark=dark) as seen:
        seen.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")

        keep_picture(seen.page, f"report-{day}-{width}-{'dark' if dark else 'light'}.png")
        assert axe_violations(seen.page) == []
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width


def test_nothing_is_loaded_beside_the_page_and_nothing_runs(browser: Browser, address: str) -> None:
    with shown(browser, address) as seen:
        assert seen.requests == [address]
        assert seen.complaints == []
        assert seen.page.evaluate("document.scripts.length") == 0


def test_on_paper_every_table_is_unfolded_and_ink_is_on_white(browser: Browser, address: str) -> None:
    with shown(browser, address, width=800, dark=True) as seen:
        seen.page.emulate_media(media="print")

        assert seen.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert seen.page.evaluate(
            "[...document.querySelectorAll('details table')].every((one) => one.offsetHeight > 0)"
        )


def test_the_picture_of_the_docs_is_small_enough_for_them(browser: Browser, address: str) -> None:
    with shown(browser, address, width=1200, height=1400) as seen:
        assert len(keep_picture(seen.page, "report.png", whole=False)) <= 200 * 1024
