"""Tell somebody of missed calls: one at once, and what comes in quick succession later, as one message.

Each missed call is first a row, so that it is told at least once whatever fails; a second row of the same call is none.
One that may be answered yet, because an attempt of ours failed, waits until its end is known, or cannot come in time.
Between two messages of all instances there are at least 15 seconds; a receiver that could not is asked again later.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol, assert_never

from shared.core.errors import StorageUnavailable
from shared.core.ids import CallId
from shared.core.light_dataclass import dataclass
from shared.core.missed_call.delivery import EVERY, Delivery, Receipt, delivery_of, wait_after
from shared.core.missed_call.missed_call import MissedCall, missed_call
from shared.core.record.record import CallKey, Record
from shared.ports import Clock, Events

_SHORTEST = 0.5  # seconds for a message, however long all before it took
_SLOW = 1.0  # seconds for a row, after which the message is left to the heartbeat
_MOST = 1000  # calls in one message
_SETTLED = timedelta(seconds=20)  # what is younger may be on its way
_LOOKED_UP = 20.0  # seconds for the records of what was not final: a thousand of them take half of that
_KEPT = timedelta(days=2)  # a told call's row: so long its end may be told again
_GIVEN_UP = timedelta(days=3)


class MessageStore(Protocol):
    """The rows in `state`; each method raises StorageUnavailable."""

    def add(self, call: MissedCall) -> bool:
        """Keep a call to be told of, or what is final in place of what was not; False where it is there already."""
        ...

    def waiting(self, most: int) -> Sequence[MissedCall]: ...
    def told(self, calls: Sequence[MissedCall]) -> None: ...
    def drop(self, before: datetime) -> None:
        """Delete the rows of told calls that came before."""
        ...

    def take_turn(self, now: datetime, until: datetime) -> bool:
        """Take the right to send, and leave it to nobody else `until` then; False where another has it."""
        ...

    def put_off(self, until: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class Outbox:
    """`write` makes one message of one call or many; `send` posts it within so many seconds.

    `record` gives what `calls` has of a call now; it raises StorageUnavailable. `seconds` is how long the answer to
    Microsoft waits for a message, `unhurried_seconds` how long a timer does: below EVERY.
    """

    store: MessageStore
    record: Callable[[CallKey], Record | None]
    write: Callable[[Sequence[MissedCall]], bytes]
    send: Callable[[bytes, float], Receipt]
    clock: Clock
    events: Events
    seconds: float = 3.0
    unhurried_seconds: float = 12.0

    def tell(self, record: Record) -> None:
        """Tell of a call that nobody answered, at once or with others later: in 3 seconds at most."""
        began = self.clock.monotonic()
        call = missed_call(record, self.clock.now())
        if call is None:
            return
        try:
            is_new = self._kept(call)
            is_slow = self.clock.monotonic() - began > _SLOW
            if is_new and call.is_final and not is_slow and self.may_send():
                self._send_calls([call], self.seconds, began)
        except StorageUnavailable as away:
            self.events("storage.away", table="state", step="missed_call", why=str(away))

    def flush(self) -> None:
        """Tell what waits, as one message; what is too old to be of use is dropped, and that is said."""
        now = self.clock.now()
        try:
            waiting = [call for call in self.store.waiting(_MOST) if call.at <= now - _SETTLED]
            stale = [call for call in waiting if call.at < now - _GIVEN_UP]
            if stale:
                self.store.told(stale)
                self.events("message.dropped", calls=len(stale))
            fresh, answered = self._settled([call for call in waiting if call.at >= now - _GIVEN_UP])
            if answered:
                self.store.told(answered)
            if fresh and self.may_send():
                self._send_calls(fresh, self.unhurried_seconds, self.clock.monotonic())
            self.store.drop(now - _KEPT)
        except StorageUnavailable as away:
            self.events("storage.away", table="state", step="missed_call", why=str(away))

    def may_send(self) -> bool:
        """Take the next turn of all instances to send; False where it is not come. Raises StorageUnavailable."""
        now = self.clock.now()
        return self.store.take_turn(now, now + timedelta(seconds=EVERY))

    def deliver(self, message: bytes, calls: int, call: CallId | None = None, within: float | None = None) -> bool:
        """Send a message of so many calls, and say how that went; False where it is to be sent again.

        Raises StorageUnavailable.
        """
        began = self.clock.monotonic()
        receipt = self.send(message, max(self.unhurried_seconds if within is None else within, _SHORTEST))
        ms = round((self.clock.monotonic() - began) * 1000)
        match delivery_of(receipt.status):
            case Delivery.TAKEN:
                self.events("message.sent", calls=calls, call=call, status=receipt.status, ms=ms)
                return True
            case Delivery.REFUSED:
                self.events("message.refused", calls=calls, call=call, status=receipt.status, ms=ms)
                return True
            case Delivery.LATER:
                why = receipt.why or None
                self.events("message.delayed", calls=calls, call=call, status=receipt.status, why=why, ms=ms)
                self.store.put_off(self.clock.now() + timedelta(seconds=wait_after(receipt.retry_after)))
                return False
            case never:
                assert_never(never)

    def _kept(self, call: MissedCall) -> bool:
        """Keep it, at the second try if need be: what is no row is told to nobody."""
        try:
            return self.store.add(call)
        except StorageUnavailable:
            return self.store.add(call)

    def _settled(self, calls: Sequence[MissedCall]) -> tuple[list[MissedCall], list[MissedCall]]:
        """Look up those that were not final; give what is to be told, and what was answered after all.

        What cannot be looked up is told as it was: a call too many costs less than one too few.
        """
        unanswered: list[MissedCall] = []
        answered: list[MissedCall] = []
        until = self.clock.monotonic() + _LOOKED_UP
        for call in calls:
            found: MissedCall | None = call
            if not call.is_final and self.clock.monotonic() < until:
                try:
                    kept = self.record(call.key)
                    found = missed_call(kept, call.at) if kept else call
                except StorageUnavailable:
                    until = self.clock.monotonic()
            if found:
                unanswered.append(found)
            else:
                answered.append(call)
        return unanswered, answered

    def _send_calls(self, calls: Sequence[MissedCall], seconds: float, began: float) -> None:
        message = self.write(calls)
        left = seconds - (self.clock.monotonic() - began)
        if self.deliver(message, len(calls), calls[0].key.call if len(calls) == 1 else None, within=left):
            self.store.told(calls)
