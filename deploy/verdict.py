"""Read what the app's own check answered."""

from collections.abc import Mapping, Sequence
from typing import Any


def lines(checkup: Mapping[str, Any]) -> list[str]:
    """Tell what is wrong, errors first; nothing where all is well."""
    found = [
        (str(part.get("health")), f"{part.get('part')}: {part.get('said')}", str(part.get("do") or ""))
        for part in _members(checkup, "doctor")
        if part.get("health") != "ok"
    ]
    found += [
        (
            str(one.get("level")),
            f"{one.get('table')}, row {one.get('row')}, column {one.get('column')}",
            str(one.get("message")),
        )
        for one in _members(checkup, "problems")
    ]
    return [": ".join(filter(None, one)) for one in sorted(found, key=lambda one: one[0] != "error")]


def is_ill(checkup: Mapping[str, Any]) -> bool:
    """Say whether a part of the app is in error: new roles and a new credential can take minutes to work."""
    return any(part.get("health") == "error" for part in _members(checkup, "doctor"))


def _members(checkup: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    members = checkup.get(name)
    return [one for one in members if isinstance(one, dict)] if isinstance(members, list) else []
