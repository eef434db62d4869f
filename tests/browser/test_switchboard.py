"""The switchboard in a real browser: calls by mouse and by keyboard, its switches and clock, light and dark, narrow.

PICTURES=folder keeps the pictures; switchboard.png is the one in docs.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from local.demo.stack import Ports, running_stack
from local.microsoft.identity.token_forms import TokenForm
from local.switchboard.serving import running_switchboard
from tests.support.browser import Shown, axe_violations, keep_picture, needs_chromium, shown
from tests.support.switchboard import TOKEN, World, running_world

pytestmark = needs_chromium

HOSTILE = "<img src=x onerror=\"document.title='mine'\"><script>document.title='mine'</script>"
PATIENCE = 30_000
SWITCHES = (
    "Graph is slow",
    "Graph is busy",
    "Graph is silent",
    "Graph refuses one person",
    "Microsoft rotates its keys",
    "The tables are away",
    "The app dies mid-call",
)

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with running_world() as world:
        yield world


@pytest.fixture
def open_page(browser: Browser, world: World) -> Iterator[Shown]:
    with shown(browser, world.address) as open_page:
        ready(open_page.page)
        yield open_page
        quiet(open_page.page)


@pytest.fixture
def page(open_page: Shown) -> Page:
    return open_page.page


def ready(page: Page) -> None:
    expect(page.locator("#lines small").first).to_contain_text("Rings now")


def quiet(page: Page) -> None:
    """Leave the world as it was: no call under way, no neighbour unkind."""
    for button in ("All kind again", "End all calls"):
        if page.get_by_role("button", name=button).is_enabled():
            page.get_by_role("button", name=button).click()
            expect(page.get_by_role("button", name=button)).to_be_disabled()


def choose(page: Page, line: str) -> None:
    page.locator("#lines label", has_text=line).click()


def call(page: Page, line: str = "Sales") -> None:
    """Place a call, and wait until the page draws it."""
    placed = page.locator("#calls li").count()
    choose(page, line)
    page.get_by_role("button", name=f"Call {line}", exact=True).click()
    expect(page.locator("#calls li")).to_have_count(placed + 1)
    expect(page.locator("#which")).to_contain_text(page.locator("#calls .number").first.inner_text())


def ringing(page: Page) -> Locator:
    return page.locator(".phone.ringing")


def station(page: Page, name: str) -> Locator:
    return page.locator("#stations li", has_text=name)


def test_who_has_never_seen_it_places_a_call_with_one_click(open_page: Shown) -> None:
    page = open_page.page
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("#call")).to_be_hidden()

    page.locator("#place").click()

    expect(ringing(page)).to_have_count(2)
    expect(page.locator("#headline")).to_contain_text("2 phones ring for Sales")
    expect(page.locator("#window-said")).to_contain_text("answered after")
    expect(station(page, "Graph")).to_have_class("good")
    expect(station(page, "Ringing")).to_have_class("waits")
    assert open_page.complaints == []
    assert "#" not in page.url


def test_a_call_is_picked_up_talked_and_ended(page: Page) -> None:
    call(page)
    page.get_by_role("button", name="Pick up: Mia Huber").click()

    expect(page.locator("#headline")).to_have_text("Mia Huber has picked up.")
    expect(station(page, "Record")).to_have_class("good")
    page.get_by_role("button", name="Hang up: Mia Huber").click()

    expect(page.locator("#calls .chip").first).to_have_text("answered")
    page.get_by_text("The record of this call").click()
    expect(page.locator("#record")).to_contain_text("answered")
    page.get_by_text("What the app logged of this call").click()
    expect(page.locator("#events")).to_contain_text("call.redirected")


def test_phones_are_declined_busy_and_left_to_ring(page: Page) -> None:
    call(page)
    page.get_by_role("button", name="Decline: Mia Huber").click()
    expect(page.get_by_role("group", name="Mia Huber declined")).to_be_visible()
    expect(ringing(page)).to_have_count(1)

    page.get_by_role("button", name="Busy: Noah Wolf").click()

    expect(page.locator("#headline")).to_have_text("Busy.")


def test_twenty_five_phones_ring_and_one_is_picked_up(page: Page) -> None:
    call(page, "Everybody")
    expect(ringing(page)).to_have_count(25)

    page.get_by_role("button", name="Pick up: Yuri").click()

    expect(page.locator("#headline")).to_have_text("Yuri has picked up.")
    expect(ringing(page)).to_have_count(0)


def test_the_caller_hangs_up(page: Page) -> None:
    call(page)
    page.get_by_role("button", name="The caller hangs up").click()

    expect(page.locator("#headline")).to_have_text("The caller hung up.")


@pytest.mark.parametrize(
    ("who", "told"),
    [
        ("A colleague in Teams", "Cy Holt"),
        ("Somebody who withholds the number", "withholds the number"),
        ("Somebody whose call was forwarded here", "was forwarded"),
    ],
)
def test_every_kind_of_caller_calls(page: Page, who: str, told: str) -> None:
    page.get_by_label("Who calls?").select_option(who)
    call(page)

    expect(page.locator("#steps")).to_contain_text(told)
    expect(ringing(page).first).to_be_visible()


def test_who_forwarded_the_call_is_left_out_and_it_is_said_why(page: Page) -> None:
    page.get_by_label("Who calls?").select_option("Somebody whose call was forwarded here")
    page.get_by_label("Forwarded by").select_option("Mia Huber (sales)")
    call(page)

    expect(page.locator("#left-out")).to_have_text("Left out: Mia Huber (forwarded the call here).")
    expect(ringing(page)).to_have_count(1)


def test_a_number_that_is_none_is_said_so(page: Page) -> None:
    page.get_by_label("The caller's number").fill("12")
    page.locator("#place").click()

    expect(page.get_by_role("alert")).to_contain_text("country code")


def test_somebody_is_switched_off_and_on_again(page: Page) -> None:
    page.get_by_role("switch", name="Mia Huber").click()
    expect(page.get_by_role("switch", name="Mia Huber")).not_to_be_checked()
    expect(page.locator("#lines label", has_text="Sales")).not_to_contain_text("Mia")

    page.get_by_role("switch", name="Mia Huber").click()

    expect(page.locator("#lines label", has_text="Sales")).to_contain_text("Mia")


def test_twenty_calls_at_once(page: Page) -> None:
    choose(page, "Sales")
    page.get_by_role("button", name="20 calls at once").click()

    expect(page.locator("#calls .chip", has_text="ringing")).to_have_count(20)
    page.get_by_role("button", name="End all calls").click()

    expect(page.locator("#calls .chip", has_text="ringing")).to_have_count(0)
    expect(page.get_by_role("button", name="End all calls")).to_be_disabled()


def turn(page: Page, switch: str) -> None:
    page.get_by_role("switch", name=switch).click()
    expect(page.get_by_role("switch", name=switch)).to_be_checked()


def test_slow_graph_is_seen(page: Page) -> None:
    turn(page, "Graph is slow")
    call(page)

    expect(page.locator("#steps .who-graph").first).to_be_visible()
    expect(station(page, "Graph")).to_have_class("waits")
    expect(station(page, "Graph")).to_have_class("good")
    expect(ringing(page)).to_have_count(2)


def test_busy_graph_is_asked_until_it_takes_the_call(page: Page) -> None:
    turn(page, "Graph is busy")
    call(page)

    expect(ringing(page)).to_have_count(2)
    expect(page.locator("#steps li.bad", has_text="429")).to_have_count(2)


def test_silent_graph_loses_the_call(page: Page) -> None:
    turn(page, "Graph is silent")
    call(page)

    expect(page.locator("#headline")).to_contain_text("The call is lost")
    expect(page.locator("#bar")).to_have_class("bar bad")


def test_a_refused_person_is_left_out(page: Page) -> None:
    page.get_by_label("Who is refused?").select_option("Mia Huber (sales)")
    turn(page, "Graph refuses one person")
    call(page)

    expect(page.locator("#left-out")).to_contain_text("Mia Huber")
    expect(ringing(page)).to_have_count(1)
    expect(page.locator("#steps")).to_contain_text("403/7505")


def test_new_keys_are_fetched(page: Page) -> None:
    turn(page, "Microsoft rotates its keys")
    call(page)

    expect(ringing(page)).to_have_count(2)
    expect(page.locator("#steps")).to_contain_text("fetches Microsoft's keys")


def test_with_the_tables_away_phones_ring_all_the_same(page: Page) -> None:
    turn(page, "The tables are away")
    call(page)

    expect(ringing(page)).to_have_count(2)
    expect(station(page, "Claim")).to_have_class("bad")
    page.get_by_role("button", name="Pick up: Mia Huber").click()
    expect(page.locator("#steps")).to_contain_text("The record waits in the log")


def test_an_app_that_dies_in_the_middle_is_started_anew_and_told_again(page: Page) -> None:
    turn(page, "The app dies mid-call")
    call(page)

    for title in ("The app is killed", "The app is up again", "Microsoft tells the app once more"):
        expect(page.locator("#steps")).to_contain_text(title)
    # How fast an app starts is the machine's to say.
    expect(page.locator("#headline")).to_contain_text(re.compile("2 phones ring|The call is lost"))


def test_all_switches_are_put_back_at_once(page: Page) -> None:
    for switch in SWITCHES:
        turn(page, switch)

    page.get_by_role("button", name="All kind again").click()

    for switch in SWITCHES:
        expect(page.get_by_role("switch", name=switch)).not_to_be_checked()


def set_clock(page: Page, local: str) -> None:
    page.get_by_label("Date and time").fill(local)
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.locator("#zone")).to_contain_text("set by hand")


def test_the_clock_decides_who_rings(page: Page) -> None:
    support = page.locator("#lines label", has_text="Support")
    page.get_by_role("button", name="Tuesday, 10:00").click()
    expect(page.locator("#now")).to_contain_text(re.compile("Tuesday .*, 10:00"))

    set_clock(page, "2027-03-02T10:00")
    expect(page.locator("#now")).to_contain_text("Tuesday 2 March 2027, 10:00")
    expect(support).to_contain_text("Anna Berg")

    set_clock(page, "2026-12-24T20:00")
    expect(page.locator("#now")).to_contain_text("Thursday 24 December 2026, 20:00")
    expect(support).to_contain_text("Hana Novak")
    call(page, "Support")
    expect(ringing(page)).to_have_count(1)

    page.get_by_role("button", name="This machine's time").click()
    expect(page.locator("#zone")).to_contain_text("as on this machine")


def test_a_call_is_placed_and_picked_up_by_keyboard_alone(page: Page) -> None:
    while page.evaluate("document.activeElement.id") != "place":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(ringing(page)).to_have_count(2)
    expect(page.locator("#live")).to_contain_text("2 phones ring")

    while page.evaluate("document.activeElement.getAttribute('aria-label')") != "Pick up: Noah Wolf":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.locator("#live")).to_contain_text("Noah Wolf has picked up")
    expect(page.get_by_role("button", name="Hang up: Noah Wolf")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#calls .chip").first).to_have_text("answered")
    expect(page.get_by_role("group", name="Noah Wolf has talked")).to_be_focused()


def test_focus_stays_where_it_is_while_the_page_changes(page: Page) -> None:
    turn(page, "Graph is slow")
    switch = page.get_by_role("switch", name="Graph is slow")
    expect(switch).to_be_focused()

    call(page)
    page.get_by_role("button", name="Decline: Noah Wolf").focus()
    page.get_by_role("button", name="Pick up: Mia Huber").evaluate("button => button.click()")

    expect(page.locator("#headline")).to_have_text("Mia Huber has picked up.")
    expect(page.get_by_role("group", name="Noah Wolf stopped ringing")).to_be_focused()


def test_a_hostile_name_is_text_everywhere(open_page: Shown, world: World) -> None:
    page = open_page.page
    row = {"PartitionKey": "sales", "RowKey": "+12345678902", "Name": HOSTILE, "Enabled": True}
    world.stack.tables.put("targets", row)
    expect(page.locator("#people")).to_contain_text(HOSTILE)
    expect(page.locator("#lines")).to_contain_text("onerror")

    call(page)
    page.get_by_role("button", name=f"Pick up: {HOSTILE}").click()

    expect(page.locator("#headline")).to_contain_text("has picked up")
    assert page.title() == "Switchboard · Call Redirect"
    assert page.locator("main img, main script").count() == 0
    assert open_page.complaints == []
    world.stack.tables.put("targets", row | {"Name": "A spare phone", "Enabled": False})


def test_without_its_token_the_page_says_where_to_find_it(browser: Browser, world: World) -> None:
    with shown(browser, world.url) as stranger:
        page = stranger.page
        expect(page.locator("#note")).to_contain_text("open the one that")
        page.get_by_role("button", name="Call", exact=True).click()
        expect(page.locator("#problem")).to_be_visible()

        page.goto(world.address)

        ready(page)
        expect(page.locator("#problem")).to_be_hidden()


def test_a_reload_keeps_the_token_and_shows_the_newest_call_again(page: Page) -> None:
    call(page)
    call(page)
    count, which = page.locator("#calls li").count(), page.locator("#which").inner_text()

    page.reload()

    expect(page.locator("#calls li")).to_have_count(count)
    expect(page.locator("#which")).to_have_text(which)
    expect(ringing(page)).to_have_count(2)
    expect(page.locator("#note")).to_be_hidden()


def test_an_open_page_finds_its_way_back_and_says_what_has_gone(browser: Browser) -> None:
    with running_stack(Ports(0, 0, 0, 0, 0), forms=tuple(TokenForm)) as stack, ExitStack() as first:
        address = first.enter_context(running_switchboard(stack, TOKEN))
        with shown(browser, address) as open_page:
            page = open_page.page
            ready(page)
            call(page)
            first.close()
            expect(page.locator("#note")).to_contain_text("As soon as `make run` is up again")

            port = int(address.partition("/#")[0].rpartition(":")[2])
            with running_switchboard(stack, TOKEN, port) as again:
                assert again == address
                expect(page.locator("#note")).to_contain_text("started anew")
                expect(page.locator("#calls li")).to_have_count(0)
                call(page)
                expect(ringing(page)).to_have_count(2)


def test_a_page_of_another_site_drives_nothing(browser: Browser, world: World) -> None:
    with shown(browser, world.stack.app.url) as elsewhere:
        before = len(world.stack.microsoft.seen("graph"))
        asked = f"""async () => {{
            const options = {{method: "POST", headers: {{"X-Switchboard-Token": "0".repeat(32),
                "Content-Type": "application/json"}}, body: "{{}}"}};
            const tries = [fetch("{world.url}/api/end-all", options),
                fetch("{world.url}/api/end-all", {{method: "POST", body: "{{}}"}}), fetch("{world.url}/api/events")];
            return (await Promise.allSettled(tries)).map((one) => one.status);
        }}"""

        assert elsewhere.page.evaluate(asked) == ["rejected"] * 3
        assert len(world.stack.microsoft.seen("graph")) == before


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_page_fits_its_screen_and_axe_finds_nothing(
    browser: Browser, world: World, *, width: int, dark: bool
) -> None:
    with shown(browser, world.address, width=width, dark=dark) as open_page:
        page = open_page.page
        ready(page)
        assert axe_violations(page) == []
        name = f"switchboard-{width}-{'dark' if dark else 'light'}"

        turn(page, "Graph is busy")
        call(page, "Everybody")
        expect(ringing(page)).to_have_count(25)
        assert axe_violations(page) == []
        keep_picture(page, f"{name}-ringing.png")
        page.get_by_role("button", name="Pick up: Ada").click()
        expect(station(page, "Record")).to_have_class("good")
        page.get_by_text("The record of this call").click()
        page.get_by_text("What the app logged of this call").click()
        page.locator("#place").focus()

        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert axe_violations(page) == []
        assert open_page.complaints == []
        keep_picture(page, f"{name}.png")
        quiet(page)


def test_the_picture_of_the_docs_is_of_a_call_that_rings(browser: Browser, world: World) -> None:
    with shown(browser, world.address, width=1280, height=860) as open_page:
        page = open_page.page
        ready(page)
        page.get_by_label("Who calls?").select_option("Somebody whose call was forwarded here")
        page.get_by_label("Forwarded by").select_option("Anna Berg (office)")
        set_clock(page, "2027-03-02T10:00")
        expect(page.locator("#lines label", has_text="Support")).to_contain_text("Anna Berg")
        call(page, "Support")
        expect(ringing(page)).to_have_count(2)
        page.evaluate("scrollTo(0, 0)")

        picture = keep_picture(page, "switchboard.png", whole=False)

        assert len(picture) < 200_000
        page.get_by_role("button", name="This machine's time").click()
        expect(page.locator("#zone")).to_contain_text("as on this machine")
