"""One record of each call, through every order of news and every fault of the storage."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.adapters.call_memory import MemoryCalls
from shared.call.journal import AlreadyRecorded, Journal, WrongTenant
from shared.call.watch import Duplicate
from shared.core.budgets import Budgets
from shared.core.ids import CallId
from shared.core.notification.calls import Identity
from shared.core.record.record import CallKey, Outcome, Record, State
from tests.support.clock import NOON
from tests.support.scripted import Away, LostAnswer
from tests.support.shared_table import (
    ANNA,
    CALL,
    MIDNIGHT,
    OTHER_TENANT,
    TENANT,
    SharedTable,
    failed,
    redirected,
    yesterdays,
)

# Close


def test_a_closed_call_has_its_record_at_the_first_write() -> None:
    shared = SharedTable()
    claim = shared.claimed()
    shared.table.asked.clear()

    assert shared.close(claim, redirected(claim))

    assert (shared.row(), shared.table.asked) == (redirected(claim), ["replace"])


def test_an_end_that_was_told_before_the_redirects_own_answer_is_kept_with_what_both_know() -> None:
    shared = SharedTable()
    claim = shared.claimed()
    shared.clock.advance(1)
    shared.end(code=603)

    assert shared.close(claim, redirected(claim))

    row = shared.row()
    assert (row.state, row.outcome, row.code) == (State.DONE, Outcome.DECLINED, 603)
    assert (row.rung, row.graph_status, row.caller) == (ANNA, 202, "+441234567890")


def test_a_failure_says_nothing_of_a_call_that_another_delivery_has_taken_over() -> None:
    shared = SharedTable()
    first = shared.claimed()
    shared.clock.advance(3)
    second = shared.claimed(shared.instance())
    shared.close(second, redirected(second))

    assert shared.close(first, failed(first))

    assert (shared.row().state, shared.row().owner, shared.row().outcome) == (State.REDIRECTED, "owner-2", None)


def test_a_record_without_a_row_is_made_anew() -> None:
    shared = SharedTable()
    shared.table.will("insert", Away)
    claim = shared.claimed()

    assert shared.close(claim, redirected(claim))

    assert shared.row() == redirected(claim)


def test_a_row_that_changes_at_every_look_is_tried_again_and_ends_in_the_log() -> None:
    shared = SharedTable()
    claim = shared.claimed()
    shared.table.will("replace", *[lambda: shared.write(State.REDIRECTING)] * 99)

    assert not shared.close(claim, redirected(claim))

    assert shared.table.asked.count("replace") % 3 == 0
    assert shared.said.one("call.unrecorded")["why"] == "the row changes too often"


@pytest.mark.parametrize("failing", [1, 2, 5, 11])
@pytest.mark.parametrize("operation", ["replace", "read"])
def test_a_record_that_the_table_does_not_take_is_tried_again(operation: str, failing: int) -> None:
    shared = SharedTable()
    claim = shared.claimed()
    if operation == "read":
        shared.table.will("replace", lambda: shared.write(State.REDIRECTING, owner="owner-1"))
    shared.table.will(operation, *[Away] * failing)

    assert shared.close(claim, redirected(claim))

    assert (shared.row().rung, shared.said.names) == (ANNA, [])
    assert shared.clock.slept == ([0.25, 0.5] + [1.0] * 9)[:failing]


def test_a_record_that_was_written_behind_an_error_is_found_so() -> None:
    shared = SharedTable()
    claim = shared.claimed()
    shared.table.asked.clear()
    shared.table.will("replace", LostAnswer)

    assert shared.close(claim, redirected(claim))

    assert (shared.table.asked, shared.said.names) == (["replace", "replace", "read"], [])


@pytest.mark.parametrize("hangs", [0.0, 1.5])
def test_a_record_is_tried_until_twelve_seconds_after_the_calls_arrival_and_no_longer(hangs: float) -> None:
    shared = SharedTable()
    claim = shared.claimed()
    arrived = shared.clock.monotonic()
    shared.clock.advance(1.0)
    shared.table.is_away, shared.table.hangs = True, lambda: shared.clock.advance(hangs)

    assert not shared.journal.close(redirected(claim), claim.etag, arrived=arrived)

    took = shared.clock.monotonic() - arrived
    assert 12.0 - 1.0 - 1.5 - hangs < took <= 12.0
    assert shared.said.names == ["call.unrecorded"]


def test_a_call_that_took_all_its_time_has_one_try_for_its_record() -> None:
    shared = SharedTable()
    claim = shared.claimed()
    shared.table.asked.clear()
    shared.table.is_away = True

    assert not shared.journal.close(redirected(claim), claim.etag, arrived=shared.clock.monotonic() - 10.5)

    assert (shared.table.asked, shared.clock.slept) == (["replace"], [])


def test_where_as_many_wait_for_the_table_as_may_the_next_calls_record_goes_to_the_log_at_once() -> None:
    shared = SharedTable()
    claim = shared.claimed()
    tries: list[int] = []

    def while_it_waits() -> float:
        if not tries:
            asked = len(shared.table.asked)
            following = replace(redirected(claim), key=replace(claim.record.key, call=CallId("following")))
            assert not journal.close(following, claim.etag, arrived=shared.clock.monotonic())
            tries.append(len(shared.table.asked) - asked)
        return 0.0

    budgets = Budgets(most_waiting_for_table=1)
    journal = Journal(shared.table, MemoryCalls(), shared.clock, shared.said, budgets, while_it_waits)
    shared.table.is_away = True
    assert not journal.close(redirected(claim), claim.etag, arrived=shared.clock.monotonic())

    assert tries == [1]
    assert [line["row"]["call"] for line in shared.said.all("call.unrecorded")] == ["following", CALL]


def test_whoever_has_waited_for_the_table_makes_room_for_the_next() -> None:
    shared = SharedTable()
    claim = shared.claimed()
    budgets = Budgets(most_waiting_for_table=1)
    journal = Journal(shared.table, MemoryCalls(), shared.clock, shared.said, budgets, lambda: 0.0)

    for _ in range(3):
        shared.table.will("replace", Away, Away)
        assert journal.close(redirected(claim), claim.etag, arrived=shared.clock.monotonic())


def test_what_could_not_be_written_stays_known_here() -> None:
    shared = SharedTable()
    claim = shared.claimed()
    shared.table.is_away = True
    shared.close(claim, redirected(claim))
    shared.table.is_away = False

    assert shared.claim() == Duplicate(State.REDIRECTED)


# The end


def test_the_end_moves_the_record_to_done() -> None:
    shared = SharedTable()
    claim = shared.claimed()
    shared.close(claim, redirected(claim))
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

    assert again == [AlreadyRecorded(before)] * 2
    assert (shared.row(), shared.table.asked) == (before, ["read", "read"])


def test_a_second_end_that_says_how_it_ended_counts_and_the_first_says_when() -> None:
    shared = SharedTable()
    claim = shared.claimed()
    shared.close(claim, redirected(claim))
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
    shared.close(claim, redirected(claim))
    shared.clock.advance(8)
    shared.end(code=200, subcode=5002)
    shared.clock.advance(49)

    assert shared.end(code=200, subcode=5002) == AlreadyRecorded(shared.row())
    assert shared.row().outcome is Outcome.ENDED


def test_a_real_end_comes_before_one_that_was_only_supposed() -> None:
    shared = SharedTable()
    shared.write(State.DONE, outcome=Outcome.UNKNOWN)

    assert shared.end(code=486).outcome is Outcome.BUSY


@pytest.mark.parametrize("kept", [Outcome.REJECTED, Outcome.NO_TARGET])
def test_what_we_decided_ourselves_is_the_outcome_however_the_call_ended(kept: Outcome) -> None:
    shared = SharedTable()
    claim = shared.claimed()
    shared.close(claim, replace(claim.record, state=State.REJECTED, outcome=kept))

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
    shared.close(claim, redirected(claim, rung="+441234567891"))
    shared.table.asked.clear()
    shared.table.is_away = True

    assert shared.end(code=603, message="Call +441234567891 declined by Anna Berg") is None

    row = shared.said.one("call.unrecorded")["row"]
    assert (shared.said.names, shared.table.asked) == (["call.unrecorded"], ["read"] * 3)
    assert (row["day"], row["call"], row["state"], row["outcome"]) == (NOON.date(), CALL, State.DONE, Outcome.DECLINED)
    assert (row["caller"], row["rung"], "message" in row) == ("…90", "…91", False)
    assert (row["graph_status"], row["code"]) == (202, 603)


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
        request_id=ANNA,
        timeout=20,
        forwarding=False,
    )

    shared.close(claim, record)

    row = shared.said.one("call.unrecorded")["row"]
    assert "called_name" not in row
    assert (row["called"], row["caller"], row["route"]) == (ANNA, "….com", "any/…45")
    assert (row["rung"], row["skipped"]) == (f"{ANNA} …91", "…92: disabled")
    assert (row["directory"], row["request_id"], row["timeout"], row["forwarding"]) == ("12345678", ANNA, 20, False)
    assert (row["received_at"], row["claimed_at"], row["tenant"]) == (NOON, NOON, TENANT)


# An outage heals


def test_what_could_not_be_written_when_the_call_was_redirected_is_written_at_its_end() -> None:
    shared = SharedTable()
    claim = shared.claimed()
    shared.table.is_away = True
    shared.close(claim, redirected(claim))
    shared.table.is_away = False
    shared.clock.advance(55)

    ended = shared.end()

    assert ended == shared.row()
    assert (ended.rung, ended.graph_status, ended.outcome) == (ANNA, 202, Outcome.NO_ANSWER)


def test_the_end_of_a_call_that_storage_never_saw_makes_a_whole_record() -> None:
    shared = SharedTable()
    shared.table.is_away = True
    claim = shared.claimed()
    shared.close(claim, redirected(claim))
    shared.table.is_away = False

    shared.end(code=603)

    assert (shared.row().rung, shared.row().caller, shared.row().outcome) == (ANNA, "+441234567890", Outcome.DECLINED)


def test_without_storage_the_memory_never_goes_back_whatever_the_order() -> None:
    shared = SharedTable()
    shared.table.is_away = True
    claim = shared.claimed()
    shared.end(code=603)
    shared.close(claim, redirected(claim))

    assert shared.claim() == Duplicate(State.DONE)
    shared.table.is_away = False
    assert shared.end(code=603) == shared.row()
    assert (shared.row().state, shared.row().outcome, shared.row().rung) == (State.DONE, Outcome.DECLINED, ANNA)


# Redirecting


def test_ringing_targets_move_the_record_and_nothing_else() -> None:
    shared = SharedTable()
    claim = shared.claimed()
    shared.close(claim, redirected(claim))

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

    assert shared.journal.redirecting(shared.key, TENANT) == AlreadyRecorded(before)
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
