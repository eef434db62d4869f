"""The check and the question who rings, asked over HTTP of the running app; and the `problems` that it writes."""

import re
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from local.microsoft.exchange.call_script import Identity, IncomingCall
from local.microsoft.simulator import Microsoft
from local.processes import running_host
from tests.support.nowhere import NOWHERE, STORAGE_NOWHERE
from tests.support.stack import BASE_URL, Stack, running_stack, seed, today
from tests.support.tables import ANNA, BO, LINE, SECOND_LINE, route, target

MOBILE = "+12345678901"
TARGETS = [
    target(ANNA, Name="Anna Berg"),
    target(MOBILE, Name="<script>alert(1)</script>", Enabled="no"),
    target("0664123456"),
    target(BO, "sales", Name="Bo"),
]
ROUTES = [route(LINE, Ring="sales", Timeout=5), route(SECOND_LINE, Ring="slaes"), route("any", "+882", Ring="reject")]


ADDRESS = re.compile(r"127\.0\.0\.1:\d+")


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack(targets=TARGETS, routes=ROUTES, forms=()) as stack:
        yield stack


def check(stack: Stack, accept: str = "application/json", **query: str) -> requests.Response:
    return requests.get(f"{stack.host.url}/api/check", params=query, headers={"Accept": accept}, timeout=15)


def who(stack: Stack, **question: str) -> dict[str, Any]:
    answer = requests.post(f"{stack.host.url}/api/who", json=question, timeout=15)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_browser_gets_a_page_that_nothing_can_spoil(stack: Stack) -> None:
    answer = check(stack, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert "<script" not in answer.text
    assert "&lt;script&gt;" in answer.text


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/json", "application/json"),
        ("application/json, text/html", "application/json"),
        ("text/html, application/json", "text/html"),
        ("*/*", "text/html"),
    ],
)
def test_json_comes_to_whoever_asks_for_it_first(stack: Stack, accept: str, kind: str) -> None:
    answer = check(stack, accept)

    assert answer.headers["Content-Type"].partition(";")[0] == kind
    assert answer.headers["Vary"] == "Accept"


def test_the_check_says_which_build_answers(stack: Stack) -> None:
    assert check(stack).json()["build"] == "dev"
    assert "build <code><bdi>dev</bdi></code>" in check(stack, "text/html").text


def test_the_check_names_what_is_wrong_and_who_rings(stack: Stack) -> None:
    found = check(stack).json()

    wrong = [(one["level"], one["table"], one["row"], one["column"]) for one in found["problems"]]
    assert [one[0] for one in wrong] == sorted(one[0] for one in wrong)
    assert ("error", "targets", "default/0664123456", "RowKey") in wrong
    assert ("error", "routes", f"{SECOND_LINE}/any", "Ring") in wrong
    assert ("warning", "routes", f"{LINE}/any", "Timeout") in wrong
    rings = {line["line"]: [one["id"] for one in line["rules"][0]["rings"]] for line in found["lines"]}
    assert rings == {"any": [ANNA], LINE: [BO], SECOND_LINE: [ANNA]}


def test_the_check_counts_the_calls_of_the_last_day(stack: Stack) -> None:
    calls = stack.tables.create_table_if_not_exists("calls")
    now = datetime.now(UTC)
    for key, outcome in (("a", "busy"), ("b", "answered")):
        row = {"PartitionKey": today(), "RowKey": f"check-{key}", "Called": LINE, "Outcome": outcome, "ReceivedAt": now}
        calls.upsert_entity(row)

    (line,) = check(stack, line=LINE).json()["last_day"]["lines"]

    assert (line["line"], line["answered"] >= 1, line["missed"] >= 1) == (LINE, True, True)
    assert "The last 24 hours" in check(stack, "text/html").text


