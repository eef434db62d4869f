"""The check page in a real browser, in each of its states: light and dark, phone and desktop, and nothing runs in it.

PICTURES=folder keeps the pictures; check-page.png is the one in docs.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page

from shared.console.doctor import wrong_settings
from shared.console.explain import report
from shared.console.explain.explanation import RoutingContext
from shared.console.explain.report import Report
from shared.console.page.check import page
from shared.console.page.style import POLICY
from shared.core.directory import reader
from shared.core.directory.reader import RouteDefaults
from shared.core.health import Finding, Health
from shared.core.routing.decide import LastResort
from tests.support.browser import axe_violations, keep_picture, needs_chromium, shown
from tests.support.servers import Exchange, serving
from tests.support.stack import running_stack
from tests.support.tables import ANNA, BO, BOT, LINE, absence, route, shift, target

pytestmark = needs_chromium

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


ASKED = {"called": "Support", "caller": "+436641", "at": "2026-11-26T19:00"}


def check(
    targets: list[dict[str, Any]],
    routes: list[dict[str, Any]],
    asked: dict[str, str] | None = None,
    *,
    findings: Sequence[Finding] = FINDINGS,
    shifts: Sequence[dict[str, Any]] = (),
    away: Sequence[dict[str, Any]] = (),
    **options: Any,
) -> bytes:
    """Make the page of these tables, at a time that does not pass."""
    vienna = RouteDefaults(ZoneInfo("Europe/Vienna"), "AT")
    directory = reader.read_directory(targets, routes, BOT, (), vienna, shifts=shifts, away=away)
    rules = RoutingContext(directory, LastResort(BOT), "https://bot.contoso.com")
    answer = report.answered(asked, FRIDAY, rules) if asked else None
    return page(report.build_report(FRIDAY, findings, rules, asked=answer, **options))


ROTA: dict[str, Any] = {"shifts": SHIFTS, "away": AWAY}
STATES = {
    "answer": check(TARGETS, ROUTES, ASKED, **ROTA),
    "rejected": check(TARGETS, ROUTES, ASKED | {"caller": "+8821"}),
    "unclear": check(TARGETS, ROUTES, ASKED | {"caller": "0664"}),
    "one-line": check(TARGETS, ROUTES, line=EMERGENCY, **ROTA),
    "many-problems": check([*TARGETS, *(target(f"0664 {n}", "office") for n in range(30))], ROUTES, most=2),
    "nobody-rings": check([], [route(LINE, Ring="office")]),
    "well": check([target(ANNA, "office")], [route(LINE, Ring="office")], findings=FINDINGS[:4]),
    "never-read": page(report.build_report(FRIDAY, FINDINGS, None)),
    "misconfigured": page(Report(FRIDAY, wrong_settings(["PUBLIC_BASE_URL is missing", "BOT_APP_ID is no id"]))),
}


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """Serve each state at its name, with the policy that the app sends."""

    def answer(exchange: Exchange) -> None:
        html = STATES.get(exchange.path.removeprefix("/"))
        headers = ("Content-Type: text/html; charset=utf-8", f"Content-Security-Policy: {POLICY}")
        exchange.reply(200 if html else 404, html or b"", *headers)

    with serving(answer) as server:
        yield server.url


@pytest.fixture(scope="module")
def address(served: str) -> str:
    return f"{served}/answer"


SCREENS = [(state, *screen) for state in STATES for screen in ((360, False), (1440, True))]


@pytest.mark.parametrize(("state", "width", "dark"), [*SCREENS, ("answer", 360, True), ("answer", 1440, False)])
def test_axe_finds_nothing_in_any_state_on_any_screen(
    browser: Browser, served: str, state: str, *, width: int, dark: bool
) -> None:
    with shown(browser, f"{served}/{state}", width=width, dark=dark) as seen:
        seen.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")

        keep_picture(seen.page, f"check-{state}-{width}-{'dark' if dark else 'light'}.png")
        assert axe_violations(seen.page) == []
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        red, green, blue = map(int, style(seen.page, "body", "backgroundColor")[4:-1].split(","))
        assert (max(red, green, blue) < 60) is dark
        assert (min(red, green, blue) > 200) is not dark


def style(page: Page, selector: str, name: str) -> str:
    """Give what the browser makes of a style of the first such element."""
    value: str = page.evaluate("([at, name]) => getComputedStyle(document.querySelector(at))[name]", [selector, name])
    return value


def test_the_picture_of_the_docs_is_small_enough_for_them(browser: Browser, address: str) -> None:
    with shown(browser, address, width=1200, height=1150) as seen:
        assert len(keep_picture(seen.page, "check-page.png", whole=False)) <= 200 * 1024


@pytest.mark.parametrize("state", STATES)
def test_nothing_is_loaded_beside_the_page_and_nothing_is_refused(browser: Browser, served: str, state: str) -> None:
    with shown(browser, f"{served}/{state}") as seen:
        # What the browser draws into its own control for a date is no request.
        assert [url for url in seen.requests if not url.startswith("data:")] == [f"{served}/{state}"]
        assert seen.complaints == []
        assert seen.page.evaluate("document.scripts.length") == 0


def test_a_script_that_got_into_the_page_is_refused_by_its_policy(browser: Browser, address: str) -> None:
    with shown(browser, address) as seen:
        seen.page.evaluate("""() => {
            const script = document.createElement("script");
            script.textContent = "document.title = 'owned'";
            document.body.append(script);
        }""")

        assert seen.page.title() != "owned"
        assert "Content Security Policy" in seen.complaints[0]


def test_a_screen_reader_hears_headings_and_lists_in_order(browser: Browser, address: str) -> None:
    with shown(browser, address, width=360) as seen:
        headings = seen.page.get_by_role("heading", level=2).all_inner_texts()
        assert headings == [
            "What is wrong",
            "Who rings now",
            "Seven days",
            "The last 24 hours",
            "Ask about a call",
            "The app",
        ]
        roles: list[Any] = ["main", "banner", "contentinfo", "navigation", "list", "term", "definition"]
        roles += ["table", "rowheader", "columnheader", "cell", "combobox", "textbox"]
        assert [role for role in roles if not seen.page.get_by_role(role).count()] == []
        assert seen.page.get_by_role("button", name="Who would ring?").count() == 1


def test_on_a_phone_the_days_of_a_line_stand_below_each_other(browser: Browser, address: str) -> None:
    with shown(browser, address, width=360) as phone:
        assert style(phone.page, ".week td .day", "display") == "block"
    with shown(browser, address, width=1440) as desktop:
        assert style(desktop.page, ".week td .day", "display") == "none"


def test_on_paper_it_is_ink_on_white(browser: Browser, address: str) -> None:
    with shown(browser, address, width=800, dark=True) as seen:
        seen.page.emulate_media(media="print")

        assert style(seen.page, "body", "backgroundColor") == "rgb(255, 255, 255)"
        assert style(seen.page, "nav", "display") == "none"


def test_a_hostile_row_of_the_real_app_runs_nothing_and_a_form_that_is_sent_is_answered(browser: Browser) -> None:
    hostile = "<img src=x onerror=document.title='owned'><script>document.title='owned'</script>"
    with (
        running_stack(targets=[target(ANNA, Name=hostile), target(BO, "<b>x", Name=hostile)]) as stack,
        shown(browser, f"{stack.host.url}/api/check") as seen,
    ):
        seen.page.get_by_label("Caller").fill("+436641234567")
        seen.page.get_by_role("button", name="Who would ring?").click()
        seen.page.get_by_role("article").get_by_role("heading", name="by route").wait_for()

        assert axe_violations(seen.page) == []
        assert seen.page.title() != "owned"
        assert seen.page.evaluate("document.images.length") == 0
        assert hostile in seen.page.inner_text("body")
