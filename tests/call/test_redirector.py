"""How a call is answered: each way that Graph, the tokens and the clock can go, played on a clock that stands still."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from types import MappingProxyType

import pytest

from shared.call.claims import ClaimLost
from shared.call.redirector import Redirector, RedirectResult
from shared.core.budgets import Budgets
from shared.core.directory.model import Target, TargetKind
from shared.core.errors import TokenUnavailable
from shared.core.graph.plan import RefusedList
from shared.core.graph.verdicts import GraphResult, NoReply, Reply
from shared.core.ids import CallId, TenantId
from shared.core.notification.calls import RingingCall
from shared.core.record.record import Outcome, State
from shared.core.routing.decisions import Decision, Leave, Redirect, Reject, RejectReason, Why
from tests.support.clock import MovableClock
from tests.support.scripted import ACCEPTED, After, ScriptedGraph, ScriptedTokens

CALL = RingingCall(CallId("491f0b00-ffff-4bc9-a43e-b226498ec22a"), TenantId("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"))
CALLBACK = f"https://bot.contoso.com/api/calls/2026-11-22/{CALL.id}"
ANNA, BO = Target(TargetKind.USER, "98da8a1a-1b87-452c-a713-65d3f10b1253"), Target(TargetKind.PHONE, "+12345678901")
NIGHT = Target(TargetKind.PHONE, "+12345678902")

BUSY = Reject(RejectReason.BUSY, Why.NO_TARGET, "any/any")
FALLBACK = Redirect((NIGHT,), "FALLBACK_TARGETS", "any/any", next_decision=BUSY)
ALONE = Redirect((ANNA,), "default", "any/any", next_decision=BUSY)
TEAM = Redirect((ANNA, BO), "team", "any/any", next_decision=FALLBACK, forwarding=False)
ANNAS = replace(TEAM, targets=(ANNA,), list="annas")

THROTTLED = Reply(429)
DOWN = Reply(503)
GONE = Reply(404, "8522", "r-404")
REFUSED = Reply(403, "7505", "r-403")
REFUSED_ALL = Reply(403, "7504")
WRONG = Reply(400, "8523")
BAD_TOKEN = Reply(401)
LOST = NoReply("ReadTimeout", was_sent=True)
UNREACHED = NoReply("ConnectTimeout", was_sent=False)
FOR_ATTEMPT, FOR_WAIT = Budgets().claims.for_attempt, Budgets().claims.for_wait


@dataclass(slots=True)
class ScriptedLease:
    """A claim with so many seconds left whenever it is asked; lost, or contested, at the asking of a number from 1."""

    clock: MovableClock
    left: float = 99.0
    contested: bool = False
    lost_at: int = 0
    contested_at: int = 0
    asked: list[tuple[float, float]] = field(default_factory=list)

    def keep_alive(self, needed: float) -> float:
        self.asked.append((round(self.clock.monotonic() - 1000.0, 2), needed))
        if len(self.asked) == self.lost_at:
            raise ClaimLost
        self.contested = self.contested or len(self.asked) == self.contested_at
        return self.left


class ScriptedCall:
    """The answering of one call, with everything about it to be looked at."""

    def __init__(
        self,
        *answers: GraphResult | After,
        jitter: float = 0.0,
        token_takes: float = 0.0,
        missing: Mapping[int, TokenUnavailable] = MappingProxyType({}),
    ) -> None:
        self.clock = MovableClock()
        self.graph = ScriptedGraph(self.clock, *answers)
        self.tokens = ScriptedTokens(self.clock, takes=token_takes, missing=missing)
        self.redirector = Redirector(self.graph, self.tokens, self.clock, Budgets(), lambda: jitter)
        self.arrived = self.clock.monotonic()

    def answer(self, decision: Decision = ALONE, lease: "ScriptedLease | None" = None) -> RedirectResult:
        lease = lease or ScriptedLease(self.clock)
        return self.redirector.carry_out(CALL, decision, CALLBACK, lease, arrived=self.arrived)

    @property
    def since(self) -> list[float]:
        """Seconds after the call's arrival at which an attempt began."""
        return [round(attempt.at - self.arrived, 3) for attempt in self.graph.attempts]