@pytest.mark.usefixtures("in_every_form")
def test_a_line_without_a_name_is_called_by_what_its_call_was_told(stack: Stack) -> None:
    with_rows, without = str(uuid.uuid4()), str(uuid.uuid4())
    desk, reception = f"Desk {with_rows[-6:]}", f"Reception {without[-6:]}"
    seed(stack.tables, "routes", [route(with_rows, Ring="sales")])
    for line, name in ((with_rows, desk), (without, reception)):
        stack.microsoft.exchange.ring(IncomingCall(called=Identity("applicationInstance", line, name))).wait()

    (shown,) = check(stack, line=desk.upper()).json()["lines"]
    told = [who(stack, called=asked)["line"] for asked in (desk, with_rows, reception, without, LINE)]

    stack.tables.get_table_client("routes").delete_entity(with_rows, "any")
    assert (shown["line"], shown["name"]) == (with_rows, f"{desk} ({with_rows[:8]})")
    assert told == [desk, desk, reception, reception, LINE[:8]]


def test_the_doctor_finds_this_world_well_but_for_the_fallback(stack: Stack) -> None:
    found = {one["part"]: one for one in check(stack).json()["doctor"]}

    assert [part for part, one in found.items() if one["health"] != "ok"] == ["Settings"]
    assert "FALLBACK_TARGETS" in found["Settings"]["do"]
    assert "Calls.Initiate.All" in next(one["said"] for part, one in found.items() if part.startswith("Token"))


def test_one_line_can_be_asked_for_alone(stack: Stack) -> None:
    assert [line["line"] for line in check(stack, line=LINE.upper()).json()["lines"]] == [LINE]


def test_one_line_can_be_asked_for_by_its_name(stack: Stack) -> None:
    line = str(uuid.uuid4())
    seed(stack.tables, "routes", [route(line, Name="Night desk", Ring="sales")])

    answer = check(stack, line="night DESK")

    stack.tables.get_table_client("routes").delete_entity(line, "any")
    assert [one["line"] for one in answer.json()["lines"]] == [line]


def test_a_line_that_is_none_is_400_in_the_one_shape_of_errors(stack: Stack) -> None:
    answer = check(stack, line="+43664123456")

    assert (answer.status_code, answer.json()["error"]["reason"]) == (400, "question_unclear")
    assert "43664123456" not in answer.text


def test_an_edit_shows_at_the_next_look(stack: Stack) -> None:
    before = check(stack).json()["directory"]
    line = str(uuid.uuid4())
    seed(stack.tables, "routes", [route(line, Ring="sales")])

    after = check(stack).json()

    stack.tables.get_table_client("routes").delete_entity(line, "any")
    assert after["directory"] != before
    assert line in [one["line"] for one in after["lines"]]


@pytest.mark.usefixtures("in_every_form")
def test_who_tells_the_very_body_that_a_real_call_sends(stack: Stack) -> None:
    told = who(stack, called=LINE, caller="+43664123456")
    sent_before = len(stack.microsoft.seen("graph"))

    call = stack.microsoft.exchange.ring(IncomingCall(called=Identity("applicationInstance", LINE))).wait()

    (sent,) = stack.sent(call.id)
    assert told["action"] == "redirect"
    assert told["body"] | {"callbackUri": ""} == sent | {"callbackUri": ""}
    assert told["body"]["callbackUri"].rpartition("/")[0] == sent["callbackUri"].rpartition("/")[0]
    assert len(stack.microsoft.seen("graph")) == sent_before + 1


def test_who_names_those_who_do_not_ring(stack: Stack) -> None:
    told = who(stack, called="any", caller="anonymous")

    assert [one["id"] for one in told["rings"]] == [ANNA]
    assert [(one["id"], one["why"]) for one in told["skipped"]] == [(MOBILE, "disabled")]


def test_who_sends_nothing_and_writes_no_number_into_the_log(stack: Stack) -> None:
    rows = len(list(stack.tables.get_table_client("targets").list_entities()))

    who(stack, caller="+8821234567")
    requests.post(f"{stack.host.url}/api/who", json={"caller": "08821234567"}, timeout=15)

    assert len(list(stack.tables.get_table_client("targets").list_entities())) == rows
    assert "8821234567" not in "\n".join([*stack.host.log, *stack.host.printed])


def test_who_refuses_what_it_cannot_answer(stack: Stack) -> None:
    answer = requests.post(f"{stack.host.url}/api/who", data=b"[]", timeout=15)

    assert (answer.status_code, answer.json()["error"]["reason"]) == (400, "question_unclear")


