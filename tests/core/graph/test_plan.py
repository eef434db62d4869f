"""What is tried after Graph refused a list."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import pytest

from shared.core.directory.model import Target, TargetKind
from shared.core.graph import plan as plans
from shared.core.graph.plan import Plan, RefusedList
from shared.core.graph.verdicts import Verdict
from shared.core.routing.decisions import Leave, Redirect, Reject, RejectReason, Why

USERS = [Target(TargetKind.USER, f"{number:08}-0000-4000-8000-000000000000") for number in range(25)]
PHONES = [Target(TargetKind.PHONE, f"+1234567890{number}") for number in range(5)]
BOT = Target(TargetKind.APPLICATION, "99999999-0000-4000-8000-000000000000")

BUSY = Reject(RejectReason.BUSY, Why.NO_TARGET, "any/any")
LEFT = Leave(Why.NO_TARGET, "any/any")
FALLBACK = Redirect((PHONES[4],), "FALLBACK_TARGETS", "any/any", next_decision=BUSY)
ALONE = Redirect((USERS[0],), "default", "any/any", next_decision=BUSY)
TEAM = Redirect(tuple(USERS[:3]), "team", "any/any", next_decision=FALLBACK, forwarding=False)
NO_TRIES = 0


def test_one_target_that_is_refused_is_followed_by_the_next_list() -> None:
    following = plans.after_refusal(
        plans.begin(replace(ALONE, next_decision=FALLBACK)), Verdict.REFUSED_TARGETS, "7505", 3
    )

    assert following == Plan(
        FALLBACK, FALLBACK.targets, FALLBACK.targets, refused=(RefusedList("default", "7505", ALONE.targets),)
    )


def test_nothing_follows_a_refused_reject() -> None:
    assert plans.after_refusal(plans.begin(BUSY), Verdict.REFUSED_TARGETS, "7505", 3) is None


@pytest.mark.parametrize("end", [BUSY, LEFT])
def test_where_no_list_would_do_the_end_of_all_lists_follows(end: Reject | Leave) -> None:
    team = replace(TEAM, next_decision=replace(FALLBACK, next_decision=end))

    following = plans.after_refusal(plans.begin(team), Verdict.REFUSED_ALL, "7504", 3)

    assert following is not None
    assert (following.decision, following.refused_lists) == (end, ())


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

    following = plans.after_refusal(repaired, Verdict.REFUSED_TARGETS, "8523", NO_TRIES)

    assert following is not None
    assert following.decision == replace(second, forwarding=True, timeout=20)
    assert following.is_repaired


def test_the_list_after_a_repaired_one_that_needs_no_repair_stays_as_it_is() -> None:
    repaired = plans.repaired(plans.begin(TEAM))
    assert repaired is not None

    following = plans.after_refusal(repaired, Verdict.REFUSED_TARGETS, "8523", NO_TRIES)

    assert following is not None
    assert following.decision == FALLBACK


# Without the likely offenders


def tried(decision: Redirect, bad: Sequence[Target], attempts: int = 4) -> Iterator[tuple[Target, ...]]:
    """Give whom each attempt would ring, where Graph refuses every list with one of these, up to the one it takes."""
    plan: Plan | None = plans.begin(decision)
    while plan and isinstance(plan.decision, Redirect) and (attempts > 0 or not plan.is_narrowed):
        yield plan.decision.targets
        attempts -= 1
        if not set(bad) & set(plan.decision.targets):
            return
        plan = plans.after_refusal(plan, Verdict.REFUSED_TARGETS, "7505", max(0, attempts))


def rung(decision: Redirect, bad: Sequence[Target]) -> tuple[Target, ...]:
    """Give who rings at last; nobody where each of four attempts is refused."""
    last = list(tried(decision, bad))[-1]
    return () if set(bad) & set(last) else last


@pytest.mark.parametrize("following", [BUSY, FALLBACK])
@pytest.mark.parametrize("bad", range(3))
def test_two_good_people_of_three_ring_whichever_the_third_is(bad: int, following: Redirect | Reject) -> None:
    team = replace(TEAM, next_decision=following)

    assert rung(team, [team.targets[bad]]) == tuple(one for one in team.targets if one != team.targets[bad])


@pytest.mark.parametrize("following", [BUSY, FALLBACK])
@pytest.mark.parametrize("count", range(2, 26))
def test_with_one_bad_target_at_least_half_of_the_good_ring_whichever_it_is(
    count: int, following: Redirect | Reject
) -> None:
    team = replace(TEAM, targets=tuple(USERS[:count]), next_decision=following)

    ringing = [len(rung(team, [bad])) for bad in team.targets]

    assert min(ringing) >= max(1, count // 2)
    assert sum(ringing) / count >= (2 / 3) * (count - 1) - 1


@pytest.mark.parametrize("others", [[PHONES[0]], [BOT], [PHONES[0], BOT], PHONES[:4]])
def test_other_kinds_than_users_are_left_out_first(others: list[Target]) -> None:
    users = tuple(USERS[:24])
    team = replace(TEAM, targets=(*others, *users))

    attempts = list(tried(team, [others[0]]))

    assert attempts == [team.targets, users]


def test_where_the_users_alone_are_refused_the_others_ring_again() -> None:
    team = replace(TEAM, targets=(USERS[0], USERS[1], PHONES[0]), next_decision=BUSY)

    assert list(tried(team, [USERS[1]])) == [
        (USERS[0], USERS[1], PHONES[0]),
        (USERS[0], USERS[1]),
        (USERS[0], PHONES[0]),
    ]
    assert rung(team, [USERS[0]]) == (USERS[1], PHONES[0])


@pytest.mark.parametrize("bad", [list(pair) for pair in combinations(USERS[:3], 2)] + [USERS[:3]])
def test_where_more_than_one_is_bad_the_next_list_has_an_attempt_in_any_case(bad: list[Target]) -> None:
    assert list(tried(TEAM, bad))[-1] == FALLBACK.targets


def test_of_two_each_is_tried_alone() -> None:
    pair = replace(TEAM, targets=tuple(USERS[:2]))

    assert list(tried(pair, USERS[:2])) == [pair.targets, (USERS[0],), (USERS[1],), FALLBACK.targets]


def test_a_list_of_phones_alone_is_parted_as_one_of_users() -> None:
    phones = replace(TEAM, targets=tuple(PHONES[:3]), next_decision=BUSY)

    assert rung(phones, [PHONES[0]]) == tuple(PHONES[1:3])


def test_where_no_attempt_is_left_the_next_list_has_one_all_the_same() -> None:
    assert list(tried(TEAM, [USERS[0]], 1))[1:] == [FALLBACK.targets]


def test_who_was_left_out_is_known_with_what_graph_said_first() -> None:
    plan = plans.after_refusal(plans.begin(TEAM), Verdict.REFUSED_TARGETS, "7505", 3)
    assert plan is not None
    plan = plans.after_refusal(plan, Verdict.REFUSED_TARGETS, "403", 2)
    assert plan is not None

    assert plan.refused_lists == (RefusedList("team", "7505", (USERS[1],)),)


def test_of_a_list_that_was_given_up_everybody_was_left_out() -> None:
    plan: Plan | None = plans.begin(TEAM)
    for tries in (3, 2, 1, 0):
        assert plan is not None
        plan = plans.after_refusal(plan, Verdict.REFUSED_TARGETS, "7505", tries)

    assert plan is not None
    assert (plan.decision, plan.refused_lists) == (FALLBACK, (RefusedList("team", "7505", TEAM.targets),))


def test_whom_a_narrowed_list_left_out_is_known_where_no_list_would_do() -> None:
    plan = plans.after_refusal(plans.begin(TEAM), Verdict.REFUSED_TARGETS, "7505", 3)
    assert plan is not None

    plan = plans.after_refusal(plan, Verdict.REFUSED_ALL, "7504", 2)

    assert plan is not None
    assert (plan.decision, plan.refused_lists) == (BUSY, (RefusedList("team", "7505", (USERS[2],)),))


def test_a_list_that_is_refused_whoever_is_in_it_is_not_narrowed() -> None:
    plan = plans.after_refusal(plans.begin(TEAM), Verdict.REFUSED_LIST, "7507", 3)

    assert plan is not None
    assert plan.decision == FALLBACK
