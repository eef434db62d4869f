"""What a person does at the phones, while they ring and once somebody has picked up."""

from collections.abc import Iterator

import pytest
import requests

from local.microsoft.exchange.call import CALLER, Call
from local.microsoft.exchange.call_script import IncomingCall, Silent
from local.microsoft.exchange.exchange import Act
from local.microsoft.simulator import Microsoft
from tests.support.stack import running_stack
from tests.support.tables import ANNA, BO, LINE, route, target

BY_HAND = IncomingCall(everyone=Silent())


@pytest.fixture(scope="module")
def microsoft() -> Iterator[Microsoft]:
    rows = [target(ANNA, "sales"), target(BO, "sales")]
    with running_stack(targets=rows, routes=[route("any", Ring="sales"), route(LINE, Ring="sales")], speed=1) as stack:
        yield stack.microsoft


def ringing(microsoft: Microsoft) -> Call:
    call = microsoft.exchange.ring(IncomingCall(everyone=Silent()))
    call.wait_for("ringing")
    return call


def how(call: Call) -> str:
    return str(call.wait().happened("ended")[0].facts["how"])


def test_a_phone_rings_until_somebody_picks_it_up(microsoft: Microsoft) -> None:
    call = ringing(microsoft)

    microsoft.exchange.act(call, ANNA, Act.PICKS_UP)

    assert how(call) == "answered"
    assert [event.facts["by"] for event in call.happened("pickedUp")] == [ANNA]


@pytest.mark.parametrize(("does", "ends"), [(Act.DECLINES, "declined"), (Act.BUSY, "busy")])
def test_who_declines_or_is_busy_leaves_the_others_ringing(microsoft: Microsoft, does: Act, ends: str) -> None:
    call = ringing(microsoft)

    microsoft.exchange.act(call, ANNA, does)
    call.wait_for(ends)
    assert not call.over

    microsoft.exchange.act(call, BO, does)
    assert how(call) == ends


def test_the_caller_hangs_up_while_phones_ring(microsoft: Microsoft) -> None:
    call = ringing(microsoft)

    microsoft.exchange.act(call, CALLER, Act.HANGS_UP)

    assert how(call) == "hungUp"


def test_the_caller_hangs_up_before_anybody_has_decided(microsoft: Microsoft) -> None:
    microsoft.token.will_answer(503, 503)
    microsoft.graph.will_answer(503, 503)
    call = microsoft.exchange.ring(BY_HAND)

    microsoft.exchange.act(call, CALLER, Act.HANGS_UP)

    assert how(call) == "hungUp"
    microsoft.token.behaves()
    microsoft.graph.behaves()


@pytest.mark.parametrize("who", [CALLER, ANNA])
def test_a_talk_is_ended_by_either_end_and_once(microsoft: Microsoft, who: str) -> None:
    call = ringing(microsoft)
    microsoft.exchange.act(call, ANNA, Act.PICKS_UP)
    call.wait()

    microsoft.exchange.act(call, who, Act.HANGS_UP)

    assert [event.facts["by"] for event in call.happened("talkEnded")] == [who]
    with pytest.raises(ValueError, match="over"):
        microsoft.exchange.act(call, who, Act.HANGS_UP)


@pytest.mark.parametrize("who", ["nobody", ANNA])
def test_a_phone_that_does_not_ring_cannot_be_picked_up(microsoft: Microsoft, who: str) -> None:
    call = ringing(microsoft)
    microsoft.exchange.act(call, ANNA, Act.DECLINES)
    call.wait_for("declined")

    with pytest.raises(ValueError, match="rings"):
        microsoft.exchange.act(call, who, Act.PICKS_UP)
    with pytest.raises(ValueError, match="caller alone"):
        microsoft.exchange.act(call, BO, Act.HANGS_UP)
    microsoft.exchange.act(call, CALLER, Act.HANGS_UP)
    call.wait()


def test_a_person_with_curl_acts_too(microsoft: Microsoft) -> None:
    call = ringing(microsoft)

    def post(does: str) -> int:
        asked = {"who": ANNA, "does": does}
        return requests.post(f"{microsoft.url}/_/calls/{call.id}/act", json=asked, timeout=5).status_code

    assert [post("sings"), post("picksUp")] == [400, 200]
    assert how(call) == "answered"
    assert post("picksUp") == 400
