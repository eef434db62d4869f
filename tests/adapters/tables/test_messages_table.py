"""The rows of missed calls in a real table: kept once, told, dropped, and one turn to send for all instances."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from azure.data.tables import TableServiceClient

from local.azurite import Azurite
from shared.adapters.tables.messages_table import MessagesTable
from shared.core.errors import StorageUnavailable
from shared.core.ids import CallId
from shared.core.missed_call.missed_call import MissedCall
from shared.core.record.record import CallKey, Outcome

NOW = datetime(2026, 11, 23, 13, 5, 9, 123456, tzinfo=UTC)
SOON = NOW + timedelta(seconds=15)
CALL = MissedCall(
    key=CallKey(date(2026, 11, 23), CallId("491f0b00-ffff-4bc9-a43e-b226498ec22a")),
    at=NOW,
    outcome=Outcome.NO_ANSWER,
    line="5a1e5000-0000-4000-8000-000000000001",
    line_name="Sales",
    caller="+436641234567",
    caller_kind="phone",
    rang_seconds=45,
    list="sales",
    rung=("98da8a1a-1b87-452c-a713-65d3f10b1253", "+12345678901"),
)
BARE = MissedCall(CallKey(date(2026, 11, 23), CallId("bare")), NOW, Outcome.NO_TARGET)


@pytest.fixture
def tables(server: Azurite) -> Iterator[TableServiceClient]:
    with TableServiceClient.from_connection_string(server.connection_string) as tables:
        tables.delete_table("state")
        yield tables


def store(tables: TableServiceClient) -> MessagesTable:
    return MessagesTable(tables, 5.0, 5.0)


def test_a_call_is_kept_once_and_read_as_it_was(tables: TableServiceClient) -> None:
    kept = store(tables)

    assert [kept.add(one) for one in (CALL, BARE, replace(CALL, outcome=Outcome.BUSY))] == [True, True, False]
    assert sorted(kept.waiting(10), key=lambda one: one.key.call) == [CALL, BARE]
    assert len(kept.waiting(1)) == 1


def test_what_is_final_takes_the_place_of_what_was_not_unless_that_is_told(tables: TableServiceClient) -> None:
    kept = store(tables)
    early = replace(CALL, outcome=Outcome.FAILED, is_final=False)

    assert [kept.add(one) for one in (early, early, CALL, CALL, early)] == [True, False, True, False, False]
    assert kept.waiting(10) == [CALL]

    other = replace(early, key=BARE.key)
    kept.add(other)
    kept.told([other])
    assert not kept.add(replace(other, is_final=True))


def test_where_there_is_no_table_nothing_waits(tables: TableServiceClient) -> None:
    kept = store(tables)

    kept.drop(NOW)
    kept.drop_days(NOW.date())
    assert kept.waiting(10) == []


def test_what_is_told_waits_no_longer_and_is_no_new_call(tables: TableServiceClient) -> None:
    kept = store(tables)
    many = [replace(CALL, key=CallKey(CALL.key.day, CallId(f"c{number}"))) for number in range(130)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(kept.add, many))

    kept.told(many)

    assert kept.waiting(200) == []
    assert not kept.add(many[0])


def test_a_row_that_has_gone_meanwhile_keeps_no_other_from_being_told(tables: TableServiceClient) -> None:
    kept = store(tables)
    kept.add(CALL)

    kept.told([BARE, CALL])

    assert kept.waiting(10) == []


def test_told_rows_are_dropped_after_their_time(tables: TableServiceClient) -> None:
    kept = store(tables)
    for call in (CALL, BARE):
        kept.add(call)
    kept.told([CALL])

    kept.drop(NOW)
    assert not kept.add(CALL)
    kept.drop(NOW + timedelta(seconds=1))

    assert kept.waiting(10) == [BARE]
    assert kept.add(CALL)


def test_rows_of_days_long_past_go_whether_told_or_not_and_nothing_else_does(tables: TableServiceClient) -> None:
    kept = store(tables)
    old = replace(CALL, key=CallKey(date(2026, 11, 22), CallId("zz")))
    for call in (CALL, old, replace(old, key=CallKey(date(2026, 11, 21), CallId("a")))):
        kept.add(call)
    kept.told([old])
    kept.note_day(date(2026, 11, 20))

    kept.drop_days(date(2026, 11, 23))

    assert kept.waiting(10) == [CALL]
    assert kept.add(old)
    assert kept.last_day() == date(2026, 11, 20)


def test_a_row_that_nobody_of_ours_wrote_is_passed_over(tables: TableServiceClient) -> None:
    kept = store(tables)
    kept.add(CALL)
    rows = tables.get_table_client("state")
    rows.create_entity({"PartitionKey": "missed", "RowKey": "x", "Told": False})
    (row,) = rows.query_entities("Called ge ''")
    rows.create_entity(dict(row) | {"RowKey": "2026-11-23 y", "Outcome": "ended"})  # no word would say why

    assert kept.waiting(10) == [CALL]


def test_of_many_instances_one_has_the_turn(tables: TableServiceClient) -> None:
    with ThreadPoolExecutor(8) as threads:
        first = list(threads.map(lambda _: store(tables).take_turn(NOW, SOON), range(8)))
        second = list(threads.map(lambda _: store(tables).take_turn(SOON, SOON + timedelta(seconds=15)), range(8)))

    assert (first.count(True), second.count(True)) == (1, 1)


def test_a_turn_comes_again_when_the_last_one_is_over(tables: TableServiceClient) -> None:
    kept = store(tables)

    assert kept.take_turn(NOW, SOON)
    assert not kept.take_turn(NOW + timedelta(seconds=14), SOON)
    assert not store(tables).take_turn(NOW + timedelta(seconds=14), SOON)
    assert kept.take_turn(SOON, SOON + timedelta(seconds=15))


def test_what_is_put_off_is_put_off_for_all(tables: TableServiceClient) -> None:
    kept, other = store(tables), store(tables)
    assert kept.take_turn(NOW, SOON)

    kept.put_off(NOW + timedelta(minutes=1))

    assert not kept.take_turn(NOW + timedelta(seconds=59), NOW)
    assert not other.take_turn(NOW + timedelta(seconds=59), NOW)
    assert other.take_turn(NOW + timedelta(seconds=60), NOW)


def test_a_turn_that_a_wrong_clock_put_far_ahead_counts_for_nobody(tables: TableServiceClient) -> None:
    kept, other = store(tables), store(tables)
    assert kept.take_turn(NOW + timedelta(days=1), SOON + timedelta(days=1))

    assert other.take_turn(NOW, SOON)
    assert kept.take_turn(SOON, SOON + timedelta(seconds=15))


def test_the_day_that_was_told_last_is_known(tables: TableServiceClient) -> None:
    kept = store(tables)
    assert kept.last_day() is None
    assert kept.take_turn(NOW, SOON)

    kept.note_day(date(2026, 11, 23))
    kept.note_day(date(2026, 11, 24))

    assert kept.last_day() == date(2026, 11, 24)


def test_every_fault_of_storage_is_one_kind() -> None:
    nowhere = TableServiceClient.from_connection_string(
        "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;TableEndpoint=http://127.0.0.1:9/a", retry_total=0
    )
    kept = MessagesTable(nowhere, 0.5, 0.5)

    for ask in (
        lambda: kept.add(CALL),
        lambda: kept.waiting(1),
        lambda: kept.told([CALL]),
        lambda: kept.drop(NOW),
        lambda: kept.drop_days(NOW.date()),
        lambda: kept.take_turn(NOW, SOON),
        lambda: kept.put_off(NOW),
        kept.last_day,
        lambda: kept.note_day(CALL.key.day),
    ):
        with pytest.raises(StorageUnavailable):
            ask()
