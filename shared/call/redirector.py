"""GraphResult a ringing call: send the decision to Graph until it is taken, refused, or too late."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, assert_never

from shared.call.claims import ClaimLost
from shared.core.budgets import Budgets
from shared.core.errors import TokenUnavailable
from shared.core.graph import requests
from shared.core.graph.verdicts import GraphResult, Reply, Verdict, hint, verdict
from shared.core.notification.calls import RingingCall
from shared.core.record.record import Outcome, State
from shared.core.routing.decisions import Decision, Leave, Redirect, Reject, Why
from shared.ports import Clock, TokenSource

_BRIEF_RINGING = 20  # seconds: less than the 30 after which a Teams user's voicemail takes the call
_LONGEST_SLEEP = 2.0  # seconds: others take a claim over that has not moved for 3
_SHORTEST_ATTEMPT = 0.5  # seconds: less is not worth beginning
_THROTTLED = 429
_THROTTLED_PAUSE = 1.0


class Graph(Protocol):
    def post(self, call: RingingCall, action: str, body: bytes, token: str, *, within: float) -> GraphResult:
        """Send one attempt, and never longer than `within` seconds."""
        ...


@dataclass(frozen=True, slots=True)
class RedirectResult:
    """What became of a call: `decision` is the last that was tried, `answer` what Graph said where it matters."""

    state: State
    decision: Decision
    outcome: Outcome | None
    attempts: int
    answer: GraphResult | None
    hint: str
    token_ms: int
    graph_ms: int


@dataclass(slots=True)
class _Progress:
    """How one call's attempts have gone so far."""

    call: RingingCall
    callback: str
    arrived: float
    decision: Decision  # the one that is tried
    may_ring: bool  # an attempt may have been heard: phones may be ringing
    is_held: Callable[[], bool]
    attempts: int = 0
    answer: GraphResult | None = None  # the newest
    refusal: GraphResult | None = None  # why the first list does not ring
    no_token: str = ""
    has_new_token: bool = False
    is_repaired: bool = False
    token_seconds: float = 0.0
    graph_seconds: float = 0.0

    def ends(self, state: State, outcome: Outcome | None) -> RedirectResult:
        answer = self.refusal or self.answer
        return RedirectResult(
            state=state,
            decision=self.decision,
            outcome=outcome,
            attempts=self.attempts,
            answer=answer,
            hint=self.no_token or (hint(answer) if answer else ""),
            token_ms=round(self.token_seconds * 1000),
            graph_ms=round(self.graph_seconds * 1000),
        )


