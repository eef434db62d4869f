"""The one record of a call, and how it moves forward."""

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from operator import attrgetter
from typing import Any

from shared.core.ids import CallId
from shared.core.light_dataclass import dataclass


class State(StrEnum):
    """How far a call has come; a record never goes back: `merge` has the order."""

    CLAIMED = "claimed"
    FAILED = "failed"
    REDIRECTED = "redirected"
    REJECTED = "rejected"
    LEFT = "left"
    REDIRECTING = "redirecting"
    DONE = "done"


class Outcome(StrEnum):
    """How a call ended."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    DECLINED = "declined"
    BUSY = "busy"
    CALLER_HUNG_UP = "caller_hung_up"
    UNREACHABLE = "unreachable"
    REJECTED = "rejected"
    CLOSED = "closed"
    NO_TARGET = "no_target"
    LATE = "late"
    FAILED = "failed"
    ENDED = "ended"
    UNKNOWN = "unknown"


LONGEST_TEXT = 10_000  # characters; a cell holds 32,000
_MOST_DAYS_APART = 2


@dataclass(frozen=True, slots=True)
class CallKey:
    """The two keys of a record: the UTC day the call came, and its id. The callbackUri carries both."""

    day: date
    call: CallId

    @property
    def path(self) -> str:
        return f"{self.day.isoformat()}/{self.call}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row of `calls`: each field is the column of that name in CamelCase, and None where the row has no such cell.

    Times are UTC to the microsecond, by this app's clock. `..._ms` are whole milliseconds, `..._seconds` whole seconds.
    A text has LONGEST_TEXT characters at most. Until the call is closed, what is decided and measured is empty; for a
    call of which the end alone was seen, all that comes before the end is.
    """

    key: CallKey  # PartitionKey: the UTC day, "2026-11-22"; RowKey: the call's id
    state: State  # never empty

    # The claim: by which delivery, and whose lease. core/record/claim_status judges them.
    received_at: datetime | None = None  # when the first delivery arrived
    claimed_at: datetime | None = None  # from before the claim was made, or last renewed
    owner: str | None = None  # a random UUID for each delivery that claims; empty where nobody did

    # Who called whom.
    tenant: str | None = None  # GUID, the token's
    call_tenant: str | None = None  # GUID that the call itself names; empty where that is `tenant`, or it names none
    called: str | None = None  # id of the resource account or bot; empty where Microsoft names none
    called_name: str | None = None  # the Name of the line's rows, else Microsoft's; empty where neither has one
    caller: str | None = None  # object id, or E.164 number where readable; empty where withheld
    caller_kind: str | None = None  # identitySet's member: user, phone, applicationInstance, ...; empty with `caller`
    chain_id: str | None = None  # Microsoft's callChainId, which a call keeps when it moves on; empty where it has none

    # What was decided: the last that was tried.
    route: str | None = None  # "line/caller" of the rule; "any/any" where no rule fits
    list: str | None = None  # its name, or FALLBACK_TARGETS; empty where the caller was rejected, or left ringing
    rung: str | None = None  # ids of its targets, a space between; empty where no redirect of ours took effect
    skipped: str | None = None  # "id: why, id: why (Graph's code)"; empty where all of the list's targets were tried
    timeout: int | None = None  # seconds of ringing, 15 to 90; empty where Graph's own counts, and with `list`
    forwarding: bool | None = None  # whether targets' own forwarding and voicemail may take the call; empty with `list`
    directory: str | None = None  # fingerprint of the tables, 8 hex digits; empty where they were never read

    # How long it took, from the delivery's arrival.
    cold: bool | None = None  # the first ringing call of its process
    gate_ms: int | None = None  # proving that the delivery is Microsoft's
    directory_ms: int | None = None  # waiting for the tables
    token_ms: int | None = None  # waiting for tokens, all attempts together
    graph_ms: int | None = None  # waiting for Graph, all attempts together
    redirect_ms: int | None = None  # until Graph had said its last; with the claim, the tables and the pauses

    # What Graph answered: to the attempt that explains the state, so the first refusal where others followed.
    attempts: int | None = None  # sent, 0 where there was no token or nothing to send
    graph_status: int | None = None  # HTTP status; empty where no answer came
    graph_code: str | None = None  # Graph's own: "7505", or a word; empty where it gave none
    request_id: str | None = None  # for Microsoft's support; empty where it gave none
    hint: str | None = None  # what it means, in a sentence for the operator; empty where all went well

    # How the call ended. Empty until Microsoft tells, but for an outcome that was decided here.
    outcome: Outcome | None = None  # a word of `Outcome`; core/record/merge says which outweighs which
    answered_by: str | None = None  # as `caller`; empty where Microsoft does not say who
    answered_kind: str | None = None  # as `caller_kind`
    ring_seconds: int | None = None  # how long phones rang; empty where somebody answered, or none can have rung
    seconds: int | None = None  # from `redirect_ms` to the end: ringing and talking
    ended_at: datetime | None = None  # when Microsoft's first word of the end arrived
    code: int | None = None  # resultInfo's, much like SIP's: 487
    subcode: int | None = None  # resultInfo's
    message: str | None = None  # resultInfo's, its first 500 characters


FACT_NAMES = tuple(field.name for field in fields(Record) if field.name not in {"key", "state"})
facts_of = attrgetter(*FACT_NAMES)  # all of them in that order, where getattr one by one is half of a call's own work


def with_facts(record: Record, **changed: Any) -> Record:
    """Give the record with these fields changed: `dataclasses.replace`, at a fraction of what 38 fields cost there."""
    same = dict(zip(FACT_NAMES, facts_of(record), strict=True))
    return Record(**{"key": record.key, "state": record.state, **same, **changed})


def day_of(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def is_plausible_day(day: date, today: date) -> bool:
    """Tell whether a callbackUri's day can be a call of ours that ends now."""
    return abs(day - today) <= timedelta(days=_MOST_DAYS_APART)
