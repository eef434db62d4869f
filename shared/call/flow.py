"""The way of a call: gate, parse, claim, decide, answer, record; and of its end."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Protocol, assert_never

from shared.call.journal import Claim, Duplicate, ForeignTenant, Journal, OldNews
from shared.call.redirector import Answered, Answering, ClaimLost
from shared.core import ids
from shared.core.directory.model import Directory
from shared.core.gate import Verified
from shared.core.graph.verdicts import Reply
from shared.core.ids import TenantId, masked
from shared.core.notification.calls import (
    BadEntry,
    Batch,
    CallEnded,
    CallRedirecting,
    EmptyBody,
    LegacyBody,
    NotForUs,
    Notification,
    RingingCall,
)
from shared.core.notification.parse import parse
from shared.core.record.record import CallKey, Outcome, Record, State, day_of, is_near
from shared.core.refusals import RefusedRequest, TenantNotAllowed, TooLarge, Unreadable
from shared.core.routing.decide import LastResort, decide
from shared.core.routing.decisions import Leave, Redirect, Reject, Skipped, told
from shared.ports import Clock, Directories, Events, Gate

LARGEST_BODY = 256 * 1024
_RENEWED_FOR = 1.5  # seconds
_AT_ONCE = 32  # entries of one body, of 128 threads
_LONGEST_TEXT = 10_000  # characters: a cell holds 32,000
ACCEPTED, NO_CONTENT, UNAVAILABLE = 202, 204, 503


class Threads(Protocol):
    """Runs blocking work off the event loop."""

    def __call__[**P, T](self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]: ...


@dataclass(frozen=True, slots=True)
class Request:
    """What counts of a POST."""

    authorization: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class _Arrival:
    at: datetime
    on_clock: float
    gate_ms: int = 0


@dataclass(slots=True)
class _Hold:
    """Keeps a claim for as long as its call is being answered; called, it says whether it is still ours."""

    journal: Journal
    clock: Clock
    claim: Claim
    renewed_at: float

    def __call__(self) -> bool:
        now = self.clock.monotonic()
        if now - self.renewed_at < _RENEWED_FOR:
            return True
        self.renewed_at = now
        renewed = self.journal.renew(self.claim)
        self.claim = renewed or self.claim
        return renewed is not None


@dataclass(frozen=True, slots=True)
class Flow:
    """`base_url` is what Microsoft reaches us by, without a trailing slash."""

    gate: Gate
    directories: Directories
    journal: Journal
    answering: Answering
    clock: Clock
    events: Events
    fault: Callable[[BaseException], None]
    last_resort: LastResort
    base_url: str
    _counter: Iterator[int] = field(default_factory=itertools.count)

    async def incoming(self, request: Request, threads: Threads) -> int:
        """Take a notification at the webhook and give its HTTP status. Raises RefusedRequest."""
        arrival, verified = await self._admit(request)
        match parse(verified):
            case LegacyBody():
                return self._aside(NO_CONTENT, "legacy Skype format")
            case EmptyBody():
                return self._aside(ACCEPTED, "empty body")
            case Batch(entries):
                turn = asyncio.Semaphore(_AT_ONCE)
                taken = (self._in_turn(turn, threads, entry, verified.tenant, arrival) for entry in entries)
                return self._worst(await asyncio.gather(*taken))
            case never:
                assert_never(never)

    async def callback(self, request: Request, day: str, call: str, threads: Threads) -> int:
        """Take a notification at the address of one call: the path decides which. Raises RefusedRequest."""
        _, verified = await self._admit(request)
        delivery = parse(verified)
        key = self._key(day, call)
        match delivery:
            case LegacyBody():
                return self._aside(NO_CONTENT, "legacy Skype format")
            case EmptyBody():
                return self._aside(ACCEPTED, "empty body")
            case Batch(entries):
                # One after the other: they are of one row.
                return self._worst(
                    [await threads(self._guarded, self._follow, entry, verified.tenant, key) for entry in entries]
                )
            case never:
                assert_never(never)

    async def _admit(self, request: Request) -> tuple[_Arrival, Verified]:
        began, at = self.clock.monotonic(), self.clock.now()
        if len(request.body) > LARGEST_BODY:
            raise TooLarge(f"{len(request.body)} bytes")
        verified = await self.gate.admit(request.authorization, request.body)
        return _Arrival(at, began, self._since(began)), verified

    def _key(self, day: str, call: str) -> CallKey:
        """Read the two keys in a callbackUri's path. Raises Unreadable for any that we cannot have made."""
        plain = ids.call_id(call)
        try:
            written = date.fromisoformat(day)
        except ValueError:
            raise Unreadable("the path has no day") from None
        if plain is None or written.isoformat() != day or not is_near(written, day_of(self.clock.now())):
            raise Unreadable("the path is not the address of a call that can end now")
        return CallKey(written, plain)

    async def _in_turn(
        self, turn: asyncio.Semaphore, threads: Threads, entry: Notification, tenant: TenantId, arrival: _Arrival
    ) -> int | RefusedRequest:
        """Take one of many entries: no body may have so many threads that others' calls wait for one."""
        match entry:
            case RingingCall() | CallEnded():
                async with turn:
                    return await threads(self._guarded, self._take, entry, tenant, arrival)
            case _:
                return self._guarded(self._take, entry, tenant, arrival)

    def _guarded[**P](
        self, step: Callable[P, int | RefusedRequest], *args: P.args, **kwargs: P.kwargs
    ) -> int | RefusedRequest:
        """Keep one entry's trouble from the others of its batch."""
        try:
            return step(*args, **kwargs)
        except RefusedRequest as refusal:
            return refusal
        except Exception as error:  # noqa: BLE001 - a fault of ours in one call must not lose the next
            self.fault(error)
            return UNAVAILABLE

    def _take(self, entry: Notification, tenant: TenantId, arrival: _Arrival) -> int | RefusedRequest:
        match entry:
            case RingingCall():
                return self._ring(entry, arrival)
            case CallEnded(id=call):
                if call is None:
                    return self._aside(ACCEPTED, "an end without a call id")
                return self._end(entry, self.journal.key_of(call), tenant)
            case CallRedirecting(id=call):
                return self._aside(ACCEPTED, "other_state", call)
            case NotForUs(id=call, why=why):
                return self._aside(ACCEPTED, why, call)
            case BadEntry(problem):
                return Unreadable(problem)
            case never:
                assert_never(never)

    def _follow(self, entry: Notification, tenant: TenantId, key: CallKey) -> int | RefusedRequest:
        match entry:
            case CallEnded():
                return self._end(entry, key, tenant)
            case CallRedirecting():
                return self._recorded(self.journal.redirecting(key, tenant))
            case RingingCall():
                return self._aside(ACCEPTED, "a ringing call at a call's own address", key.call)
            case NotForUs(why=why):
                return self._aside(ACCEPTED, why, key.call)
            case BadEntry(problem):
                return Unreadable(problem)
            case never:
                assert_never(never)

    def _ring(self, call: RingingCall, arrival: _Arrival) -> int:
        held = self.journal.claim(call.id, _claimed(call, arrival, is_cold=next(self._counter) == 0))
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
                hold = _Hold(self.journal, self.clock, held, began)
                try:
                    answered = self.answering.answer(
                        call, decision, callback, arrived=arrival.on_clock, taken_over=taken_over, is_held=hold
                    )
                except ClaimLost:
                    self.events("call.duplicate", call=call.id, chain=call.chain_id, state=State.CLAIMED)
                    return ACCEPTED
                record = replace(
                    _answered(record, answered, decision.skipped),
                    directory=directory.fingerprint if directory else None,
                    directory_ms=directory_ms,
                    redirect_ms=self._since(arrival.on_clock),
                )
                self._tell(record, answered)
                self.journal.close(hold.claim, record)
                lost = record.state is State.FAILED and record.outcome is not Outcome.LATE
                return UNAVAILABLE if lost else ACCEPTED
            case never:
                assert_never(never)

    def _end(self, end: CallEnded, key: CallKey, tenant: TenantId) -> int:
        ended = self.journal.end(key, tenant, end)
        if isinstance(ended, Record):
            self.events(
                "call.ended",
                call=key.call,
                chain=ended.chain_id,
                outcome=ended.outcome,
                answered_kind=ended.answered_kind,
                seconds=ended.ring_seconds,
                code=ended.code,
                subcode=ended.subcode,
            )
        return self._recorded(ended)

    def _recorded(self, written: Record | OldNews | ForeignTenant | None) -> int:
        match written:
            case Record() | OldNews():
                return ACCEPTED
            case ForeignTenant():
                raise TenantNotAllowed("the call is of another tenant")
            case None:
                return UNAVAILABLE
            case never:
                assert_never(never)

    def _tell(self, record: Record, answered: Answered) -> None:
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

    def _worst(self, results: list[int | RefusedRequest]) -> int:
        """Give the answer to a batch: 503 before 202; a refusal, which is raised, only where nothing could be done."""
        refusals = [result for result in results if isinstance(result, RefusedRequest)]
        if refusals and len(refusals) == len(results):
            raise refusals[0]
        for refusal in refusals:
            self.events(refusal.event, reason=refusal.reason, why=refusal.detail)
        return UNAVAILABLE if UNAVAILABLE in results else ACCEPTED

    def _aside(self, status: int, why: str, call: ids.CallId | None = None) -> int:
        self.events("call.ignored", call=call, why=why)
        return status

    def _since(self, began: float) -> int:
        return round((self.clock.monotonic() - began) * 1000)


def _claimed(call: RingingCall, arrival: _Arrival, *, is_cold: bool) -> Record:
    return Record(
        key=CallKey(day_of(arrival.at), call.id),
        state=State.CLAIMED,
        received_at=arrival.at,
        tenant=call.tenant,
        called=call.called.id if call.called else None,
        called_name=(call.called.name or None) if call.called else None,
        caller=call.caller.id if call.caller else None,
        caller_kind=call.caller.kind if call.caller else None,
        chain_id=call.chain_id or None,
        cold=is_cold,
        gate_ms=arrival.gate_ms,
    )


def _answered(record: Record, answered: Answered, skipped: tuple[Skipped, ...]) -> Record:
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
        skipped=told(skipped, _LONGEST_TEXT) or None,
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
