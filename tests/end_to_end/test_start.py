"""How the app starts: with wrong settings, in a cloud without calling, as a managed identity, warm.

Each test starts an app of its own, so here the forms of tokens take turns, but where the form is what it is about.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from azure.data.tables import TableServiceClient

from local.azurite import Tls, azurite
from local.loopback.certificate import certified
from local.microsoft.exchange.call_script import IncomingCall
from local.microsoft.identity.token_forms import TokenForm
from local.microsoft.simulator import Microsoft
from local.processes import running_host
from tests.support.stack import BASE_URL, seed

ANNA = "98da8a1a-1b87-452c-a713-65d3f10b1253"
FETCHED = ("keys", "entra-keys", "token")


@pytest.fixture
def microsoft() -> Iterator[Microsoft]:
    with Microsoft(forms=tuple(TokenForm), speed=20) as microsoft:
        yield microsoft


@pytest.fixture(scope="module")
def tables() -> Iterator[str]:
    """Give the connection string of an empty storage account."""
    with azurite() as server:
        yield server.connection_string


def test_wrong_settings_are_all_named_in_one_event_and_answer_503() -> None:
    settings = {"BOT_APP_ID": "24701998", "CLOUD": "mars", "UNROUTABLE": "sing"}

    with running_host(settings) as host:
        answers = [requests.post(f"{host.url}/api/calls", data=b"{}", timeout=5) for _ in range(5)]
        event = host.wait_for_event("settings.wrong")
        said = len(host.events("settings.wrong"))

    assert {(answer.status_code, answer.json()["error"]["reason"]) for answer in answers} == {(503, "misconfigured")}
    assert "BOT" not in answers[0].text
    for name in ("BOT_APP_ID", "BOT_TENANT_ID", "CLOUD", "UNROUTABLE", "PUBLIC_BASE_URL", "TABLES_ENDPOINT"):
        assert name in event["why"]
    assert said == 1


def test_settings_that_stop_the_app_are_told_before_anybody_calls() -> None:
    with running_host({}) as host:
        assert host.wait_for_event("settings.wrong")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("MISSED_CALL_FORMAT", "cards"),
        ("CLOUD", "globl"),
        ("ALLOWED_TENANT_IDS", "contoso.com"),
        ("RETENTION_DAYS", "ninety"),
        ("FALLBACK_TARGETS", f"anna@contoso.com {ANNA}"),
        ("WARM_UP", "on"),
    ],
)
def test_a_typo_in_an_optional_setting_stops_no_call_and_is_told_once(
    microsoft: Microsoft, tables: str, name: str, text: str
) -> None:
    settings = {"TABLES_CONNECTION_STRING": tables, "PUBLIC_BASE_URL": BASE_URL, "FALLBACK_TARGETS": ANNA, name: text}

    with running_host(microsoft.settings() | settings) as host:
        microsoft.exchange.delivers_to(host.url)
        rung = [microsoft.exchange.ring(IncomingCall()).wait_for("redirected", 10) for _ in range(2)]
        found = requests.get(f"{host.url}/api/check", headers={"Accept": "application/json"}, timeout=20).json()
        said = host.events("settings.ignored")

    assert [event.facts["targets"] for event in rung] == [[ANNA], [ANNA]]
    assert [name in event["why"] for event in said] == [True]
    assert text not in said[0]["why"]
    wrong = [one for one in found["doctor"] if one["part"] == "Settings" and one["health"] == "error"]
    assert [name in one["said"] for one in wrong] == [True]


def test_a_base_that_holds_the_webhook_gives_an_address_that_a_route_serves(microsoft: Microsoft) -> None:
    with azurite() as tables:
        settings = microsoft.settings() | {
            "TABLES_CONNECTION_STRING": tables.connection_string,
            "PUBLIC_BASE_URL": f"{BASE_URL}/api/calls/",
            "FALLBACK_TARGETS": ANNA,
        }
        with running_host(settings) as host:
            microsoft.exchange.delivers_to(host.url)
            microsoft.exchange.ring(IncomingCall()).wait()
            found = requests.get(f"{host.url}/api/check", headers={"Accept": "application/json"}, timeout=20).json()

    (sent,) = microsoft.seen("graph")
    assert sent.json["callbackUri"].startswith(f"{BASE_URL}/api/calls/20")
    (told,) = [one["said"] for one in found["doctor"] if one["part"] == "Addresses"]
    assert f"{BASE_URL}/api/calls;" in told
    assert f"{BASE_URL}/api/calls/DAY/CALL" in told


def test_the_china_cloud_is_refused_with_the_reason(microsoft: Microsoft) -> None:
    with running_host(microsoft.settings() | {"CLOUD": "china", "PUBLIC_BASE_URL": BASE_URL}) as host:
        answer = requests.post(f"{host.url}/api/calls", data=b"{}", timeout=5)
        event = host.wait_for_event("settings.wrong")

    assert answer.status_code == 503
    assert "no calling API in the China cloud" in event["why"]


def test_wrong_settings_leave_the_app_healthy_and_its_functions_indexed() -> None:
    with running_host({}) as host:
        answers = [requests.get(f"{host.url}/api/health", timeout=5), requests.post(f"{host.url}/api/calls", timeout=5)]

    assert [answer.status_code for answer in answers] == [200, 503]


def test_a_managed_identity_proves_the_bot_and_opens_the_tables(microsoft: Microsoft, tmp_path: Path) -> None:
    authority, _ = certified(tmp_path, "127.0.0.1")
    trusted = tmp_path / "trusted.pem"
    trusted.write_bytes(authority.read_bytes() + microsoft.ca_file.read_bytes())
    server = tmp_path / "server.pem"

    with (
        azurite(tls=Tls(server, server)) as tables,
        TableServiceClient.from_connection_string(
            tables.connection_string, connection_verify=str(authority)
        ) as service,
    ):
        seed(service, "targets", [{"PartitionKey": "default", "RowKey": ANNA}])
        settings = microsoft.identity_settings() | {
            "SSL_CERT_FILE": str(trusted),
            "TABLES_ENDPOINT": tables.endpoint,
            "PUBLIC_BASE_URL": BASE_URL,
        }
        with running_host(settings) as host:
            microsoft.exchange.delivers_to(host.url)
            call = microsoft.exchange.ring(IncomingCall()).wait()
        rows = list(service.get_table_client("calls").list_entities())

    assert "BOT_CLIENT_SECRET" not in settings
    assert call.happened("redirected")[0].facts["targets"] == [ANNA]
    assert [(row["RowKey"], row["State"]) for row in rows] == [(call.id, "done")]


def test_a_warm_app_has_keys_token_and_directory_before_the_first_call(
    microsoft: Microsoft, token_form: TokenForm
) -> None:
    with azurite() as tables:
        settings = microsoft.settings() | {
            "TABLES_CONNECTION_STRING": tables.connection_string,
            "PUBLIC_BASE_URL": BASE_URL,
            "FALLBACK_TARGETS": ANNA,
            "WARM_UP": "true",
        }
        with running_host(settings) as host:
            host.wait_until(lambda: len(host.events("keys.refetched")) == 2, 5)
            host.wait_for_event("directory.changed")
            host.wait_until(lambda: bool(microsoft.seen("token")), 5)
            before = {name: len(microsoft.seen(name)) for name in FETCHED}
            microsoft.exchange.delivers_to(host.url)
            microsoft.exchange.signs_in(token_form)

            microsoft.exchange.ring(IncomingCall()).wait()

    assert before == dict.fromkeys(FETCHED, 1)
    assert {name: len(microsoft.seen(name)) for name in FETCHED} == before