# Accepted


def test_a_redirect_that_graph_accepts_is_one_attempt() -> None:
    scripted = ScriptedCall(ACCEPTED)

    answered = scripted.answer()

    (attempt,) = scripted.graph.attempts
    assert (attempt.action, attempt.rung, attempt.body["callbackUri"]) == ("redirect", [ANNA.id], CALLBACK)
    assert (answered.state, answered.outcome, answered.attempts) == (State.REDIRECTED, None, 1)
    assert (answered.answer, answered.hint, scripted.clock.slept) == (ACCEPTED, "", [])


@pytest.mark.parametrize("status", [200, 202, 204])
def test_every_success_is_a_success(status: int) -> None:
    assert ScriptedCall(Reply(status)).answer().state is State.REDIRECTED


@pytest.mark.parametrize(
    ("why", "outcome"), [(Why.BY_RULE, Outcome.REJECTED), (Why.NO_TARGET, Outcome.NO_TARGET)], ids=str
)
def test_a_reject_carries_the_callback_address_and_says_why(why: Why, outcome: Outcome) -> None:
    scripted = ScriptedCall(ACCEPTED)

    answered = scripted.answer(replace(BUSY, why=why))

    (attempt,) = scripted.graph.attempts
    assert (attempt.action, attempt.body) == ("reject", {"reason": "busy", "callbackUri": CALLBACK})
    assert (answered.state, answered.outcome) == (State.REJECTED, outcome)


def test_a_call_that_is_left_alone_costs_no_request_and_no_token() -> None:
    scripted = ScriptedCall()

    answered = scripted.answer(Leave(Why.NO_TARGET, "any/any"))

    assert (answered.state, answered.outcome, answered.attempts) == (State.LEFT, Outcome.NO_TARGET, 0)
    assert (scripted.graph.attempts, scripted.tokens.asked) == ([], [])


def test_what_token_and_graph_cost_is_counted_apart() -> None:
    scripted = ScriptedCall(After(0.4, DOWN), After(0.2, ACCEPTED), token_takes=0.1)

    answered = scripted.answer()

    assert (answered.token_ms, answered.graph_ms) == (200, 600)


# Again


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Reply(500), id="500"),
        pytest.param(Reply(502), id="502"),
        pytest.param(Reply(503), id="503"),
        pytest.param(Reply(504), id="504"),
        pytest.param(Reply(408), id="408"),
        pytest.param(Reply(500, "9999"), id="9999"),
        pytest.param(Reply(429, "8529"), id="the-months-calls-are-used-up"),
        pytest.param(Reply(302), id="a-redirection-of-http"),
        pytest.param(Reply(200, is_html=True), id="a-proxys-page"),
        pytest.param(LOST, id="no-answer"),
        pytest.param(UNREACHED, id="no-connection"),
    ],
)
def test_what_may_pass_is_tried_again(answer: GraphResult) -> None:
    scripted = ScriptedCall(answer, ACCEPTED)

    answered = scripted.answer()

    assert (answered.state, answered.attempts, answered.answer) == (State.REDIRECTED, 2, ACCEPTED)
    assert scripted.graph.attempts[0].body == scripted.graph.attempts[1].body


