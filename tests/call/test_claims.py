"""Who has a call: through every order of deliveries, and every fault of the storage."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.call.claims import Claim, ClaimLost
from shared.call.watch import Duplicate
from shared.core.budgets import Budgets
from shared.core.notification.calls import CallEnded
from shared.core.record.record import Outcome, State
from tests.support.clock import NOON
from tests.support.scripted import Away, LostAnswer
from tests.support.shared_table import ANNA, CALL, MIDNIGHT, TENANT, SharedTable, failed, redirected, yesterdays

TIMINGS = Budgets().claims


# Claim


def test_the_first_delivery_has_the_call_and_its_record_says_so() -> None:
    shared = SharedTable()

    claim = shared.claimed()

    assert (claim.record.owner, claim.record.claimed_at, claim.contested) == ("owner-1", NOON, False)
    assert shared.row() == claim.record
    assert claim.etag is not None


def test_of_many_deliveries_at_once_one_has_the_call_and_the_others_hear_what_became_of_it() -> None:
    shared = SharedTable()
    instances = [shared.instance() for _ in range(4)]
    claim = shared.claimed()
    shared.close(claim, redirected(claim))

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
    shared.close(claim := shared.claimed(), failed(claim))
    shared.clock.advance(5)

    claim = shared.claimed()

    assert (claim.contested, claim.record.owner, claim.record.received_at) == (True, "owner-2", NOON)
    assert (shared.row().state, shared.row().outcome, shared.row().graph_status) == (State.CLAIMED, None, None)
    assert shared.row() == claim.record


def test_the_memory_knows_a_call_as_the_table_has_it() -> None:
    shared = SharedTable()
    shared.close(claim := shared.claimed(), failed(claim))
    shared.clock.advance(5)
    instance = shared.instance()

    claim = shared.claimed(instance)

    remembered = instance.claims.memory.read(claim.record.key)
    assert remembered is not None
    assert (remembered.record, remembered.record.received_at) == (claim.record, NOON)


@pytest.mark.parametrize("on_another_instance", [True, False])
def test_a_young_claim_is_watched_until_it_is_stale_and_then_taken_over(*, on_another_instance: bool) -> None:
    shared = SharedTable()
    shared.claimed()
    shared.clock.advance(1)

    claim = shared.claimed(shared.instance() if on_another_instance else None)

    assert (shared.clock.now() - NOON).total_seconds() == pytest.approx(TIMINGS.stale_after, abs=0.11)
    assert (claim.contested, claim.record.owner) == (True, "owner-2")
    assert shared.row().claimed_at == shared.clock.now()


def test_a_claim_that_moves_while_it_is_watched_is_watched_on() -> None:
    shared = SharedTable()
    first = shared.claimed()
    shared.table.will("read", *[None] * 30, lambda: first.keep_alive(TIMINGS.lease))

    shared.claimed(shared.instance())

    assert (shared.clock.now() - NOON).total_seconds() == pytest.approx(3.0 + TIMINGS.stale_after, abs=0.11)


@pytest.mark.parametrize("ahead", [1.0, 3600.0])
def test_a_claim_of_a_clock_that_is_ahead_is_watched_by_ones_own(ahead: float) -> None:
    shared = SharedTable()
    shared.write(State.CLAIMED, owner="another", claimed_at=NOON + timedelta(seconds=ahead))

    claim = shared.claimed()

    waited = (shared.clock.now() - NOON).total_seconds()
    assert (claim.contested, claim.etag is not None, shared.row().owner) == (True, True, claim.record.owner)
    assert waited == pytest.approx(TIMINGS.stale_after + TIMINGS.longest_wait, abs=0.11)


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
    assert claim.contested


def test_a_row_that_is_deleted_and_made_anew_by_another_meanwhile_has_one_owner() -> None:
    shared = SharedTable()
    shared.write(State.CLAIMED, owner="another", claimed_at=NOON)
    shared.table.will("read", shared.table.empty)
    shared.table.will("insert", None, lambda: shared.write(State.REDIRECTED, owner="a-third"))

    assert shared.claim() == Duplicate(State.REDIRECTED)
    assert shared.row().owner == "a-third"


def test_a_table_that_is_being_deleted_costs_no_call_and_no_more_time_than_a_claim_lives() -> None:
    shared = SharedTable()
    shared.table.refuses_inserts = True

    claim = shared.claimed()

    assert (claim.etag, claim.contested) == (None, True)
    assert sum(shared.clock.slept) == pytest.approx(TIMINGS.stale_after + TIMINGS.longest_wait, abs=0.11)


def test_an_end_that_came_first_leaves_nothing_to_redirect() -> None:
    shared = SharedTable()
    shared.end(code=487)

    assert shared.claim() == Duplicate(State.DONE)
    assert shared.claim(shared.instance()) == Duplicate(State.DONE)


# Midnight


def test_in_the_first_minute_of_a_day_the_claim_of_yesterday_counts() -> None:
    shared = SharedTable(MIDNIGHT - timedelta(seconds=1))
    first = shared.claimed()
    shared.close(first, redirected(first))
    shared.clock.advance(2)

    assert shared.claim() == Duplicate(State.REDIRECTED)
    assert shared.claim(shared.instance()) == Duplicate(State.REDIRECTED)
    assert not shared.has_row()


def test_a_failed_call_of_yesterday_is_taken_over_under_yesterdays_key() -> None:
    shared = SharedTable(MIDNIGHT + timedelta(seconds=30))
    shared.write(State.FAILED, yesterdays(shared.key), owner="first")

    claim = shared.claimed()

    assert (claim.record.key, claim.contested) == (yesterdays(shared.key), True)
    assert not shared.has_row()


def test_after_the_first_minute_yesterday_is_not_asked() -> None:
    shared = SharedTable(MIDNIGHT + timedelta(seconds=61))
    shared.write(State.REDIRECTED, yesterdays(shared.key))

    claim = shared.claimed()

    assert (claim.record.key, shared.table.asked) == (shared.key, ["insert"])


def test_without_storage_the_memory_knows_yesterdays_call_too() -> None:
    shared = SharedTable(MIDNIGHT - timedelta(seconds=1))
    first = shared.claimed()
    shared.close(first, redirected(first))
    shared.clock.advance(2)
    shared.table.is_away = True

    assert shared.claim() == Duplicate(State.REDIRECTED)


# Storage away


def test_without_storage_memory_is_the_lock_and_the_call_goes_on() -> None:
    shared = SharedTable()
    shared.table.is_away = True

    claim = shared.claimed()
    shared.close(claim, redirected(claim))

    assert (claim.etag, claim.contested) == (None, False)
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
    shared.close(claim, redirected(claim))

    assert shared.claim() == Duplicate(State.REDIRECTED)


def test_the_memory_holds_the_lock_when_storage_comes_back_without_the_record() -> None:
    shared = SharedTable()
    shared.table.is_away = True
    claim = shared.claimed()
    shared.close(claim, redirected(claim))
    shared.table.is_away = False

    assert shared.claim() == Duplicate(State.REDIRECTED)


def test_a_claim_whose_answer_was_lost_is_still_this_deliverys_and_as_old_as_it_is() -> None:
    shared = SharedTable()
    shared.table.will("insert", LostAnswer)

    claim = shared.claimed()
    left = claim.keep_alive(1.0)
    shared.close(claim, redirected(claim))

    assert (claim.etag is not None, claim.contested, claim.record.claimed_at) == (True, False, NOON)
    assert left == pytest.approx(TIMINGS.lease - sum(shared.clock.slept))
    assert (shared.row().state, shared.row().owner, shared.row().rung) == (State.REDIRECTED, "owner-1", ANNA)


def test_a_table_that_fails_once_gives_no_second_owner() -> None:
    shared = SharedTable()
    first = shared.claimed()
    shared.table.will("insert", lambda: shared.close(first, redirected(first)))
    shared.table.will("insert", Away)

    assert shared.claim(shared.instance()) == Duplicate(State.REDIRECTED)
    assert shared.said.names == []


def test_a_table_that_hangs_is_not_asked_for_the_claim_twice() -> None:
    shared = SharedTable()
    shared.table.is_away, shared.table.hangs = True, lambda: shared.clock.advance(1.0)

    claim = shared.claimed()

    assert (claim.etag, shared.table.asked, shared.clock.slept) == (None, ["insert"], [])


@pytest.mark.parametrize("ends", [Away, LostAnswer])
def test_storage_that_goes_away_behind_anothers_claim_does_not_hide_that_claim(ends: type) -> None:
    shared = SharedTable()
    first = shared.claimed()
    shared.table.will("read", ends, ends, None, lambda: shared.close(first, redirected(first)))

    assert shared.claim(shared.instance()) == Duplicate(State.REDIRECTED)


def test_storage_that_goes_away_while_another_is_watched_does_not_lose_the_call() -> None:
    shared = SharedTable()
    shared.write(State.CLAIMED, owner="another", claimed_at=NOON)
    shared.table.will("read", None, None, *[Away] * 99)

    claim = shared.claimed()

    assert (claim.etag, claim.contested) == (None, True)
    assert sum(shared.clock.slept) == pytest.approx(TIMINGS.stale_after + TIMINGS.longest_wait, abs=0.11)
    assert shared.said.names == ["storage.away"]


def test_a_take_over_whose_answer_was_lost_is_still_a_take_over() -> None:
    shared = SharedTable()
    shared.write(State.FAILED, owner="another")
    shared.table.will("replace", LostAnswer)

    claim = shared.claimed()

    assert (claim.etag is not None, claim.contested, shared.row().owner) == (True, True, "owner-1")


def test_two_failures_without_storage_are_taken_over_in_memory() -> None:
    shared = SharedTable()
    shared.table.is_away = True
    shared.close(claim := shared.claimed(), failed(claim))

    again = shared.claimed()

    assert (again.contested, again.record.owner) == (True, "owner-2")


# Keeping a claim


def test_a_lease_that_is_long_enough_costs_no_request() -> None:
    shared = SharedTable()
    claim = shared.claimed()
    shared.table.asked.clear()
    shared.clock.advance(0.5)

    assert claim.keep_alive(4.5) == pytest.approx(4.5)
    assert shared.table.asked == []


@pytest.mark.parametrize("needed", [4.5, 3.5])
def test_a_lease_that_is_too_short_is_renewed(needed: float) -> None:
    shared = SharedTable()
    claim = shared.claimed()
    shared.table.asked.clear()
    shared.clock.advance(TIMINGS.lease - needed + 0.01)

    assert claim.keep_alive(needed) == pytest.approx(TIMINGS.lease)
    assert (shared.table.asked, shared.row().claimed_at) == (["replace"], shared.clock.now())


def test_a_lease_counts_from_before_the_write_that_gave_it() -> None:
    shared = SharedTable()
    shared.table.will("insert", lambda: shared.clock.advance(0.4))
    claim = shared.claimed()
    assert claim.keep_alive(1.0) == pytest.approx(TIMINGS.lease - 0.4)

    shared.table.will("replace", lambda: shared.clock.advance(0.9))

    assert claim.keep_alive(TIMINGS.lease) == pytest.approx(TIMINGS.lease - 0.9)


def test_a_lease_ends_before_anybody_may_take_the_call_over() -> None:
    assert TIMINGS.lease + TIMINGS.clock_skew == TIMINGS.stale_after
    assert TIMINGS.clock_skew > 0


def test_a_claim_that_is_kept_alive_is_nobody_elses_however_long_it_takes() -> None:
    shared = SharedTable()
    held = shared.claimed()

    for _ in range(5):
        shared.clock.advance(TIMINGS.lease - 0.01)
        held.keep_alive(TIMINGS.for_wait)

    assert shared.row().claimed_at == shared.clock.now()
    shared.close(held, redirected(held))
    assert shared.claim(shared.instance()) == Duplicate(State.REDIRECTED)
    assert not held.contested


@pytest.mark.parametrize("on_another_instance", [True, False])
def test_a_claim_that_another_took_over_is_lost(*, on_another_instance: bool) -> None:
    shared = SharedTable()
    held = shared.claimed()
    shared.clock.advance(TIMINGS.stale_after)
    taken = shared.claimed(shared.instance() if on_another_instance else None)

    with pytest.raises(ClaimLost):
        held.keep_alive(1.0)

    assert taken.contested
    assert shared.row().owner == taken.record.owner
    assert taken.keep_alive(1.0) == pytest.approx(TIMINGS.lease)


def test_a_call_that_was_taken_over_has_a_lease_of_its_own() -> None:
    shared = SharedTable()
    shared.claimed()
    taken = shared.claimed(shared.instance())
    shared.table.asked.clear()

    assert taken.keep_alive(TIMINGS.for_attempt) == pytest.approx(TIMINGS.lease)
    assert shared.table.asked == []


def test_a_call_that_only_memory_knows_to_have_failed_is_contested() -> None:
    shared = SharedTable()
    shared.table.is_away = True
    shared.close(claim := shared.claimed(), failed(claim))
    shared.table.is_away = False

    again = shared.claimed()

    assert (again.etag is not None, again.contested) == (True, True)


def test_of_two_deliveries_here_without_a_table_one_has_the_call() -> None:
    shared = SharedTable()
    shared.table.is_away = True
    held = shared.claimed()
    shared.clock.advance(TIMINGS.stale_after)
    shared.claimed()

    with pytest.raises(ClaimLost):
        held.keep_alive(1.0)


@pytest.mark.parametrize("on_another_instance", [True, False])
@pytest.mark.parametrize("state", [State.DONE, State.REDIRECTING])
def test_what_microsoft_tells_in_between_takes_no_claim_away(state: State, *, on_another_instance: bool) -> None:
    shared = SharedTable()
    held = shared.claimed()
    journal = (shared.instance() if on_another_instance else shared.first).journal
    if state is State.DONE:
        journal.end(held.record.key, TENANT, CallEnded(CALL))
    else:
        journal.redirecting(held.record.key, TENANT)
    shared.clock.advance(TIMINGS.lease)

    left = held.keep_alive(1.0)
    shared.close(held, failed(held))

    assert left == pytest.approx(TIMINGS.lease)
    assert (shared.row().state, shared.row().owner) == (state, "owner-1")


def test_a_renewal_whose_answer_was_lost_is_made_again_at_the_next() -> None:
    shared = SharedTable()
    held = shared.claimed()
    shared.clock.advance(2.0)
    shared.table.will("replace", LostAnswer)
    held.keep_alive(TIMINGS.for_wait)
    shared.clock.advance(2.0)

    assert held.keep_alive(TIMINGS.for_wait) == pytest.approx(TIMINGS.lease)
    assert shared.row().claimed_at == shared.clock.now()


def test_a_row_that_is_deleted_under_its_owner_is_made_again() -> None:
    shared = SharedTable()
    held = shared.claimed()
    shared.table.empty()

    assert held.keep_alive(99.0) == pytest.approx(TIMINGS.lease)
    assert shared.row().owner == "owner-1"


def test_a_row_that_is_deleted_under_its_owner_and_made_anew_by_another_is_lost() -> None:
    shared = SharedTable()
    held = shared.claimed()
    shared.table.empty()
    shared.table.will("insert", lambda: shared.write(State.CLAIMED, owner="another", claimed_at=NOON))

    with pytest.raises(ClaimLost):
        held.keep_alive(99.0)


@pytest.mark.parametrize("operation", ["replace", "read"])
def test_a_table_that_is_away_leaves_the_rest_of_the_lease(operation: str) -> None:
    shared = SharedTable()
    held = shared.claimed()
    if operation == "read":
        shared.instance().journal.end(held.record.key, TENANT, CallEnded(CALL))
    shared.clock.advance(2.0)
    shared.table.will(operation, Away)

    assert held.keep_alive(TIMINGS.for_wait) == pytest.approx(TIMINGS.lease - 2.0)
    assert (held.contested, shared.said.one("storage.away")["step"]) == (False, "claim")


@pytest.mark.parametrize(("passed", "contested"), [(4.5, False), (4.51, True), (60.0, True)])
def test_a_lease_that_ran_out_while_the_table_was_away_goes_on_as_contested(passed: float, *, contested: bool) -> None:
    shared = SharedTable()
    held = shared.claimed()
    shared.clock.advance(passed)
    shared.table.is_away = True

    left = held.keep_alive(TIMINGS.for_attempt)

    assert held.contested is contested
    assert left == pytest.approx(TIMINGS.lease if contested else TIMINGS.lease - passed)


def test_a_row_that_changes_at_every_look_renews_nothing_and_ends() -> None:
    shared = SharedTable()
    held = shared.claimed()
    shared.clock.advance(2.0)
    shared.table.will("replace", *[lambda: shared.write(State.CLAIMED, owner="owner-1")] * 9)

    assert held.keep_alive(TIMINGS.for_wait) == pytest.approx(TIMINGS.lease - 2.0)
    assert shared.table.asked.count("replace") == 3


# A claim that the table did not take


def unseen(shared: SharedTable) -> Claim:
    """Claim the call while the table is away, and bring it back."""
    shared.table.is_away = True
    held = shared.claimed()
    shared.table.is_away = False
    shared.clock.advance(2.0)
    return held


def test_a_claim_that_only_memory_has_is_brought_to_the_table_by_its_renewal() -> None:
    shared = SharedTable()
    held = unseen(shared)

    assert held.keep_alive(TIMINGS.for_wait) == pytest.approx(TIMINGS.lease)
    assert (shared.row().owner, held.etag is not None, held.contested) == (held.record.owner, True, False)


def test_a_claim_that_only_memory_has_is_lost_where_another_has_answered() -> None:
    shared = SharedTable()
    held = unseen(shared)
    shared.write(State.REDIRECTED, owner="another")

    with pytest.raises(ClaimLost):
        held.keep_alive(TIMINGS.for_wait)


def test_a_claim_that_only_memory_has_waits_for_the_one_in_the_table_and_takes_it_over() -> None:
    shared = SharedTable()
    held = unseen(shared)
    shared.write(State.CLAIMED, owner="another", claimed_at=shared.clock.now())

    left = held.keep_alive(TIMINGS.for_wait)

    assert left == pytest.approx(TIMINGS.lease)
    assert (held.contested, held.etag is not None, shared.row().owner) == (True, True, held.record.owner)


def test_an_end_of_a_call_that_only_memory_has_takes_no_claim_away() -> None:
    shared = SharedTable()
    held = unseen(shared)
    shared.instance().journal.end(held.record.key, TENANT, CallEnded(CALL))

    held.keep_alive(TIMINGS.for_wait)

    assert (shared.row().state, held.contested) == (State.DONE, False)


def test_a_claim_that_only_memory_has_is_kept_there() -> None:
    shared = SharedTable()
    shared.table.is_away = True
    held = shared.claimed()

    for _ in range(4):
        shared.clock.advance(TIMINGS.lease - 0.01)
        held.keep_alive(TIMINGS.for_wait)

    stored = shared.claims.memory.read(held.record.key)
    assert stored is not None
    assert stored.record.claimed_at == shared.clock.now()


def test_a_call_that_was_gone_is_not_taken_over_to_be_found_gone_again() -> None:
    shared = SharedTable()
    claim = shared.claimed()
    shared.close(claim, replace(claim.record, state=State.FAILED, outcome=Outcome.LATE))

    assert shared.claim(shared.instance()) == Duplicate(State.FAILED)
