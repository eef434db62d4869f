"""The types of a table's cells, as Storage Explorer's CSV names them: text into a value, a value into text."""

import base64
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from azure.data.tables import EdmType, EntityProperty

from shared.core.directory.cells import FALSE, TRUE

_INT32, _INT64 = 2**31, 2**63
_BOOLEANS = dict.fromkeys(TRUE, True) | dict.fromkeys(FALSE, False)


@dataclass(frozen=True, slots=True)
class CellType:
    """`read` raises ValueError, KeyError or OverflowError where a text is not of the type, which `wants` such text."""

    name: str
    wants: str
    read: Callable[[str], Any]


def cell_type(name: str) -> CellType | None:
    """Give the type of that name, `Int32` or `Edm.Int32` in any letter case."""
    return _BY_NAME.get(name.removeprefix("Edm.").lower())


def cell_text(value: Any) -> tuple[str, str]:
    """Give the text of a cell and the name of its type."""
    match value:
        case bool():
            return str(value).lower(), "Boolean"
        case EntityProperty(number, EdmType.INT64):
            return str(number), "Int64"
        case int():
            return str(value), "Int32" if -_INT32 <= value < _INT32 else "Int64"
        case float():
            return repr(value), "Double"
        case datetime():
            # The service's own seventh digit of a second is kept where it came with one.
            exact = getattr(value, "tables_service_value", None)
            return exact or value.astimezone(UTC).isoformat().replace("+00:00", "Z"), "DateTime"
        case uuid.UUID():
            return str(value), "Guid"
        case bytes():
            return base64.b64encode(value).decode(), "Binary"
        case _:
            return str(value), "String"


def _whole(text: str, limit: int) -> int:
    number = int(text)
    if not -limit <= number < limit:
        raise ValueError(text)
    return number


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


_TYPES = (
    CellType("String", "text", str),
    CellType("Boolean", "true or false", lambda text: _BOOLEANS[text.strip().lower()]),
    CellType("Int32", f"a whole number of at most {_INT32 - 1}", lambda text: _whole(text, _INT32)),
    CellType(
        "Int64",
        f"a whole number of at most {_INT64 - 1}",
        lambda text: EntityProperty(_whole(text, _INT64), EdmType.INT64),
    ),
    CellType("Double", "a number such as 1.5", float),
    CellType("DateTime", "a time such as 2026-12-24T08:00:00Z", _moment),
    CellType("Guid", "an id such as 00000000-0000-0000-0000-000000000000", uuid.UUID),
    CellType("Binary", "base64", lambda text: base64.b64decode(text, validate=True)),
)
_BY_NAME: Mapping[str, CellType] = {kind.name.lower(): kind for kind in _TYPES}
TYPE_NAMES = tuple(kind.name for kind in _TYPES)
