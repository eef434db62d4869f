"""The two timers, run in the app as its host runs them."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from azure.data.tables import TableServiceClient

from local.azurite import azurite
from local.processes import Running, running_host
from tests.support.nowhere import STORAGE_NOWHERE
from tests.support.stack import BASE_URL, Stack, running_stack, sample, seed

ANNA = "98da8a1a-1b87-452c-a713-65d3f10b1253"
CALL = "491f0b00-ffff-4bc9-a43e-b226498ec22a"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    targets = [{"PartitionKey": "default", "RowKey": ANNA}, {"PartitionKey": "default", "RowKey": "+12345678901"}]
    routes = [{"PartitionKey": "any", "RowKey": "any", "Ring": "default"}]
    with running_stack(targets=targets, routes=routes, settings={"RETENTION_DAYS": "30"}, forms=()) as stack:
        yield stack


def days_ago(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).date().isoformat()


def run(host: Running, timer: str, event: str) -> dict[str, Any]:
    """Run a timer as the host's admin page does, and give the event that it ends with."""
    before = len(host.events(event))
    started = requests.post(f"{host.url}/admin/functions/{timer}", json={}, timeout=20)
    assert started.status_code == 202
    assert host.wait_until(lambda: len(host.events(event)) > before, 20), host.log[-20:]
    return host.events(event)[-1]


def test_cleanup_closes_what_never_ended_and_deletes_what_is_too_old(stack: Stack) -> None:
    over, old, kept = days_ago(2), days_ago(31), days_ago(30)
    tenant = stack.microsoft.settings()["BOT_TENANT_ID"]
    seed(
        stack.tables,
        "calls",
        [
            {"PartitionKey": over, "RowKey": CALL, "State": "redirected", "Tenant": tenant, "Attempts": 1},
            {"PartitionKey": over, "RowKey": "late", "State": "failed", "Outcome": "late"},
            {"PartitionKey": days_ago(1), "RowKey": "yesterday", "State": "redirected"},
            {"PartitionKey": old, "RowKey": "old", "State": "done"},
            {"PartitionKey": kept, "RowKey": "kept", "State": "done"},
        ],
    )

    said = run(stack.host, "cleanup", "tidy.done")

    assert {name: said[name] for name in ("closed", "deleted", "days", "complete")} == {
        "closed": 2,
        "deleted": 1,
        "days": 1,
        "complete": True,
    }
    rows = stack.tables.get_table_client("calls").list_entities()
    states = {row["RowKey"]: (row["State"], row.get("Outcome")) for row in rows}
    assert states == {
        CALL: ("done", "unknown"),
        "late": ("done", "late"),
        "yesterday": ("redirected", None),
        "kept": ("done", None),
    }


@pytest.mark.usefixtures("in_every_form")
def test_a_real_end_that_comes_after_cleanup_is_what_the_record_says(stack: Stack) -> None:
    over = days_ago(2)
    tenant = stack.microsoft.settings()["BOT_TENANT_ID"]
    closed = {"PartitionKey": over, "RowKey": CALL, "State": "done", "Outcome": "unknown", "Tenant": tenant}
    seed(stack.tables, "calls", [closed])

    answered = stack.post(sample("seed-example-3-terminated"), path=f"/api/calls/{over}/{CALL}")

    assert answered.status_code == 202
    assert stack.record(CALL, day=over)["Outcome"] == "answered"


def test_the_heartbeat_says_what_the_app_knows_of_its_tables(stack: Stack) -> None:
    said = run(stack.host, "heartbeat", "app.alive")

    known = {name: said[name] for name in ("lists", "targets", "routes", "problems", "stale", "age")}
    assert known == {"lists": 1, "targets": 2, "routes": 1, "problems": 0, "stale": False, "age": 0}
    assert len(said["directory"]) == 8


def test_the_heartbeat_finds_a_mistake_in_the_tables_before_a_call_does(stack: Stack) -> None:
    before = run(stack.host, "heartbeat", "app.alive")

    seed(stack.tables, "targets", [{"PartitionKey": "default", "RowKey": "0664123456"}])
    after = run(stack.host, "heartbeat", "app.alive")

    assert after["problems"] == before["problems"] + 1
    assert stack.host.wait_for_event("directory.problem")["table"] == "targets"


def test_without_storage_both_say_so_and_nothing_breaks(stack: Stack) -> None:
    away = STORAGE_NOWHERE
    settings = {"TABLES_CONNECTION_STRING": away, "PUBLIC_BASE_URL": BASE_URL}

    with running_host(stack.microsoft.settings() | settings) as host:
        alive = run(host, "heartbeat", "app.alive")
        tidied = run(host, "cleanup", "tidy.done")

    assert (alive["stale"], alive["lists"], "directory" in alive, "age" in alive) == (True, 0, False, False)
    assert tidied["complete"] is False
    assert host.wait_for_event("storage.away")
    assert (host.events("internal.error"), [line for line in host.log if "Traceback" in line]) == ([], [])


def test_with_wrong_settings_they_name_them_and_nothing_breaks(stack: Stack) -> None:
    with running_host(stack.microsoft.settings() | {"BOT_TENANT_ID": "contoso.com"}) as host:
        said = [run(host, timer, "settings.wrong") for timer in ("cleanup", "heartbeat")]

    assert all("BOT_TENANT_ID is not an id" in event["why"] for event in said)
    assert [line for line in host.log if "Traceback" in line] == []


def test_a_setting_that_counts_as_blank_stands_among_the_problems_until_it_is_mended(stack: Stack) -> None:
    with azurite() as server, TableServiceClient.from_connection_string(server.connection_string) as tables:
        seed(tables, "targets", [{"PartitionKey": "default", "RowKey": ANNA}])

        def listed() -> list[tuple[str, str, str]]:
            rows = tables.create_table_if_not_exists("problems").list_entities()
            return [(row["PartitionKey"], row["RowKey"], row["Level"]) for row in rows]

        found = []
        for text in ("cards", "card"):
            storage = {"TABLES_CONNECTION_STRING": server.connection_string, "PUBLIC_BASE_URL": BASE_URL}
            with running_host(stack.microsoft.settings() | storage | {"MISSED_CALL_FORMAT": text}) as host:
                run(host, "heartbeat", "app.alive")
                pause = threading.Event()
                assert any(bool(listed()) is (text == "cards") or pause.wait(0.05) for _ in range(200))
                found.append(listed())

    assert found == [[("settings", "MISSED_CALL_FORMAT value", "error")], []]