@pytest.mark.parametrize(
    ("jitter", "pauses"),
    [pytest.param(0.0, [0.25, 0.5, 1.0], id="none"), pytest.param(1.0, [0.375, 0.75, 1.5], id="all-of-it")],
)
def test_four_attempts_are_all_with_longer_pauses_between(jitter: float, pauses: list[float]) -> None:
    scripted = ScriptedCall(DOWN, jitter=jitter)

    answered = scripted.answer()

    assert (answered.state, answered.outcome, answered.attempts) == (State.FAILED, Outcome.FAILED, 4)
    assert sum(scripted.clock.slept) == pytest.approx(sum(pauses))
    assert [after - before for before, after in pairwise(scripted.since)] == pytest.approx(pauses)
    assert answered.answer == DOWN


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        pytest.param(Reply(429, retry_after=1.0), 1.0, id="a-second"),
        pytest.param(Reply(429, retry_after=0.0), 1.0, id="no-time-at-all-is-still-a-second"),
        pytest.param(Reply(429), 1.0, id="nothing-readable"),
        pytest.param(Reply(429, retry_after=4.5), 4.5, id="a-date-or-more-seconds"),
        pytest.param(Reply(429, retry_after=9.9), 9.9, id="as-long-as-it-just-fits"),
        pytest.param(Reply(503, retry_after=2.0), 2.0, id="a-server-that-is-busy"),
        pytest.param(Reply(503, retry_after=0.1), 0.25, id="a-server-that-is-in-a-hurry"),
        pytest.param(Reply(503, retry_after=60.0), 0.25, id="what-does-not-fit-is-not-waited-for"),
    ],
)
def test_retry_after_is_waited_for_where_it_fits(answer: GraphResult, seconds: float) -> None:
    scripted = ScriptedCall(answer, ACCEPTED)

    answered = scripted.answer()

    assert answered.state is State.REDIRECTED
    assert sum(scripted.clock.slept) == pytest.approx(seconds)
    assert max(scripted.clock.slept) <= 1.0  # and the claim is looked at between


@pytest.mark.parametrize(
    ("answer", "pause"),
    [
        pytest.param(Reply(429), 1.5, id="throttled"),
        pytest.param(Reply(429, retry_after=0.0), 1.5, id="for-no-time"),
        pytest.param(Reply(429, retry_after=4.0), 4.5, id="for-longer"),
        pytest.param(Reply(429, retry_after=9.9), 10.0, id="for-as-long-as-it-just-fits"),
        pytest.param(Reply(503, retry_after=2.0), 2.5, id="a-server-that-is-busy"),
    ],
)
def test_those_who_were_told_to_wait_together_part(answer: GraphResult, pause: float) -> None:
    scripted = ScriptedCall(answer, ACCEPTED, jitter=1.0)

    assert scripted.answer().state is State.REDIRECTED
    assert sum(scripted.clock.slept) == pytest.approx(pause)


# The claim


@pytest.mark.parametrize(("lost_at", "sent"), [(1, 0), (2, 1), (3, 1), (4, 1), (5, 1), (6, 2), (7, 2), (8, 3)], ids=str)
def test_an_owner_who_has_lost_the_claim_sends_nothing_more(lost_at: int, sent: int) -> None:
    scripted = ScriptedCall(Reply(429, retry_after=2.5), DOWN, ACCEPTED)

    try:
        scripted.answer(ALONE, ScriptedLease(scripted.clock, lost_at=lost_at))
    except ClaimLost:
        assert lost_at < 8

    assert len(scripted.graph.attempts) == sent


def test_the_claim_is_proved_before_every_attempt_and_each_second_of_waiting() -> None:
    scripted = ScriptedCall(Reply(429, retry_after=2.5), Reply(503), ACCEPTED)
    lease = ScriptedLease(scripted.clock)

    scripted.answer(ALONE, lease)

    assert lease.asked == [
        (0.0, FOR_ATTEMPT),
        (0.0, FOR_WAIT),
        (1.0, FOR_WAIT),
        (2.0, FOR_WAIT),
        (2.5, FOR_ATTEMPT),
        (2.5, FOR_WAIT),
        (3.0, FOR_ATTEMPT),
    ]


def test_the_claim_is_proved_each_second_that_a_token_is_waited_for_and_after_it() -> None:
    scripted = ScriptedCall(token_takes=2.5)
    lease = ScriptedLease(scripted.clock)

    scripted.answer(ALONE, lease)

    assert lease.asked == [(1.0, FOR_WAIT), (2.0, FOR_WAIT), (2.5, FOR_ATTEMPT)]


@pytest.mark.parametrize(("left", "within"), [(99.0, 10.5), (3.2, 3.2), (0.5, 0.5)])
def test_an_attempt_lasts_no_longer_than_the_lease(left: float, within: float) -> None:
    scripted = ScriptedCall()

    scripted.answer(ALONE, ScriptedLease(scripted.clock, left=left))

    assert scripted.graph.attempts[0].within == pytest.approx(within)


