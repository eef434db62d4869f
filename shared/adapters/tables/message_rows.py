"""The row of a missed call in `state`: written from what is told of it, and read again."""

from datetime import UTC, date
from typing import Any

from azure.data.tables import TableEntity

from shared.core.ids import CallId
from shared.core.missed_call.missed_call import MissedCall
from shared.core.record.classes import UNANSWERED, class_of
from shared.core.record.record import CallKey, Outcome

PARTITION = "missed"
TOLD, FINAL = "Told", "Final"


def row_keys(call: MissedCall) -> dict[str, Any]:
    return {"PartitionKey": PARTITION, "RowKey": f"{call.key.day.isoformat()} {call.key.call}"}


def entity_of(call: MissedCall) -> dict[str, Any]:
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
        FINAL: call.is_final,
        TOLD: False,
    }
    return row_keys(call) | {name: _plain(value) for name, value in facts.items() if value is not None}


def call_of(row: TableEntity) -> MissedCall | None:
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
            is_final=row.get(FINAL, True),  # rows of versions before had no such cell
        )
    except (LookupError, ValueError, AttributeError):
        return None


def _plain(value: Any) -> Any:
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
