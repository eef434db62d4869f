"""What the app writes by itself, azure-data-tables reads, and the other way round, however a request proves itself."""

import base64
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from azure.core import MatchConditions
from azure.core.credentials import AzureNamedKeyCredential
from azure.data.tables import (
    AccountSasPermissions,
    EdmType,
    EntityProperty,
    ResourceTypes,
    TableServiceClient,
    UpdateMode,
    generate_account_sas,
)

from local.azurite import Azurite
from shared.adapters.http_pool import HttpPool
from shared.adapters.tables.account import TableAccount
from shared.adapters.tables.calls_table import CallsTable
from shared.adapters.tls import tls_context
from shared.core.budgets import Budgets
from shared.core.errors import StorageUnavailable, TokenUnavailable
from shared.core.ids import CallId
from shared.core.record.record import CallKey, Outcome, Record, State
from tests.support.servers import Exchange, serving

KEY = CallKey(date(2026, 11, 22), CallId("491f0b00-ffff-4bc9-a43e-b226498ec22a"))
NOON = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
ACCOUNT = "devstoreaccount1"


@pytest.fixture(scope="module")
def sdk(server: Azurite) -> Iterator[TableServiceClient]:
    with TableServiceClient.from_connection_string(server.connection_string) as client:
        client.create_table("calls")
        yield client


@pytest.fixture(scope="module")
def pool() -> HttpPool:
    return HttpPool(tls_context())


def by_shared_key(server: Azurite) -> str:
    return server.connection_string


def by_signature(server: Azurite) -> str:
    key = dict(part.split("=", 1) for part in server.connection_string.rstrip(";").split(";"))["AccountKey"]
    signature = generate_account_sas(
        AzureNamedKeyCredential(ACCOUNT, key),
        ResourceTypes(service=True, object=True),
        AccountSasPermissions(read=True, write=True, delete=True, list=True, add=True, create=True, update=True),
        datetime.now(UTC) + timedelta(hours=1),
        protocol="https,http",
    )
    return f"TableEndpoint={server.endpoint};SharedAccessSignature={signature}"


def table_of(pool: HttpPool, connection_string: str) -> CallsTable:
    account = TableAccount.of_connection_string(connection_string)
    return CallsTable(pool, account, Budgets(), lambda: datetime.now(UTC))


@pytest.fixture(params=[by_shared_key, by_signature])
def table(request: pytest.FixtureRequest, server: Azurite, sdk: TableServiceClient, pool: HttpPool) -> CallsTable:
    sdk.get_table_client("calls").delete_entity(KEY.day.isoformat(), KEY.call)
    return table_of(pool, request.param(server))


def full() -> Record:
    return Record(
        key=KEY,
        state=State.DONE,
        received_at=NOON,
        caller="it's +44 & «Zoë»",
        timeout=45,
        forwarding=False,
        code=2**40,
        outcome=Outcome.NO_ANSWER,
    )


def test_the_sdk_reads_what_the_app_inserts(table: CallsTable, sdk: TableServiceClient) -> None:
    etag = table.insert(full())

    row = sdk.get_table_client("calls").get_entity(KEY.day.isoformat(), KEY.call)
    assert dict(row) == {
        "PartitionKey": "2026-11-22",
        "RowKey": KEY.call,
        "State": "done",
        "ReceivedAt": NOON,
        "Caller": "it's +44 & «Zoë»",
        "Timeout": 45,
        "Forwarding": False,
        "Code": EntityProperty(2**40, EdmType.INT64),
        "Outcome": "no_answer",
    }
    assert row.metadata["etag"] == etag


def test_the_app_reads_and_replaces_what_the_sdk_writes(table: CallsTable, sdk: TableServiceClient) -> None:
    calls = sdk.get_table_client("calls")
    written: dict[str, Any] = {
        "PartitionKey": "2026-11-22",
        "RowKey": KEY.call,
        "State": "redirected",
        "ReceivedAt": NOON,
        "Code": EntityProperty(7, EdmType.INT64),
        "Timeout": 45,
        "Cold": True,
    }
    calls.create_entity(written)

    stored = table.read(KEY)

    assert stored is not None
    assert stored.record == Record(key=KEY, state=State.REDIRECTED, received_at=NOON, code=7, timeout=45, cold=True)
    assert table.replace(full(), stored.etag) is not None
    assert calls.get_entity("2026-11-22", KEY.call)["State"] == "done"