def test_a_claim_that_is_contested_while_it_waits_makes_gone_mean_done() -> None:
    scripted = ScriptedCall(DOWN, GONE)

    answered = scripted.answer(ALONE, ScriptedLease(scripted.clock, contested_at=2))

    assert (answered.state, answered.outcome) == (State.REDIRECTED, None)


def test_throttled_for_longer_than_the_window_gives_up_at_once() -> None:
    scripted = ScriptedCall(Reply(429, retry_after=60.0), ACCEPTED)

    answered = scripted.answer()

    assert (answered.state, answered.attempts, scripted.clock.slept) == (State.FAILED, 1, [])
    assert "throttling" in answered.hint


# The window


@pytest.mark.parametrize(
    "answer", [After(3.0, LOST), After(2.9, DOWN), After(4.4, UNREACHED)], ids=["hangs", "slow", "off"]
)
@pytest.mark.parametrize("late", [0.0, 4.0, 8.0, 9.9, 10.1])
def test_the_last_attempt_ends_by_ten_and_a_half_seconds(answer: After, late: float) -> None:
    scripted = ScriptedCall(answer)
    scripted.clock.advance(late)

    answered = scripted.answer()

    assert answered.state is State.FAILED
    assert scripted.clock.monotonic() - scripted.arrived <= 10.5
    assert all(
        began + attempt.within <= 10.501 for began, attempt in zip(scripted.since, scripted.graph.attempts, strict=True)
    )
    assert answered.attempts == len(scripted.graph.attempts) <= 4


def test_a_call_that_comes_to_us_too_late_is_not_attempted() -> None:
    scripted = ScriptedCall()
    scripted.clock.advance(10.2)

    answered = scripted.answer()

    assert (answered.state, answered.outcome, answered.attempts) == (State.FAILED, Outcome.FAILED, 0)
    assert scripted.tokens.asked == []


# The token


def test_a_token_that_does_not_come_is_said_in_the_operators_words() -> None:
    missing = TokenUnavailable("invalid_client", "renew the client secret")
    scripted = ScriptedCall(token_takes=2.0, missing={1: missing})

    answered = scripted.answer(TEAM)

    assert (answered.state, answered.outcome, answered.attempts) == (State.FAILED, Outcome.FAILED, 0)
    assert (answered.hint, answered.token_ms, scripted.graph.attempts) == ("renew the client secret", 2000, [])


def test_a_token_that_comes_too_late_for_an_attempt_is_not_used() -> None:
    scripted = ScriptedCall(token_takes=10.2)

    answered = scripted.answer()

    assert (answered.state, answered.attempts, answered.hint) == (State.FAILED, 0, "the token came too late")


def test_a_token_is_waited_for_as_long_as_the_window_is_open_and_no_longer() -> None:
    scripted = ScriptedCall(token_takes=60.0)
    scripted.clock.advance(4.0)

    answered = scripted.answer()

    assert (answered.state, answered.attempts, answered.token_ms) == (State.FAILED, 0, 6500)
    assert {tenant for tenant, _ in scripted.tokens.asked} == {CALL.tenant}
    assert [within for _, within in scripted.tokens.asked] == pytest.approx([1.0] * 6 + [0.5])
    assert answered.hint == "no token came while the call was ringing"


def test_a_refused_token_is_replaced_once_and_at_once() -> None:
    scripted = ScriptedCall(BAD_TOKEN, ACCEPTED)

    answered = scripted.answer()

    assert [attempt.token for attempt in scripted.graph.attempts] == ["token-1", "token-2"]
    assert scripted.tokens.forgotten == [(CALL.tenant, "token-1")]
    assert (answered.state, scripted.clock.slept) == (State.REDIRECTED, [])


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([BAD_TOKEN], id="at-once"),
        pytest.param([DOWN, BAD_TOKEN], id="after-another-fault"),
        pytest.param([BAD_TOKEN, DOWN, BAD_TOKEN], id="with-another-fault-between"),
    ],
)
def test_a_second_refused_token_is_the_last(answers: list[GraphResult]) -> None:
    scripted = ScriptedCall(*answers)

    answered = scripted.answer(TEAM)

    tokens = [attempt.token for attempt in scripted.graph.attempts]
    assert (answered.state, answered.outcome, set(scripted.graph.actions)) == (
        State.FAILED,
        Outcome.FAILED,
        {"redirect"},
    )
    assert (set(tokens), tokens[-1]) == ({"token-1", "token-2"}, "token-2")
    assert answered.answer == BAD_TOKEN


