"""Read the records that the app could only log, out of whatever text their lines came to stand in."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, get_args

from shared.core.ids import call_id
from shared.core.record.record import FACT_NAMES, CallKey, Outcome, Record, State

NAME = "call.unrecorded"
_LONGEST = 256 * 1024  # characters of one event, however often it was quoted
# Its quotes may be as the app wrote them, doubled by CSV, escaped by JSON, or both.
_BEGINNING = re.compile(rf'\{{\s*(?P<quote>[\\"]*")event(?P=quote)\s*:\s*(?P=quote){re.escape(NAME)}(?P=quote)')
_KEYS = {"day", "call", "state"}
_KINDS: dict[str, type] = {field.name: get_args(field.type)[0] for field in fields(Record) if field.name in FACT_NAMES}
_WRITTEN_AS_TEXT: dict[type, Callable[[str], object]] = {
    datetime: datetime.fromisoformat,
    State: State,
    Outcome: Outcome,
}
_DECODER = json.JSONDecoder(strict=False)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An event that is there, and cannot be made a record again."""

    why: str


def records(line: str) -> Iterator[Record | Unreadable]:
    """Give what is in one line, in its order; nothing where the event is not named."""
    beginnings = list(_BEGINNING.finditer(line))
    if NAME in line and not beginnings:
        yield Unreadable(f"{NAME} is named, and its object is not there")
    for beginning in beginnings:
        try:
            event = _unquoted(line[beginning.start() : beginning.start() + _LONGEST], beginning["quote"])
            yield _record(_DECODER.raw_decode(event)[0])
        except json.JSONDecodeError:
            yield Unreadable("the object is cut off, or is no JSON")
        except (TypeError, ValueError) as error:
            yield Unreadable(str(error))


def _unquoted(text: str, quote: str) -> str:
    """Take off one layer of quoting after the other, the outermost first."""
    while quote != '"':
        if '""' in quote:
            text, quote = text.replace('""', '"'), quote.replace('""', '"')
        elif quote.startswith("\\"):
            text, quote = _unescaped(text), _unescaped(f'{quote}"')
        else:
            raise ValueError("its quotes are not those of JSON or CSV")
    return text


def _unescaped(text: str) -> str:
    return str(_DECODER.raw_decode(f'"{text}')[0])


def _record(event: Mapping[str, Any]) -> Record:
    row = event.get("row")
    if not isinstance(row, Mapping):
        raise TypeError("it has no row")
    unknown = row.keys() - _KEYS - _KINDS.keys()
    if unknown:
        raise ValueError(f"the row has {', '.join(sorted(unknown))}, which `calls` has not: another version wrote it")
    facts = {name: _typed(name, kind, row[name]) for name, kind in _KINDS.items() if name in row}
    return Record(key=_key(row), state=_typed("state", State, row.get("state")), **facts)


def _key(row: Mapping[str, Any]) -> CallKey:
    call = call_id(_typed("call", str, row.get("call")))
    if call is None:
        raise ValueError("call is no plain id")
    try:
        return CallKey(date.fromisoformat(_typed("day", str, row.get("day"))), call)
    except ValueError:
        raise ValueError("day is no date") from None


def _typed(name: str, kind: type, value: object) -> Any:
    """Make what JSON holds as text what the column is, and refuse what is of another kind."""
    read: object = value
    if isinstance(value, str) and kind in _WRITTEN_AS_TEXT:
        try:
            read = _WRITTEN_AS_TEXT[kind](value)
        except ValueError:
            read = None
    if type(read) is not kind or (isinstance(read, datetime) and read.tzinfo is None):
        raise ValueError(f"{name} is not of its kind, {kind.__name__.lower()}")
    return read
