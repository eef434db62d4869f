"""`state`, as far as messages go: a row for each missed call that is told, and one for whose turn it is to send."""

import contextlib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import batched
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import (
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.data.tables import TableClient, TableEntity, TableServiceClient, UpdateMode

from shared.adapters.tables.client import storage_errors, timeouts
from shared.core.ids import CallId
from shared.core.missed_call.delivery import LONGEST_WAIT
from shared.core.missed_call.missed_call import MissedCall
from shared.core.record.classes import UNANSWERED, class_of
from shared.core.record.record import CallKey, Outcome

PARTITION = "missed"
_TURN = {"PartitionKey": "messages", "RowKey": "turn"}
_DAILY = {"PartitionKey": "messages", "RowKey": "daily"}
_TOLD, _UNTIL, _FINAL = "Told", "Until", "Final"
_BATCH = 100  # the most rows that the service changes at once
_GONE = 404
_LONGEST_TURN = timedelta(seconds=LONGEST_WAIT)


class MessagesTable:
    """Every method raises StorageUnavailable; `connect` and `read` are seconds."""

    def __init__(self, tables: TableServiceClient, connect: float, read: float) -> None:
        self._tables = tables
        self._state: TableClient = tables.get_table_client("state")
        self._timeouts = timeouts(connect, read)
        self._until: datetime | None = None  # before which nobody's turn can come: 200 calls at once ask the table once

    def add(self, call: MissedCall) -> bool:
        with storage_errors():
            try:
                self._insert(_entity(call))
            except ResourceExistsError:
                return call.is_final and self._settle(call)
        return True

    def waiting(self, most: int) -> Sequence[MissedCall]:
        found: list[MissedCall] = []
        for page in self._pages(f"PartitionKey eq @partition and {_TOLD} eq false", {"partition": PARTITION}):
            found += [call for row in page if (call := _call(row)) is not None]
            if len(found) >= most:
                break
        return found[:most]

    def told(self, calls: Sequence[MissedCall]) -> None:
        for batch in batched(calls, _BATCH, strict=False):
            self._at_once([("update", {**_keys(call), _TOLD: True}, {"mode": UpdateMode.MERGE}) for call in batch])

    def drop(self, before: datetime) -> None:
        """Delete the rows of told calls that came before."""
        self._drop(f"{_TOLD} eq true and At lt @before", before)

    def drop_days(self, before: date) -> None:
        """Delete the rows of all calls of earlier days."""
        self._drop("RowKey lt @before", before.isoformat())

    def _drop(self, wanted: str, before: datetime | str) -> None:
        for page in self._pages(f"PartitionKey eq @partition and {wanted}", {"partition": PARTITION, "before": before}):
            for batch in batched(page, _BATCH, strict=False):
                self._at_once([("delete", {name: row[name] for name in _TURN}, {}) for row in batch])

    def last_day(self) -> date | None:
        """Give the last day that the daily digest told of."""
        with storage_errors():
            try:
                row = self._state.get_entity(_DAILY["PartitionKey"], _DAILY["RowKey"], **self._timeouts)
                return date.fromisoformat(str(row.get("Day")))
            except (ResourceNotFoundError, ValueError):
                return None

    def note_day(self, day: date) -> None:
        with storage_errors():
            self._state.upsert_entity({**_DAILY, "Day": day.isoformat()}, UpdateMode.REPLACE, **self._timeouts)

    def take_turn(self, now: datetime, until: datetime) -> bool:
        if _is_taken(self._until, now):
            return False
        is_ours, self._until = self._ask_for_turn(now, until)
        return is_ours

    def put_off(self, until: datetime) -> None:
        self._until = until
        with storage_errors():
            self._state.upsert_entity({**_TURN, _UNTIL: until}, UpdateMode.REPLACE, **self._timeouts)

    def _ask_for_turn(self, now: datetime, until: datetime) -> tuple[bool, datetime | None]:
        """Tell whether it is ours, and until when it is taken, where that is known."""
        with storage_errors():
            try:
                turn = self._state.get_entity(_TURN["PartitionKey"], _TURN["RowKey"], **self._timeouts)
            except ResourceNotFoundError:
                with contextlib.suppress(ResourceExistsError):
                    self._insert({**_TURN, _UNTIL: until})
                    return True, until
                return False, None
            ends = turn.get(_UNTIL)
            if isinstance(ends, datetime) and _is_taken(ends, now):
                return False, ends
            try:
                self._replace({**_TURN, _UNTIL: until}, turn)
            except (ResourceModifiedError, ResourceNotFoundError):
                return False, None
        return True, until

    def _settle(self, call: MissedCall) -> bool:
        """Put what is final in the place of what was not; False where that was done, or told, before."""
        keys = _keys(call)
        try:
            row = self._state.get_entity(keys["PartitionKey"], keys["RowKey"], **self._timeouts)
            if row.get(_TOLD) or row.get(_FINAL, True):
                return False
            self._replace(_entity(call), row)
        except (ResourceModifiedError, ResourceNotFoundError):
            return False
        return True

    def _replace(self, entity: dict[str, Any], read: TableEntity) -> None:
        """Write it where nobody has since it was read. Raises ResourceModifiedError, ResourceNotFoundError."""
        unchanged: dict[str, Any] = {"etag": read.metadata["etag"], "match_condition": MatchConditions.IfNotModified}
        self._state.update_entity(entity, mode=UpdateMode.REPLACE, **unchanged, **self._timeouts)

    def _insert(self, entity: dict[str, Any]) -> None:
        try:
            self._state.create_entity(entity, **self._timeouts)
        except ResourceNotFoundError:
            self._tables.create_table_if_not_exists("state", **self._timeouts)
            self._state.create_entity(entity, **self._timeouts)

    def _pages(self, wanted: str, values: dict[str, Any]) -> Iterator[list[TableEntity]]:
        with storage_errors():
            try:
                for page in self._state.query_entities(wanted, parameters=values, **self._timeouts).by_page():
                    yield list(page)
            except ResourceNotFoundError:
                return

    def _at_once(self, operations: Sequence[tuple[str, dict[str, Any], dict[str, Any]]]) -> None:
        """Change rows together, or where one has gone meanwhile, each by itself."""
        with storage_errors():
            try:
                self._state.submit_transaction(operations, **self._timeouts)
            except HttpResponseError as error:
                if error.status_code != _GONE:
                    raise
                if len(operations) > 1:
                    for operation in operations:
                        self._at_once([operation])


def _is_taken(until: datetime | None, now: datetime) -> bool:
    """Tell whether a turn lasts until then: what is further ahead than any turn was put there by a wrong clock."""
    return until is not None and now < until <= now + _LONGEST_TURN


def _keys(call: MissedCall) -> dict[str, Any]:
    return {"PartitionKey": PARTITION, "RowKey": f"{call.key.day.isoformat()} {call.key.call}"}


def _entity(call: MissedCall) -> dict[str, Any]:
    facts = {
        "At": call.at.astimezone(UTC),
        "Outcome": call.outcome.value,
        "Called": call.line,
        "CalledName": call.line_name,
        "Caller": call.caller,
        "CallerKind": call.caller_kind,
        "RingSeconds": call.rang_seconds,
        "List": call.list,
        "Rung": " ".join(call.rung),
        _FINAL: call.is_final,
        _TOLD: False,
    }
    return _keys(call) | {name: _plain(value) for name, value in facts.items() if value is not None}


def _plain(value: Any) -> Any:
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _call(row: TableEntity) -> MissedCall | None:
    """Read a row as the app wrote it; one of somebody else, or of a version that told of other calls, is none."""
    day, _, call = str(row["RowKey"]).partition(" ")
    try:
        outcome = Outcome(row["Outcome"])
        if class_of(outcome) not in UNANSWERED:
            return None
        return MissedCall(
            key=CallKey(date.fromisoformat(day), CallId(call)),
            at=row["At"].astimezone(UTC),
            outcome=outcome,
            line=row["Called"],
            line_name=row["CalledName"],
            caller=row["Caller"],
            caller_kind=row["CallerKind"],
            rang_seconds=row.get("RingSeconds"),
            list=row["List"],
            rung=tuple(row["Rung"].split()),
            is_final=row.get(_FINAL, True),  # rows of versions before had no such cell
        )
    except (LookupError, ValueError, AttributeError):
        return None
