"""Take what Microsoft tells of a call after our answer: that its targets ring, and how it ended."""

from collections.abc import Callable
from datetime import date

from shared.call.journal import AlreadyRecorded, Journal, WrongTenant
from shared.call.ringing import ACCEPTED, UNAVAILABLE
from shared.core import ids
from shared.core.gate.admit import Verified
from shared.core.light_dataclass import dataclass
from shared.core.notification.calls import CallEnded
from shared.core.record.record import CallKey, Record, day_of, is_plausible_day
from shared.core.refusals import TenantNotAllowed, Unreadable
from shared.ports import Clock, Events


@dataclass(frozen=True, slots=True)
class Ends:
    """Each step gives the HTTP status that answers, and raises TenantNotAllowed for a call of another tenant.

    `recorded` hears of each end once it is in the table, and of one that comes again as well: the instance to which it
    came first may have died before anybody was told.
    """

    journal: Journal
    clock: Clock
    events: Events
    recorded: Callable[[Record], object] = lambda _: None

    def key(self, day: str, call: str) -> CallKey:
        """Read the two keys in a callbackUri's path. Raises Unreadable for any that we cannot have made."""
        plain = ids.call_id(call)
        try:
            written = date.fromisoformat(day)
        except ValueError:
            raise Unreadable("the path has no day") from None
        if plain is None or written.isoformat() != day or not is_plausible_day(written, day_of(self.clock.now())):
            raise Unreadable("the path is not the address of a call that can end now")
        return CallKey(written, plain)

    def redirecting(self, key: CallKey, verified: Verified) -> int:
        return _status(self.journal.redirecting(key, verified.tenant))

    def end_at_webhook(self, end: CallEnded, call: ids.CallId, verified: Verified) -> int:
        """Take the end of a call that had no address of its own yet."""
        return self.end(end, self.journal.key_of(call), verified)

    def end(self, end: CallEnded, key: CallKey, verified: Verified) -> int:
        ended = self.journal.end(key, verified.tenant, end)
        if isinstance(ended, Record):
            self.events(
                "call.ended",
                call=key.call,
                chain=ended.chain_id,
                outcome=ended.outcome,
                answered_by=ended.answered_by,
                answered_kind=ended.answered_kind,
                seconds=ended.seconds,
                ring_seconds=ended.ring_seconds,
                code=ended.code,
                subcode=ended.subcode,
                form=verified.form,
            )
            self.recorded(ended)
        elif isinstance(ended, AlreadyRecorded):
            self.recorded(ended.record)
        return _status(ended)


def _status(written: Record | AlreadyRecorded | WrongTenant | None) -> int:
    match written:
        case Record() | AlreadyRecorded():
            return ACCEPTED
        case WrongTenant():
            raise TenantNotAllowed("the call is of another tenant")
        case None:
            return UNAVAILABLE
