"""Take a delivery: gate, parse, and each entry to its step; of their statuses, the one that answers all."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import field
from typing import Protocol, assert_never

from shared.call.ends import Ends
from shared.call.ignored_calls import IgnoredCalls
from shared.call.ringing import ACCEPTED, UNAVAILABLE, Arrival, Ringing
from shared.core import ids
from shared.core.gate.admit import Verified
from shared.core.light_dataclass import dataclass
from shared.core.notification.calls import (
    Batch,
    CallEnded,
    CallRedirecting,
    EmptyBody,
    Ignored,
    IgnoreReason,
    LegacyBody,
    Notification,
    RingingCall,
    UnreadableEntry,
)
from shared.core.notification.deliveries import CHAT_MESSAGE, Framing, is_chat_message, read_delivery
from shared.core.record.record import CallKey
from shared.core.refusals import NotFromMicrosoft, RefusedRequest, TooLarge, Unreadable
from shared.ports import Clock, Events

LARGEST_BODY = 256 * 1024
_CONCURRENT_ENTRIES = 32  # entries of one body, of 128 threads
NO_CONTENT = 204
_NOBODY_RINGS = {IgnoreReason.RECORDING, IgnoreReason.OUTGOING}


class Gate(Protocol):
    async def admit(self, authorization: str | None, body: bytes) -> Verified:
        """Raise a RefusedRequest for whatever Microsoft did not sign for this bot."""
        ...


class ThreadRunner(Protocol):
    """Runs blocking work off the event loop."""

    def __call__[**P, T](self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]: ...


@dataclass(frozen=True, slots=True)
class Request:
    """What counts of a POST."""

    authorization: str | None
    body: bytes
    framing: Framing = field(default_factory=Framing)


@dataclass(frozen=True, slots=True)
class Flow:
    """What happens to a delivery, from its arrival to the HTTP status that answers it."""

    gate: Gate
    ringing: Ringing
    ends: Ends
    clock: Clock
    events: Events
    fault: Callable[[BaseException], None]
    ignored: IgnoredCalls = field(default_factory=IgnoredCalls)

    async def incoming(self, request: Request, threads: ThreadRunner) -> int:
        """Take a notification at the webhook and give its HTTP status. Raises RefusedRequest."""
        arrival, verified = await self._admit(request)
        with _naming_its_form(verified):
            delivery = read_delivery(verified, request.framing)
            if not isinstance(delivery, Batch):
                return self._without_entries(delivery, verified)
            if len(delivery.entries) == 1:  # nearly all: a task of its own would be a twentieth of a call's work
                (entry,) = delivery.entries
                return self._combined_status([await self._taken(threads, entry, verified, arrival)], verified)
            turn = asyncio.Semaphore(_CONCURRENT_ENTRIES)
            taken = (self._limited(turn, threads, entry, verified, arrival) for entry in delivery.entries)
            return self._combined_status(await asyncio.gather(*taken), verified)

    async def callback(self, request: Request, day: str, call: str, threads: ThreadRunner) -> int:
        """Take a notification at the address of one call: the path decides which. Raises RefusedRequest."""
        _, verified = await self._admit(request)
        with _naming_its_form(verified):
            delivery = read_delivery(verified, request.framing)
            key = self.ends.key(day, call)
            if not isinstance(delivery, Batch):
                return self._without_entries(delivery, verified)
            # One after the other: they are of one row.
            taken = [
                await threads(self._isolated, self._at_callback, entry, verified, key) for entry in delivery.entries
            ]
            return self._combined_status(taken, verified)

    async def _admit(self, request: Request) -> tuple[Arrival, Verified]:
        began, at = self.clock.monotonic(), self.clock.now()
        if len(request.body) > LARGEST_BODY:
            raise TooLarge(f"{len(request.body)} bytes")
        try:
            verified = await self.gate.admit(request.authorization, request.body)
        except NotFromMicrosoft as refusal:
            if is_chat_message(request.body):
                refusal.detail = f"{CHAT_MESSAGE} ({refusal.detail})"
            raise
        return Arrival(at, began, verified.form, self._since(began)), verified

    def _without_entries(self, delivery: LegacyBody | EmptyBody, verified: Verified) -> int:
        match delivery:
            case LegacyBody():
                return self._ignored(NO_CONTENT, "legacy Skype format", verified)
            case EmptyBody():
                return self._ignored(ACCEPTED, "empty body", verified)

    async def _limited(
        self, turn: asyncio.Semaphore, threads: ThreadRunner, entry: Notification, verified: Verified, arrival: Arrival
    ) -> int | RefusedRequest:
        """Take one of many entries: no body may have so many threads that others' calls wait for one."""
        async with turn:
            return await self._taken(threads, entry, verified, arrival)

    async def _taken(
        self, threads: ThreadRunner, entry: Notification, verified: Verified, arrival: Arrival
    ) -> int | RefusedRequest:
        match entry:
            case RingingCall() | CallEnded():
                return await threads(self._isolated, self._at_webhook, entry, verified, arrival)
            case _:
                return self._isolated(self._at_webhook, entry, verified, arrival)

    def _isolated[**P](
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

    def _at_webhook(self, entry: Notification, verified: Verified, arrival: Arrival) -> int | RefusedRequest:
        match entry:
            case RingingCall(id=call):
                self._compare_tenants(entry, call, verified)
                return self.ringing.take(entry, arrival)
            case CallEnded(id=call):
                if call is None:
                    return self._ignored(ACCEPTED, "an end without a call id", verified)
                if call in self.ignored:
                    return self._ignored(ACCEPTED, "the end of a call that was ignored", verified, call)
                self._compare_tenants(entry, call, verified)
                return self.ends.end_at_webhook(entry, call, verified)
            case CallRedirecting(id=call):
                return self._ignored(ACCEPTED, "other_state", verified, call)
            case Ignored(id=call, why=why):
                if call is not None and why in _NOBODY_RINGS:
                    self.ignored.add(call)
                return self._ignored(ACCEPTED, why, verified, call)
            case UnreadableEntry(problem):
                return Unreadable(problem)
            case never:
                assert_never(never)

    def _at_callback(self, entry: Notification, verified: Verified, key: CallKey) -> int | RefusedRequest:
        match entry:
            case CallEnded():
                self._compare_tenants(entry, key.call, verified)
                return self.ends.end(entry, key, verified)
            case CallRedirecting():
                return self.ends.redirecting(key, verified)
            case RingingCall():
                return self._ignored(ACCEPTED, "a ringing call at a call's own address", verified, key.call)
            case Ignored(why=why):
                return self._ignored(ACCEPTED, why, verified, key.call)
            case UnreadableEntry(problem):
                return Unreadable(problem)
            case never:
                assert_never(never)

    def _compare_tenants(self, entry: RingingCall | CallEnded, call: ids.CallId, verified: Verified) -> None:
        """Say where a call names another tenant than its token; that they are always equal is not known."""
        if entry.other_tenant is not None:
            self.events(
                "call.tenant_differs",
                call=call,
                chain=entry.chain_id,
                call_tenant=entry.other_tenant,
                form=verified.form,
            )

    def _combined_status(self, results: list[int | RefusedRequest], verified: Verified) -> int:
        """Give the answer to a batch: 503 before 202; a refusal, which is raised, only where nothing could be done."""
        refusals = [result for result in results if isinstance(result, RefusedRequest)]
        if refusals and len(refusals) == len(results):
            raise refusals[0]
        for refusal in refusals:
            self.events(refusal.event, reason=refusal.reason, why=refusal.detail, form=verified.form)
        return UNAVAILABLE if UNAVAILABLE in results else ACCEPTED

    def _ignored(self, status: int, why: str, verified: Verified, call: ids.CallId | None = None) -> int:
        self.events("call.ignored", call=call, why=why, form=verified.form)
        return status

    def _since(self, began: float) -> int:
        return round((self.clock.monotonic() - began) * 1000)


@contextmanager
def _naming_its_form(verified: Verified) -> Iterator[None]:
    """Let the log say of a body that is turned away how it was signed."""
    try:
        yield
    except RefusedRequest as refusal:
        refusal.form = verified.form
        raise
