"""A row of `calls`, live or out of a CSV, as far as a report counts it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.core.record.classes import CallClass, class_of
from shared.core.record.record import Outcome
from shared.core.schedule import local_times

COLUMNS = (
    "PartitionKey",
    "RowKey",
    "ReceivedAt",
    "EndedAt",
    "Called",
    "CalledName",
    "Caller",
    "CallerKind",
    "Rung",
    "RedirectMs",
    "Outcome",
    "AnsweredBy",
    "Directory",
)
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}
_ROUNDED = re.compile(r"[0-9][.,][0-9]+E\+[0-9]+", re.IGNORECASE)
_APOSTROPHE = re.compile(r"\A'(?=[=@+\t\r-])")  # as an export puts it before what looks like a formula


class UnreadableCall(Exception):
    """A row without a clear time: none that the app wrote, or one that a spreadsheet has saved again."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call; `rung` is empty where no redirect took effect, and `redirect_ms` is None then.

    `word` is the outcome as the row has it: one that this version does not know counts as none.
    """

    came: datetime
    line: str
    line_name: str
    caller: str
    rung: tuple[str, ...]
    redirect_ms: int | None
    word: str
    outcome: Outcome | None
    answered_by: str
    directory: str

    @property
    def of(self) -> CallClass:
        return class_of(self.outcome)


def call_of(row: Mapping[str, Any]) -> Call:
    """Read a row. Raises UnreadableCall."""
    word = _text(row, "Outcome")
    outcome = _OUTCOMES.get(word)
    rung = tuple(_text(row, "Rung").split())
    return Call(
        came=_moment(row),
        line=_text(row, "Called").lower(),
        line_name=_text(row, "CalledName"),
        caller=_caller(row),
        rung=rung,
        redirect_ms=_whole(row, "RedirectMs") if rung else None,
        word=word,
        outcome=outcome,
        answered_by=_answered_by(row, outcome, rung),
        directory=_text(row, "Directory"),
    )


def _answered_by(row: Mapping[str, Any], outcome: Outcome | None, rung: tuple[str, ...]) -> str:
    """Give who of those that rang took the call, "" where nothing says who of several.

    Microsoft names a telephone by an id of its own; of one that rang alone it is clear all the same.
    """
    if outcome is not Outcome.ANSWERED:
        return ""
    named = _text(row, "AnsweredBy")
    return named if named in rung else rung[0] if len(rung) == 1 else ""


def _caller(row: Mapping[str, Any]) -> str:
    """Give who called, "" where that cannot be told: encrypted, or a number that a spreadsheet has rounded."""
    caller = _text(row, "Caller")
    return "" if _text(row, "CallerKind") == "encrypted" or _ROUNDED.fullmatch(caller) else caller


def _moment(row: Mapping[str, Any]) -> datetime:
    """Give when it came, or ended, or, where neither is said, its day; a time that is not clear is none of these."""
    times = [row.get("ReceivedAt"), row.get("EndedAt")]
    for value in times if any(times) else [row.get("PartitionKey")]:
        moment = value if isinstance(value, datetime) else _read_moment(str(value)) if value else None
        if moment is not None:
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    raise UnreadableCall(f"call {_text(row, 'RowKey')} has no time")


def _read_moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return local_times.parse_begin(text)  # as a spreadsheet saves it again


def _text(row: Mapping[str, Any], column: str) -> str:
    value = row.get(column)
    return _APOSTROPHE.sub("", value) if isinstance(value, str) else ""


def _whole(row: Mapping[str, Any], column: str) -> int | None:
    value = row.get(column)
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else None
