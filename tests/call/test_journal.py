"""One record of each call, through every order of deliveries and every fault of the storage."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from shared.adapters.call_memory import MemoryCalls
from shared.call.claims import Claim, Claims, Duplicate
from shared.call.journal import AlreadyRecorded, Journal, WrongTenant
from shared.core.budgets import Budgets
from shared.core.ids import CallId, TenantId
from shared.core.notification.calls import CallEnded, Identity
from shared.core.record.record import CallKey, Outcome, Record, State, day_of
from tests.support.clock import NOON, MovableClock
from tests.support.scripted import Away, Heard, LostAnswer, UnkindCalls

CALL = CallId("491f0b00-ffff-4bc9-a43e-b226498ec22a")
TENANT = TenantId("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee")
OTHER_TENANT = TenantId("99999999-9999-4999-8999-999999999999")
ANNA = "98da8a1a-1b87-452c-a713-65d3f10b1253"
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Instance:
    claims: Claims
    journal: Journal


class SharedTable:
    """One table, the instances of the app that share it, and the clock that all of them see."""

    def __init__(self, now: datetime = NOON) -> None:
        self.clock = MovableClock(now)
        self.table = UnkindCalls()
        self.said = Heard()
        self._owners = count(1)
        self.first = self.instance()
        self.claims, self.journal = self.first.claims, self.first.journal

    def instance(self) -> Instance:
        """Give an instance of the app with a memory of its own."""
        parts = self.table, MemoryCalls(), self.clock, self.said, Budgets()
        return Instance(Claims(*parts, lambda: f"owner-{next(self._owners)}"), Journal(*parts))

    @property
    def key(self) -> CallKey:
        return CallKey(day_of(self.clock.now()), CALL)

    def claim(self, instance: Instance | None = None) -> Claim | Duplicate:
        now = self.clock.now()
        facts = Record(key=self.key, state=State.CLAIMED, received_at=now, tenant=TENANT, caller="+441234567890")
        return (instance or self.first).claims.claim(CALL, facts)

    def claimed(self, instance: Instance | None = None) -> Claim:
        held = self.claim(instance)
        assert isinstance(held, Claim)
        return held

    def row(self, key: CallKey | None = None) -> Record:
        stored = self.table.rows.read(key or self.key)
        assert stored is not None
        return stored.record

    def has_row(self, key: CallKey | None = None) -> bool:
        return self.table.rows.read(key or self.key) is not None

    def write(self, state: State, key: CallKey | None = None, **facts: Any) -> None:
        """Put a row into the table as another instance would."""
        self.table.rows.note(Record(key=key or self.key, state=state, **facts))

    def end(self, tenant: TenantId = TENANT, key: CallKey | None = None, **facts: Any) -> Any:
        return self.journal.end(key or self.key, tenant, CallEnded(CALL, **facts))


def yesterdays(key: CallKey) -> CallKey:
    return CallKey(key.day - timedelta(days=1), key.call)


def redirected(claim: Claim, **facts: Any) -> Record:
    after: dict[str, Any] = {"state": State.REDIRECTED, "rung": ANNA, "graph_status": 202}
    return replace(claim.record, **(after | facts))


def failed(claim: Claim) -> Record:
    return replace(claim.record, state=State.FAILED, outcome=Outcome.FAILED, graph_status=503)


# Claim


def test_the_first_delivery_has_the_call_and_its_record_says_so() -> None:
    shared = SharedTable()

    claim = shared.claimed()

    assert (claim.record.owner, claim.record.claimed_at, claim.taken_over) == ("owner-1", NOON, False)
    assert shared.row() == claim.record
    assert claim.etag is not None


def test_of_many_deliveries_at_once_one_has_the_call_and_the_others_hear_what_became_of_it() -> None:
    shared = SharedTable()
    instances = [shared.instance() for _ in range(4)]
    claim = shared.claimed()
    shared.journal.close(claim, redirected(claim))

    with ThreadPoolExecutor(16) as threads:
        others = list(threads.map(shared.claim, instances * 4))

    assert others == [Duplicate(State.REDIRECTED)] * 16


@pytest.mark.parametrize("state", [State.REDIRECTED, State.REJECTED, State.LEFT, State.REDIRECTING, State.DONE])
def test_a_call_that_got_further_is_a_duplicate(state: State) -> None:
    shared = SharedTable()
    shared.write(state, owner="another", claimed_at=NOON)

    assert shared.claim() == Duplicate(state)
    assert shared.claim() == Duplicate(state)
    assert shared.row().owner == "another"


def test_a_failed_call_is_taken_over_and_is_still_the_call_of_its_first_delivery() -> None:
    shared = SharedTable()
    shared.journal.close(claim := shared.claimed(), failed(claim))
    shared.clock.advance(5)

    claim = shared.claimed()

    assert (claim.taken_over, claim.record.owner, claim.record.received_at) == (True, "owner-2", NOON)
    assert (shared.row().state, shared.row().outcome, shared.row().graph_status) == (State.CLAIMED, None, None)
    assert shared.row() == claim.record


@pytest.mark.parametrize("on_another_instance", [True, False])
def test_a_young_claim_is_watched_for_three_seconds_and_then_taken_over(*, on_another_instance: bool) -> None:
    shared = SharedTable()
    shared.claimed()
    shared.clock.advance(1)

    claim = shared.claimed(shared.instance() if on_another_instance else None)

    assert (shared.clock.now() - NOON).total_seconds() == pytest.approx(3.0, abs=0.11)
    assert (claim.taken_over, claim.record.owner) == (True, "owner-2")
    assert shared.row().claimed_at == shared.clock.now()


def test_a_young_claim_that_advances_while_it_is_watched_is_a_duplicate() -> None:
    shared = SharedTable()
    claim = shared.claimed()
    shared.table.will("read", None, None, lambda: shared.table.rows.note(redirected(claim)))

    assert shared.claim(shared.instance()) == Duplicate(State.REDIRECTED)
    assert sum(shared.clock.slept) < 1


def test_of_two_that_take_over_one_wins_by_the_etag() -> None:
    shared = SharedTable()
    shared.write(State.FAILED, owner="first")
    shared.table.will("replace", lambda: shared.write(State.REDIRECTED, owner="second"))

    assert shared.claim() == Duplicate(State.REDIRECTED)
    assert shared.row().owner == "second"


def test_a_row_that_a_person_deletes_meanwhile_is_made_again() -> None:
    shared = SharedTable()
    shared.write(State.FAILED)
    shared.table.will("read", shared.table.empty)

    claim = shared.claimed()

    assert shared.row() == claim.record


def test_an_end_that_came_first_leaves_nothing_to_redirect() -> None:
    shared = SharedTable()
    shared.end(code=487)

    assert shared.claim() == Duplicate(State.DONE)
    assert shared.claim(shared.instance()) == Duplicate(State.DONE)


# Midnight


def test_in_the_first_minute_of_a_day_the_claim_of_yesterday_counts() -> None:
    shared = SharedTable(MIDNIGHT - timedelta(seconds=1))
    first = shared.claimed()
    shared.journal.close(first, redirected(first))
    shared.clock.advance(2)

    assert shared.claim() == Duplicate(State.REDIRECTED)
    assert shared.claim(shared.instance()) == Duplicate(State.REDIRECTED)
    assert not shared.has_row()


def test_a_failed_call_of_yesterday_is_taken_over_under_yesterdays_key() -> None:
    shared = SharedTable(MIDNIGHT + timedelta(seconds=30))
    shared.write(State.FAILED, yesterdays(shared.key), owner="first")

    claim = shared.claimed()

    assert (claim.record.key, claim.taken_over) == (yesterdays(shared.key), True)
    assert not shared.has_row()


def test_after_the_first_minute_yesterday_is_not_asked() -> None:
    shared = SharedTable(MIDNIGHT + timedelta(seconds=61))
    shared.write(State.REDIRECTED, yesterdays(shared.key))

    claim = shared.claimed()

    assert (claim.record.key, shared.table.asked) == (shared.key, ["insert"])


def test_without_storage_the_memory_knows_yesterdays_call_too() -> None:
    shared = SharedTable(MIDNIGHT - timedelta(seconds=1))
    first = shared.claimed()
    shared.journal.close(first, redirected(first))
    shared.clock.advance(2)
    shared.table.is_away = True

    assert shared.claim() == Duplicate(State.REDIRECTED)


# Storage away


def test_without_storage_memory_is_the_lock_and_the_call_goes_on() -> None:
    shared = SharedTable()
    shared.table.is_away = True

    claim = shared.claimed()
    shared.journal.close(claim, redirected(claim))

    assert (claim.etag, claim.taken_over) == (None, False)
    assert shared.claim() == Duplicate(State.REDIRECTED)
    assert shared.said.all("storage.away")[0] == {
        "table": "calls",
        "call": CALL,
        "step": "claim",
        "why": "ServiceRequestError",
    }


def test_the_memory_holds_the_lock_when_storage_goes_away_after_the_claim() -> None:
    shared = SharedTable()
    claim = shared.claimed()
    shared.table.is_away = True
    shared.journal.close(claim, redirected(claim))

    assert shared.claim() == Duplicate(State.REDIRECTED)


def test_the_memory_holds_the_lock_when_storage_comes_back_without_the_record() -> None:
    shared = SharedTable()
    shared.table.is_away = True
    claim = shared.claimed()
    shared.journal.close(claim, redirected(claim))
    shared.table.is_away = False

    assert shared.claim() == Duplicate(State.REDIRECTED)


def test_a_claim_whose_answer_was_lost_is_still_this_deliverys() -> None:
    shared = SharedTable()
    shared.table.will("insert", LostAnswer)

    claim = shared.claimed()
    shared.journal.close(claim, redirected(claim))

    assert (claim.etag, claim.taken_over) == (None, False)
    assert (shared.row().state, shared.row().owner, shared.row().rung) == (State.REDIRECTED, "owner-1", ANNA)


def test_storage_that_goes_away_behind_anothers_claim_leaves_ours_as_taken_over() -> None:
    shared = SharedTable()
    shared.write(State.CLAIMED, owner="another", claimed_at=NOON)
    shared.table.will("read", Away)

    claim = shared.claimed()

    assert (claim.etag, claim.taken_over, claim.record.owner) == (None, True, "owner-1")


def test_storage_that_goes_away_while_another_is_watched_does_not_lose_the_call() -> None:
    shared = SharedTable()
    shared.write(State.CLAIMED, owner="another", claimed_at=NOON)
    shared.table.will("read", None, None, Away)

    assert shared.claimed().taken_over


def test_two_failures_without_storage_are_taken_over_in_memory() -> None:
    shared = SharedTable()
    shared.table.is_away = True
    shared.journal.close(claim := shared.claimed(), failed(claim))

    again = shared.claimed()

    assert (again.taken_over, again.record.owner) == (True, "owner-2")


# Close


def test_a_closed_call_has_its_record_at_the_first_write() -> None:
    shared = SharedTable()
    claim = shared.claimed()
    shared.table.asked.clear()

    assert shared.journal.close(claim, redirected(claim))

    assert (shared.row(), shared.table.asked) == (redirected(claim), ["replace"])


def test_an_end_that_was_told_before_the_redirects_own_answer_is_kept_with_what_both_know() -> None:
    shared = SharedTable()
    claim = shared.claimed()
    shared.clock.advance(1)
    shared.end(code=603)

    assert shared.journal.close(claim, redirected(claim))

    row = shared.row()
    assert (row.state, row.outcome, row.code) == (State.DONE, Outcome.DECLINED, 603)
    assert (row.rung, row.graph_status, row.caller) == (ANNA, 202, "+441234567890")


def test_a_failure_says_nothing_of_a_call_that_another_delivery_has_taken_over() -> None:
    shared = SharedTable()
    first = shared.claimed()
    shared.clock.advance(3)
    second = shared.claimed(shared.instance())
    shared.journal.close(second, redirected(second))

    assert shared.journal.close(first, failed(first))

    assert (shared.row().state, shared.row().owner, shared.row().outcome) == (State.REDIRECTED, "owner-2", None)


def test_a_record_without_a_row_is_made_anew() -> None:
    shared = SharedTable()
    shared.table.will("insert", Away)
    claim = shared.claimed()

    assert shared.journal.close(claim, redirected(claim))

    assert shared.row() == redirected(claim)


def test_a_row_that_changes_at_every_look_ends_in_the_log() -> None:
    shared = SharedTable()
    claim = shared.claimed()
    shared.table.will("replace", *[lambda: shared.write(State.REDIRECTING)] * 9)

    assert not shared.journal.close(claim, redirected(claim))

    assert shared.table.asked.count("replace") == 3
    assert shared.said.one("call.unrecorded")["why"] == "the row changes too often"


@pytest.mark.parametrize("step", ["replace", "read"])
def test_storage_that_goes_away_costs_the_record_one_line_and_no_more_time(step: str) -> None:
    shared = SharedTable()
    claim = shared.claimed()
    shared.table.will("replace", lambda: shared.write(State.REDIRECTING))
    shared.table.will("read", Away)
    if step == "replace":
        shared.table.is_away = True

    assert not shared.journal.close(claim, redirected(claim))

    assert (shared.said.names, shared.clock.slept) == (["call.unrecorded"], [])


# The end


def test_the_end_moves_the_record_to_done() -> None:
    shared = SharedTable()
    claim = shared.claimed()
    shared.journal.close(claim, redirected(claim))
    shared.clock.advance(12)

    ended = shared.end(answered_by=Identity("user", ANNA), code=200, subcode=0, message="m", chain_id="chain-1")

    assert ended == shared.row()
    assert (ended.state, ended.outcome, ended.answered_by, ended.answered_kind) == (
        State.DONE,
        Outcome.ANSWERED,
        ANNA,
        "user",
    )
    assert (ended.ring_seconds, ended.ended_at, ended.chain_id) == (None, shared.clock.now(), "chain-1")
    assert (ended.code, ended.subcode, ended.message, ended.rung) == (200, 0, "m", ANNA)


def test_the_end_of_a_call_never_seen_makes_its_record() -> None:
    shared = SharedTable()

    ended = shared.end(code=486)

    assert (ended, shared.has_row()) == (shared.row(), True)
    assert (ended.state, ended.outcome, ended.tenant, ended.ring_seconds) == (State.DONE, Outcome.BUSY, TENANT, None)


def test_the_end_before_the_close_knows_the_call_by_its_claim() -> None:
    shared = SharedTable()
    shared.claimed()
    shared.clock.advance(4)

    ended = shared.end(code=487)

    assert (ended.outcome, ended.ring_seconds, ended.caller) == (Outcome.CALLER_HUNG_UP, None, "+441234567890")


def test_the_same_end_again_changes_nothing_and_is_no_news() -> None:
    shared = SharedTable()
    shared.end(code=603)
    before = shared.row()
    shared.clock.advance(50)
    shared.table.asked.clear()

    again = [shared.end(code=603), shared.end(code=200, answered_by=Identity("user", ANNA))]

    assert again == [AlreadyRecorded(), AlreadyRecorded()]
    assert (shared.row(), shared.table.asked) == (before, ["read", "read"])


def test_a_second_end_that_says_how_it_ended_counts_and_the_first_says_when() -> None:
    shared = SharedTable()
    claim = shared.claimed()
    shared.journal.close(claim, redirected(claim))
    shared.clock.advance(8)
    first = shared.end(code=200, subcode=5002, message="all left")
    shared.clock.advance(3)

    second = shared.end(code=603, subcode=0)

    assert (first.outcome, second.outcome, second.ended_at) == (Outcome.ENDED, Outcome.DECLINED, first.ended_at)
    assert (second.code, second.subcode, second.message) == (603, 0, None)
    assert shared.row() == second


def test_an_end_that_is_told_again_a_minute_later_is_no_call_that_nobody_answered() -> None:
    shared = SharedTable()
    claim = shared.claimed()
    shared.journal.close(claim, redirected(claim))
    shared.clock.advance(8)
    shared.end(code=200, subcode=5002)
    shared.clock.advance(49)

    assert shared.end(code=200, subcode=5002) == AlreadyRecorded()
    assert shared.row().outcome is Outcome.ENDED


def test_a_real_end_comes_before_one_that_was_only_supposed() -> None:
    shared = SharedTable()
    shared.write(State.DONE, outcome=Outcome.UNKNOWN)

    assert shared.end(code=486).outcome is Outcome.BUSY


@pytest.mark.parametrize("kept", [Outcome.REJECTED, Outcome.NO_TARGET])
def test_what_we_decided_ourselves_is_the_outcome_however_the_call_ended(kept: Outcome) -> None:
    shared = SharedTable()
    claim = shared.claimed()
    shared.journal.close(claim, replace(claim.record, state=State.REJECTED, outcome=kept))

    assert shared.end(code=603).outcome is kept


def test_the_end_of_a_call_of_another_tenant_is_not_ours_to_write() -> None:
    shared = SharedTable()
    shared.claimed()
    before = shared.row()

    assert shared.end(OTHER_TENANT) == WrongTenant()
    assert shared.journal.redirecting(shared.key, OTHER_TENANT) == WrongTenant()
    assert shared.row() == before


def test_a_foreign_tenant_is_refused_without_storage_too() -> None:
    shared = SharedTable()
    shared.table.is_away = True
    shared.claimed()

    assert shared.end(OTHER_TENANT) == WrongTenant()
    assert "call.unrecorded" not in shared.said.names


def test_an_end_meets_others_at_the_row_and_wins_at_last() -> None:
    shared = SharedTable()
    shared.table.will("insert", lambda: shared.write(State.CLAIMED, owner="another", tenant=TENANT))
    shared.table.will("replace", lambda: shared.write(State.REDIRECTED, owner="another", tenant=TENANT, rung=ANNA))

    ended = shared.end(code=603)

    assert (ended, ended.rung, ended.owner) == (shared.row(), ANNA, "another")
    assert shared.clock.slept == []


def test_an_end_that_cannot_be_written_is_tried_twice_more_and_then_said_in_one_line() -> None:
    shared = SharedTable()
    claim = shared.claimed()
    shared.journal.close(claim, redirected(claim, rung="+441234567891"))
    shared.table.asked.clear()
    shared.table.is_away = True

    assert shared.end(code=603, message="Call +441234567891 declined by Anna Berg") is None

    row = shared.said.one("call.unrecorded")["row"]
    assert (shared.said.names, shared.table.asked) == (["call.unrecorded"], ["read"] * 3)
    assert (row["day"], row["call"], row["state"], row["outcome"]) == (NOON.date(), CALL, State.DONE, Outcome.DECLINED)
    assert (row["caller"], row["rung"], "message" in row) == ("…90", "…91", False)
    assert (row["owner"], row["graph_status"], row["code"]) == ("owner-1", 202, 603)


def test_storage_that_comes_back_in_time_takes_the_end_without_a_line() -> None:
    shared = SharedTable()
    shared.table.will("read", Away, Away)

    ended = shared.end(code=603)

    assert (ended, shared.said.names) == (shared.row(), [])


def test_an_end_whose_answer_was_lost_is_written_once() -> None:
    shared = SharedTable()
    shared.claimed()
    shared.table.will("replace", LostAnswer)

    shared.end(code=603)

    assert (shared.row().state, shared.row().outcome, shared.said.names) == (State.DONE, Outcome.DECLINED, [])


def test_the_line_rebuilds_the_row_but_for_numbers_and_names() -> None:
    shared = SharedTable()
    claim = shared.claimed()
    shared.table.is_away = True
    record = redirected(
        claim,
        called=ANNA,
        called_name="Anna Berg",
        caller="anna.berg@contoso.com",
        route="any/+4412345",
        rung=f"{ANNA} +441234567891",
        skipped="+441234567892: disabled",
        directory="12345678",
        request_id="r-1",
        timeout=20,
        forwarding=False,
    )

    shared.journal.close(claim, record)

    row = shared.said.one("call.unrecorded")["row"]
    assert "called_name" not in row
    assert (row["called"], row["caller"], row["route"]) == (ANNA, "…", "any/…45")
    assert (row["rung"], row["skipped"]) == (f"{ANNA} …91", "…92: disabled")
    assert (row["directory"], row["request_id"], row["timeout"], row["forwarding"]) == ("12345678", "r-1", 20, False)
    assert (row["received_at"], row["claimed_at"], row["tenant"]) == (NOON, NOON, TENANT)


# An outage heals


def test_what_could_not_be_written_when_the_call_was_redirected_is_written_at_its_end() -> None:
    shared = SharedTable()
    claim = shared.claimed()
    shared.table.is_away = True
    shared.journal.close(claim, redirected(claim))
    shared.table.is_away = False
    shared.clock.advance(55)

    ended = shared.end()

    assert ended == shared.row()
    assert (ended.rung, ended.graph_status, ended.outcome) == (ANNA, 202, Outcome.NO_ANSWER)


def test_the_end_of_a_call_that_storage_never_saw_makes_a_whole_record() -> None:
    shared = SharedTable()
    shared.table.is_away = True
    claim = shared.claimed()
    shared.journal.close(claim, redirected(claim))
    shared.table.is_away = False

    shared.end(code=603)

    assert (shared.row().rung, shared.row().caller, shared.row().outcome) == (ANNA, "+441234567890", Outcome.DECLINED)


def test_without_storage_the_memory_never_goes_back_whatever_the_order() -> None:
    shared = SharedTable()
    shared.table.is_away = True
    claim = shared.claimed()
    shared.end(code=603)
    shared.journal.close(claim, redirected(claim))

    assert shared.claim() == Duplicate(State.DONE)
    shared.table.is_away = False
    assert shared.end(code=603) == AlreadyRecorded()
    assert (shared.row().state, shared.row().outcome, shared.row().rung) == (State.DONE, Outcome.DECLINED, ANNA)


# Redirecting


def test_ringing_targets_move_the_record_and_nothing_else() -> None:
    shared = SharedTable()
    claim = shared.claimed()
    shared.journal.close(claim, redirected(claim))

    rung = shared.journal.redirecting(shared.key, TENANT)

    assert rung == replace(redirected(claim), state=State.REDIRECTING) == shared.row()


def test_ringing_targets_of_a_call_never_seen_are_noted() -> None:
    shared = SharedTable()

    shared.journal.redirecting(shared.key, TENANT)

    assert shared.row() == Record(key=shared.key, state=State.REDIRECTING, tenant=TENANT)


def test_a_call_that_is_over_does_not_ring_again() -> None:
    shared = SharedTable()
    shared.end(code=603)
    before = shared.row()

    assert shared.journal.redirecting(shared.key, TENANT) == AlreadyRecorded()
    assert shared.row() == before


# The key of a call without an address


def test_a_call_without_an_address_is_todays_unless_yesterday_has_it() -> None:
    shared = SharedTable()
    assert shared.journal.key_of(CALL) == shared.key

    shared.write(State.REDIRECTED, yesterdays(shared.key))
    assert shared.journal.key_of(CALL) == yesterdays(shared.key)

    shared.write(State.REDIRECTED)
    assert shared.journal.key_of(CALL) == shared.key


def test_without_storage_the_memory_knows_the_day_else_it_is_today() -> None:
    shared = SharedTable(MIDNIGHT - timedelta(seconds=1))
    shared.claimed()
    shared.clock.advance(2)
    shared.table.is_away = True

    assert shared.journal.key_of(CALL) == yesterdays(shared.key)
    assert shared.journal.key_of(CallId("another")) == CallKey(shared.key.day, CallId("another"))


# Keeping a claim


def test_a_claim_that_is_renewed_is_nobody_elses_however_long_it_takes() -> None:
    shared = SharedTable()
    held: Claim | None = shared.claimed()
    other = shared.instance()
    waited: list[object] = []

    for _ in range(3):
        shared.clock.advance(2.0)
        assert held is not None
        held = shared.claims.renew(held)
        waited.append(shared.row().claimed_at)

    assert waited == [NOON + timedelta(seconds=seconds) for seconds in (2, 4, 6)]
    assert held is not None
    shared.journal.close(held, replace(held.record, state=State.REDIRECTED))
    assert shared.claim(other) == Duplicate(State.REDIRECTED)


def test_a_claim_that_another_instance_took_over_is_lost() -> None:
    shared = SharedTable()
    held = shared.claimed()
    shared.clock.advance(3.1)
    assert shared.claimed(shared.instance()).taken_over

    assert shared.claims.renew(held) is None


def test_a_claim_that_another_delivery_here_took_over_is_lost() -> None:
    shared = SharedTable()
    held = shared.claimed()
    shared.clock.advance(3.1)
    assert shared.claimed().taken_over

    assert shared.claims.renew(held) is None


def test_an_end_in_between_takes_no_claim_away() -> None:
    shared = SharedTable()
    held = shared.claimed()
    shared.journal.end(held.record.key, TENANT, CallEnded(CALL))

    assert shared.claims.renew(held) == held
    assert shared.row().state is State.DONE


def test_an_end_that_another_instance_heard_takes_no_claim_away() -> None:
    shared = SharedTable()
    held = shared.claimed()
    shared.instance().journal.end(held.record.key, TENANT, CallEnded(CALL))

    assert shared.claims.renew(held) == held
    assert shared.row().state is State.DONE


@pytest.mark.parametrize("operation", ["replace", "read"])
def test_a_table_that_is_away_takes_no_claim_away(operation: str) -> None:
    shared = SharedTable()
    held = shared.claimed()
    if operation == "read":
        shared.instance().journal.end(held.record.key, TENANT, CallEnded(CALL))
    shared.table.will(operation, Away)

    assert shared.claims.renew(held) == held


def test_a_claim_that_only_memory_has_is_kept_there() -> None:
    shared = SharedTable()
    shared.table.is_away = True
    held = shared.claimed()
    shared.clock.advance(2.0)

    assert shared.claims.renew(held) == held
    shared.clock.advance(2.0)
    assert shared.claims.renew(held) == held