def test_the_heartbeat_writes_the_problems_and_takes_the_mended_ones_away(stack: Stack) -> None:
    assert ("default%2F0664123456 RowKey", "error") in after_a_beat(stack)
    targets = stack.tables.get_table_client("targets")

    targets.delete_entity("default", "0664123456")
    left = after_a_beat(stack)

    targets.upsert_entity(target("0664123456"))
    assert "default%2F0664123456 RowKey" not in [key for key, _ in left]
    assert (f"{LINE}%2Fany Timeout", "warning") in left


def after_a_beat(stack: Stack) -> list[tuple[str, str]]:
    beats = len(stack.host.events("app.alive"))
    requests.post(f"{stack.host.url}/admin/functions/heartbeat", json={}, timeout=15)
    assert stack.host.wait_until(lambda: len(stack.host.events("app.alive")) > beats, 10)
    # The rows come after the event: two looks that are the same are the last ones.
    seen: list[tuple[str, str]] = []
    while True:
        time.sleep(0.15)
        rows = stack.tables.get_table_client("problems").list_entities()
        now = [(row["RowKey"], row["Level"]) for row in rows]
        if now == seen:
            return now
        seen = now


def test_both_ask_for_the_functions_key_and_the_webhooks_do_not() -> None:
    with running_host({}, options=["--enforce-keys", "--function-key", "opens"]) as host:
        closed = [requests.get(f"{host.url}/api/check", timeout=5), requests.post(f"{host.url}/api/who", timeout=5)]
        opened = requests.get(f"{host.url}/api/check", headers={"x-functions-key": "opens"}, timeout=5)
        by_address = requests.get(f"{host.url}/api/check?code=opens", timeout=5)
        webhook = requests.post(f"{host.url}/api/calls", timeout=5)

    assert [answer.status_code for answer in closed] == [401, 401]
    assert (opened.status_code, by_address.status_code, webhook.status_code) == (200, 200, 503)
    assert "opens" not in by_address.text


def test_with_wrong_settings_the_check_still_answers_and_lists_them() -> None:
    with running_host({"BOT_APP_ID": "24701998", "CLOUD": "mars"}) as host:
        found = requests.get(f"{host.url}/api/check", headers={"Accept": "application/json"}, timeout=5)
        page = requests.get(f"{host.url}/api/check", timeout=5)
        asked = requests.post(f"{host.url}/api/who", json={}, timeout=5)

    said = [one["said"] for one in found.json()["doctor"]]
    assert found.status_code == page.status_code == 200
    for name in ("BOT_APP_ID", "BOT_TENANT_ID", "CLOUD", "PUBLIC_BASE_URL"):
        assert any(name in one for one in said)
        assert name in page.text
    assert (asked.status_code, asked.json()["error"]["reason"]) == (503, "misconfigured")


def test_with_every_neighbour_away_the_check_still_answers() -> None:
    with Microsoft(speed=20) as microsoft:
        settings = {name: ADDRESS.sub(NOWHERE, value) for name, value in microsoft.settings().items()}
    settings["TABLES_CONNECTION_STRING"] = STORAGE_NOWHERE
    with running_host(settings | {"PUBLIC_BASE_URL": BASE_URL, "SSL_CERT_FILE": ""}) as host:
        answer = requests.get(f"{host.url}/api/check", headers={"Accept": "application/json"}, timeout=20)

    health = {one["part"]: one["health"] for one in answer.json()["doctor"]}
    assert answer.status_code == 200
    assert (answer.json()["directory"], answer.json()["last_day"]) == (None, None)
    assert {health[part] for part in health if part not in {"Settings", "Addresses"}} == {"error"}


def test_the_pages_form_is_answered_on_the_page_and_leaves_no_number_in_a_log(stack: Stack) -> None:
    form = {"called": LINE, "caller": "+436649876543", "at": "2026-12-01T10:00"}
    url = f"{stack.host.url}/api/check"

    answer = requests.post(url, data=form, headers={"Accept": "text/html"}, timeout=15)

    assert answer.status_code == 200
    assert "At <time" in answer.text
    assert 'value="+436649876543"' in answer.text
    assert "9876543" not in "\n".join([*stack.host.log, *stack.host.printed])
