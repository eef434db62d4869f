"""`state`, as far as messages go: a row for each missed call that is told, and one for whose turn it is to send."""

import contextlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
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
from shared.adapters.tables.message_rows import FINAL, PARTITION, TOLD, call_of, entity_of, row_keys
from shared.core.missed_call.delivery import LONGEST_WAIT
from shared.core.missed_call.missed_call import MissedCall

_TURN = {"PartitionKey": "messages", "RowKey": "turn"}
_DAILY = {"PartitionKey": "messages", "RowKey": "daily"}
_UNTIL = "Until"
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
                self._insert(entity_of(call))
            except ResourceExistsError:
                return call.is_final and self._settle(call)
        return True

    def waiting(self, most: int) -> Sequence[MissedCall]:
        found: list[MissedCall] = []
        for page in self._pages(f"PartitionKey eq @partition and {TOLD} eq false", {"partition": PARTITION}):
            found += [call for row in page if (call := call_of(row)) is not None]
            if len(found) >= most:
                break
        return found[:most]

    def told(self, calls: Sequence[MissedCall]) -> None:
        for batch in batched(calls, _BATCH, strict=False):
            self._at_once([("update", {**row_keys(call), TOLD: True}, {"mode": UpdateMode.MERGE}) for call in batch])

    def drop(self, before: datetime) -> None:
        """Delete the rows of told calls that came before."""
        self._drop(f"{TOLD} eq true and At lt @before", before)

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
        keys = row_keys(call)
        try:
            row = self._state.get_entity(keys["PartitionKey"], keys["RowKey"], **self._timeouts)
            if row.get(TOLD) or row.get(FINAL, True):
                return False
            self._replace(entity_of(call), row)
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
