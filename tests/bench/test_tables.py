"""The bench's quick table server, as the SDK finds it."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import (
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.data.tables import EdmType, EntityProperty, TableClient, TableServiceClient, UpdateMode

from bench.neighbours import Neighbours
from local.loopback.certificate import certified

_ROW = {"PartitionKey": "2026-11-28", "RowKey": "it's a call", "State": "claimed"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TableServiceClient]:
    authority, tls = certified(tmp_path_factory.mktemp("tls"), "localhost", "127.0.0.1")
    neighbours = Neighbours({"keys": []}, {"keys": []})
    loop = asyncio.new_event_loop()
    ready, over = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with neighbours.listening(tls):
            ready.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(5)
    connection = neighbours.settings()["TABLES_CONNECTION_STRING"]
    with TableServiceClient.from_connection_string(connection, connection_verify=str(authority)) as tables:
        yield tables
    loop.call_soon_threadsafe(over.set)
    thread.join(5)
    loop.close()


@pytest.fixture
def table(service: TableServiceClient, request: pytest.FixtureRequest) -> TableClient:
    return service.create_table("".join(filter(str.isalnum, request.node.name)))


def test_a_row_comes_back_with_its_types_and_etag(table: TableClient) -> None:
    written = table.create_entity(_ROW | {"Count": EntityProperty(2**40, EdmType.INT64), "IsRung": True})

    row = table.get_entity(_ROW["PartitionKey"], _ROW["RowKey"])

    assert (row["State"], row["Count"].value, row["IsRung"]) == ("claimed", 2**40, True)
    assert row.metadata["etag"] == written["etag"]


def test_a_row_is_made_once(table: TableClient) -> None:
    table.create_entity(_ROW)

    with pytest.raises(ResourceExistsError):
        table.create_entity(_ROW)


def test_a_row_is_replaced_whole_or_merged(table: TableClient) -> None:
    table.create_entity(_ROW)

    table.update_entity(_ROW | {"Targets": 3}, mode=UpdateMode.MERGE)
    merged = table.get_entity(_ROW["PartitionKey"], _ROW["RowKey"])
    table.update_entity({key: _ROW[key] for key in ("PartitionKey", "RowKey")}, mode=UpdateMode.REPLACE)
    replaced = table.get_entity(_ROW["PartitionKey"], _ROW["RowKey"])

    assert (merged["State"], merged["Targets"]) == ("claimed", 3)
    assert set(replaced) == {"PartitionKey", "RowKey"}


def test_a_row_that_changed_since_is_not_replaced(table: TableClient) -> None:
    old = table.create_entity(_ROW)["etag"]
    table.update_entity(_ROW, mode=UpdateMode.REPLACE)

    with pytest.raises(ResourceModifiedError):
        table.update_entity(_ROW, mode=UpdateMode.REPLACE, etag=old, match_condition=MatchConditions.IfNotModified)


def test_what_is_not_there_is_not_found(service: TableServiceClient, table: TableClient) -> None:
    with pytest.raises(ResourceNotFoundError):
        table.get_entity("none", "none")
    with pytest.raises(ResourceNotFoundError):
        service.get_table_client("missing").create_entity(_ROW)


def test_all_rows_of_a_table_are_listed(table: TableClient) -> None:
    table.create_entity(_ROW)
    table.create_entity(_ROW | {"RowKey": "another"})

    assert {row["RowKey"] for row in table.list_entities(results_per_page=1000)} == {"it's a call", "another"}


def test_a_deleted_row_is_gone(table: TableClient) -> None:
    table.create_entity(_ROW)

    table.delete_entity(_ROW["PartitionKey"], _ROW["RowKey"])

    assert list(table.list_entities()) == []
