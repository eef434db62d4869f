"""Carry a decision out at Graph, until one attempt is taken, everything is refused, or it is too late."""

from collections.abc import Callable

from shared.call.attempts import Attempts, Graph, Lease
from shared.core.budgets import Budgets
from shared.core.errors import TokenUnavailable
from shared.core.graph import plan as plans
from shared.core.graph.plan import Plan, RefusedList
from shared.core.graph.verdicts import GraphResult, Reply, Verdict, hint, verdict
from shared.core.light_dataclass import dataclass
from shared.core.notification.calls import RingingCall
from shared.core.record.record import Outcome, State
from shared.core.routing.decisions import Decision, Leave, Redirect, Reject, Why
from shared.ports import Clock, TokenSource

_REFUSED = {Verdict.REFUSED_TARGETS, Verdict.REFUSED_LIST, Verdict.REFUSED_ALL}


@dataclass(frozen=True, slots=True)
class RedirectResult:
    """What became of a call: `decision` is the last that was tried, `answer` what Graph said where it matters.

    `refused` has the lists that Graph did not take whole, and who of them does not ring.
    """

    state: State
    decision: Decision
    outcome: Outcome | None
    attempts: int
    answer: GraphResult | None
    hint: str
    refused: tuple[RefusedList, ...]
    token_ms: int
    graph_ms: int


@dataclass(slots=True)
class _Progress:
    """How far one call has come."""

    attempts: Attempts
    plan: Plan
    refusal: GraphResult | None = None  # why the first list does not ring
    is_unanswered: bool = False  # what is tried now may have been heard: phones may be ringing
    was_unanswered: bool = False  # and that of whatever was tried
    no_token: str = ""
    has_new_token: bool = False

    @property
    def may_ring(self) -> bool:
        return self.is_unanswered or self.attempts.lease.contested

    def ends(self, state: State, outcome: Outcome | None, answer: GraphResult | None) -> RedirectResult:
        return RedirectResult(
            state=state,
            decision=self.plan.decision,
            outcome=outcome,
            attempts=self.attempts.count,
            answer=answer,
            hint=self.no_token or (hint(answer) if answer else ""),
            refused=self.plan.refused_lists,
            token_ms=round(self.attempts.token_seconds * 1000),
            graph_ms=round(self.attempts.graph_seconds * 1000),
        )


@dataclass(frozen=True, slots=True)
class Redirector:
    """Keeps to `budgets`: four attempts in all, the last over 10.5 s after the call came.

    The list that follows a refused one has an attempt in any case, and so has the reject at the end of them all: a
    refusal comes at once, and the caller is rung by somebody else, or hears that nobody rings.
    `jitter` gives random numbers from 0 to 1. What an answer means is in core/graph/verdicts, what follows a refusal
    in core/graph/plan.
    """

    graph: Graph
    tokens: TokenSource
    clock: Clock
    budgets: Budgets
    jitter: Callable[[], float]

    def carry_out(
        self, call: RingingCall, decision: Decision, callback: str, lease: Lease, *, arrived: float
    ) -> RedirectResult:
        """Do what was decided; `arrived` is the call's arrival on the monotonic clock. Raises ClaimLost.

        An attempt that was never answered may have been heard. A refusal of the same body, afterwards, says that it was
        not, and others are tried; but no reject is sent after one. On a contested claim nothing follows a refusal:
        phones that another delivery rang may be ringing.
        """
        progress = _Progress(self._attempts(call, callback, lease, arrived), plans.begin(decision))
        while True:
            decision = progress.plan.decision
            if isinstance(decision, Leave):
                return progress.ends(State.LEFT, _why_nobody_rings(progress), progress.refusal)
            settled = self._until_final(progress, decision)
            answer = progress.attempts.answer
            if settled is Verdict.ACCEPTED:
                return _accepted(progress, progress.refusal or answer)
            if settled is Verdict.GONE and progress.may_ring:
                return _accepted(progress, answer)
            if settled is Verdict.GONE:
                return progress.ends(State.FAILED, Outcome.LATE, answer)
            following = self._next_plan(progress, settled)
            if following is None:
                return progress.ends(State.FAILED, Outcome.FAILED, answer)
            progress.plan, progress.is_unanswered = following, False

    def _attempts(self, call: RingingCall, callback: str, lease: Lease, arrived: float) -> Attempts:
        deadline = arrived + self.budgets.last_attempt_ends
        return Attempts(self.graph, self.tokens, self.clock, self.budgets, self.jitter, call, callback, lease, deadline)

    def _until_final(self, progress: _Progress, decision: Redirect | Reject) -> Verdict:
        """Try until Graph says something final about this decision; RETRY where there is no more time."""
        attempts, most = progress.attempts, self._most_attempts(progress)
        while attempts.count < most and attempts.has_time:
            try:
                answer = attempts.send(decision)
            except TokenUnavailable as missing:
                progress.no_token = missing.hint or missing.reason
                return Verdict.NEW_TOKEN
            match verdict(answer) if answer else Verdict.RETRY:
                case Verdict.NEW_TOKEN if not progress.has_new_token:
                    progress.has_new_token = True
                case Verdict.RETRY | Verdict.UNANSWERED as unsettled:
                    if unsettled is Verdict.UNANSWERED:
                        progress.is_unanswered = progress.was_unanswered = True
                    if attempts.count >= most or not attempts.pause():
                        break
                case final:
                    return final
        return Verdict.RETRY

    def _most_attempts(self, progress: _Progress) -> int:
        follows_a_refusal = progress.refusal is not None and not progress.plan.is_narrowed
        return max(self.budgets.most_attempts, progress.attempts.count + 1 if follows_a_refusal else 0)

    def _next_plan(self, progress: _Progress, settled: Verdict) -> Plan | None:
        """Give what is tried after a refusal; nothing where all ends here."""
        if settled is Verdict.REPAIR:
            if repaired := plans.repaired(progress.plan):
                return repaired
            settled = Verdict.REFUSED_TARGETS
        if settled not in _REFUSED or progress.attempts.lease.contested:
            return None
        answer, tries = progress.attempts.answer, self.budgets.most_attempts - progress.attempts.count
        progress.refusal = progress.refusal or answer
        following = plans.after_refusal(progress.plan, settled, _code(answer), tries)
        if following and isinstance(following.decision, Reject) and progress.was_unanswered:
            return None
        return following


def _accepted(progress: _Progress, answer: GraphResult | None) -> RedirectResult:
    match progress.plan.decision:
        case Redirect():
            return progress.ends(State.REDIRECTED, None, answer)
        case Reject(why=Why.BY_RULE):
            return progress.ends(State.REJECTED, Outcome.REJECTED, answer)
        case _:
            return progress.ends(State.REJECTED, _why_nobody_rings(progress), answer)


def _why_nobody_rings(progress: _Progress) -> Outcome:
    """Say why nobody rings: Graph refused a list, else what was decided."""
    if progress.refusal:
        return Outcome.FAILED
    decision = progress.plan.decision
    is_closed = not isinstance(decision, Redirect) and decision.why is Why.CLOSED
    return Outcome.CLOSED if is_closed else Outcome.NO_TARGET


def _code(answer: GraphResult | None) -> str:
    return (answer.code or str(answer.status)) if isinstance(answer, Reply) else ""
