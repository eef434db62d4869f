"""Many calls at once: each is redirected once, inside the ring window, and nobody is asked more than needed."""

from collections import Counter
from collections.abc import Iterator

import pytest

from local.loopback.faults import Slow
from local.microsoft.exchange.call import Call
from local.microsoft.exchange.call_script import Delivery, IncomingCall, Silent
from tests.faults.line import ROUTES, TARGETS
from tests.support.stack import Stack, running_stack

pytestmark = pytest.mark.slow

RING_WINDOW = 15.0  # seconds


@pytest.fixture
def cold() -> Iterator[Stack]:
    with running_stack(targets=TARGETS, routes=ROUTES) as stack:
        yield stack


def ring(stack: Stack, calls: int) -> list[Call]:
    """Let so many calls ring at once, and give them when each is over."""
    script = Delivery(terminated=0)  # how a call ends is another matter, and would be another request for each
    ringing = [stack.microsoft.exchange.ring(IncomingCall(everyone=Silent(), delivery=script)) for _ in range(calls)]
    return [call.wait(60) for call in ringing]


def redirects(stack: Stack, calls: list[Call]) -> Counter[str]:
    """Count the redirects that reached Graph, by call."""
    ours = {call.id for call in calls}
    return Counter(call for seen in stack.microsoft.seen("graph") if (call := seen.path.split("/")[-2]) in ours)


def slowest(calls: list[Call]) -> float:
    """Give the seconds from the ring to the app's answer of the call that waited longest."""
    return max(event.at - call.rang_at for call in calls for event in call.happened("notified"))


def statuses(calls: list[Call]) -> set[int]:
    return {int(event.facts["status"]) for call in calls for event in call.happened("notified")}


def test_two_hundred_calls_into_a_cold_app_are_redirected_once_each(cold: Stack) -> None:
    calls = ring(cold, 200)

    assert statuses(calls) == {202}
    assert redirects(cold, calls) == dict.fromkeys((call.id for call in calls), 1)
    assert slowest(calls) < RING_WINDOW
    unrecorded = {event["row"]["call"] for event in cold.host.events("call.unrecorded")}
    assert all(call.id in unrecorded or cold.has_record(call.id) for call in calls)


def test_fifty_calls_into_a_cold_app_share_one_fetch_of_everything(cold: Stack) -> None:
    calls = ring(cold, 50)

    asked = {name: len(cold.microsoft.seen(name)) for name in ("keys", "metadata", "token", "login")}
    assert statuses(calls) == {202}
    assert asked["keys"] <= 2
    assert asked["metadata"] <= 2
    assert asked["token"] + asked["login"] <= 3


def test_a_hundred_calls_at_a_graph_of_one_second_are_redirected_once_each(cold: Stack) -> None:
    cold.microsoft.graph.will_always_answer(Slow(1))

    calls = ring(cold, 100)

    assert statuses(calls) == {202}
    assert redirects(cold, calls) == dict.fromkeys((call.id for call in calls), 1)
    assert slowest(calls) < RING_WINDOW
