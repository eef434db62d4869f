"""The table server in trouble: every call is still redirected once, and leaves a record or a line that holds it."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from local.azurite import Azurite
from local.loopback.faults import Cut, DoneBut, Fault, Hang, LostAnswer, Reset, Says, Slow
from local.microsoft.exchange.call_script import Delivery, IncomingCall, Silent
from local.microsoft.simulator import Microsoft
from tests.faults.line import ANNA, BO, NUMBER, Line, line

AWAY = [
    pytest.param(Says(503), id="down"),
    pytest.param(Says(500), id="failing"),
    pytest.param(Says(403), id="firewalled"),
    pytest.param(Says(429), id="throttled"),
    pytest.param(Reset(), id="reset"),
    pytest.param(Hang(5), id="hanging"),
]
AFTER_ITS_EFFECT = [
    pytest.param(DoneBut(504), id="a-gateway-gave-up"),
    pytest.param(LostAnswer(), id="answer-lost"),
    pytest.param(Cut(), id="answer-cut"),
    pytest.param(Slow(5), id="answer-late"),
]


@pytest.fixture
def app(storage: Azurite, microsoft: Microsoft) -> Iterator[Line]:
    with line(storage, microsoft) as app:
        yield app


@pytest.fixture
def busy(storage: Azurite, microsoft: Microsoft) -> Iterator[Line]:
    """Give an app for many deliveries at once: who watches another's claim waits in earnest."""
    with line(storage, microsoft, waits=True) as app:
        yield app


def rings_on() -> IncomingCall:
    return IncomingCall(hangs_up_after=60, everyone=Silent())


def held(app: Line, call: str) -> list[str]:
    """Give the states of everything that keeps this call: its row, and its lines in the log."""
    row = app.record(call)
    return ([str(row["State"])] if row else []) + [str(kept["state"]) for kept in app.lines(call)]


@pytest.mark.parametrize("trouble", AWAY)
def test_a_warm_app_rings_the_same_people_while_the_tables_are_away(app: Line, trouble: Fault) -> None:
    app.warm()
    app.proxy.spoils(trouble)

    call = app.ring()

    assert call.notified == 202
    assert [sorted(target["identity"]["user"]["id"] for target in body["targets"]) for body in app.sent(call.id)] == [
        [ANNA, BO]
    ]
    assert app.lines(call.id)[0]["redirect_ms"] <= 10_000
    assert held(app, call.id)[-1:] in (["redirected"], ["done"])


def test_nobody_listening_costs_no_call_either(app: Line) -> None:
    app.warm()
    app.proxy.refuses()

    call = app.ring()

    assert (call.notified, len(app.sent(call.id)), app.lines(call.id)[0]["state"]) == (202, 1, "redirected")


@pytest.mark.parametrize("trouble", AWAY)
def test_the_next_call_after_an_outage_has_its_row_again(app: Line, trouble: Fault) -> None:
    app.warm()
    app.proxy.spoils(trouble)
    app.ring()
    app.proxy.behaves()

    call = app.ring()

    record = app.record(call.id)
    assert record is not None
    assert (record["State"], app.lines(call.id)) == ("redirected", [])


def test_a_directory_that_is_due_during_an_outage_is_used_as_it_is_and_read_right_after_it(app: Line) -> None:
    app.warm()
    app.clock.advance(300)
    app.proxy.spoils(Says(503))
    during = app.ring()
    app.proxy.behaves()
    after = app.ring()

    assert len(app.sent(during.id)) == 1
    assert [event["was_ever_read"] for event in app.events("directory.stale")] == [True]
    assert len(app.sent(after.id)) == 1
    assert [passed.fault for passed in app.proxy.seen if "targets" in passed.path][-1] is None


def test_a_directory_that_hangs_is_loaded_once_for_all_who_wait(busy: Line) -> None:
    busy.warm()
    busy.clock.advance(300)
    loads = len([passed for passed in busy.proxy.seen if "targets" in passed.path])
    busy.proxy.spoils(Hang(5), method="GET", table="targets")

    with ThreadPoolExecutor(8) as callers:
        calls = list(callers.map(lambda _: busy.ring(), range(8)))

    assert {call.notified for call in calls} == {202}
    assert len([passed for passed in busy.proxy.seen if "targets" in passed.path]) <= loads + 2


@pytest.mark.parametrize("trouble", AFTER_ITS_EFFECT)
def test_a_claim_that_took_effect_behind_an_error_is_not_lost(app: Line, trouble: Fault) -> None:
    app.warm()
    app.proxy.spoils(trouble, method="POST", table="calls", times=1)

    call = app.ring()

    record = app.record(call.id)
    assert (call.notified, len(app.sent(call.id))) == (202, 1)
    assert record is not None
    assert (record["State"], record["Rung"], record["GraphStatus"]) == ("redirected", f"{ANNA} {BO}", 202)


