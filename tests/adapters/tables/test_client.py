"""Whose fault it is: the table service's own becomes StorageUnavailable, ours stays what it was."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from azure.data.tables import TableServiceClient

from shared.adapters import http_session
from shared.adapters.tables.client import storage_errors, table_service, timeouts
from shared.adapters.tls import tls_context
from shared.adapters.tokens.azure_credential import AzureCredential
from shared.adapters.tokens.token_cache import CachedToken
from shared.core.errors import StorageUnavailable
from tests.support.servers import Exchange, Handler, serving

JSON = "Content-Type: application/json;odata=minimalmetadata"
OURS = (KeyError("ours"), ValueError("ours"), TypeError("ours"), ZeroDivisionError("ours"), AttributeError("ours"))


@pytest.fixture(scope="module")
def http() -> Iterator[requests.Session]:
    with http_session.http_session(tls_context()) as session:
        yield session


def service_at(http: requests.Session, url: str) -> TableServiceClient:
    said = f"DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;TableEndpoint={url}/a;"
    return table_service(http, connection_string=said)


def rows(service: TableServiceClient) -> list[Any]:
    return list(service.get_table_client("targets").list_entities(**timeouts(2, 2)))


def replying(status: int, content: bytes) -> Handler:
    return lambda exchange: exchange.reply(status, content, JSON)


def cut_short(exchange: Exchange) -> None:
    exchange.send(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"value":')
    raise ConnectionAbortedError


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(replying(503, b""), id="away"),
        pytest.param(replying(403, b"<html>"), id="refused"),
        pytest.param(replying(200, b'{"value": 7}'), id="no-list"),
        pytest.param(replying(200, b'{"rows": []}'), id="no-value"),
        pytest.param(replying(200, b'{"value": ["row"]}'), id="a-row-of-text"),
        pytest.param(replying(200, b'{"value":'), id="half-of-it"),
        pytest.param(replying(200, b"<html>"), id="a-page"),
        pytest.param(cut_short, id="cut-short"),
    ],
)
def test_whatever_the_service_answers_amiss_is_storage_that_is_away(http: requests.Session, answer: Handler) -> None:
    with serving(answer) as server, pytest.raises(StorageUnavailable), storage_errors():
        rows(service_at(http, server.url))


@pytest.mark.parametrize("fault", OURS, ids=lambda fault: type(fault).__name__)
def test_a_fault_of_ours_stays_ours(fault: Exception) -> None:
    with pytest.raises(type(fault)) as raised, storage_errors():
        raise fault

    assert raised.value is fault


def test_a_fault_of_ours_after_a_good_answer_stays_ours(http: requests.Session) -> None:
    with serving(replying(200, b'{"value": []}')) as server, pytest.raises(IndexError), storage_errors():
        rows(service_at(http, server.url))[0]


def test_a_fault_of_ours_that_the_client_calls_for_stays_ours(http: requests.Session) -> None:
    def token(resource: str) -> CachedToken:
        raise KeyError(resource)

    service = table_service(http, endpoint="https://a.invalid", credential=AzureCredential(token, lambda: 0.0))

    with pytest.raises(KeyError), storage_errors():
        rows(service)