def test_where_no_new_token_comes_the_401_stays_on_record() -> None:
    scripted = ScriptedCall(BAD_TOKEN, missing={2: TokenUnavailable("invalid_client", "renew it")})

    answered = scripted.answer()

    assert (answered.state, answered.answer, answered.hint) == (State.FAILED, BAD_TOKEN, "renew it")


# Repair


@pytest.mark.parametrize(("timeout", "brief"), [(None, 20), (45, 20), (15, 15)])
def test_a_refused_body_is_sent_once_more_without_policies_and_rings_briefly(timeout: int | None, brief: int) -> None:
    scripted = ScriptedCall(WRONG, ACCEPTED)

    answered = scripted.answer(replace(TEAM, timeout=timeout))

    first, second = scripted.graph.attempts
    assert first.body["routingPolicies"] == ["disableForwarding"]
    assert "routingPolicies" not in second.body
    assert (second.body["timeout"], second.rung) == (brief, first.rung)
    assert isinstance(answered.decision, Redirect)
    assert (answered.decision.timeout, answered.decision.forwarding, scripted.clock.slept) == (brief, True, [])


def test_there_is_nothing_to_repair_where_no_policies_were_sent() -> None:
    scripted = ScriptedCall(WRONG, ACCEPTED)

    answered = scripted.answer(ALONE)

    assert (scripted.graph.actions, answered.state) == (["redirect", "reject"], State.REJECTED)


def test_a_repair_is_tried_once_for_all_lists_so_that_the_caller_still_hears_something() -> None:
    second = replace(ANNAS, list="second", next_decision=BUSY)
    scripted = ScriptedCall(WRONG, WRONG, WRONG, ACCEPTED)

    answered = scripted.answer(replace(ANNAS, next_decision=second))

    policies = ["routingPolicies" in attempt.body for attempt in scripted.graph.attempts]
    assert scripted.graph.actions == ["redirect", "redirect", "redirect", "reject"]
    assert policies == [True, False, False, False]
    assert (answered.state, answered.outcome, answered.answer) == (State.REJECTED, Outcome.FAILED, WRONG)


# Without those whom Graph refuses


def test_a_refused_list_rings_without_the_target_that_graph_refuses() -> None:
    scripted = ScriptedCall(REFUSED, ACCEPTED)

    answered = scripted.answer(TEAM)

    assert [attempt.rung for attempt in scripted.graph.attempts] == [[ANNA.id, BO.id], [ANNA.id]]
    assert (answered.state, answered.decision) == (State.REDIRECTED, replace(TEAM, targets=(ANNA,)))
    assert (answered.answer, answered.refused) == (REFUSED, (RefusedList("team", "7505", (BO,)),))


def test_a_refusal_without_a_code_is_known_by_its_status() -> None:
    assert ScriptedCall(Reply(403), ACCEPTED).answer(TEAM).refused[0].code == "403"


def test_a_list_that_was_repaired_is_narrowed_as_repaired() -> None:
    scripted = ScriptedCall(WRONG, WRONG, ACCEPTED)

    answered = scripted.answer(TEAM)

    assert [attempt.rung for attempt in scripted.graph.attempts] == [[ANNA.id, BO.id]] * 2 + [[ANNA.id]]
    assert ["routingPolicies" in attempt.body for attempt in scripted.graph.attempts] == [True, False, False]
    assert answered.refused == (RefusedList("team", "8523", (BO,)),)


