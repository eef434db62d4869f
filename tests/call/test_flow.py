"""The order of the steps, where only a clock that moves or a fault within shows it: days, batches, our own faults."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.adapters.call_memory import MemoryCalls
from shared.call.claims import Claims
from shared.call.ends import Ends
from shared.call.flow import LARGEST_BODY, Flow, Request
from shared.call.ignored_calls import IgnoredCalls
from shared.call.journal import Journal
from shared.call.redirector import Redirector
from shared.call.ringing import Ringing
from shared.core.budgets import Budgets
from shared.core.directory.model import Directory, Target, TargetKind, snapshot
from shared.core.gate.admit import Verified
from shared.core.gate.publishers import TokenForm
from shared.core.graph.verdicts import GraphResult, NoReply, Reply
from shared.core.ids import AppId, CallId, TenantId
from shared.core.loggable import loggable
from shared.core.record.record import CallKey, Record, State
from shared.core.refusals import KeysUnavailable, RefusedRequest, TenantNotAllowed, TooLarge, Unreadable
from shared.core.routing.decide import LastResort
from shared.core.routing.decisions import RejectReason
from tests.support.clock import NOON, MovableClock
from tests.support.scripted import ACCEPTED, Heard, HeldDirectory, ScriptedGraph, ScriptedTokens, UnkindCalls
from tests.support.tokens import TENANT, verified

BOT = AppId("24701998-1a73-4d42-8085-bf46ed0ae039")
ANNA = Target(TargetKind.USER, "98da8a1a-1b87-452c-a713-65d3f10b1253")
NIGHT, DUTY = Target(TargetKind.PHONE, "+12345678902"), Target(TargetKind.PHONE, "+12345678903")
OTHER_TENANT = TenantId("99999999-9999-4999-8999-999999999999")
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
LINE = "5a1e5000-0000-4000-8000-000000000001"
FIRST, SECOND, THIRD = (CallId(f"49{number}f0b00-ffff-4bc9-a43e-b226498ec22a") for number in (1, 2, 3))


class OpenGate:
    """Lets everything in that it is not told to refuse; satisfies shared.ports.Gate."""

    def __init__(self, clock: MovableClock) -> None:
        self._clock = clock
        self.takes = 0.0
        self.refusal: RefusedRequest | None = None
        self.tenant = TENANT
        self.form = TokenForm.LEGACY

    async def admit(self, authorization: str | None, body: bytes) -> Verified:
        del authorization
        self._clock.advance(self.takes)
        if self.refusal:
            raise self.refusal
        return verified(body, self.tenant, self.form)


class ScriptedApp:
    """A flow whose neighbours are all in the test's hand."""

    def __init__(self, *answers: GraphResult, now: datetime = NOON, directory: Directory | None = None) -> None:
        self.clock = MovableClock(now)
        self.gate = OpenGate(self.clock)
        self.table = UnkindCalls()
        self.graph = ScriptedGraph(self.clock, *answers)
        self.said = Heard()
        self.faults: list[BaseException] = []
        self.recorded: list[tuple[str, State]] = []
        tokens = ScriptedTokens(self.clock, takes=0.0, missing={})
        parts = self.table, MemoryCalls(), self.clock, self.said, Budgets()
        journal = Journal(*parts, lambda: 0.0)
        ringing = Ringing(
            directories=HeldDirectory(directory or snapshot({"default": (ANNA,)}, {})),
            claims=Claims(*parts, lambda: "owner"),
            journal=journal,
            redirector=Redirector(self.graph, tokens, self.clock, Budgets(), lambda: 0.0),
            clock=self.clock,
            events=self.said,
            last_resort=LastResort(BOT, (NIGHT,)),
            base_url="https://bot.contoso.com",
        )
        ends = Ends(
            journal, self.clock, self.said, lambda record: self.recorded.append((record.key.call, record.state))
        )
        self.flow = Flow(self.gate, ringing, ends, self.clock, self.said, self.faults.append)

    def incoming(self, *entries: object, body: bytes | None = None) -> int:
        content = json.dumps({"value": entries}).encode() if body is None else body
        return asyncio.run(self.flow.incoming(Request("Bearer x", content), in_turn))

    def callback(self, day: str, call: str, *entries: object, body: bytes | None = None) -> int:
        content = json.dumps({"value": entries}).encode() if body is None else body
        return asyncio.run(self.flow.callback(Request("Bearer x", content), day, call, in_turn))

    def row(self, call: CallId, day: datetime = NOON) -> Record:
        stored = self.table.rows.read(CallKey(day.date(), call))
        assert stored is not None
        return stored.record

    def has_row(self, call: CallId, day: datetime = NOON) -> bool:
        return self.table.rows.read(CallKey(day.date(), call)) is not None


