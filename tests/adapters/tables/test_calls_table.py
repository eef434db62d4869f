"""The record of calls, in the table and in memory by one contract; and what the table service can do wrong."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
import requests
from azure.data.tables import EdmType, EntityProperty, TableServiceClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.azurite import Azurite
from shared.adapters import http_session
from shared.adapters.call_memory import MemoryCalls
from shared.adapters.http_pool import HttpPool
from shared.adapters.tables.account import TableAccount
from shared.adapters.tables.calls_table import CallsTable
from shared.adapters.tables.client import table_service
from shared.adapters.tables.directory_tables import DirectoryTables
from shared.adapters.tls import tls_context
from shared.core.budgets import Budgets
from shared.core.directory.model import Directory
from shared.core.directory.reader import RouteDefaults
from shared.core.errors import StorageUnavailable
from shared.core.ids import AppId, CallId
from shared.core.record.record import CallKey, Outcome, Record, State
from shared.ports import CallStore
from tests.support.nowhere import NOWHERE
from tests.support.servers import Exchange, serving

BOT = AppId("24701998-1a73-4d42-8085-bf46ed0ae039")
DAY = date(2026, 11, 22)
EARLIEST = datetime.fromisoformat("1700-01-01")
NOON = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
PATIENT = Budgets(claim_write=10.0, record_write=10.0)
BRIEF = Budgets(connect=0.2, claim_write=0.3, record_write=0.3, table_page=0.3)
JSON, HTML, XML = "Content-Type: application/json", "Content-Type: text/html", "Content-Type: application/xml"


@dataclass(frozen=True, slots=True)
class Http:
    """The SDK's way to the tables, and a call's."""

    session: requests.Session
    pool: HttpPool


@pytest.fixture(scope="module")
def http() -> Iterator[Http]:
    tls = tls_context()
    with http_session.http_session(tls) as session:
        yield Http(session, HttpPool(tls))


@pytest.fixture(scope="module")
def account(server: Azurite, http: Http) -> TableServiceClient:
    return table_service(http.session, connection_string=server.connection_string)


@pytest.fixture(params=["table", "memory"])
def calls(request: pytest.FixtureRequest) -> CallStore:
    """Give an empty store of calls, as the journal meets it."""
    if request.param == "memory":
        return MemoryCalls()
    account: TableServiceClient = request.getfixturevalue("account")
    account.delete_table("calls")
    return request.getfixturevalue("table")  # type: ignore[no-any-return]  # pytest knows no types


def calls_table(pool: HttpPool, connection_string: str, budgets: Budgets = PATIENT) -> CallsTable:
    account = TableAccount.of_connection_string(connection_string)
    return CallsTable(pool, account, budgets, lambda: datetime.now(UTC))


@pytest.fixture
def table(server: Azurite, http: Http) -> CallsTable:
    return calls_table(http.pool, server.connection_string)


def claimed(call: str = "call-1", **facts: Any) -> Record:
    return Record(key=CallKey(DAY, CallId(call)), state=State.CLAIMED, **facts)


def whole(call: str = "call-1") -> Record:
    """Write a record in which everything is known."""
    values: dict[str, Any] = {
        "str | None": "text",
        "int | None": 7,
        "bool | None": False,
        "datetime | None": NOON,
        "Outcome | None": Outcome.NO_ANSWER,
    }
    named = {field.name: str(field.type) for field in fields(Record) if field.name not in {"key", "state"}}
    kinds = {name: kind if kind in values else kind.rsplit(".", 1)[-1] for name, kind in named.items()}
    facts = {name: values[kind] for name, kind in kinds.items()}
    return Record(key=CallKey(DAY, CallId(call)), state=State.DONE, **facts)


def kept(calls: CallStore, record: Record) -> Record:
    stored = calls.read(record.key)
    assert stored is not None
    return stored.record


# One contract for the table and the memory


def test_of_two_hundred_inserts_at_once_one_wins(calls: CallStore) -> None:
    together = threading.Barrier(50)

    def insert(number: int) -> bool:
        if number < 50:
            together.wait()
        return calls.insert(claimed(owner=f"owner-{number}")) is not None

    with ThreadPoolExecutor(50) as threads:
        winners = [number for number, won in enumerate(threads.map(insert, range(200))) if won]

    assert len(winners) == 1
    assert kept(calls, claimed()).owner == f"owner-{winners[0]}"


def test_a_record_that_is_not_there_is_nothing(calls: CallStore) -> None:
    assert calls.read(claimed().key) is None
    assert calls.replace(claimed(), "W/\"datetime'2026-11-22T12%3A00%3A00.0000000Z'\"") is None
    assert calls.read(claimed().key) is None


def test_a_replace_names_the_etag_that_it_has_read(calls: CallStore) -> None:
    etag = calls.insert(claimed(owner="first", caller="x"))
    assert etag is not None

    newer = calls.replace(claimed(owner="second"), etag)

    stored = calls.read(claimed().key)
    assert stored is not None
    assert (stored.record, stored.etag) == (claimed(owner="second"), newer)
    assert newer != etag


def test_a_stale_etag_changes_nothing(calls: CallStore) -> None:
    old = calls.insert(claimed())
    assert old is not None
    assert calls.replace(claimed(owner="second"), old) is not None

    assert calls.replace(claimed(owner="third"), old) is None
    assert kept(calls, claimed()).owner == "second"


def test_of_many_replaces_with_one_etag_one_wins(calls: CallStore) -> None:
    etag = calls.insert(claimed())
    assert etag is not None

    with ThreadPoolExecutor(16) as threads:
        owners = [f"owner-{number}" for number in range(32)]
        written = list(threads.map(lambda owner: calls.replace(claimed(owner=owner), etag), owners))

    winners = [owner for owner, won in zip(owners, written, strict=True) if won]
    assert winners == [kept(calls, claimed()).owner]


def test_the_etag_of_an_insert_is_that_of_a_read(calls: CallStore) -> None:
    etag = calls.insert(claimed())

    stored = calls.read(claimed().key)

    assert stored is not None
    assert stored.etag == etag


def test_a_call_has_a_record_on_each_of_its_days(calls: CallStore) -> None:
    yesterday = replace(claimed(), key=CallKey(DAY - timedelta(days=1), CallId("call-1")))

    assert calls.insert(claimed()) is not None
    assert calls.insert(yesterday) is not None


def test_call_ids_differ_by_their_case(calls: CallStore) -> None:
    assert calls.insert(claimed("57DAB8B1894C409AB240BD8BEAE78896")) is not None
    assert calls.insert(claimed("57dab8b1894c409ab240bd8beae78896")) is not None


def test_every_fact_comes_back_as_it_was_written(calls: CallStore) -> None:
    calls.insert(whole())

    assert kept(calls, whole()) == whole()


def test_what_is_not_known_comes_back_as_not_known(calls: CallStore) -> None:
    etag = calls.insert(whole())
    assert etag is not None

    calls.replace(claimed(), etag)

    assert kept(calls, whole()) == claimed()


# The memory alone


def test_the_memory_forgets_the_oldest_first_and_what_is_noted_is_young_again() -> None:
    memory = MemoryCalls(most=2)
    memory.insert(claimed("one"))
    memory.insert(claimed("two"))
    memory.note(claimed("one", owner="again"))
    memory.insert(claimed("three"))

    assert memory.read(claimed("two").key) is None
    assert kept(memory, claimed("one")).owner == "again"


def test_what_is_noted_makes_every_earlier_etag_stale() -> None:
    memory = MemoryCalls()
    etag = memory.insert(claimed())
    assert etag is not None
    memory.note(claimed(owner="noted"))

    assert memory.replace(claimed(owner="late"), etag) is None


# The table alone


def test_a_missing_table_is_made_by_the_first_call(account: TableServiceClient, table: CallsTable) -> None:
    account.delete_table("calls")
    assert table.read(claimed().key) is None

    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(lambda number: table.insert(claimed(f"call-{number % 2}")), range(16)))

    assert len([etag for etag in won if etag]) == 2


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        pytest.param("\ud800 and \udfff", "? and ?", id="half-characters"),
        pytest.param("x" * 65_536, "x" * 10_000, id="more-than-a-cell-holds"),
        pytest.param("\U0001f4de" * 20_000, "\U0001f4de" * 10_000, id="more-than-a-cell-holds-in-pairs"),
        pytest.param("", "", id="nothing"),
        pytest.param("a'b\"c<&>%00\\u0000", "a'b\"c<&>%00\\u0000", id="quotes-and-marks"),
        pytest.param("a\tb\nc", "a\tb\nc", id="lines"),
        pytest.param("2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z", id="looks-like-a-time"),
        pytest.param("00123", "00123", id="looks-like-a-number"),
    ],
)
def test_hostile_text_is_stored(table: CallsTable, text: str, stored: str) -> None:
    record = claimed("hostile-text", message=text)
    table.insert(record)
    before = table.read(record.key)
    assert before is not None

    assert table.replace(record, before.etag) is not None
    assert kept(table, record).message == stored


@pytest.mark.parametrize("number", [0, -1, 2**31 - 1, -(2**31), 2**31, -(2**31) - 1, 2**53 + 1, 2**63 - 1])
def test_numbers_of_any_size_come_back(table: CallsTable, number: int) -> None:
    record = claimed(f"number-{number}", ring_seconds=number)

    table.insert(record)

    assert kept(table, record) == record


def test_a_number_beyond_every_column_does_not_lose_the_record(table: CallsTable) -> None:
    record = claimed("beyond", code=10**30)

    assert table.insert(record) is not None
    assert kept(table, record).code == 2**63 - 1


def test_a_time_of_another_zone_comes_back_as_utc(table: CallsTable) -> None:
    record = claimed("zone", ended_at=NOON.astimezone(timezone(timedelta(hours=5, minutes=30))))
    table.insert(record)

    assert kept(table, record).ended_at == NOON
    assert str(kept(table, record).ended_at) == "2026-11-22 12:00:00.123456+00:00"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=50), number=st.integers(), moment=st.datetimes(EARLIEST, timezones=st.just(UTC)))
def test_no_fact_at_all_keeps_a_record_from_being_stored(
    table: CallsTable, text: str, number: int, moment: datetime
) -> None:
    record = claimed("any", message=text, caller=text, code=number, ring_seconds=number, ended_at=moment)
    table.insert(record)
    before = table.read(record.key)
    assert before is not None

    assert table.replace(record, before.etag) is not None


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param("text", id="text"),
        pytest.param("", id="nothing"),
        pytest.param(7, id="a-number"),
        pytest.param(EntityProperty(7, EdmType.INT64), id="a-long-number"),
        pytest.param(0.5, id="a-fraction"),
        pytest.param(True, id="a-truth"),
        pytest.param(NOON, id="a-time"),
        pytest.param(b"\x00\xff", id="bytes"),
    ],
)
def test_a_row_that_another_tool_wrote_is_read_whatever_its_columns_are(
    account: TableServiceClient, table: CallsTable, odd: object
) -> None:
    names = ["".join(part.capitalize() for part in field.name.split("_")) for field in fields(Record)][1:]
    row = {"PartitionKey": DAY.isoformat(), "RowKey": "odd", **dict.fromkeys(names, odd), "Another": odd}
    account.create_table_if_not_exists("calls").upsert_entity(row)

    stored = table.read(claimed("odd").key)

    assert stored is not None
    assert (stored.record.state, stored.record.outcome) == (State.CLAIMED, None)
    assert table.replace(stored.record, stored.etag) is not None


def test_a_row_with_nothing_but_its_keys_is_a_claim_that_nobody_holds(
    account: TableServiceClient, table: CallsTable
) -> None:
    row = {"PartitionKey": DAY.isoformat(), "RowKey": "bare"}
    account.create_table_if_not_exists("calls").upsert_entity(row)

    assert kept(table, claimed("bare")) == claimed("bare")


# Faults: every one is StorageUnavailable, after one request (to load is one for each table)


def connection(url: str) -> str:
    return f"DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;TableEndpoint={url}/a;"


def operations(http: Http, url: str) -> dict[str, Callable[[], object]]:
    account = table_service(http.session, connection_string=connection(url))
    table = calls_table(http.pool, connection(url), BRIEF)
    directory = DirectoryTables(account, BOT, RouteDefaults(), BRIEF)
    return {
        "insert": lambda: table.insert(claimed()),
        "read": lambda: table.read(claimed().key),
        "replace": lambda: table.replace(claimed(), "etag"),
        "load": directory.load,
    }


OPERATIONS = ["insert", "read", "replace", "load"]


def replies(status: int, content: bytes = b"", *headers: str) -> Callable[[Exchange], None]:
    return lambda exchange: exchange.reply(status, content, *headers)


def hangs_up(exchange: Exchange) -> None:
    raise ConnectionAbortedError(exchange.path)


def hangs_up_within(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{")
    raise ConnectionAbortedError


def drips_its_head(exchange: Exchange) -> None:
    exchange.trickle(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n")


def drips_its_body(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 500 Oh\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n")
    exchange.trickle(b" " * 50)


def bad_chunks(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
    raise ConnectionAbortedError


ODD_ERROR = b'{"odata.error": {"message": "an error of another shape"}}'
FAULTS = [
    pytest.param(replies(400, b"", JSON), id="400"),
    pytest.param(replies(401), id="401"),
    pytest.param(replies(403), id="403"),
    pytest.param(replies(404, ODD_ERROR, JSON), id="404-of-another-shape"),
    pytest.param(replies(429, b"", "Retry-After: 60"), id="429"),
    pytest.param(replies(500), id="500"),
    pytest.param(replies(500, ODD_ERROR, JSON), id="500-of-another-shape"),
    pytest.param(replies(500, b'{"odata.error": null}', JSON), id="500-of-no-shape"),
    pytest.param(replies(500, b"<html>", HTML), id="500-page"),
    pytest.param(replies(500, b"<Error><Code>x</Code></Error>", XML), id="500-xml"),
    pytest.param(replies(503, b"", "Retry-After: 1"), id="503"),
    pytest.param(replies(504), id="504"),
    pytest.param(replies(302, b"", "Location: http://127.0.0.1:1/"), id="302"),
    pytest.param(replies(200, b"<html>", HTML), id="a-proxys-page"),
    pytest.param(replies(200, b"null", JSON), id="null"),
    pytest.param(replies(200, b'{"a":', JSON), id="half-of-json"),
    pytest.param(replies(200, b'"x"', JSON), id="a-text"),
    pytest.param(replies(200, b'{"a":"\xff"}', JSON), id="not-utf-8"),
    pytest.param(replies(200, b"rubbish", JSON, "Content-Encoding: gzip"), id="a-broken-encoding"),
    pytest.param(hangs_up, id="hung-up"),
    pytest.param(hangs_up_within, id="hung-up-in-the-middle"),
    pytest.param(bad_chunks, id="broken-chunks"),
    pytest.param(lambda exchange: exchange.send(b"what?\r\n\r\n"), id="not-http"),
    pytest.param(Exchange.hang, id="nothing"),
    pytest.param(drips_its_head, id="a-byte-at-a-time"),
    pytest.param(drips_its_body, id="a-body-by-the-byte"),
]


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_of_the_service_is_the_storage_being_away(http: Http, fault: Callable[[Exchange], None]) -> None:
    for name in OPERATIONS:
        with serving(fault) as broken, pytest.raises(StorageUnavailable):
            operations(http, broken.url)[name]()

        assert len(broken.requests) == (5 if name == "load" else 1), name


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_row_goes_to_no_other_host(http: Http, operation: str) -> None:
    with serving(replies(200, b'{"value":[]}', JSON)) as elsewhere:
        away = replies(307, b"", f"Location: {elsewhere.url}/calls")
        with serving(away) as broken, pytest.raises(StorageUnavailable):
            operations(http, broken.url)[operation]()

        assert elsewhere.requests == []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_service_that_is_not_there_is_the_storage_being_away(http: Http, operation: str) -> None:
    with pytest.raises(StorageUnavailable):
        operations(http, f"http://{NOWHERE}")[operation]()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"{}", id="nothing-in-it"),
        pytest.param(b"[]", id="a-list"),
        pytest.param(b'{"odata.etag":"e","PartitionKey":"2026-11-22","RowKey":"another"}', id="another-row"),
        pytest.param(b'{"PartitionKey":"2026-11-22","RowKey":"call-1"}', id="no-etag"),
        pytest.param(b'{"odata.etag":"e","RowKey":"call-1","Timestamp":"x"}', id="an-unreadable-time"),
        pytest.param(b'{"odata.etag":"e","RowKey":"call-1","Code@odata.type":"Edm.Int64","Code":"x"}', id="no-number"),
    ],
)
def test_an_answer_that_is_not_the_row_is_not_taken_for_it(http: Http, content: bytes) -> None:
    with serving(replies(200, content, JSON)) as broken, pytest.raises(StorageUnavailable):
        operations(http, broken.url)["read"]()


@pytest.mark.parametrize("operation", ["insert", "replace"])
def test_a_write_without_an_etag_is_not_taken_for_one(http: Http, operation: str) -> None:
    with serving(replies(204)) as broken, pytest.raises(StorageUnavailable):
        operations(http, broken.url)[operation]()


def test_what_is_said_of_a_fault_holds_no_key_and_no_address(http: Http) -> None:
    forbidden = replies(403, b'{"odata.error":{"code":"AuthorizationFailure"}}', JSON)

    with serving(forbidden) as broken, pytest.raises(StorageUnavailable) as away:
        operations(http, broken.url)["insert"]()

    assert str(away.value) == "status 403 AuthorizationFailure"


# The directory


@pytest.fixture
def directory(account: TableServiceClient) -> DirectoryTables:
    for name in ("targets", "routes", "holidays"):
        account.delete_table(name)
    return DirectoryTables(account, BOT, RouteDefaults(), PATIENT)


def test_missing_tables_are_an_empty_directory(directory: DirectoryTables) -> None:
    read = directory.load()

    assert (dict(read.lists), dict(read.routes), read.problems) == ({}, {}, ())


def test_one_table_that_is_missing_leaves_the_other(account: TableServiceClient, directory: DirectoryTables) -> None:
    account.create_table("targets").create_entity({"PartitionKey": "default", "RowKey": "+12345678901"})

    assert directory.load().target_count == 1


def test_more_rows_than_a_page_are_all_read(account: TableServiceClient, directory: DirectoryTables) -> None:
    targets = account.create_table("targets")
    rows = [{"PartitionKey": "default", "RowKey": f"+4412345{number:05}"} for number in range(1050)]
    for begin in range(0, len(rows), 100):
        targets.submit_transaction([("create", row) for row in rows[begin : begin + 100]])

    read = directory.load()

    assert read.target_count == 1050
    assert {target.id for target in read.lists["default"]} == {row["RowKey"] for row in rows}


def test_a_page_that_is_missing_is_not_taken_for_the_end(http: Http) -> None:
    def first_page_alone(exchange: Exchange) -> None:
        if "NextPartitionKey" in exchange.path:
            exchange.reply(503)
        else:
            row = b'{"value":[{"PartitionKey":"default","RowKey":"+12345678901"}]}'
            exchange.reply(200, row, JSON, "x-ms-continuation-NextPartitionKey: a", "x-ms-continuation-NextRowKey: b")

    with serving(first_page_alone) as broken, pytest.raises(StorageUnavailable):
        operations(http, broken.url)["load"]()


def test_each_page_has_its_own_time_and_none_goes_on_for_ever(http: Http) -> None:
    def second_page_hangs(exchange: Exchange) -> None:
        if "NextPartitionKey" in exchange.path:
            exchange.hang()
        exchange.reply(200, b'{"value":[]}', JSON, "x-ms-continuation-NextPartitionKey: a")

    with serving(second_page_hangs) as broken, pytest.raises(StorageUnavailable):
        operations(http, broken.url)["load"]()


def test_the_directory_is_read_and_never_written(http: Http) -> None:
    seen: list[bytes] = []

    def nothing(exchange: Exchange) -> None:
        seen.append(exchange.head.split(b" ")[0])
        exchange.reply(200, b'{"value":[]}', JSON)

    with serving(nothing) as tables:
        read = operations(http, tables.url)["load"]()

    assert isinstance(read, Directory)
    assert set(seen) == {b"GET"}
