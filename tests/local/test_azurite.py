"""Azurite starts, serves the Tables client as the app uses it, and is gone afterwards."""

import base64
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from azure.core import MatchConditions
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, ResourceExistsError, ResourceModifiedError
from azure.data.tables import TableServiceClient, UpdateMode

from local.azurite import Azurite, AzuriteFailed, Tls, azurite
from local.loopback.certificate import certified
from local.processes import PROJECT


@pytest.fixture(scope="module")
def tables() -> Iterator[Azurite]:
    with azurite() as running:
        yield running


def test_a_row_comes_back_as_it_was_written(tables: Azurite) -> None:
    with TableServiceClient.from_connection_string(tables.connection_string) as service:
        targets = service.create_table("roundtrip")
        row = {"PartitionKey": "ring", "RowKey": "1", "Order": 7, "Enabled": True, "Name": "Zoë"}

        targets.create_entity(row)

        assert dict(targets.get_entity("ring", "1")) == row


def test_a_second_insert_of_a_row_is_a_conflict(tables: Azurite) -> None:
    with TableServiceClient.from_connection_string(tables.connection_string) as service:
        calls = service.create_table("conflict")
        calls.create_entity({"PartitionKey": "day", "RowKey": "call"})

        with pytest.raises(ResourceExistsError):
            calls.create_entity({"PartitionKey": "day", "RowKey": "call"})


def test_a_write_against_an_older_version_of_a_row_is_refused(tables: Azurite) -> None:
    with TableServiceClient.from_connection_string(tables.connection_string) as service:
        calls = service.create_table("versions")
        first = calls.create_entity({"PartitionKey": "day", "RowKey": "call", "State": "claimed"})
        calls.update_entity({"PartitionKey": "day", "RowKey": "call", "State": "redirected"}, UpdateMode.MERGE)

        with pytest.raises(ResourceModifiedError):
            calls.update_entity(
                {"PartitionKey": "day", "RowKey": "call", "State": "failed"},
                UpdateMode.MERGE,
                etag=first["etag"],
                match_condition=MatchConditions.IfNotModified,
            )

        assert calls.get_entity("day", "call")["State"] == "redirected"


def test_two_run_side_by_side_and_know_nothing_of_each_other(tables: Azurite) -> None:
    with (
        azurite() as other,
        TableServiceClient.from_connection_string(tables.connection_string) as ours,
        TableServiceClient.from_connection_string(other.connection_string) as theirs,
    ):
        ours.create_table("onlyhere")

        assert "onlyhere" in {table.name for table in ours.list_tables()}
        assert [table.name for table in theirs.list_tables()] == []


def test_it_is_gone_when_the_block_ends() -> None:
    with azurite() as running:
        assert _listens(running.endpoint)

    assert running.process.poll() is not None
    assert not _listens(running.endpoint)


def test_it_is_gone_when_its_starter_is_killed() -> None:
    starter = "import time, local.azurite as a\nwith a.azurite() as t: print(t.endpoint, flush=True); time.sleep(60)"
    command = [sys.executable, "-c", starter]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own program
        assert process.stdout is not None
        endpoint = process.stdout.readline()
        assert _listens(endpoint)

        process.kill()

    assert _stops_listening(endpoint)


def test_a_port_that_is_taken_is_reported(tables: Azurite) -> None:
    taken = _port(tables.endpoint)

    with pytest.raises(AzuriteFailed, match=rf"(?s)port {taken}.*EADDRINUSE"), azurite(port=taken):
        pass


def test_where_node_has_gone_one_line_says_what_to_do(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "local.azurite", "--port", "0"],
        cwd=PROJECT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert "install it from https://nodejs.org" in ended.stderr


def test_without_an_installation_one_line_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AzuriteFailed, match="then `make setup`"), azurite(script=tmp_path / "main.js"):
        pass


def test_it_takes_a_token_of_entra_over_https(tmp_path: Path) -> None:
    authority, _ = certified(tmp_path, "127.0.0.1")
    tls = Tls(tmp_path / "server.pem", tmp_path / "server.pem")

    with (
        azurite(tls=tls) as tables,
        TableServiceClient(
            tables.endpoint, credential=_Credential("https://storage.azure.com"), connection_verify=str(authority)
        ) as service,
    ):
        service.create_table("withtoken")

        assert [table.name for table in service.list_tables()] == ["withtoken"]


def test_it_refuses_a_token_for_another_audience(tmp_path: Path) -> None:
    authority, _ = certified(tmp_path, "127.0.0.1")
    tls = Tls(tmp_path / "server.pem", tmp_path / "server.pem")

    with (
        azurite(tls=tls) as tables,
        TableServiceClient(
            tables.endpoint,
            credential=_Credential("https://graph.microsoft.com"),
            connection_verify=str(authority),
        ) as service,
        pytest.raises(ClientAuthenticationError),
    ):
        service.create_table("withtoken")


class _Credential:
    """A token as Entra's for storage. Azurite reads its claims and does not check who signed it."""

    def __init__(self, audience: str) -> None:
        now = int(time.time())
        self._expires = now + 600
        self._claims = {
            "aud": audience,
            "iss": "https://sts.windows.net/00000000-0000-0000-0000-0000000000aa/",
            "iat": now,
            "nbf": now,
            "exp": self._expires,
        }

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        parts = [{"alg": "RS256", "typ": "JWT"}, self._claims]
        encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
        return AccessToken(".".join([*encoded, "unsigned"]), self._expires)


def _port(endpoint: str) -> int:
    port = urlsplit(endpoint).port
    assert port is not None
    return port


def _listens(endpoint: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", _port(endpoint))) == 0


def _stops_listening(endpoint: str) -> bool:
    for _ in range(500):
        if not _listens(endpoint):
            return True
        time.sleep(0.02)
    return False
