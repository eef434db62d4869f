"""Answer one ringing call: claim, decide, redirect, record."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from shared.call.claims import Claim, ClaimLost, Claims, Duplicate
from shared.call.journal import Journal
from shared.call.redirector import Redirector, RedirectResult
from shared.core.directory.model import Directory
from shared.core.graph.verdicts import Reply
from shared.core.ids import masked
from shared.core.notification.calls import RingingCall
from shared.core.record.record import CallKey, Outcome, Record, State, day_of
from shared.core.routing.decide import LastResort, decide
from shared.core.routing.decisions import Leave, Redirect, Reject, Skipped, skipped_text
from shared.ports import Clock, DirectorySource, Events

ACCEPTED, UNAVAILABLE = 202, 503
_RENEWED_FOR = 1.5  # seconds
_LONGEST_TEXT = 10_000  # characters: a cell holds 32,000


@dataclass(frozen=True, slots=True)
class Arrival:
    """When a delivery came, by both clocks; `gate_ms` is how long the gate took."""

    at: datetime
    on_clock: float
    gate_ms: int = 0


@dataclass(slots=True)
class _Hold:
    """Keeps a claim for as long as its call is being answered; called, it says whether it is still ours."""

    claims: Claims
    clock: Clock
    claim: Claim
    renewed_at: float

    def __call__(self) -> bool:
        now = self.clock.monotonic()
        if now - self.renewed_at < _RENEWED_FOR:
            return True
        self.renewed_at = now
        renewed = self.claims.renew(self.claim)
        self.claim = renewed or self.claim
        return renewed is not None


@dataclass(frozen=True, slots=True)
class Ringing:
    """`base_url` is what Microsoft reaches us by, without a trailing slash."""

    directories: DirectorySource
    claims: Claims
    journal: Journal
    redirector: Redirector
    clock: Clock
    events: Events
    last_resort: LastResort
    base_url: str
    _counter: Iterator[int] = field(default_factory=itertools.count)

    def take(self, call: RingingCall, arrival: Arrival) -> int:
        held = self.claims.claim(call.id, _first_facts(call, arrival, is_cold=next(self._counter) == 0))
        match held:
            case Duplicate(state):
                self.events("call.duplicate", call=call.id, chain=call.chain_id, state=state)
                return ACCEPTED
            case Claim(record, taken_over=taken_over):
                began = self.clock.monotonic()
                directory = self.directories.current()
                directory_ms = self._since(began)
                decision = decide(call, directory or Directory(), self.last_resort, arrival.at)
                callback = f"{self.base_url}/api/calls/{record.key.path}"
                hold = _Hold(self.claims, self.clock, held, began)
                try:
                    answered = self.redirector.carry_out(
                        call, decision, callback, arrived=arrival.on_clock, taken_over=taken_over, is_held=hold
                    )
                except ClaimLost:
                    self.events("call.duplicate", call=call.id, chain=call.chain_id, state=State.CLAIMED)
                    return ACCEPTED
                record = replace(
                    _all_facts(record, answered, decision.skipped),
                    directory=directory.fingerprint if directory else None,
                    directory_ms=directory_ms,
                    redirect_ms=self._since(arrival.on_clock),
                )
                self._report(record, answered)
                self.journal.close(hold.claim, record)
                lost = record.state is State.FAILED and record.outcome is not Outcome.LATE
                return UNAVAILABLE if lost else ACCEPTED
            case never:
                assert_never(never)

    def _report(self, record: Record, answered: RedirectResult) -> None:
        match answered.decision:
            case Redirect(targets=targets):
                rung = len(targets)
            case Reject() | Leave():
                rung = 0
            case never:
                assert_never(never)
        self.events(
            f"call.{record.state}",
            call=record.key.call,
            chain=record.chain_id,
            route=masked(record.route or ""),
            list=record.list,
            targets=rung,
            outcome=record.outcome,
            attempts=record.attempts,
            status=record.graph_status,
            code=record.graph_code,
            request_id=record.request_id,
            hint=record.hint,
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


def _all_facts(record: Record, answered: RedirectResult, skipped: tuple[Skipped, ...]) -> Record:
    decision = answered.decision
    redirect = decision if isinstance(decision, Redirect) else None
    reply = answered.answer if isinstance(answered.answer, Reply) else None
    return replace(
        record,
        state=answered.state,
        outcome=answered.outcome,
        route=decision.route,
        list=redirect.list if redirect else None,
        rung=" ".join(target.id for target in redirect.targets) if redirect else None,
        skipped=skipped_text(skipped, _LONGEST_TEXT) or None,
        timeout=redirect.timeout if redirect else None,
        forwarding=redirect.forwarding if redirect else None,
        attempts=answered.attempts,
        graph_status=reply.status if reply else None,
        graph_code=(reply.code or None) if reply else None,
        request_id=(reply.request_id or None) if reply else None,
        hint=answered.hint or None,
        token_ms=answered.token_ms,
        graph_ms=answered.graph_ms,
    )