def test_whoever_is_refused_to_the_end_hears_so_though_all_attempts_were_used() -> None:
    scripted = ScriptedCall(*[REFUSED] * 4, ACCEPTED)

    answered = scripted.answer(TEAM)

    rung = [attempt.rung for attempt in scripted.graph.attempts[:-1]]
    assert rung == [[ANNA.id, BO.id], [ANNA.id], [BO.id], [NIGHT.id]]
    assert (scripted.graph.actions[-1], answered.state, answered.outcome) == ("reject", State.REJECTED, Outcome.FAILED)
    assert [(refused.list, len(refused.left_out)) for refused in answered.refused] == [
        ("team", 2),
        ("FALLBACK_TARGETS", 1),
    ]


def test_that_reject_is_sent_once() -> None:
    scripted = ScriptedCall(*[REFUSED] * 4, DOWN)

    assert scripted.answer(TEAM).state is State.FAILED
    assert scripted.graph.actions == ["redirect"] * 4 + ["reject"]


def test_a_line_that_is_not_linked_is_no_fault_of_its_targets() -> None:
    scripted = ScriptedCall(Reply(403, "7507"), ACCEPTED)

    scripted.answer(TEAM)

    assert [attempt.rung for attempt in scripted.graph.attempts] == [[ANNA.id, BO.id], [NIGHT.id]]


def test_a_narrowed_list_that_may_have_been_heard_is_narrowed_on_where_it_was_not() -> None:
    scripted = ScriptedCall(REFUSED, LOST, REFUSED, ACCEPTED)

    answered = scripted.answer(replace(TEAM, next_decision=BUSY))

    assert [attempt.rung for attempt in scripted.graph.attempts][1:] == [[ANNA.id], [ANNA.id], [BO.id]]
    assert answered.state is State.REDIRECTED


# The next list


def test_refused_targets_are_followed_by_the_next_list() -> None:
    scripted = ScriptedCall(REFUSED, ACCEPTED)

    answered = scripted.answer(ANNAS)

    assert [attempt.rung for attempt in scripted.graph.attempts] == [[ANNA.id], [NIGHT.id]]
    assert (answered.state, answered.decision, answered.outcome) == (State.REDIRECTED, FALLBACK, None)
    assert (answered.answer, "tenant" in answered.hint) == (REFUSED, True)


def test_the_next_list_keeps_its_policies_where_nothing_was_repaired() -> None:
    scripted = ScriptedCall(REFUSED, ACCEPTED)

    scripted.answer(replace(ANNAS, next_decision=replace(TEAM, list="second", next_decision=BUSY)))

    assert ["routingPolicies" in attempt.body for attempt in scripted.graph.attempts] == [True, True]


def test_where_the_first_list_was_refused_and_the_second_finds_the_call_gone_the_hint_is_the_seconds() -> None:
    answered = ScriptedCall(REFUSED, GONE).answer(ANNAS)

    assert (answered.state, answered.outcome, answered.answer) == (State.FAILED, Outcome.LATE, GONE)
    assert "not found" in answered.hint


def test_where_the_first_list_was_refused_and_the_second_fails_the_hint_is_the_seconds() -> None:
    answered = ScriptedCall(REFUSED, DOWN).answer(ANNAS)

    assert (answered.state, answered.answer) == (State.FAILED, DOWN)


@pytest.mark.parametrize("answer", [REFUSED, Reply(403), Reply(413), Reply(403, "7507")], ids=str)
def test_refused_to_the_end_the_caller_hears_so_at_once(answer: GraphResult) -> None:
    scripted = ScriptedCall(answer, answer, ACCEPTED)

    answered = scripted.answer(ANNAS)

    assert scripted.graph.actions == ["redirect", "redirect", "reject"]
    assert scripted.graph.attempts[-1].body["callbackUri"] == CALLBACK
    assert (answered.state, answered.outcome, answered.answer) == (State.REJECTED, Outcome.FAILED, answer)


def test_where_no_list_would_do_the_end_follows_straight_away() -> None:
    scripted = ScriptedCall(REFUSED_ALL, ACCEPTED)

    answered = scripted.answer(TEAM)

    assert scripted.graph.actions == ["redirect", "reject"]
    assert (answered.state, answered.outcome, "consent" in answered.hint) == (State.REJECTED, Outcome.FAILED, True)