async def in_turn[**P, T](work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Do the work of one entry after that of another, in this thread: a script is then read in its order."""
    return work(*args, **kwargs)


def rings(call: CallId, **data: Any) -> dict[str, Any]:
    return {
        "changeType": "created",
        "resourceUrl": f"/communications/calls/{call}",
        "resourceData": {"@odata.type": "#microsoft.graph.call", "state": "incoming", "id": call} | data,
    }


def ends(call: CallId, **data: Any) -> dict[str, Any]:
    return rings(call) | {"changeType": "deleted", "resourceData": {"state": "terminated"} | data}


# The day


def test_the_address_names_the_day_on_which_the_call_came_also_when_it_is_answered_on_the_next() -> None:
    app = ScriptedApp(now=MIDNIGHT - timedelta(seconds=0.1))
    app.gate.takes = 0.05

    app.incoming(rings(FIRST))

    (attempt,) = app.graph.attempts
    assert attempt.body["callbackUri"] == f"https://bot.contoso.com/api/calls/2026-11-22/{FIRST}"
    assert app.has_row(FIRST, NOON)


def test_the_address_and_the_row_have_one_day_where_the_gate_took_until_tomorrow() -> None:
    app = ScriptedApp(now=MIDNIGHT - timedelta(seconds=0.1))
    app.gate.takes = 2.0

    app.incoming(rings(FIRST))

    (attempt,) = app.graph.attempts
    day = attempt.body["callbackUri"].split("/")[-2]
    assert app.has_row(FIRST, datetime.fromisoformat(day))


def test_an_end_after_midnight_finds_the_call_of_the_day_before() -> None:
    app = ScriptedApp(now=MIDNIGHT - timedelta(seconds=1))
    app.incoming(rings(FIRST))
    app.clock.advance(30)

    told = app.callback("2026-11-22", FIRST, ends(FIRST))

    assert (told, app.row(FIRST).state, app.has_row(FIRST, MIDNIGHT)) == (202, State.DONE, False)


def test_a_second_delivery_after_midnight_is_a_duplicate() -> None:
    app = ScriptedApp(now=MIDNIGHT - timedelta(seconds=1))
    app.incoming(rings(FIRST))
    app.clock.advance(30)

    app.incoming(rings(FIRST))

    assert (len(app.graph.attempts), app.said.one("call.duplicate")["state"]) == (1, State.REDIRECTED)


@pytest.mark.parametrize(
    ("day", "is_ours"),
    [
        ("2026-11-19", False),
        ("2026-11-20", True),
        ("2026-11-22", True),
        ("2026-11-24", True),
        ("2026-11-25", False),
        ("20261122", False),
        ("2026-W47-7", False),
        ("2026-11-31", False),
        ("\uff12026-11-22", False),
        ("", False),
    ],
)
def test_only_the_day_of_a_call_that_can_end_now_is_an_address(day: str, *, is_ours: bool) -> None:
    app = ScriptedApp()

    if is_ours:
        assert app.callback(day, FIRST, ends(FIRST)) == 202
    else:
        with pytest.raises(Unreadable):
            app.callback(day, FIRST, ends(FIRST))


def test_the_path_decides_which_call_it_is() -> None:
    app = ScriptedApp()

    app.callback("2026-11-22", FIRST, ends(SECOND))

    assert (app.has_row(FIRST), app.has_row(SECOND)) == (True, False)


# Batches


def test_every_entry_counts_and_the_worst_status_answers() -> None:
    app = ScriptedApp(ACCEPTED, *[Reply(503)] * 4, ACCEPTED)

    status = app.incoming(rings(FIRST), rings(SECOND), rings(THIRD))

    assert (status, app.row(FIRST).state, app.row(SECOND).state) == (503, State.REDIRECTED, State.FAILED)
    assert app.row(THIRD).state is State.REDIRECTED


def test_a_fault_of_ours_in_one_entry_is_told_and_loses_no_other() -> None:
    app = ScriptedApp()
    app.table.will("insert", None, lambda: 1 // 0, None)

    status = app.incoming(rings(FIRST), rings(SECOND), rings(THIRD))

    assert status == 503
    assert [type(fault) for fault in app.faults] == [ZeroDivisionError]
    assert [attempt.call for attempt in app.graph.attempts] == [FIRST, THIRD]


def test_a_call_that_a_fault_of_ours_left_claimed_rings_at_its_next_delivery() -> None:
    app = ScriptedApp()
    app.table.will("insert", lambda: 1 // 0)
    assert app.incoming(rings(FIRST)) == 503
    app.clock.advance(3)

    assert app.incoming(rings(FIRST)) == 202
    assert app.row(FIRST).state is State.REDIRECTED


def test_an_unreadable_entry_beside_a_good_one_is_an_event_and_alone_a_400() -> None:
    app = ScriptedApp()

    assert app.incoming("rubbish", rings(FIRST), 7) == 202
    assert [facts["reason"] for facts in app.said.all("notification.unreadable")] == ["unreadable"] * 2
    with pytest.raises(Unreadable):
        app.incoming("rubbish", 7)


def test_an_unreadable_entry_does_not_hide_a_call_that_was_lost() -> None:
    assert ScriptedApp(Reply(503)).incoming("rubbish", rings(FIRST)) == 503


def test_an_end_of_another_tenants_call_beside_a_good_entry_is_refused_alone() -> None:
    app = ScriptedApp()
    app.table.rows.note(Record(key=CallKey(NOON.date(), SECOND), state=State.REDIRECTED, tenant=OTHER_TENANT))

    assert app.incoming(ends(SECOND), rings(FIRST)) == 202
    assert app.row(SECOND).state is State.REDIRECTED
    assert app.said.one("caller.refused")["reason"] == "tenant_not_allowed"
    with pytest.raises(TenantNotAllowed):
        app.incoming(ends(SECOND))


def test_a_ring_and_its_end_in_one_batch_make_one_record_that_is_over() -> None:
    app = ScriptedApp()

    status = app.incoming(rings(FIRST), ends(FIRST, resultInfo={"code": 487}))

    assert (status, app.row(FIRST).state, app.row(FIRST).rung) == (202, State.DONE, ANNA.id)


def test_one_call_twice_in_a_batch_is_redirected_once() -> None:
    app = ScriptedApp()

    assert app.incoming(rings(FIRST), rings(FIRST)) == 202
    assert len(app.graph.attempts) == 1


def test_one_body_takes_a_quarter_of_the_threads_at_most_and_none_for_what_needs_no_waiting() -> None:
    app = ScriptedApp(*[ACCEPTED] * 100)
    busy: list[int] = [0]

    async def counted[**P, T](work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        busy.append(busy[-1] + 1)
        await asyncio.sleep(0)  # others would begin here
        done = work(*args, **kwargs)
        busy.append(busy[-1] - 1)
        return done

    entries = [rings(CallId(f"call-{number}")) for number in range(100)]
    content = json.dumps({"value": [*entries, *[{}] * 100]}).encode()
    status = asyncio.run(app.flow.incoming(Request("Bearer x", content), counted))

    assert (status, len(app.graph.attempts)) == (202, 100)
    assert (max(busy), len(busy)) == (32, 201)


def test_a_batch_without_entries_is_nothing_for_us() -> None:
    app = ScriptedApp()

    assert app.incoming() == 202
    assert app.table.asked == []


# What the answer means


@pytest.mark.parametrize(
    ("answers", "status", "state"),
    [
        pytest.param([ACCEPTED], 202, State.REDIRECTED, id="redirected"),
        pytest.param([Reply(404, "8522")], 202, State.FAILED, id="late"),
        pytest.param([NoReply("ReadTimeout", was_sent=True), Reply(404)], 202, State.REDIRECTED, id="heard-after-all"),
        pytest.param([Reply(403), Reply(403), ACCEPTED], 202, State.REJECTED, id="rejected"),
        pytest.param([Reply(403)], 503, State.FAILED, id="everything-refused"),
        pytest.param([Reply(503)], 503, State.FAILED, id="failed"),
        pytest.param([Reply(401)], 503, State.FAILED, id="no-token-is-good"),
    ],
)
def test_503_says_that_the_call_was_lost_and_nothing_else_does(
    answers: list[GraphResult], status: int, state: State
) -> None:
    app = ScriptedApp(*answers)

    assert app.incoming(rings(FIRST)) == status
    assert app.row(FIRST).state is state
    assert (app.row(FIRST).rung is not None) is (state is State.REDIRECTED)
    assert app.row(FIRST).hint or state is State.REDIRECTED
    assert f"call.{state}" in app.said.names


def test_a_record_that_cannot_be_written_does_not_make_a_redirected_call_a_lost_one() -> None:
    app = ScriptedApp()
    app.table.is_away = True

    assert app.incoming(rings(FIRST)) == 202
    assert app.said.one("call.unrecorded")["row"]["state"] is State.REDIRECTED


def test_an_end_that_cannot_be_written_is_503() -> None:
    app = ScriptedApp()
    app.table.is_away = True

    assert app.callback("2026-11-22", FIRST, ends(FIRST)) == 503
    assert "call.ended" not in app.said.names


def test_an_end_that_is_told_three_times_is_said_once() -> None:
    app = ScriptedApp()

    statuses = [app.callback("2026-11-22", FIRST, ends(FIRST)) for _ in range(3)]

    assert (statuses, app.said.names) == ([202] * 3, ["call.ended"])


def test_whoever_tells_of_missed_calls_hears_of_an_end_each_time_it_comes() -> None:
    app = ScriptedApp()

    for _ in range(2):  # at the first time, the instance may die before anybody is told
        app.incoming(ends(FIRST, resultInfo={"code": 603}))

    assert app.recorded == [(FIRST, State.DONE)] * 2


def test_an_end_that_was_written_at_its_second_delivery_is_heard_of() -> None:
    app = ScriptedApp()
    app.table.is_away = True
    assert app.incoming(ends(FIRST, resultInfo={"code": 603})) == 503
    assert app.recorded == []
    app.table.is_away = False

    assert app.incoming(ends(FIRST, resultInfo={"code": 603})) == 202
    assert app.recorded == [(FIRST, State.DONE)]
    assert app.said.names[-1] == "call.ended"


def test_where_no_directory_was_ever_read_the_fallback_rings() -> None:
    app = ScriptedApp()
    app.flow = replace(app.flow, ringing=replace(app.flow.ringing, directories=HeldDirectory(None)))

    assert app.incoming(rings(FIRST)) == 202
    assert (app.graph.attempts[0].rung, app.row(FIRST).directory) == ([NIGHT.id], None)


def test_the_first_call_of_a_process_is_the_cold_one() -> None:
    app = ScriptedApp()

    app.incoming(rings(FIRST), rings(SECOND))

    assert (app.row(FIRST).cold, app.row(SECOND).cold) == (True, False)


def test_the_record_and_the_event_say_how_long_each_step_took() -> None:
    app = ScriptedApp()
    app.gate.takes = 0.04

    app.incoming(rings(FIRST))

    row, said = app.row(FIRST), app.said.one("call.redirected")
    assert (row.gate_ms, row.redirect_ms, row.received_at) == (40, 40, NOON)
    assert (said["gate_ms"], said["ms"], said["attempts"], said["status"]) == (40, 40, 1, 202)


def test_events_name_the_called_line_who_rings_and_who_answered_but_no_number() -> None:
    line = {"identity": {"applicationInstance": {"id": LINE}}}
    app = ScriptedApp(Reply(403), ACCEPTED)

    app.incoming(rings(FIRST, targets=[line]))
    app.incoming(ends(FIRST, answeredBy={"identity": {"phone": {"id": NIGHT.id}}}))

    told, ended = app.said.one("call.redirected"), app.said.one("call.ended")
    assert (loggable("called", told["called"]), loggable("rung", told["rung"])) == (LINE, "…02")
    assert loggable("answered_by", ended["answered_by"]) == "…02"


@pytest.mark.parametrize(
    ("names", "told", "expected"),
    [({LINE: "Sales"}, "PstnAppInstance", "Sales"), ({}, "PstnAppInstance", "PstnAppInstance"), ({}, None, None)],
)
def test_the_record_has_the_name_that_people_gave_the_line_before_microsofts(
    names: dict[str, str], told: str | None, expected: str | None
) -> None:
    app = ScriptedApp(directory=snapshot({"default": (ANNA,)}, {}, names=names))

    app.incoming(rings(FIRST, targets=[{"identity": {"applicationInstance": {"id": LINE, "displayName": told}}}]))

    assert app.row(FIRST).called_name == expected


def test_no_event_holds_a_number_a_name_or_a_body() -> None:
    app = ScriptedApp(Reply(403), ACCEPTED)
    caller = {"identity": {"phone": {"id": "+441234567890", "displayName": "Anna Berg"}}}
    app.incoming(rings(FIRST, source=caller))
    app.incoming(ends(FIRST, answeredBy=caller, resultInfo={"code": 200, "message": "by +441234567890"}))

    events = [facts for name in app.said.names for facts in app.said.all(name)]
    said = repr([loggable(name, str(fact)) for facts in events for name, fact in facts.items()])

    assert (app.row(FIRST).rung, app.row(FIRST).answered_by) == (NIGHT.id, "+441234567890")
    for secret in ("4567890", "5678902", "Anna", "Bearer"):
        assert secret not in said


# A list that Graph refuses


def lists(*targets: Target) -> Directory:
    return snapshot({"default": targets}, {})


def test_the_record_and_an_event_say_whom_graph_would_not_ring() -> None:
    app = ScriptedApp(Reply(403, "7505"), ACCEPTED, directory=lists(ANNA, DUTY))

    assert app.incoming(rings(FIRST)) == 202

    row, said = app.row(FIRST), app.said.one("list.bad_target")
    assert (row.rung, row.skipped) == (ANNA.id, f"{DUTY.id}: left out after Graph refused the list (7505)")
    assert (said["call"], said["list"], said["code"]) == (FIRST, "default", "7505")
    assert (said["left_out"], said["targets"]) == (1, DUTY.id)
    assert app.said.one("call.redirected")["targets"] == 1


def test_who_rings_by_the_next_list_was_not_left_out() -> None:
    app = ScriptedApp(Reply(403), Reply(403), Reply(403), ACCEPTED, directory=lists(ANNA, NIGHT))

    app.incoming(rings(FIRST))

    row = app.row(FIRST)
    assert (row.list, row.rung) == ("FALLBACK_TARGETS", NIGHT.id)
    assert row.skipped == f"{ANNA.id}: left out after Graph refused the list (403)"
    assert app.said.one("list.bad_target")["left_out"] == 2


def test_a_list_that_graph_takes_is_no_news() -> None:
    app = ScriptedApp(Reply(503), ACCEPTED, directory=lists(ANNA, DUTY))

    app.incoming(rings(FIRST))

    assert ("list.bad_target" in app.said.names, app.row(FIRST).skipped) == (False, None)


# Before anything is done


def test_a_body_that_is_too_large_is_refused_before_the_gate_is_asked() -> None:
    app = ScriptedApp()
    app.gate.refusal = KeysUnavailable()

    with pytest.raises(TooLarge):
        app.incoming(body=b" " * (LARGEST_BODY + 1))
    with pytest.raises(KeysUnavailable):
        app.incoming(body=b" " * LARGEST_BODY)


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 202), (b" \n", 202), (b'{"callState": "incoming", "participants": []}', 204)]
)
def test_bodies_that_are_not_of_graphs_form_touch_nothing(body: bytes, status: int) -> None:
    app = ScriptedApp()

    assert (app.incoming(body=body), app.callback("2026-11-22", FIRST, body=body)) == (status, status)
    assert (app.table.asked, app.said.names) == ([], ["call.ignored"] * 2)


def test_a_ringing_call_at_the_address_of_a_call_is_not_answered() -> None:
    app = ScriptedApp()

    assert app.callback("2026-11-22", FIRST, rings(FIRST)) == 202
    assert app.graph.attempts == []


def test_ringing_targets_are_noted_at_the_calls_own_address_and_ignored_at_the_webhook() -> None:
    app = ScriptedApp()
    redirecting = rings(FIRST, state="redirecting")

    assert app.incoming(redirecting) == 202
    assert not app.has_row(FIRST)
    assert app.callback("2026-11-22", FIRST, redirecting) == 202
    assert app.row(FIRST).state is State.REDIRECTING


def test_an_end_without_a_call_id_at_the_webhook_is_ignored() -> None:
    app = ScriptedApp()

    assert app.incoming({"changeType": "updated", "resourceData": {"state": "terminated"}}) == 202
    assert (app.said.names, app.table.asked) == (["call.ignored"], [])


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"incomingContext": {"observedParticipantId": "7"}}, id="an-invitation-to-record"),
        pytest.param({"direction": "outgoing"}, id="a-call-that-was-placed"),
    ],
)
def test_the_end_of_a_call_that_was_ignored_makes_no_row(data: dict[str, Any]) -> None:
    app = ScriptedApp()

    assert app.incoming(rings(FIRST, **data)) == 202
    assert (app.incoming(ends(FIRST)), app.incoming(ends(SECOND))) == (202, 202)
    assert (app.has_row(FIRST), app.has_row(SECOND)) == (False, True)
    assert app.graph.attempts == []


def test_the_oldest_of_many_ignored_calls_is_forgotten() -> None:
    ignored = IgnoredCalls(most=2)

    for call in (FIRST, SECOND, FIRST, THIRD):
        ignored.add(call)

    assert [call in ignored for call in (FIRST, SECOND, THIRD)] == [True, False, True]


def test_a_call_is_one_in_any_letter_case_of_its_id() -> None:
    app = ScriptedApp(ACCEPTED)
    capitals = FIRST.upper()

    assert app.incoming(rings(CallId(capitals))) == 202
    assert app.incoming(rings(FIRST)) == 202
    assert app.callback("2026-11-22", capitals, ends(CallId(capitals))) == 202

    (attempt,) = app.graph.attempts
    assert attempt.body["callbackUri"] == f"https://bot.contoso.com/api/calls/2026-11-22/{FIRST}"
    assert app.row(FIRST).state is State.DONE
    assert not app.has_row(CallId(capitals))


def test_an_end_at_the_webhook_in_another_letter_case_finds_its_row() -> None:
    app = ScriptedApp(ACCEPTED)

    assert app.incoming(rings(CallId(FIRST.upper()))) == 202
    assert app.incoming(ends(FIRST)) == 202
    assert app.row(FIRST).received_at == NOON


@pytest.mark.parametrize(("named", "noted"), [(OTHER_TENANT, OTHER_TENANT), (TENANT, None), (None, None)])
def test_a_tenant_of_the_call_that_is_not_the_tokens_is_said_and_noted_and_loses_no_call(
    named: TenantId | None, noted: TenantId | None
) -> None:
    app = ScriptedApp(ACCEPTED)
    said = {"tenantId": named} if named else {}

    assert app.incoming(rings(FIRST, **said)) == 202
    assert app.callback("2026-11-22", FIRST, ends(FIRST, **said)) == 202
    assert app.callback("2026-11-22", SECOND, ends(SECOND, **said)) == 202

    assert [(app.row(call).tenant, app.row(call).call_tenant) for call in (FIRST, SECOND)] == [(TENANT, noted)] * 2
    assert (app.row(FIRST).state, app.graph.actions) == (State.DONE, ["redirect"])
    assert app.said.names.count("call.tenant_differs") == (3 if noted else 0)


# How it was signed


@pytest.mark.parametrize("form", TokenForm)
def test_every_event_of_a_notification_that_was_let_in_says_how_it_was_signed(form: TokenForm) -> None:
    app = ScriptedApp(ACCEPTED, Reply(403))
    app.gate.form = form
    odd = {"resourceData": {"state": "incoming", "id": "a/b"}}

    app.incoming(rings(FIRST))
    app.incoming(rings(FIRST))
    app.incoming(rings(SECOND), odd)
    app.callback("2026-11-22", FIRST, ends(FIRST))
    app.callback("2026-11-22", FIRST, rings(FIRST))
    app.incoming(body=b"")
    app.incoming(body=b'{"callState": "incoming"}')

    ours = {name for name in app.said.names if name.startswith(("call.", "notification."))}
    told = {"call.redirected", "call.duplicate", "call.failed", "call.ended", "call.ignored"}
    assert ours == told | {"notification.unreadable"}
    assert {facts["form"] for name in ours for facts in app.said.all(name)} == {form}


@pytest.mark.parametrize("form", TokenForm)
def test_a_body_that_is_turned_away_says_how_it_was_signed(form: TokenForm) -> None:
    app = ScriptedApp()
    app.gate.form = form

    with pytest.raises(Unreadable) as no_json:
        app.incoming(body=b"no JSON")
    with pytest.raises(Unreadable) as no_day:
        app.callback("no day", FIRST, ends(FIRST))

    assert (no_json.value.form, no_day.value.form) == (form, form)


def test_what_the_gate_refuses_has_no_form_that_could_be_told() -> None:
    app = ScriptedApp()
    app.gate.refusal = TenantNotAllowed("of another tenant")

    with pytest.raises(TenantNotAllowed) as refused:
        app.incoming(rings(FIRST))

    assert refused.value.form is None


@pytest.mark.parametrize(
    ("unroutable", "event"),
    [
        pytest.param(RejectReason.BUSY, "call.rejected", id="rejected"),
        pytest.param(None, "call.left", id="left-to-ring-out"),
    ],
)
def test_a_call_that_nobody_could_ring_says_so_in_its_event(unroutable: RejectReason | None, event: str) -> None:
    app = ScriptedApp(ACCEPTED, directory=snapshot({}, {}))
    ringing = replace(app.flow.ringing, last_resort=LastResort(BOT, (), unroutable))
    app.flow = replace(app.flow, ringing=ringing)

    app.incoming(rings(FIRST))

    assert (app.said.one(event)["outcome"], app.said.one(event)["targets"]) == ("no_target", 0)
