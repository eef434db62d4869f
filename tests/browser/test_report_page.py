"""The report in a real browser: nothing that axe finds fault with, in light and dark, and on paper.

CHECK_PICTURES=folder keeps the pictures; report.png is the one in docs.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.chromium import Chromium, chromium, installed
from tests.support.paths import ROOT
from tests.tools.report.played_day import DAY, ZONE, played_day, write_files
from tools.report.__main__ import main

PROGRAM = installed()
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = pytest.mark.skipif(PROGRAM is None or not AXE.exists(), reason="there is no Chromium, or no axe-core")


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    assert PROGRAM is not None
    with chromium(PROGRAM) as browser:
        yield browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("report")
    files = write_files(played_day().calls, folder)
    assert main([*files, "--day", DAY.isoformat(), "--zone", ZONE, "--output", str(folder / "report.html")]) == 0
    return (folder / "report.html").as_uri()


def kept(name: str, picture: bytes) -> None:
    if folder := os.environ.get("CHECK_PICTURES"):
        (Path(folder) / name).write_bytes(picture)


@pytest.mark.parametrize("width", [360, 1200])
@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_wrong(browser: Chromium, address: str, *, width: int, dark: bool) -> None:
    browser.open(address, width=width, height=900, dark=dark)
    browser.value("document.querySelectorAll('details').forEach((one) => { one.open = true; })")

    browser.ask("Runtime.evaluate", expression=AXE.read_text(encoding="utf-8"))
    run: dict[str, Any] = browser.ask(
        "Runtime.evaluate", expression="axe.run()", awaitPromise=True, returnByValue=True
    )["result"]["value"]

    kept(f"report-{width}-{'dark' if dark else 'light'}.png", browser.picture())
    assert [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in run["violations"]] == []
    assert len(run["passes"]) > 10
    assert browser.value("document.documentElement.scrollWidth") <= width


def test_nothing_is_loaded_beside_the_page_and_nothing_runs(browser: Chromium, address: str) -> None:
    browser.open(address, width=1200, height=900, dark=False)

    assert browser.requests() == [address]
    assert browser.complaints() == []
    assert browser.value("document.scripts.length") == 0


def test_on_paper_every_table_is_unfolded_and_ink_is_on_white(browser: Chromium, address: str) -> None:
    browser.open(address, width=800, height=900, dark=True)
    browser.ask("Emulation.setEmulatedMedia", media="print")

    assert browser.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.value("[...document.querySelectorAll('details table')].every((one) => one.offsetHeight > 0)")


def test_the_picture_of_the_docs_is_small_enough_for_them(browser: Chromium, address: str) -> None:
    browser.open(address, width=1200, height=1400, dark=False)

    picture = browser.picture(whole=False)

    kept("report.png", picture)
    assert len(picture) <= 200 * 1024
