"""What the doctor asks over real sockets: the time at Graph, whatever stands in its Date."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests

from shared.adapters import http_session
from shared.adapters.probes import GraphProbe
from shared.adapters.tls import tls_context
from tests.support.servers import Exchange, serving


@pytest.fixture(scope="module")
def http() -> Iterator[requests.Session]:
    with http_session.http_session(tls_context()) as session:
        yield session


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        pytest.param("Sun, 22 Nov 2026 12:00:00 GMT", datetime(2026, 11, 22, 12, tzinfo=UTC), id="graphs-own"),
        pytest.param("Sun, 22 Nov 20262026202620262026 12:00:00 GMT", None, id="a-year-of-twenty-digits"),
        pytest.param("soon", None, id="no-date"),
    ],
)
def test_the_time_at_graph_is_a_date_or_none(http: requests.Session, date: str, moment: datetime | None) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.reply(200, b"", f"Date: {date}")

    with serving(answer) as server:
        assert GraphProbe(http, server.url).date(within=5.0) == moment