def test_the_sdk_replaces_what_the_app_inserted_and_the_app_notices(table: CallsTable, sdk: TableServiceClient) -> None:
    etag = table.insert(full())
    assert etag is not None

    sdk.get_table_client("calls").update_entity(
        {"PartitionKey": "2026-11-22", "RowKey": KEY.call, "State": "done"},
        mode=UpdateMode.REPLACE,
        etag=etag,
        match_condition=MatchConditions.IfNotModified,
    )

    assert table.replace(full(), etag) is None


def test_a_key_that_is_wrong_is_the_storage_being_away(server: Azurite, pool: HttpPool) -> None:
    wrong = base64.b64encode(b"another key").decode()
    strange = f"AccountName={ACCOUNT};AccountKey={wrong};TableEndpoint={server.endpoint}"

    with pytest.raises(StorageUnavailable, match="status 403"):
        table_of(pool, strange).insert(full())


def heard(pool: HttpPool, token: Callable[[], str]) -> list[bytes]:
    """Give the head of the request that an account of an identity sends."""
    heads: list[bytes] = []

    def answer(exchange: Exchange) -> None:
        heads.append(exchange.head)
        exchange.reply(204, b"", "ETag: x")

    with serving(answer) as server:
        account = TableAccount.of_identity(server.url, token)
        CallsTable(pool, account, Budgets(), lambda: NOON).insert(full())
    return heads


def test_an_identity_sends_its_token_and_the_version_that_takes_one(pool: HttpPool) -> None:
    (head,) = heard(pool, lambda: "token-1")

    assert b"\r\nAuthorization: Bearer token-1\r\n" in head
    assert b"\r\nx-ms-version: 2019-02-02\r\n" in head
    assert b"\r\nx-ms-date: Sun, 22 Nov 2026 12:00:00 GMT\r\n" in head


def test_without_a_token_nothing_is_sent(pool: HttpPool) -> None:
    def missing() -> str:
        raise TokenUnavailable("identity_400")

    with pytest.raises(StorageUnavailable, match="identity_400"):
        heard(pool, missing)


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("AccountName=a;AccountKey=a2V5", "https://a.table.core.windows.net"),
        ("DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5", "https://a.table.core.windows.net"),
        ("DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;EndpointSuffix=x.y", "http://a.table.x.y"),
        (
            "accountname=a;ACCOUNTKEY=a2V5;EndpointSuffix=core.usgovcloudapi.net",
            "https://a.table.core.usgovcloudapi.net",
        ),
        ("AccountName=a;AccountKey=a2V5;TableEndpoint=http://127.0.0.1:1/a/;", "http://127.0.0.1:1/a"),
        ("TableEndpoint=https://t.example;SharedAccessSignature=sv=1&sig=x", "https://t.example"),
        ("UseDevelopmentStorage=true", "http://127.0.0.1:10002/devstoreaccount1"),
    ],
)
def test_a_connection_string_names_the_same_place_as_for_the_sdk(text: str, endpoint: str) -> None:
    assert TableAccount.of_connection_string(text).endpoint == endpoint
    with TableServiceClient.from_connection_string(text) as sdk:
        assert sdk.url.rstrip("/") == endpoint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "AccountName=a",
        "AccountKey=a2V5",
        "AccountName=;AccountKey=a2V5",
        "AccountName=a;AccountName=b;AccountKey=x",
        "AccountName=a;AccountKey=?",
        "TableEndpoint=https://t.example",
        "SharedAccessSignature=sig",
    ],
)
def test_what_is_no_connection_string_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"connection string|AccountKey"):
        TableAccount.of_connection_string(text)


def test_a_proof_is_not_shown() -> None:
    account = TableAccount.of_connection_string("TableEndpoint=https://t.example;SharedAccessSignature=sig=secret")

    assert "secret" not in repr(account)