@dataclass(frozen=True, slots=True)
class Redirector:
    graph: Graph
    tokens: TokenSource
    clock: Clock
    budgets: Budgets
    jitter: Callable[[], float]

    def carry_out(
        self,
        call: RingingCall,
        decision: Decision,
        callback: str,
        *,
        arrived: float,
        taken_over: bool,
        is_held: Callable[[], bool] = lambda: True,
    ) -> RedirectResult:
        """Do what was decided; `arrived` is the call's arrival on the monotonic clock.

        Targets that Graph refuses are followed by the decision's `otherwise`, but never after an attempt that may
        have been heard, nor on a claim that was taken over: phones may be ringing. `is_held` is asked before every
        attempt but the first, and while waiting for one: it keeps the claim. Raises ClaimLost where it says no.
        """
        progress = _Progress(call, callback, arrived, decision, may_ring=taken_over, is_held=is_held)
        while True:
            if isinstance(progress.decision, Leave):
                return progress.ends(State.LEFT, _why_nobody_rings(progress))
            settled = self._until_final(progress, progress.decision)
            if settled is Verdict.ACCEPTED or (settled is Verdict.GONE and progress.may_ring):
                return _accepted(progress)
            if settled is Verdict.GONE:
                return progress.ends(State.FAILED, Outcome.LATE)
            following = _next_decision(progress.decision, settled)
            if following is None or progress.may_ring:
                return progress.ends(State.FAILED, Outcome.FAILED)
            progress.decision, progress.refusal = _as_repaired(progress, following), progress.refusal or progress.answer

    def _until_final(self, progress: _Progress, decision: Redirect | Reject) -> Verdict:
        """Try until Graph says something final; RETRY where there is no more time."""
        while progress.attempts < self.budgets.most_attempts and self._left(progress) > _SHORTEST_ATTEMPT:
            if progress.attempts and not progress.is_held():
                raise ClaimLost
            try:
                answer = self._attempt(progress, decision)
            except TokenUnavailable as missing:
                progress.no_token = missing.hint or missing.reason
                return Verdict.NEW_TOKEN
            match verdict(answer):
                case Verdict.NEW_TOKEN if not progress.has_new_token:
                    progress.has_new_token = True
                case Verdict.REPAIR if isinstance(decision, Redirect) and not decision.forwarding:
                    progress.decision, progress.is_repaired = _repaired(decision), True
                    decision = progress.decision
                case Verdict.REPAIR:
                    return Verdict.REFUSED_TARGETS
                case Verdict.RETRY | Verdict.UNANSWERED as unsettled:
                    progress.may_ring = progress.may_ring or unsettled is Verdict.UNANSWERED
                    if not self._pause(progress, answer):
                        break
                case final:
                    return final
        return Verdict.RETRY

    def _attempt(self, progress: _Progress, decision: Redirect | Reject) -> GraphResult:
        began = self.clock.monotonic()
        try:
            token = self.tokens.token(progress.call.tenant, self._left(progress))
        finally:
            has_token = self.clock.monotonic()
            progress.token_seconds += has_token - began
        if self._left(progress) < _SHORTEST_ATTEMPT:
            raise TokenUnavailable("the token came too late")
        progress.attempts += 1
        action, body = _request(decision, progress.callback)
        answer = self.graph.post(progress.call, action, body, token, within=self._left(progress))
        progress.graph_seconds += self.clock.monotonic() - has_token
        progress.answer = answer
        if verdict(answer) is Verdict.NEW_TOKEN:
            self.tokens.forget(progress.call.tenant, token)
        return answer

    def _pause(self, progress: _Progress, answer: GraphResult) -> bool:
        """Wait before the next attempt; False where there is no time for one, or Graph asks for more than we have."""
        back_off = self.budgets.back_off[min(progress.attempts, len(self.budgets.back_off)) - 1]
        seconds = back_off * (1 + self.jitter() / 2)
        told = answer.retry_after if isinstance(answer, Reply) else None
        left = self._left(progress) - _SHORTEST_ATTEMPT
        if isinstance(answer, Reply) and answer.status == _THROTTLED:
            seconds = max(_THROTTLED_PAUSE, told or 0.0)
        elif told is not None and told < left:
            seconds = max(seconds, told)
        if seconds >= left or progress.attempts >= self.budgets.most_attempts:
            return False
        while seconds > 0:
            part = min(seconds, _LONGEST_SLEEP)
            self.clock.sleep(part)
            seconds -= part
            if seconds > 0 and not progress.is_held():
                raise ClaimLost
        return True

    def _left(self, progress: _Progress) -> float:
        return progress.arrived + self.budgets.last_attempt_ends - self.clock.monotonic()


def _request(decision: Redirect | Reject, callback: str) -> tuple[str, bytes]:
    match decision:
        case Redirect():
            return "redirect", requests.redirect(decision, callback)
        case Reject():
            return "reject", requests.reject(decision, callback)
        case _:
            assert_never(decision)


def _accepted(progress: _Progress) -> RedirectResult:
    match progress.decision:
        case Redirect():
            return progress.ends(State.REDIRECTED, None)
        case Reject(why=Why.BY_RULE):
            return progress.ends(State.REJECTED, Outcome.REJECTED)
        case _:
            return progress.ends(State.REJECTED, _why_nobody_rings(progress))


def _why_nobody_rings(progress: _Progress) -> Outcome:
    """Say why nobody rings: Graph refused a list, else what was decided."""
    if progress.refusal:
        return Outcome.FAILED
    return Outcome.CLOSED if _why(progress.decision) is Why.CLOSED else Outcome.NO_TARGET


def _why(decision: Decision) -> Why | None:
    return None if isinstance(decision, Redirect) else decision.why


def _next_decision(decision: Decision, settled: Verdict) -> Decision | None:
    """Give what comes after a refusal: the next list, or where no list would do, the end of all lists."""
    if not isinstance(decision, Redirect):
        return None
    following = decision.next_decision
    if settled is Verdict.REFUSED_TARGETS:
        return following
    if settled is not Verdict.REFUSED_ALL:
        return None
    while isinstance(following, Redirect):
        following = following.next_decision
    return following


def _as_repaired(progress: _Progress, following: Decision) -> Decision:
    """Repair the next list as well: of four attempts none is left to learn the same again."""
    if progress.is_repaired and isinstance(following, Redirect) and not following.forwarding:
        return _repaired(following)
    return following


def _repaired(decision: Redirect) -> Redirect:
    """Leave out routingPolicies, which Microsoft's schema does not have, and ring too briefly for a voicemail."""
    return replace(decision, forwarding=True, timeout=min(decision.timeout or _BRIEF_RINGING, _BRIEF_RINGING))
