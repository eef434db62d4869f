"""Answer one ringing call: claim, decide, redirect, record."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import field
from datetime import datetime
from typing import Any, assert_never

from shared.call.claims import Claim, ClaimLost, Claims
from shared.call.journal import Journal
from shared.call.redirector import Redirector, RedirectResult
from shared.call.watch import Duplicate
from shared.core.directory.line_names import line_name
from shared.core.directory.model import Directory
from shared.core.gate.publishers import TokenForm
from shared.core.graph.verdicts import Reply
from shared.core.light_dataclass import dataclass
from shared.core.notification.calls import RingingCall
from shared.core.record.record import LONGEST_TEXT, CallKey, Outcome, Record, State, day_of, with_facts
from shared.core.routing.decide import LastResort, decide
from shared.core.routing.decisions import Decision, Leave, Redirect, Reject, Skipped, SkipReason, skipped_text
from shared.ports import Clock, DirectorySource, Events

ACCEPTED, UNAVAILABLE = 202, 503


@dataclass(frozen=True, slots=True)
class Arrival:
    """When a delivery came, by both clocks, and how it was signed; `gate_ms` is how long the gate took."""

    at: datetime
    on_clock: float
    form: TokenForm
    gate_ms: int = 0


@dataclass(frozen=True, slots=True)
class Ringing:
    """The way of one ringing call, from left to right: claim, decide, redirect, record.

    `base_url` is what Microsoft reaches us by, without a trailing slash. `recorded` hears of each call once it is done.
    """

    directories: DirectorySource
    claims: Claims
    journal: Journal
    redirector: Redirector
    clock: Clock
    events: Events
    last_resort: LastResort
    base_url: str
    recorded: Callable[[Record], object] = lambda _: None
    _counter: Iterator[int] = field(default_factory=itertools.count)

    def take(self, call: RingingCall, arrival: Arrival) -> int:
        """Give the HTTP status that answers this delivery of the call."""
        match self.claims.claim(call.id, _first_facts(call, arrival, is_cold=next(self._counter) == 0)):
            case Duplicate(state):
                return self._duplicate(call, state, arrival)
            case Claim() as claim:
                try:
                    return self._answer(call, claim, arrival)
                except ClaimLost:
                    return self._duplicate(call, State.CLAIMED, arrival)
            case never:
                assert_never(never)

    def _answer(self, call: RingingCall, claim: Claim, arrival: Arrival) -> int:
        """Decide, redirect, record. Raises ClaimLost, and has then written nothing."""
        directory, directory_ms = self._directory()
        decision = decide(call, directory or Directory(), self.last_resort, arrival.at)
        callback = f"{self.base_url}/api/calls/{claim.record.key.path}"
        result = self.redirector.carry_out(call, decision, callback, claim, arrived=arrival.on_clock)
        record = with_facts(
            claim.record,
            **_facts(result, decision.skipped),
            called_name=line_name(directory, claim.record.called, claim.record.called_name) or None,
            directory=directory.fingerprint if directory else None,
            directory_ms=directory_ms,
            redirect_ms=self._since(arrival.on_clock),
        )
        self._report(record, result, arrival.form)
        self.journal.close(record, claim.etag, arrived=arrival.on_clock)
        self.recorded(record)
        is_lost = record.state is State.FAILED and record.outcome is not Outcome.LATE
        return UNAVAILABLE if is_lost else ACCEPTED

    def _directory(self) -> tuple[Directory | None, int]:
        began = self.clock.monotonic()
        return self.directories.current(), self._since(began)

    def _duplicate(self, call: RingingCall, state: State, arrival: Arrival) -> int:
        self.events("call.duplicate", call=call.id, chain=call.chain_id, state=state, form=arrival.form)
        return ACCEPTED

    def _report(self, record: Record, result: RedirectResult, form: TokenForm) -> None:
        for refused in result.refused:
            self.events(
                "list.bad_target",
                call=record.key.call,
                chain=record.chain_id,
                list=refused.list,
                code=refused.code,
                left_out=len(refused.left_out),
                targets=" ".join(target.id for target in refused.left_out),
                form=form,
            )
        self.events(
            f"call.{record.state}",
            call=record.key.call,
            chain=record.chain_id,
            called=record.called,
            route=record.route,
            list=record.list,
            rung=record.rung,
            targets=_count(result.decision),
            outcome=record.outcome,
            attempts=record.attempts,
            status=record.graph_status,
            code=record.graph_code,
            request_id=record.request_id,
            hint=record.hint,
            form=form,
            cold=record.cold,
            gate_ms=record.gate_ms,
            directory_ms=record.directory_ms,
            token_ms=record.token_ms,
            graph_ms=record.graph_ms,
            ms=record.redirect_ms,
        )

    def _since(self, began: float) -> int:
        return round((self.clock.monotonic() - began) * 1000)


def _first_facts(call: RingingCall, arrival: Arrival, *, is_cold: bool) -> Record:
    return Record(
        key=CallKey(day_of(arrival.at), call.id),
        state=State.CLAIMED,
        received_at=arrival.at,
        tenant=call.tenant,
        call_tenant=call.other_tenant,
        called=call.called.id if call.called else None,
        called_name=(call.called.name or None) if call.called else None,
        caller=call.caller.id if call.caller else None,
        caller_kind=call.caller.kind if call.caller else None,
        chain_id=call.chain_id or None,
        cold=is_cold,
        gate_ms=arrival.gate_ms,
    )


def _facts(result: RedirectResult, skipped: tuple[Skipped, ...]) -> dict[str, Any]:
    """Give what a record says of how its call was answered."""
    decision = result.decision
    redirect = decision if isinstance(decision, Redirect) else None
    rung = redirect if result.state is State.REDIRECTED else None
    reply = result.answer if isinstance(result.answer, Reply) else None
    return {
        "state": result.state,
        "outcome": result.outcome,
        "route": decision.route,
        "list": redirect.list if redirect else None,
        "rung": " ".join(target.id for target in rung.targets) if rung else None,
        "skipped": skipped_text((*skipped, *_left_out(result)), LONGEST_TEXT) or None,
        "timeout": redirect.timeout if redirect else None,
        "forwarding": redirect.forwarding if redirect else None,
        "attempts": result.attempts,
        "graph_status": reply.status if reply else None,
        "graph_code": (reply.code or None) if reply else None,
        "request_id": (reply.request_id or None) if reply else None,
        "hint": result.hint or None,
        "token_ms": result.token_ms,
        "graph_ms": result.graph_ms,
    }


def _left_out(result: RedirectResult) -> Iterator[Skipped]:
    """Give those whom Graph would not ring, each once, and none whom another list rings."""
    named = {target.id for target in result.decision.targets} if isinstance(result.decision, Redirect) else set()
    for refused in result.refused:
        for target in refused.left_out:
            if target.id not in named:
                named.add(target.id)
                yield Skipped(target.id, SkipReason.LEFT_OUT, refused.code)


def _count(decision: Decision) -> int:
    match decision:
        case Redirect(targets=targets):
            return len(targets)
        case Reject() | Leave():
            return 0
        case never:
            assert_never(never)