@pytest.mark.parametrize("trouble", AFTER_ITS_EFFECT)
def test_a_record_that_was_written_behind_an_error_is_found_so_and_needs_no_line(app: Line, trouble: Fault) -> None:
    app.warm()
    app.proxy.spoils(trouble, method="PUT", table="calls", times=1)

    call = app.ring(IncomingCall(hangs_up_after=8, delivery=Delivery(terminated=0)))  # its end would be a PUT as well

    assert call.notified == 202
    assert held(app, call.id) == ["redirected"]


def test_twenty_deliveries_at_once_without_tables_make_one_redirect(busy: Line) -> None:
    busy.warm()
    busy.proxy.spoils(Says(503), table="calls")
    busy.microsoft.graph.will_answer(202)
    placed: list[int] = []
    call = busy.microsoft.exchange.ring(IncomingCall(hangs_up_after=8))
    start = threading.Barrier(20)

    def deliver(_: int) -> int:
        start.wait()
        return busy.deliver(call)

    with ThreadPoolExecutor(20) as couriers:
        placed += couriers.map(deliver, range(20))

    assert placed == [202] * 20
    assert len(busy.sent(call.id)) == 1


def test_a_delivery_after_an_outage_knows_what_was_done_during_it(app: Line) -> None:
    app.warm()
    app.proxy.spoils(Says(503), table="calls")
    call = app.ring()
    app.proxy.behaves()

    again = app.deliver(call)

    assert (again, len(app.sent(call.id))) == (202, 1)
    assert [event["state"] for event in app.events("call.duplicate")] == ["redirected"]


def test_a_delivery_after_an_outage_waits_for_the_one_that_began_in_it(busy: Line) -> None:
    busy.warm()
    busy.proxy.spoils(Says(503), method="POST", table="calls", times=1)
    busy.microsoft.graph.will_answer(503)  # the first has to try again, a quarter of a second later
    call = busy.microsoft.exchange.ring(IncomingCall(hangs_up_after=8))
    while not busy.sent(call.id):
        pass

    again = busy.deliver(call)

    assert (again, call.wait_for("notified").facts["status"]) == (202, 202)
    assert len(busy.sent(call.id)) == 2
    assert [row["state"] for row in busy.lines(call.id)] == []
    assert len(call.happened("redirected")) == 1


def test_the_line_holds_all_that_the_row_would_but_for_numbers_and_names(app: Line) -> None:
    app.warm()
    app.proxy.spoils(Says(503), table="calls")
    unseen = app.ring()
    app.proxy.behaves()
    seen = app.ring()

    row, line_of_log = app.record(seen.id), app.lines(unseen.id)[0]
    assert row is not None
    names = {"".join(part.capitalize() for part in name.split("_")) for name in line_of_log} - {"Day", "Call"}
    assert set(row) - names == {"PartitionKey", "RowKey", "CalledName"}
    assert (line_of_log["rung"], line_of_log.get("outcome")) == (f"{ANNA} {BO}", None)


def test_a_number_in_the_line_has_two_digits(storage: Azurite, microsoft: Microsoft) -> None:
    with line(storage, microsoft) as app:
        app.proxy.spoils(Says(503))
        app.flow.ringing.directories.current()

        call = app.ring(IncomingCall(hangs_up_after=8))

        assert "+1" not in str(app.lines(call.id))


def test_an_end_that_cannot_be_written_is_tried_three_times_and_said_in_one_line(app: Line) -> None:
    app.warm()
    call = app.ring(rings_on())
    app.proxy.spoils(Says(503), table=call.id)  # and none of other tests' calls, which may end just now

    answer = app.end(call.id)

    tried = [passed for passed in app.proxy.seen if passed.fault and call.id in passed.path]
    assert (answer, len(tried)) == (503, 3)
    assert [(row["state"], row["outcome"]) for row in app.lines(call.id)] == [("done", "caller_hung_up")]


def test_rows_and_lines_are_as_many_as_calls_that_ended(app: Line) -> None:
    app.warm()
    calls = [app.ring(rings_on()) for _ in range(6)]
    for call in calls[::2]:
        app.proxy.spoils(Says(503), table=call.id)

    answers = [app.end(call.id) for call in calls]

    done = [held(app, call.id).count("done") for call in calls]
    assert answers == [503, 202] * 3
    assert done == [1] * 6


def test_without_any_table_from_the_start_the_fallback_rings(storage: Azurite, microsoft: Microsoft) -> None:
    with line(storage, microsoft, settings={"FALLBACK_TARGETS": NUMBER}) as app:
        app.proxy.refuses()

        call = app.ring()

        assert [body["targets"][0]["identity"]["phone"]["id"] for body in app.sent(call.id)] == [NUMBER]
        assert app.lines(call.id)[0]["rung"] == "…01"
