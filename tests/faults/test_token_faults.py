"""Entra in trouble: calls go on while a token lives, and what must be renewed is said once, in words."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from local.azurite import Azurite
from local.loopback.faults import Fault, Hang, LostAnswer, Reset, Says
from local.microsoft.exchange.call_script import IncomingCall
from local.microsoft.simulator import Microsoft
from shared.core.budgets import Budgets
from tests.faults.line import Line, line

SECRET = "made-up-secret"


@pytest.fixture
def app(storage: Azurite, microsoft: Microsoft) -> Iterator[Line]:
    with line(storage, microsoft) as app:
        yield app


@pytest.fixture
def busy(storage: Azurite, microsoft: Microsoft) -> Iterator[Line]:
    with line(storage, microsoft, waits=True) as app:
        yield app


def at_once(app: Line, calls: int) -> list[int | None]:
    """Let so many calls ring together, and give their answers."""
    with ThreadPoolExecutor(calls) as callers:
        return [call.notified for call in callers.map(lambda _: app.ring(), range(calls))]


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(Says(500), id="failing"),
        pytest.param(Says(503), id="busy"),
        pytest.param(Says(429, retry_after="1"), id="throttled"),
        pytest.param(Reset(), id="reset"),
        pytest.param(LostAnswer(), id="answer-lost"),
        pytest.param(Says(200, html=True), id="a-proxys-page"),
        pytest.param(Says(200, b"{"), id="half-an-answer"),
    ],
)
def test_a_cold_call_outlives_the_token_endpoints_trouble(app: Line, trouble: Fault) -> None:
    app.microsoft.token.will_answer(trouble, trouble)
    before = app.asked("token")

    call = app.ring()

    assert (call.notified, len(app.sent(call.id)), len(call.happened("redirected"))) == (202, 1, 1)
    assert app.asked("token") - before <= 6
    record = app.record(call.id)
    assert record is not None
    assert record["RedirectMs"] <= 12_000


@pytest.mark.parametrize("trouble", [Says(503), Reset(), Hang(30), Says(429, retry_after="3600")], ids=str)
def test_a_warm_app_takes_calls_for_as_long_as_its_token_lives(
    storage: Azurite, microsoft: Microsoft, trouble: Fault
) -> None:
    with line(storage, microsoft) as app:
        app.warm()
        app.microsoft.token.will_always_answer(trouble)
        answers = []
        for _ in range(5):
            app.clock.advance(100)  # Microsoft's own tokens must stay good: 300 seconds and 300 of leeway
            answers.append(app.ring().notified)

        assert answers == [202] * 5
        assert app.events("graph.token_failed") == []


def test_an_endpoint_that_is_down_loses_the_call_with_a_record_and_the_next_call_is_served(app: Line) -> None:
    app.microsoft.token.will_always_answer(503)
    lost = app.ring()
    app.microsoft.token.behaves()
    served = app.ring()

    record = app.record(lost.id)
    assert record is not None
    assert (lost.notified, record["State"], record["Outcome"], record["Attempts"]) == (503, "failed", "failed", 0)
    assert (served.notified, len(served.happened("redirected"))) == (202, 1)


def test_a_call_that_failed_for_want_of_a_token_is_redirected_at_its_next_delivery(app: Line) -> None:
    app.microsoft.token.will_always_answer(503)
    call = app.ring()
    app.microsoft.token.behaves()

    again = app.deliver(call)

    assert (call.notified, again, len(call.happened("redirected"))) == (503, 202, 1)


def test_an_expired_secret_is_not_hammered_and_says_what_to_renew(storage: Azurite, microsoft: Microsoft) -> None:
    microsoft.entra.secret_expired = True
    before = len(microsoft.seen("token"))
    with line(storage, microsoft, waits=True) as app:
        answers = at_once(app, 20) + [app.ring().notified for _ in range(8)]

        said = app.events("graph.token_failed")
        assert answers == [503] * 28
        assert app.asked("token") - before <= 6
        assert 1 <= len(said) <= 2
        assert {(event["code"], "make a new secret" in event["hint"]) for event in said} == {("AADSTS7000222", True)}
        assert SECRET not in str(said)
    microsoft.entra.secret_expired = False


def test_a_token_that_is_revoked_under_twenty_calls_is_renewed_once_for_all(busy: Line) -> None:
    busy.warm()
    before = busy.asked("token")
    busy.microsoft.entra.revoke()

    answers = at_once(busy, 20)

    assert answers == [202] * 20
    assert busy.asked("token") - before <= 3


def test_the_whole_time_for_a_token_ends_with_the_last_attempt(storage: Azurite, microsoft: Microsoft) -> None:
    hasty = Budgets(last_attempt_ends=1.5, connect=0.4, read=0.6, claim_write=0.8, record_write=0.8)
    with line(storage, microsoft, budgets=hasty) as app:
        app.microsoft.token.will_always_answer(Hang(20))

        call = app.ring(IncomingCall(hangs_up_after=8))

        record = app.record(call.id)
        assert record is not None
        assert (
            call.notified,
            record["Attempts"],
            record["TokenMs"] <= (hasty.last_attempt_ends + hasty.record_write) * 1000,
        ) == (503, 0, True)
