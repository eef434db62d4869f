"""Read what the app's own check answered."""

from collections.abc import Mapping, Sequence
from typing import Any


def lines(report: Mapping[str, Any]) -> list[str]:
    """Tell what is wrong, errors first; nothing where all is well."""
    found = [
        (str(part.get("health")), f"{part.get('part')}: {part.get('said')}", str(part.get("do") or ""))
        for part in _members(report, "doctor")
        if part.get("health") != "ok"
    ]
    found += [
        (
            str(one.get("level")),
            f"{one.get('table')}, row {one.get('row')}, column {one.get('column')}",
            str(one.get("message")),
        )
        for one in _members(report, "problems")
    ]
    return [": ".join(filter(None, one)) for one in sorted(found, key=lambda one: one[0] != "error")]


def has_errors(report: Mapping[str, Any]) -> bool:
    """Say whether a part of the app is in error: new roles and a new credential can take minutes to work."""
    return any(part.get("health") == "error" for part in _members(report, "doctor"))


def _members(report: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    members = report.get(name)
    return [one for one in members if isinstance(one, dict)] if isinstance(members, list) else []
