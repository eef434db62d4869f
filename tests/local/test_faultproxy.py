"""The fault proxy in front of a real table server: what it spoils, and that it spoils nothing else."""

import uuid
from collections.abc import Iterator

import pytest
from azure.core.exceptions import AzureError, HttpResponseError, ResourceExistsError, ServiceRequestError
from azure.data.tables import TableClient, TableServiceClient

from local.azurite import Azurite
from local.faultproxy import FaultProxy
from local.loopback.faults import Cut, DoneBut, Fault, Hang, LostAnswer, Reset, Says, Slow


@pytest.fixture
def proxy(server: Azurite) -> Iterator[FaultProxy]:
    with FaultProxy(port_of(server)) as proxy:
        yield proxy


@pytest.fixture
def table(server: Azurite, proxy: FaultProxy) -> Iterator[TableClient]:
    options = {"retry_total": 0, "connection_timeout": 0.5, "read_timeout": 0.3}
    with TableServiceClient.from_connection_string(proxy.through(server.connection_string), **options) as service:
        yield service.create_table_if_not_exists("rows")


def port_of(server: Azurite) -> int:
    return int(server.endpoint.rpartition(":")[2].partition("/")[0])


def row() -> dict[str, str]:
    return {"PartitionKey": "a", "RowKey": str(uuid.uuid4())}


def is_there(table: TableClient, wanted: dict[str, str]) -> bool:
    return any(found["RowKey"] == wanted["RowKey"] for found in table.query_entities("PartitionKey eq 'a'"))


def test_all_passes_unspoilt(table: TableClient) -> None:
    wanted = row()

    table.create_entity(wanted)
    table.update_entity(wanted | {"Name": "Grüße"})

    assert table.get_entity("a", wanted["RowKey"])["Name"] == "Grüße"
    table.delete_entity("a", wanted["RowKey"])
    assert not is_there(table, wanted)


@pytest.mark.parametrize(
    ("fault", "takes_effect"),
    [
        pytest.param(Says(503), False, id="busy"),
        pytest.param(Says(403), False, id="firewalled"),
        pytest.param(Says(429), False, id="throttled"),
        pytest.param(Reset(), False, id="reset"),
        pytest.param(Hang(5), False, id="hanging"),
        pytest.param(Slow(5), True, id="slow"),
        pytest.param(LostAnswer(), True, id="answer-lost"),
        pytest.param(Cut(), True, id="answer-cut"),
        pytest.param(DoneBut(504), True, id="done-behind-a-gateway"),
    ],
)
def test_a_trouble_is_an_error_with_or_without_the_effect(
    proxy: FaultProxy, table: TableClient, fault: Fault, *, takes_effect: bool
) -> None:
    wanted = row()
    proxy.spoils(fault, method="POST", times=1)

    with pytest.raises(AzureError):
        table.create_entity(wanted)

    assert is_there(table, wanted) is takes_effect


def test_a_status_is_told_as_it_is(proxy: FaultProxy, table: TableClient) -> None:
    proxy.spoils(Says(429))

    with pytest.raises(HttpResponseError) as refused:
        table.create_entity(row())

    assert refused.value.status_code == 429


def test_a_trouble_ends_after_so_many_requests(proxy: FaultProxy, table: TableClient) -> None:
    wanted = row()
    proxy.spoils(DoneBut(504), times=1)

    with pytest.raises(HttpResponseError):
        table.create_entity(wanted)
    with pytest.raises(ResourceExistsError):
        table.create_entity(wanted)


def test_a_trouble_concerns_its_method_and_its_table_alone(proxy: FaultProxy, table: TableClient) -> None:
    proxy.spoils(Says(503), method="GET", table="rows")
    proxy.spoils(Says(503), table="others")

    table.create_entity(row())

    with pytest.raises(HttpResponseError):
        table.get_entity("a", "b")


def test_nobody_listens_until_it_behaves_again(proxy: FaultProxy, table: TableClient) -> None:
    proxy.refuses()
    with pytest.raises(ServiceRequestError):
        table.create_entity(row())

    proxy.behaves()
    table.create_entity(row())

    assert [passed.fault for passed in proxy.seen[-1:]] == [None]


def test_what_came_is_remembered_with_the_trouble_it_met(proxy: FaultProxy, table: TableClient) -> None:
    proxy.spoils(Says(503), times=1)

    with pytest.raises(HttpResponseError):
        table.create_entity(row())

    passed = proxy.seen[-1]
    assert (passed.method, passed.path.endswith("/rows"), passed.fault) == ("POST", True, Says(503))
