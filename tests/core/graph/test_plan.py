"""What is tried after Graph refused a list."""

from dataclasses import replace

import pytest

from shared.core.directory.model import Target, TargetKind
from shared.core.graph import plan as plans
from shared.core.graph.plan import Plan, RefusedList
from shared.core.graph.verdicts import Verdict
from shared.core.routing.decisions import Leave, Redirect, Reject, RejectReason, Why

USERS = [Target(TargetKind.USER, f"{number:08}-0000-4000-8000-000000000000") for number in range(25)]
PHONES = [Target(TargetKind.PHONE, f"+1234567890{number}") for number in range(5)]

BUSY = Reject(RejectReason.BUSY, Why.NO_TARGET, "any/any")
LEFT = Leave(Why.NO_TARGET, "any/any")
FALLBACK = Redirect((PHONES[4],), "FALLBACK_TARGETS", "any/any", next_decision=BUSY)
ALONE = Redirect((USERS[0],), "default", "any/any", next_decision=BUSY)
TEAM = Redirect(tuple(USERS[:3]), "team", "any/any", next_decision=FALLBACK, forwarding=False)


def test_one_target_that_is_refused_is_followed_by_the_next_list() -> None:
    following = plans.after_refusal(
        plans.begin(replace(ALONE, next_decision=FALLBACK)), Verdict.REFUSED_TARGETS, "7505"
    )

    assert following == Plan(FALLBACK, FALLBACK.targets, refused=(RefusedList("default", "7505", ALONE.targets),))


def test_nothing_follows_a_refused_reject() -> None:
    assert plans.after_refusal(plans.begin(BUSY), Verdict.REFUSED_TARGETS, "7505") is None


@pytest.mark.parametrize("end", [BUSY, LEFT])
def test_where_no_list_would_do_the_end_of_all_lists_follows(end: Reject | Leave) -> None:
    team = replace(TEAM, next_decision=replace(FALLBACK, next_decision=end))

    following = plans.after_refusal(plans.begin(team), Verdict.REFUSED_ALL, "7504")

    assert following is not None
    assert (following.decision, following.refused) == (end, ())


@pytest.mark.parametrize(("timeout", "brief"), [(None, 20), (45, 20), (15, 15)])
def test_a_repaired_list_has_no_policies_and_rings_too_briefly_for_a_voicemail(timeout: int | None, brief: int) -> None:
    repaired = plans.repaired(plans.begin(replace(TEAM, timeout=timeout)))

    assert repaired is not None
    assert repaired.decision == replace(TEAM, forwarding=True, timeout=brief)


@pytest.mark.parametrize("decision", [BUSY, ALONE], ids=["a-reject", "a-list-without-policies"])
def test_what_has_no_policies_cannot_be_repaired(decision: Redirect | Reject) -> None:
    assert plans.repaired(plans.begin(decision)) is None


def test_the_list_after_a_repaired_one_is_repaired_as_well() -> None:
    second = replace(TEAM, list="second", targets=(USERS[7],))
    repaired = plans.repaired(plans.begin(replace(TEAM, next_decision=second)))
    assert repaired is not None

    following = plans.after_refusal(repaired, Verdict.REFUSED_TARGETS, "8523")

    assert following is not None
    assert following.decision == replace(second, forwarding=True, timeout=20)
    assert following.is_repaired


def test_the_list_after_a_repaired_one_that_needs_no_repair_stays_as_it_is() -> None:
    repaired = plans.repaired(plans.begin(TEAM))
    assert repaired is not None

    following = plans.after_refusal(repaired, Verdict.REFUSED_TARGETS, "8523")

    assert following is not None
    assert following.decision == FALLBACK
