"""The calendar's part in a call, over HTTP against the running app and a real table server."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from local.microsoft.exchange.call_script import Identity, IncomingCall
from tests.support.stack import Stack, running_stack, seed

pytestmark = pytest.mark.usefixtures("in_every_form")

ANNA = "98da8a1a-1b87-452c-a713-65d3f10b1253"
BO = "bf5aae9a-d11d-47a8-93b1-782504c9c3f3"
NUMBER = "+12345678901"
LINE = "aaaaaaaa-0000-4000-8000-000000000001"
TARGETS: list[dict[str, object]] = [
    {"PartitionKey": "default", "RowKey": ANNA},
    {"PartitionKey": "default", "RowKey": NUMBER, "Until": "2020-01-01"},
    # Two hours ahead of UTC, and long past where it is fourteen hours later.
    {"PartitionKey": "default", "RowKey": BO, "From": (datetime.now(UTC) + timedelta(hours=2)).isoformat()[:16]},
]
ROUTES: list[dict[str, object]] = [
    {"PartitionKey": "any", "RowKey": "any", "Hours": "24/7; PH off", "Closed": "reject"},
    {"PartitionKey": LINE, "RowKey": "any", "Hours": "24/7"},
]


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """Bring it up on a company holiday, and on the days around it, so that midnight changes nothing."""
    settings = {"TIME_ZONE": "Pacific/Kiritimati", "HOLIDAY_COUNTRY": "at"}
    days = [(datetime.now(UTC) + timedelta(days=day)).date().isoformat() for day in (-1, 0, 1, 2)]
    with running_stack(targets=TARGETS, routes=ROUTES, settings=settings, forms=()) as stack:
        seed(stack.tables, "holidays", [{"PartitionKey": "default", "RowKey": day} for day in days])
        yield stack


def test_on_a_company_holiday_the_caller_hears_that_the_line_is_closed(stack: Stack) -> None:
    call = stack.microsoft.exchange.ring(IncomingCall()).wait()

    record = stack.record_in_state(call.id, "done")
    assert len(stack.sent(call.id, "reject")) == 1
    assert (record["Outcome"], record["Route"]) == ("closed", "any/any")


def test_a_line_that_does_not_say_ph_rings_on_and_the_record_says_who_does_not(stack: Stack) -> None:
    call = stack.microsoft.exchange.ring(IncomingCall(called=Identity("applicationInstance", LINE))).wait()

    record = stack.record_in_state(call.id, "done")
    assert (record["Outcome"], record["Rung"], record["Skipped"]) == (
        "answered",
        f"{ANNA} {BO}",
        f"{NUMBER}: no longer",
    )
