"""The attempts at Graph for one call: each with a token and under a proved lease, and the waiting between them."""

from collections.abc import Callable
from typing import Protocol, assert_never

from shared.core.budgets import Budgets
from shared.core.errors import TokenPending, TokenUnavailable
from shared.core.graph import requests
from shared.core.graph.verdicts import GraphResult, Reply, Verdict, verdict
from shared.core.light_dataclass import dataclass
from shared.core.notification.calls import RingingCall
from shared.core.routing.decisions import Redirect, Reject
from shared.ports import Clock, TokenSource

_THROTTLED = 429


class Graph(Protocol):
    def post(self, call: RingingCall, action: str, body: bytes, token: str, *, within: float) -> GraphResult:
        """Send one attempt, and never longer than `within` seconds."""
        ...


class Lease(Protocol):
    """The claim on the call, as `call/claims.Claim` has it."""

    @property
    def contested(self) -> bool: ...
    def keep_alive(self, needed: float) -> float:
        """Give the seconds for which the call is ours, renewed where fewer than `needed`. Raises ClaimLost."""
        ...


@dataclass(slots=True)
class Attempts:
    """One call's attempts so far; `deadline` is when the last of them has to end, on the monotonic clock."""

    graph: Graph
    tokens: TokenSource
    clock: Clock
    budgets: Budgets
    jitter: Callable[[], float]
    call: RingingCall
    callback: str
    lease: Lease
    deadline: float
    count: int = 0
    answer: GraphResult | None = None  # the newest
    token_seconds: float = 0.0
    graph_seconds: float = 0.0

    @property
    def left(self) -> float:
        return self.deadline - self.clock.monotonic()

    @property
    def has_time(self) -> bool:
        return self.left >= self.budgets.shortest_attempt

    def send(self, decision: Redirect | Reject) -> GraphResult | None:
        """Send it once; nothing where no time is left. Raises TokenUnavailable, and ClaimLost."""
        token = self._token()
        # After the token, which may have taken longer than the claim lives: nothing is sent that is not ours to send.
        leased = self.lease.keep_alive(self.budgets.claims.for_attempt)
        if not self.has_time:
            return None
        self.count += 1
        began = self.clock.monotonic()
        action, body = _request(decision, self.callback)
        self.answer = self.graph.post(self.call, action, body, token, within=min(leased, self.left))
        self.graph_seconds += self.clock.monotonic() - began
        if verdict(self.answer) is Verdict.NEW_TOKEN:
            self.tokens.forget(self.call.tenant, token)
        return self.answer

    def pause(self) -> bool:
        """Wait before the next attempt; False where there is no time for one, or Graph asks for more than we have."""
        left = self.left - self.budgets.shortest_attempt
        least = self._least_pause(left)
        if self.budgets.pause(self.count, 0.0, least) >= left:
            return False
        self._sleep(min(self.budgets.pause(self.count, self.jitter(), least), left))
        return True

    def _least_pause(self, left: float) -> float:
        """Give the seconds that Graph asks for: after a 429 whatever they are, else where there is time for them."""
        if not isinstance(self.answer, Reply):
            return 0.0
        asked = self.answer.retry_after or 0.0
        if self.answer.status == _THROTTLED:
            return max(asked, self.budgets.throttled)
        return asked if asked < left else 0.0

    def _token(self) -> str:
        """Wait for a token as long as the window is open, in parts, and keep the claim between them."""
        began = self.clock.monotonic()
        try:
            while True:
                try:
                    token = self.tokens.token(self.call.tenant, min(self.left, self.budgets.claims.longest_wait))
                except TokenPending:
                    if not self.has_time:
                        raise TokenUnavailable("no token came while the call was ringing") from None
                    self.lease.keep_alive(self.budgets.claims.for_wait)
                else:
                    break
        finally:
            self.token_seconds += self.clock.monotonic() - began
        if not self.has_time:
            raise TokenUnavailable("the token came too late")
        return token

    def _sleep(self, seconds: float) -> None:
        """Sleep in parts, and keep the claim before each; what that takes is part of the wait."""
        until, timings = self.clock.monotonic() + seconds, self.budgets.claims
        self.lease.keep_alive(timings.for_wait)
        while (left := until - self.clock.monotonic()) > 0:
            self.clock.sleep(min(left, timings.longest_wait))
            if left > timings.longest_wait:
                self.lease.keep_alive(timings.for_wait)


def _request(decision: Redirect | Reject, callback: str) -> tuple[str, bytes]:
    match decision:
        case Redirect():
            return "redirect", requests.redirect(decision, callback)
        case Reject():
            return "reject", requests.reject(decision, callback)
        case _:
            assert_never(decision)
