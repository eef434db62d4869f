"""The table side of what looks back: the days of `calls`, pages of their rows, batches, and the mark in `state`."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.data.tables import TableClient, TableEntity, TableServiceClient, UpdateMode

from shared.adapters.tables.client import storage_errors, timeouts
from shared.core.budgets import Budgets
from shared.core.ids import CallId
from shared.core.record.line_counts import PastCall
from shared.core.record.record import CallKey, State
from shared.core.record.retention import UnendedCall

_PAGE = 1000  # the most rows that the service gives at once
_MARK = {"PartitionKey": "tidy", "RowKey": "closed"}
_KEYS = "PartitionKey", "RowKey"
_CAME, _ENDED = "ReceivedAt", "EndedAt"
_COUNTED = "Called", "CalledName", "Outcome", _CAME, _ENDED
_OF_DAY = "PartitionKey eq @day"
_BETWEEN = f"{_OF_DAY} and RowKey ge @first and RowKey le @last"
_SINCE = f"PartitionKey ge @first and PartitionKey le @last and ({_CAME} ge @since or {_ENDED} ge @since )"
_NOT_DONE = "not (State eq 'done')"  # `State ne` passes over rows that have none
_OVERTAKEN = {404, 412}

type _Operation = tuple[str, Mapping[str, Any], Mapping[str, Any]]


class PastCallsTable:
    """`calls` by its partitions, one a day; every method raises StorageUnavailable."""

    def __init__(self, tables: TableServiceClient, budgets: Budgets) -> None:
        self._tables = tables
        self._calls: TableClient = tables.get_table_client("calls")
        self._state: TableClient = tables.get_table_client("state")
        self._timeouts = timeouts(budgets.connect, budgets.table_page)

    def days(self, after: date, up_to: date) -> Iterator[date]:
        """Ask for the next partition each time: that reads one row, and not the table."""
        key = after.isoformat()
        while found := self._next_partition(key, up_to.isoformat()):
            key = found
            day = _day(key)
            if day is not None:
                yield day

    def never_ended(self, day: date) -> Iterator[Sequence[UnendedCall]]:
        for page in self._pages(f"{_OF_DAY} and {_NOT_DONE}", {"day": day.isoformat()}, (*_KEYS, "Outcome")):
            yield [_never_ended(day, row) for row in page]

    def calls(self, day: date) -> Iterator[Sequence[PastCall]]:
        """Give what a day's digest counts of its calls, in pages of at most 1000."""
        for page in self._pages(_OF_DAY, {"day": day.isoformat()}, _COUNTED):
            yield [_past_call(row) for row in page]

    def since(self, moment: datetime, now: datetime) -> Iterator[Sequence[PastCall]]:
        """Give the calls that came, or ended, since then, in pages of at most 1000; a page may be empty."""
        values = {"first": moment.date().isoformat(), "last": now.date().isoformat(), "since": moment}
        for page in self._pages(_SINCE, values, _COUNTED):
            yield [_past_call(row) for row in page]

    def close(self, calls: Sequence[UnendedCall]) -> int:
        if self._done_at_once([_closing(call) for call in calls]):
            return len(calls)
        day, first, last = calls[0].key.day, calls[0].key.call, calls[-1].key.call
        pages = self._pages(f"{_BETWEEN} and {_NOT_DONE}", _between(day, first, last), (*_KEYS, "Outcome"))
        left = [_never_ended(day, row) for page in pages for row in page]
        return sum(self._done_at_once([_closing(call)]) for call in left)

    def keys(self, day: date) -> Iterator[Sequence[str]]:
        for page in self._pages(_OF_DAY, {"day": day.isoformat()}, _KEYS):
            yield [row["RowKey"] for row in page]

    def delete(self, day: date, keys: Sequence[str]) -> int:
        if self._done_at_once([_deletion(day, key) for key in keys]):
            return len(keys)
        pages = self._pages(_BETWEEN, _between(day, keys[0], keys[-1]), _KEYS)
        left = [row["RowKey"] for page in pages for row in page]
        return sum(self._done_at_once([_deletion(day, key)]) for key in left)

    def closed_until(self) -> date | None:
        with storage_errors():
            try:
                mark = self._state.get_entity(_MARK["PartitionKey"], _MARK["RowKey"], **self._timeouts)
            except ResourceNotFoundError:
                return None
        return _day(str(mark.get("Day")))

    def note_closed(self, day: date) -> None:
        mark = {**_MARK, "Day": day.isoformat()}
        with storage_errors():
            try:
                self._state.upsert_entity(mark, UpdateMode.REPLACE, **self._timeouts)
            except ResourceNotFoundError:
                self._tables.create_table_if_not_exists("state", **self._timeouts)
                self._state.upsert_entity(mark, UpdateMode.REPLACE, **self._timeouts)

    def _next_partition(self, after: str, up_to: str) -> str | None:
        pages = self._pages(
            "PartitionKey gt @after and PartitionKey le @up_to",
            {"after": after, "up_to": up_to},
            _KEYS,
            rows=1,
        )
        return next((row["PartitionKey"] for page in pages for row in page), None)

    def _pages(
        self, wanted: str, values: Mapping[str, Any], columns: Sequence[str], rows: int = _PAGE
    ) -> Iterator[list[TableEntity]]:
        with storage_errors():
            try:
                found = self._calls.query_entities(
                    wanted,
                    parameters=dict(values),
                    select=list(columns),
                    results_per_page=rows,
                    **self._timeouts,
                )
                for page in found.by_page():
                    yield list(page)
            except ResourceNotFoundError:
                return

    def _done_at_once(self, operations: Sequence[_Operation]) -> bool:
        """Do all of it, or, where somebody was there before, none of it."""
        with storage_errors():
            try:
                self._calls.submit_transaction(operations, **self._timeouts)
            except HttpResponseError as error:
                if error.status_code in _OVERTAKEN:
                    return False
                raise
        return True


def _past_call(row: TableEntity) -> PastCall:
    came = row.get(_CAME) or row.get(_ENDED)
    line, name, outcome = (str(row.get(column) or "") for column in ("Called", "CalledName", "Outcome"))
    return PastCall(came if isinstance(came, datetime) else None, line, name, outcome)


def _never_ended(day: date, row: TableEntity) -> UnendedCall:
    return UnendedCall(CallKey(day, CallId(row["RowKey"])), row.get("Outcome"), str(row.metadata["etag"]))


def _closing(call: UnendedCall) -> _Operation:
    """Merge what closes a record, only while it is the record that was read."""
    row = {
        "PartitionKey": call.key.day.isoformat(),
        "RowKey": call.key.call,
        "State": State.DONE.value,
        "Outcome": call.ends_as,
    }
    return "update", row, {"etag": call.etag, "match_condition": MatchConditions.IfNotModified}


def _deletion(day: date, key: str) -> _Operation:
    return "delete", {"PartitionKey": day.isoformat(), "RowKey": key}, {}


def _between(day: date, first: str, last: str) -> dict[str, str]:
    return {"day": day.isoformat(), "first": first, "last": last}


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None  # as the app writes it: "20260105" is no partition of ours
