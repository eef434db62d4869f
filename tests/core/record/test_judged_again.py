"""An end is judged again by what its record holds; what the app decided stays."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from shared.core.ids import CallId, TenantId
from shared.core.notification.calls import CallEnded, Identity
from shared.core.record.record import CallKey, Outcome, Record, State
from shared.core.record.transitions import ended, judged_again

KEY = CallKey(date(2026, 11, 23), CallId("a"))
AT = datetime(2026, 11, 23, 13, tzinfo=UTC)
TENANT = TenantId("t")
REDIRECTED = Record(
    key=KEY,
    state=State.REDIRECTED,
    received_at=AT,
    rung="x",
    list="sales",
    attempts=1,
    graph_status=202,
    redirect_ms=100,
)
REFUSED = replace(REDIRECTED, state=State.REJECTED, rung=None, list=None, graph_status=403, outcome=Outcome.FAILED)
KEPT: dict[str, Record | None] = {
    "redirected": REDIRECTED,
    "left-without-a-target": replace(REDIRECTED, state=State.LEFT, rung=None, list=None, outcome=Outcome.NO_TARGET),
    "rejected-by-rule": replace(REDIRECTED, state=State.REJECTED, rung=None, list=None, outcome=Outcome.REJECTED),
    "closed": replace(REDIRECTED, state=State.REJECTED, rung=None, list=None, outcome=Outcome.CLOSED),
    "all-lists-refused": REFUSED,
    "failed": replace(REDIRECTED, state=State.FAILED, graph_status=503, outcome=Outcome.FAILED),
    "no-token": replace(REDIRECTED, state=State.FAILED, graph_status=None, attempts=0, outcome=Outcome.FAILED),
    "late": replace(REDIRECTED, state=State.FAILED, graph_status=404, outcome=Outcome.LATE),
    "never-seen": None,
}
# Versions before named those whom a failed attempt would have rung.
KEPT |= {
    f"{name}-that-names-nobody": replace(record, rung=None)
    for name, record in KEPT.items()
    if record is not None and record.state is State.FAILED
}
ENDS = {
    "nothing": CallEnded(None),
    "success": CallEnded(None, code=200, subcode=0),
    "busy": CallEnded(None, code=486, subcode=8540),
    "hung-up": CallEnded(None, code=487),
    "error": CallEnded(None, code=599),
    "answered": CallEnded(None, Identity("user", "x")),
    "only-a-message": CallEnded(None, message="Server Internal Error. DiagCode: 500#560486.@"),
}


@pytest.mark.parametrize("kept", KEPT)
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("seconds", [5, 55])
def test_by_the_same_table_every_record_stays_as_it_is(kept: str, end: str, seconds: int) -> None:
    record = ended(KEPT[kept], KEY, TENANT, ENDS[end], AT + timedelta(seconds=seconds))

    assert judged_again(record) == record


@pytest.mark.parametrize(
    ("judged", "facts", "expected", "rang"),
    [
        pytest.param(Outcome.ENDED, {"code": 486}, Outcome.BUSY, 5, id="a-code-that-was-not-known"),
        pytest.param(Outcome.FAILED, {"code": 487}, Outcome.CALLER_HUNG_UP, 5, id="a-code-that-was-misread"),
        pytest.param(Outcome.FAILED, {"code": 200}, Outcome.ENDED, None, id="a-success-that-was-taken-for-a-failure"),
        pytest.param(
            Outcome.FAILED,
            {"code": 200, "attempts": None, "graph_status": None},
            Outcome.ENDED,
            None,
            id="a-failure-of-none-of-our-attempts",
        ),
        pytest.param(
            Outcome.BUSY, {"code": 487, "graph_status": 503}, Outcome.CALLER_HUNG_UP, 5, id="after-a-failed-attempt"
        ),
        pytest.param(
            Outcome.FAILED,
            {"code": 486, "graph_status": 503, "rung": None},
            Outcome.BUSY,
            None,
            id="a-failed-attempt-whose-end-was-not-known",
        ),
        pytest.param(Outcome.ANSWERED, {"code": 200}, Outcome.ENDED, None, id="a-success-that-was-taken-for-an-answer"),
        pytest.param(
            Outcome.ENDED, {"answered_by": "x", "answered_kind": "user"}, Outcome.ANSWERED, None, id="an-answer"
        ),
        pytest.param(None, {"code": 603}, Outcome.DECLINED, 5, id="none"),
    ],
)
def test_what_another_table_said_is_judged_anew(
    judged: Outcome | None, facts: dict[str, Any], expected: Outcome, rang: int | None
) -> None:
    ended_at = AT + timedelta(seconds=5)
    old = replace(REDIRECTED, state=State.DONE, outcome=judged, ring_seconds=4, ended_at=ended_at, **facts)

    assert judged_again(old) == replace(old, outcome=expected, ring_seconds=rang)


def test_a_record_without_an_end_stays_as_it_is() -> None:
    assert judged_again(REDIRECTED) is REDIRECTED
