"""Read from main.bicep what its parameters take, and say why a value is none of that."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

_PARAMETER = re.compile(r"((?:^@[^\n]*\n|^ [^\n]*\n|^\][^\n]*\n)*)^param (\w+) (\w+(?:\[\])?)", re.MULTILINE)
_LIMIT = re.compile(r"^@(minValue|maxValue|minLength|maxLength)\((-?\d+)\)", re.MULTILINE)
_ALLOWED = re.compile(r"^@allowed\(\[(.*?)\]\)", re.MULTILINE | re.DOTALL)
_KINDS = {"int": "a whole number", "bool": "true or false", "array": "a list in JSON", "object": "an object in JSON"}
_UNITS = {"string": " characters", "array": " members", "object": " members"}


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one parameter takes: its Bicep type, its limits by decorator, and its only values where there are such."""

    kind: str
    limits: Mapping[str, int]
    allowed: tuple[str, ...] = ()


def read(bicep: str) -> dict[str, Bounds]:
    return {
        name: Bounds(
            "array" if kind.endswith("[]") else kind,
            {limit: int(value) for limit, value in _LIMIT.findall(decorators)},
            tuple(re.findall(r"[\w.-]+", " ".join(_ALLOWED.findall(decorators)))),
        )
        for decorators, name, kind in _PARAMETER.findall(bicep)
    }


def wrong(value: str, bounds: Bounds) -> str:
    """Say what the value should be; nothing where it is that."""
    size = _size(value, bounds.kind)
    if size is None:
        return _KINDS[bounds.kind]
    if bounds.allowed and value not in bounds.allowed:
        return f"one of {', '.join(bounds.allowed)}"
    unit = _UNITS.get(bounds.kind, "")
    least = bounds.limits.get("minValue", bounds.limits.get("minLength", size))
    most = bounds.limits.get("maxValue", bounds.limits.get("maxLength", size))
    if size < least:
        return f"{least}{unit} at least"
    return f"{most}{unit} at most" if size > most else ""


def _size(value: str, kind: str) -> int | None:
    """Give the number or the length that the limits are about; None where the value is of another type."""
    match kind:
        case "int":
            return int(value) if re.fullmatch(r"-?[0-9]{1,9}", value) else None
        case "bool":
            return 0 if value in {"true", "false"} else None
        case "array" | "object":
            try:
                parsed = json.loads(value)
            except (ValueError, RecursionError):
                return None
            return len(parsed) if isinstance(parsed, list if kind == "array" else dict) else None
        case _:
            return len(value)