@pytest.mark.parametrize("answer", [REFUSED, REFUSED_ALL], ids=["refused", "hopeless"])
def test_the_end_of_all_lists_may_be_to_leave_the_call_ringing(answer: GraphResult) -> None:
    scripted = ScriptedCall(answer)

    answered = scripted.answer(replace(ALONE, next_decision=Leave(Why.NO_TARGET, "any/any")))

    assert (answered.state, answered.outcome, answered.attempts) == (State.LEFT, Outcome.FAILED, 1)


@pytest.mark.parametrize(
    "answer", [REFUSED, REFUSED_ALL, WRONG, BAD_TOKEN], ids=["refused", "hopeless", "wrong", "401"]
)
def test_a_refused_reject_is_a_failure(answer: GraphResult) -> None:
    assert ScriptedCall(answer).answer(BUSY).state is State.FAILED


def test_where_every_part_of_a_list_was_refused_the_next_list_has_an_attempt_all_the_same() -> None:
    cleo = replace(ANNA, id="cccccccc-0000-4000-8000-000000000000")
    scripted = ScriptedCall(REFUSED, REFUSED, REFUSED, REFUSED, ACCEPTED)

    answered = scripted.answer(replace(TEAM, targets=(*TEAM.targets, cleo)))

    assert [len(attempt.rung) for attempt in scripted.graph.attempts] == [3, 2, 2, 2, 1]
    assert (answered.state, answered.decision, answered.attempts) == (State.REDIRECTED, FALLBACK, 5)


def test_all_lists_together_have_four_attempts() -> None:
    scripted = ScriptedCall(DOWN, DOWN, REFUSED, DOWN, ACCEPTED)

    answered = scripted.answer(TEAM)

    assert (answered.state, answered.attempts, len(scripted.graph.attempts)) == (State.FAILED, 4, 4)


# Phones may be ringing

MAYBE_HEARD = [
    pytest.param(LOST, id="no-answer"),
    pytest.param(Reply(502), id="502"),
    pytest.param(Reply(504), id="504"),
    pytest.param(Reply(408), id="408"),
]


@pytest.mark.parametrize("first", MAYBE_HEARD)
@pytest.mark.parametrize("gone", [GONE, Reply(404), Reply(409), Reply(410), Reply(412), Reply(400, "8528")], ids=str)
def test_gone_after_an_attempt_that_may_have_been_heard_means_done(first: GraphResult, gone: GraphResult) -> None:
    answered = ScriptedCall(first, gone).answer()

    assert (answered.state, answered.outcome, answered.answer) == (State.REDIRECTED, None, gone)


@pytest.mark.parametrize("code", ["8519", "8522", "8528", "8543", "8583", "8585"])
@pytest.mark.parametrize("status", [400, 403, 404, 409, 412, 500, 503])
def test_the_code_of_a_call_that_is_gone_counts_before_the_status(code: str, status: int) -> None:
    scripted = ScriptedCall(Reply(status, code))

    answered = scripted.answer(TEAM)

    assert (answered.state, answered.outcome, answered.attempts) == (State.FAILED, Outcome.LATE, 1)


@pytest.mark.parametrize("first", [DOWN, THROTTLED, UNREACHED, BAD_TOKEN], ids=["503", "429", "unreached", "401"])
def test_gone_after_attempts_that_did_nothing_is_late(first: GraphResult) -> None:
    answered = ScriptedCall(first, GONE).answer()

    assert (answered.state, answered.outcome) == (State.FAILED, Outcome.LATE)


def test_gone_on_a_claim_that_was_taken_over_means_that_the_other_was_first() -> None:
    scripted = ScriptedCall(GONE)

    answered = scripted.answer(ALONE, ScriptedLease(scripted.clock, contested=True))

    assert (answered.state, answered.outcome) == (State.REDIRECTED, None)


def test_a_reject_that_may_have_been_heard_is_done_when_the_call_is_gone() -> None:
    answered = ScriptedCall(LOST, GONE).answer(BUSY)

    assert (answered.state, answered.outcome) == (State.REJECTED, Outcome.NO_TARGET)


