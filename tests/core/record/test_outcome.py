"""How a call ended, by the evidence: who answered, else the codes, else the time, else nothing."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.ids import CallId
from shared.core.notification.calls import CallEnded, Identity
from shared.core.record.outcome import outcome_of, ring_seconds
from shared.core.record.record import CallKey, Outcome, Record, State
from tests.support.paths import SHARED_DATA

CALL = CallId("call-1")
CAME = datetime(2026, 11, 22, 23, 59, 30, tzinfo=UTC)
RANG = Record(
    key=CallKey(date(2026, 11, 22), CALL),
    state=State.REDIRECTED,
    received_at=CAME,
    rung="+12345678901",
    redirect_ms=2000,
)
SOMEBODY = Identity("encrypted", "1xt4")


def after(seconds: float) -> datetime:
    return CAME + timedelta(seconds=seconds)


def ended(code: int | None = None, subcode: int | None = None, by: Identity | None = None) -> CallEnded:
    return CallEnded(CALL, answered_by=by, code=code, subcode=subcode)


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        pytest.param(ended(by=SOMEBODY), Outcome.ANSWERED, id="who-answered-is-told"),
        pytest.param(ended(486, 8539, by=SOMEBODY), Outcome.ANSWERED, id="who-answered-before-any-code"),
        pytest.param(ended(200, 5002), Outcome.ENDED, id="200-alone-says-nothing"),
        pytest.param(ended(), Outcome.ENDED, id="no-code-at-all"),
        pytest.param(ended(0, 0), Outcome.ENDED, id="zeros"),
        pytest.param(ended(487, 0), Outcome.CALLER_HUNG_UP, id="the-caller-cancelled"),
        pytest.param(ended(487), Outcome.CALLER_HUNG_UP, id="the-caller-cancelled-without-a-subcode"),
        pytest.param(ended(487, 10003), Outcome.ANSWERED, id="accepted-elsewhere-is-not-a-hang-up"),
        pytest.param(ended(487, 10004), Outcome.NO_ANSWER, id="not-accepted-in-time"),
        pytest.param(ended(487, 10024), Outcome.DECLINED, id="declined-by-all-endpoints"),
        pytest.param(ended(603, 0), Outcome.DECLINED, id="declined"),
        pytest.param(ended(486, 0), Outcome.BUSY, id="busy"),
        pytest.param(ended(500, 8538), Outcome.DECLINED, id="8538-callee-declined"),
        pytest.param(ended(500, 8539), Outcome.BUSY, id="8539-busy"),
        pytest.param(ended(500, 8540), Outcome.BUSY, id="8540-busy-everywhere"),
        pytest.param(ended(500, 8541), Outcome.UNREACHABLE, id="8541-unavailable"),
        pytest.param(ended(500, 8542), Outcome.CALLER_HUNG_UP, id="8542-cancelled"),
        pytest.param(ended(408, 8544), Outcome.UNREACHABLE, id="8544-seen-in-graph"),
        pytest.param(ended(480, 10037), Outcome.UNREACHABLE, id="10037-no-endpoints"),
        pytest.param(ended(408, 10057), Outcome.UNREACHABLE, id="10057-no-signalling"),
        pytest.param(ended(480, 10076), Outcome.UNREACHABLE, id="10076-not-reached"),
        pytest.param(ended(480, 10077), Outcome.UNREACHABLE, id="10077-offline"),
        pytest.param(ended(480, 10078), Outcome.UNREACHABLE, id="10078-offline"),
        pytest.param(ended(480, 10134), Outcome.UNREACHABLE, id="10134-no-route"),
        pytest.param(ended(480, 10199), Outcome.UNREACHABLE, id="10199-private-calling-disabled"),
        pytest.param(ended(404, 511404), Outcome.UNREACHABLE, id="511404-no-such-number"),
        pytest.param(ended(403, 511532), Outcome.UNREACHABLE, id="511532-no-trunk"),
        pytest.param(ended(403, 510403), Outcome.UNREACHABLE, id="510403-blocked-as-spam"),
        pytest.param(ended(408, 500001), Outcome.UNREACHABLE, id="500001-gateway"),
        pytest.param(ended(404), Outcome.UNREACHABLE, id="404"),
        pytest.param(ended(408), Outcome.UNREACHABLE, id="408"),
        pytest.param(ended(480), Outcome.UNREACHABLE, id="480"),
        pytest.param(ended(486, 560486), Outcome.BUSY, id="560486-busy"),
        pytest.param(ended(486, 540486), Outcome.BUSY, id="540486-busy"),
        pytest.param(ended(480, 560480), Outcome.NO_ANSWER, id="560480-no-answer-before-its-code"),
        pytest.param(ended(408, 560408), Outcome.NO_ANSWER, id="560408-silent"),
        pytest.param(ended(404, 560404), Outcome.UNREACHABLE, id="560404-no-such-number"),
        pytest.param(ended(484, 560484), Outcome.UNREACHABLE, id="560484-a-bad-number"),
        pytest.param(ended(403, 560403), Outcome.UNREACHABLE, id="560403-forbidden"),
        pytest.param(ended(603, 560603), Outcome.DECLINED, id="560603-declined"),
        pytest.param(ended(600, 560600), Outcome.BUSY, id="560600-busy-everywhere"),
        pytest.param(ended(487, 540487), Outcome.CALLER_HUNG_UP, id="540487-the-caller-cancelled"),
        pytest.param(ended(500, 560500), Outcome.FAILED, id="560500-server"),
        pytest.param(ended(503, 560503), Outcome.FAILED, id="560503-server"),
        pytest.param(ended(200, 560000), Outcome.ENDED, id="560000-ended-by-the-telephone-user"),
        pytest.param(ended(200, 550486), Outcome.ENDED, id="550486-is-no-telephone-network"),
        pytest.param(ended(-1, -560486), Outcome.ENDED, id="negative-codes"),
    ],
)
def test_what_the_end_says(end: CallEnded, expected: Outcome) -> None:
    assert outcome_of(end, RANG, after(20)) is expected


@pytest.mark.parametrize(
    ("subcodes", "expected"),
    [
        pytest.param((10024, 8538, 560603), Outcome.DECLINED, id="declined"),
        pytest.param((8539, 8540, 560486, 540486, 560600), Outcome.BUSY, id="busy"),
        pytest.param((8542, 560487, 540487), Outcome.CALLER_HUNG_UP, id="hung-up"),
        pytest.param((10004, 4506, 560408, 560480), Outcome.NO_ANSWER, id="no-answer"),
        pytest.param((8541, 8544, 10037, 10057, 10076, 10077, 10078, 10134, 10199), Outcome.UNREACHABLE, id="in-teams"),
        pytest.param((511404, 511532, 510403, 500001, 560404, 560403, 560604), Outcome.UNREACHABLE, id="by-telephone"),
        pytest.param((540500, 560488, 560606), Outcome.FAILED, id="servers"),
        pytest.param((301005, 531004, 1005, 1106), Outcome.FAILED, id="media"),
        pytest.param((8537, 8586, 8587, 8610), Outcome.FAILED, id="the-bot"),
        pytest.param((5003,), Outcome.DECLINED, id="declined-by-all-endpoints"),
        pytest.param((4097, 4521, 7015, 18503, 540000, 560000), Outcome.ENDED, id="a-talk-that-ended"),
    ],
)
def test_a_subcode_says_it_without_a_code(subcodes: tuple[int, ...], expected: Outcome) -> None:
    ends = product(subcodes, (after(20), after(60)))  # by the clock alone, the second would be nobody's answer

    assert {outcome_of(ended(subcode=subcode), RANG, at) for subcode, at in ends} == {expected}


TWO, NINETY = "+12345678901 +12345678902", 90


@pytest.mark.parametrize(
    ("rung", "timeout", "seconds", "expected"),
    [
        pytest.param("+12345678901", None, 54.9, Outcome.ENDED, id="one-target-a-little-early"),
        pytest.param("+12345678901", None, 55, Outcome.NO_ANSWER, id="one-target-53-seconds-after-the-redirect"),
        pytest.param("+12345678901", None, 67, Outcome.NO_ANSWER, id="one-target-65-seconds-after-it"),
        pytest.param("+12345678901", None, 67.1, Outcome.ENDED, id="one-target-a-little-late"),
        pytest.param(TWO, None, 59.9, Outcome.ENDED, id="several-a-little-early"),
        pytest.param(TWO, None, 60, Outcome.NO_ANSWER, id="several-58-seconds-after-it"),
        pytest.param(TWO, None, 72, Outcome.NO_ANSWER, id="several-70-seconds-after-it"),
        pytest.param(TWO, None, 72.1, Outcome.ENDED, id="several-a-little-late"),
        pytest.param(TWO, NINETY, 90, Outcome.NO_ANSWER, id="a-timeout-of-its-own"),
        pytest.param(TWO, NINETY, 62, Outcome.ENDED, id="before-a-timeout-of-its-own"),
        pytest.param(None, None, 60, Outcome.ENDED, id="nobody-was-rung"),
    ],
)
def test_an_end_as_the_ringing_ends_means_that_nobody_answered(
    rung: str | None, timeout: int | None, seconds: float, expected: Outcome
) -> None:
    record = Record(
        key=RANG.key, state=State.REDIRECTED, received_at=CAME, rung=rung, timeout=timeout, redirect_ms=2000
    )

    ends = ended(), ended(0), ended(0, 0), ended(subcode=0), ended(0, 5002)
    assert {outcome_of(end, record, after(seconds)) for end in ends} == {expected}


def test_the_ringing_is_counted_from_the_call_where_the_redirect_is_not_known() -> None:
    record = Record(key=RANG.key, state=State.REDIRECTED, received_at=CAME, rung="+12345678901")

    assert outcome_of(ended(), record, after(53)) is Outcome.NO_ANSWER
    assert outcome_of(ended(), record, after(65.1)) is Outcome.ENDED


@pytest.mark.parametrize("seconds", [15, 55, 60, 65])
@pytest.mark.parametrize(
    "end",
    [
        *(ended(200, subcode) for subcode in (0, 4097, 5002, 5003, 5010, 7015, 540000, 560000)),
        *(ended(0, 560000), ended(0, 540000), ended(200), ended(204), ended(-1)),
    ],
    ids=str,
)
def test_the_clock_never_overrules_what_microsoft_says(end: CallEnded, seconds: int) -> None:
    records = [replace(RANG, redirect_ms=0, timeout=timeout) for timeout in (15, None, 60)]

    assert {outcome_of(end, record, after(seconds)) for record in records} == {Outcome.ENDED}


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.LATE])
def test_a_redirect_that_graph_refused_rang_nobody(outcome: Outcome) -> None:
    record = replace(RANG, state=State.FAILED, outcome=outcome)

    assert outcome_of(ended(), record, after(57)) is Outcome.ENDED


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        *((code, Outcome.FAILED) for code in (302, 400, 401, 403, 405, 415, 433, 481, 482, 488, 490, 496, 499)),
        *((code, Outcome.FAILED) for code in (500, 501, 502, 503, 504, 513, 580, 599, 605, 606, 699)),
        *((code, Outcome.UNREACHABLE) for code in (404, 408, 410, 430, 480, 484, 485, 604, 608)),
        *((code, Outcome.DECLINED) for code in (603, 607)),
        *((code, Outcome.BUSY) for code in (486, 600)),
        (487, Outcome.CALLER_HUNG_UP),
    ],
)
@pytest.mark.parametrize("subcode", [None, 0, 123456, 550486])
def test_a_code_that_is_no_success_is_never_a_talk(code: int, subcode: int | None, expected: Outcome) -> None:
    assert outcome_of(ended(code, subcode), RANG, after(57)) is expected


@pytest.mark.parametrize(
    ("code", "subcode", "message", "expected"),
    [
        pytest.param(500, None, "Server Internal Error. DiagCode: 500#560486.@", Outcome.BUSY, id="the-subcode"),
        pytest.param(None, None, "DiagCode: 480#10076", Outcome.UNREACHABLE, id="both"),
        pytest.param(None, None, "DiagCode: 603#0", Outcome.DECLINED, id="the-code"),
        pytest.param(500, 3003, "DiagCode: 500#560486.@", Outcome.FAILED, id="a-subcode-of-its-own-counts-more"),
        pytest.param(200, 0, "DiagCode: 486#560486", Outcome.ENDED, id="none-is-a-subcode-too"),
        pytest.param(200, None, "call 486#560486", Outcome.ENDED, id="not-a-diagnosis"),
    ],
)
def test_where_a_body_has_no_subcode_its_message_may(
    code: int | None, subcode: int | None, message: str, expected: Outcome
) -> None:
    end = CallEnded(CALL, code=code, subcode=subcode, message=message)

    assert outcome_of(end, RANG, after(20)) is expected


ENDS = SHARED_DATA / "field" / "outcomes.json"


@pytest.mark.skipif(not ENDS.is_file(), reason="the collected ends are not beside the project")
def test_every_collected_end_is_what_a_person_would_say() -> None:
    ends = json.loads(ENDS.read_text(encoding="utf-8"))["ends"]

    judged = [
        (end, outcome_of(CallEnded(CALL, None, end["code"], end["subcode"], end["message"]), RANG, after(57)).value)
        for end in ends
    ]

    assert len(ends) > 50
    assert [(end["code"], end["subcode"], said) for end, said in judged if said not in end["outcome"]] == []


@pytest.mark.parametrize(
    ("outcome", "timeout", "seconds", "expected"),
    [
        pytest.param(Outcome.NO_ANSWER, 15, 17, 15, id="to-the-end-of-ringing"),
        pytest.param(Outcome.NO_ANSWER, 15, 19, 15, id="never-longer-than-they-can-ring"),
        pytest.param(Outcome.NO_ANSWER, 15, 19.1, None, id="the-end-came-later"),
        pytest.param(Outcome.DECLINED, 15, 6.4, 4, id="declined"),
        pytest.param(Outcome.CALLER_HUNG_UP, None, 57, 55, id="graphs-own-time"),
        pytest.param(Outcome.CALLER_HUNG_UP, None, 1, 0, id="over-before-the-redirect-was-noted"),
        pytest.param(Outcome.ANSWERED, 15, 6, None, id="answered-after-nobody-knows-how-long"),
        pytest.param(Outcome.ENDED, 15, 6, None, id="nobody-knows-whether-it-was-answered"),
    ],
)
def test_how_long_the_phones_rang(outcome: Outcome, timeout: int | None, seconds: float, expected: int | None) -> None:
    assert ring_seconds(replace(RANG, timeout=timeout), outcome, after(seconds)) == expected


def test_phones_that_were_not_asked_to_did_not_ring() -> None:
    assert ring_seconds(replace(RANG, rung=None), Outcome.NO_ANSWER, after(10)) is None


def test_a_call_that_was_never_seen_is_not_judged_by_time() -> None:
    assert outcome_of(ended(), Record(key=RANG.key, state=State.CLAIMED, rung="x"), after(60)) is Outcome.ENDED


@given(code=st.integers() | st.none(), subcode=st.integers() | st.none())
def test_codes_alone_never_say_answered_but_for_accepted_elsewhere(code: int | None, subcode: int | None) -> None:
    judged = outcome_of(ended(code, subcode), RANG, after(60))

    assert (judged is Outcome.ANSWERED) == (subcode == 10003)
