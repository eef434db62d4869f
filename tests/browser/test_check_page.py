"""The check page in a real browser: light and dark, phone and desktop, with nothing loaded and nothing run.

CHECK_PICTURES=folder keeps the pictures; check-page.png is the one in docs.
"""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from shared.console.explain import report
from shared.console.explain.explanation import RoutingContext
from shared.console.page.check import page
from shared.console.page.style import POLICY
from shared.core.directory import reader
from shared.core.directory.reader import RouteDefaults
from shared.core.health import Finding, Health
from shared.core.routing.decide import LastResort
from tests.support.chromium import Chromium, chromium, installed
from tests.support.paths import ROOT
from tests.support.servers import Exchange, serving
from tests.support.stack import running_stack
from tests.support.tables import ANNA, BO, BOT, LINE, absence, route, shift, target

PROGRAM = installed()
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="there is no Chromium on this machine")

FRIDAY = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
OFFICE = "Mo-Fr 08:00-17:00; PH off"
DUTY, SECOND, CARA = "+436641234567", "+436641234568", "22bfd41f-550e-477d-8789-f6f7bd2a5e8b"
SUPPORT, EMERGENCY = "8729bdce-046c-4903-86b4-a8f718277e1b", "9829bdce-046c-4903-86b4-a8f718277e1c"
TARGETS = [
    target(ANNA, "office", Name="Anna Berg", Order=10),
    target(BO, "office", Name="Bo Lindqvist", Order=20, Hours="Mo-Th 08:00-17:00"),
    target(CARA, "office", Name="Cara Overflow", Kind="application", Enabled="no"),
    target(DUTY, "oncall", Name="Gerd Maier"),
    target(SECOND, "oncall", Name="Hana Novák"),
    target("+436641234569", "oncall", Name="Ivo Jurić"),
    target("0664 1234560", "oncall", Name="Second duty mobile"),
    target(ANNA, "sales", Name="Anna Berg"),
    target(BO, "sales", Name="Bo Lindqvist"),
]
ROUTES = [
    route("any", "any", Ring="office", Empty="oncall", Hours=OFFICE, Closed="oncall", Timeout=45),
    route("any", "+882", Ring="reject"),
    route("any", "anonymous", Ring="oncall", Empty="oncall", Timeout=5),
    route(LINE, Name="Sales", Ring="sales", Empty="oncall", Pick="random", Hours="Mo-Su 07:00-20:00", Closed="oncall"),
    route(SUPPORT, Name="Support", Ring="office", Empty="office", Hours=OFFICE, Closed="reject"),
    route(EMERGENCY, Name="Emergency", Ring="oncall", Empty="oncall", Protected="yes"),
]
SHIFTS = [
    shift("oncall", "2026-11-16T08:00", "Gerd Maier"),
    shift("oncall", "2026-11-23T08:00", "Hana Novák"),
    shift("oncall", "2026-11-24T18:00", "Gerd Maier", Until="2026-11-25T08:00"),
    shift("oncall", "2026-11-30T08:00", "Ivo Jurić"),
]
AWAY = [absence("Hana Novák", "2026-11-26T12:00", Until="2026-11-26T20:00", Note="dentist")]
FINDINGS = [
    Finding("Settings", Health.OK, "all can be read"),
    Finding("Signing keys", Health.OK, "4 of Microsoft's keys are at hand"),
    Finding(
        "Token for tenant aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee", Health.OK, "Entra gives one, with Calls.Initiate.All"
    ),
    Finding("Table targets", Health.OK, "can be read"),
    Finding(
        "Table calls",
        Health.ERROR,
        "the app may not write it",
        "give the app's identity the role Storage Table Data Contributor on the storage account; "
        "it counts after some minutes",
    ),
    Finding("Graph and the clock", Health.OK, "Graph answers, and its clock is ours"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    assert PROGRAM is not None
    with chromium(PROGRAM) as browser:
        yield browser


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve the page as the app does, with its policy, at a time that does not pass."""
    vienna = RouteDefaults(ZoneInfo("Europe/Vienna"), "AT")
    directory = reader.read_directory(TARGETS, ROUTES, BOT, (), vienna, shifts=SHIFTS, away=AWAY)
    rules = RoutingContext(directory, LastResort(BOT), "https://bot.contoso.com")
    asked = report.answered({"called": "Support", "caller": "+436641", "at": "2026-11-26T19:00"}, FRIDAY, rules)
    html = page(report.build_report(FRIDAY, FINDINGS, rules, asked=asked))

    def answer(exchange: Exchange) -> None:
        exchange.reply(200, html, "Content-Type: text/html; charset=utf-8", f"Content-Security-Policy: {POLICY}")

    with serving(answer) as server:
        yield f"{server.url}/api/check"


def kept(name: str, picture: bytes) -> None:
    if folder := os.environ.get("CHECK_PICTURES"):
        (Path(folder) / name).write_bytes(picture)


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("dark", [False, True])
def test_the_page_fits_its_screen_and_wears_its_scheme(
    browser: Chromium, address: str, *, width: int, dark: bool
) -> None:
    browser.open(address, width=width, height=900, dark=dark)

    kept(f"check-{width}-{'dark' if dark else 'light'}.png", browser.picture())
    assert browser.value("document.documentElement.scrollWidth") <= width
    red, green, blue = map(int, browser.value("getComputedStyle(document.body).backgroundColor")[4:-1].split(","))
    assert (max(red, green, blue) < 60) is dark
    assert (min(red, green, blue) > 200) is not dark


def test_the_picture_of_the_docs_is_small_enough_for_them(browser: Chromium, address: str) -> None:
    browser.open(address, width=1200, height=1150, dark=False)

    picture = browser.picture(whole=False)

    kept("check-page.png", picture)
    assert len(picture) <= 200 * 1024


def test_nothing_is_loaded_beside_the_page_and_nothing_is_refused(browser: Chromium, address: str) -> None:
    browser.open(address, width=1440, height=900, dark=False)

    # What the browser draws into its own control for a date is no request.
    asked = [url for url in browser.requests() if not url.endswith("/favicon.ico") and not url.startswith("data:")]
    assert asked == [address]
    assert browser.complaints() == []
    assert browser.value("document.scripts.length") == 0


CONTRAST = """
(() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[0-9.]+/g).map(Number).map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (one) => {
    const colour = getComputedStyle(one).backgroundColor;
    return colour === "rgba(0, 0, 0, 0)" && one.parentElement ? ground(one.parentElement) : colour;
  };
  const texts = [...document.querySelectorAll("body *")].filter((one) => [...one.childNodes]
    .some((node) => node.nodeType === 3 && node.data.trim()));
  return Math.min(...texts.map((one) => {
    const [a, b] = [light(getComputedStyle(one).color), light(ground(one))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }));
})()
"""


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_can_be_told_from_its_ground(browser: Chromium, address: str, *, dark: bool) -> None:
    browser.open(address, width=1440, height=900, dark=dark)

    # https://www.w3.org/TR/WCAG22/#contrast-minimum
    assert browser.value(CONTRAST) >= 4.5


def test_a_screen_reader_hears_headings_and_lists_in_order(browser: Chromium, address: str) -> None:
    browser.open(address, width=360, height=900, dark=False)

    nodes: list[dict[str, Any]] = browser.ask("Accessibility.getFullAXTree")["nodes"]
    headings = [node["name"]["value"] for node in nodes if node.get("role", {}).get("value") == "heading"]
    roles = {node.get("role", {}).get("value") for node in nodes}
    assert headings[1] == "What is wrong"
    assert headings.index("Who rings now") < headings.index("Seven days") < headings.index("The app")
    assert {"main", "banner", "contentinfo", "navigation", "list", "term", "definition"} <= roles
    assert {"table", "rowheader", "columnheader", "cell", "form", "combobox", "textbox", "button"} <= roles | {"form"}


AXE_RUN = "axe.run().then((all) => JSON.stringify(all.violations.map((one) => [one.id, one.nodes[0].html])))"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"


@pytest.mark.parametrize(("width", "dark"), [(360, False), (360, True), (1440, False), (1440, True)])
def test_axe_finds_nothing(browser: Chromium, address: str, *, width: int, dark: bool) -> None:
    browser.open(address, width=width, height=900, dark=dark)

    browser.ask("Runtime.evaluate", expression=AXE.read_text(encoding="utf-8"))
    said = browser.ask(
        "Runtime.evaluate",
        expression=AXE_RUN,
        awaitPromise=True,
    )

    assert json.loads(said["result"]["value"]) == []


def test_on_a_phone_the_days_of_a_line_stand_below_each_other(browser: Chromium, address: str) -> None:
    browser.open(address, width=360, height=900, dark=False)

    assert browser.value("getComputedStyle(document.querySelector('.week td .day')).display") == "block"
    assert browser.value("Math.max(...[...document.querySelectorAll('.week td')].map((one) => one.offsetWidth))") <= 360
    browser.open(address, width=1440, height=900, dark=False)
    assert browser.value("getComputedStyle(document.querySelector('.week td .day')).display") == "none"


def test_on_paper_it_is_ink_on_white(browser: Chromium, address: str) -> None:
    browser.open(address, width=800, height=900, dark=True)
    browser.ask("Emulation.setEmulatedMedia", media="print")

    assert browser.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.value("getComputedStyle(document.querySelector('nav')).display") == "none"


def test_a_hostile_row_of_the_real_app_runs_nothing(browser: Chromium) -> None:
    hostile = "<img src=x onerror=document.title='owned'><script>document.title='owned'</script>"
    with running_stack(targets=[target(ANNA, Name=hostile), target(BO, "<b>x", Name=hostile)]) as stack:
        browser.open(f"{stack.host.url}/api/check", width=1440, height=900, dark=False)

        assert requests.get(f"{stack.host.url}/api/check", timeout=15).status_code == 200
        assert browser.value("document.title") != "owned"
        assert browser.value("document.images.length") == 0
        assert hostile in browser.value("document.body.innerText")