@pytest.mark.parametrize("first", MAYBE_HEARD)
def test_a_refusal_of_the_same_body_says_that_it_was_not_heard_and_the_next_list_rings(first: GraphResult) -> None:
    scripted = ScriptedCall(first, REFUSED, ACCEPTED)

    answered = scripted.answer(ANNAS)

    assert [attempt.rung for attempt in scripted.graph.attempts] == [[ANNA.id], [ANNA.id], [NIGHT.id]]
    assert (answered.state, answered.decision, answered.answer) == (State.REDIRECTED, FALLBACK, REFUSED)


@pytest.mark.parametrize("first", MAYBE_HEARD)
def test_the_next_list_of_one_that_was_not_heard_is_late_where_the_call_is_gone(first: GraphResult) -> None:
    answered = ScriptedCall(first, REFUSED, GONE).answer(ANNAS)

    assert (answered.state, answered.outcome, answered.answer) == (State.FAILED, Outcome.LATE, GONE)


@pytest.mark.parametrize("first", MAYBE_HEARD)
@pytest.mark.parametrize("second", [REFUSED, REFUSED_ALL, WRONG], ids=["refused", "hopeless", "wrong"])
def test_no_reject_follows_an_attempt_that_was_never_answered(first: GraphResult, second: GraphResult) -> None:
    scripted = ScriptedCall(first, second)

    answered = scripted.answer(ALONE)

    assert set(scripted.graph.actions) == {"redirect"}
    assert (answered.state, answered.outcome, answered.answer) == (State.FAILED, Outcome.FAILED, second)


@pytest.mark.parametrize("first", MAYBE_HEARD)
def test_no_reject_follows_the_last_of_several_lists_either(first: GraphResult) -> None:
    scripted = ScriptedCall(first, REFUSED, REFUSED, ACCEPTED)

    answered = scripted.answer(ANNAS)

    assert scripted.graph.actions == ["redirect"] * 3
    assert answered.state is State.FAILED


@pytest.mark.parametrize("first", MAYBE_HEARD)
def test_a_call_that_may_ring_may_be_left_ringing(first: GraphResult) -> None:
    answered = ScriptedCall(first, REFUSED).answer(replace(ALONE, next_decision=Leave(Why.NO_TARGET, "any/any")))

    assert (answered.state, answered.outcome) == (State.LEFT, Outcome.FAILED)


@pytest.mark.parametrize("first", MAYBE_HEARD)
def test_a_refused_token_says_nothing_of_an_attempt_that_may_have_been_heard(first: GraphResult) -> None:
    scripted = ScriptedCall(first, BAD_TOKEN, GONE)

    assert scripted.answer(TEAM).state is State.REDIRECTED


@pytest.mark.parametrize("answer", [REFUSED, REFUSED_ALL], ids=["refused", "hopeless"])
def test_nothing_else_follows_a_refusal_on_a_claim_that_was_taken_over(answer: GraphResult) -> None:
    scripted = ScriptedCall(answer, ACCEPTED)

    answered = scripted.answer(TEAM, ScriptedLease(scripted.clock, contested=True))

    assert (scripted.graph.actions, answered.state) == (["redirect"], State.FAILED)


def test_a_repair_of_the_same_targets_may_follow_an_attempt_that_may_have_been_heard() -> None:
    scripted = ScriptedCall(LOST, WRONG, ACCEPTED)

    assert scripted.answer(TEAM).state is State.REDIRECTED
    assert len({tuple(attempt.rung) for attempt in scripted.graph.attempts}) == 1


def test_the_list_after_a_refused_one_has_an_attempt_in_any_case_and_so_has_the_reject() -> None:
    three = replace(
        TEAM, targets=tuple(replace(ANNA, id=f"0000000{one}-0000-4000-8000-000000000000") for one in (1, 2, 3))
    )
    scripted = ScriptedCall(*[REFUSED] * 5, ACCEPTED)

    result = scripted.answer(three)

    assert [len(attempt.rung) for attempt in scripted.graph.attempts[:-1]] == [3, 2, 2, 2, 1]
    assert (result.state, result.attempts) == (State.REJECTED, 6)
