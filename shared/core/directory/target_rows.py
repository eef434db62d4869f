"""Read the rows of `targets`: who can ring, list by list."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from shared.core import ids
from shared.core.directory.cells import Row, quoted
from shared.core.directory.diagnostics import KEYS, Diagnostics, TableReader, TableRow
from shared.core.directory.key_mistakes import code_points, date_mistake, number_mistake
from shared.core.directory.model import REJECT, Target, TargetKind
from shared.core.directory.time_zone_cells import read_time_zone
from shared.core.ids import AppId
from shared.core.light_dataclass import dataclass
from shared.core.schedule import local_times

COLUMNS = (*KEYS, "Kind", "Name", "Enabled", "Order", "Hours", "From", "Until", "TimeZone", "Note")
_KINDS = {kind.value.lower(): kind for kind in TargetKind}
_OBJECTS = [kind.value for kind in TargetKind if kind is not TargetKind.PHONE]
_DEFAULT_ORDER = 100
_LONGEST_NAME = 256  # characters: what Entra takes as a displayName


@dataclass(frozen=True, slots=True)
class ListedTarget:
    """A target, and the key of its row as it was written."""

    target: Target
    key: str


type Lists = Mapping[str, tuple[ListedTarget, ...]]


def read_targets(rows: Iterable[Row], bot: AppId, diagnostics: Diagnostics) -> Lists:
    """Give each list's members in ringing order, each once; a list all of whose rows are bad is there, and empty."""
    lists: dict[str, list[ListedTarget]] = {}
    for entry in TableReader("targets", COLUMNS, diagnostics).entries(rows):
        members = lists.setdefault(entry.partition.lower(), [])
        target = _target(entry, bot)
        if target is not None:
            members.append(ListedTarget(target, entry.row))
    if REJECT in lists:
        diagnostics.error(
            "targets", REJECT, "PartitionKey", "reject turns callers away, and cannot name a list: rename it"
        )
    return {name: _in_order(name, members, diagnostics) for name, members in lists.items()}


def _in_order(name: str, members: list[ListedTarget], diagnostics: Diagnostics) -> tuple[ListedTarget, ...]:
    kept: dict[str, ListedTarget] = {}
    for member in sorted(members, key=lambda member: (member.target.order, member.key)):
        target, twin = member.target, kept.get(member.target.id)
        if twin is not None:
            message = f"the same target as {quoted(twin.key)}; rung once"
            diagnostics.warn("targets", f"{name}/{member.key}", "RowKey", message)
        if twin is None or (target.enabled and not twin.target.enabled):
            kept.pop(target.id, None)  # the one that rings has the place in the order
            kept[target.id] = member
    return tuple(kept.values())


def _target(entry: TableRow, bot: AppId) -> Target | None:
    key = entry.row
    number, object_id = ids.phone_number(key), ids.object_id(key)
    if number is None and object_id is None:
        entry.error("RowKey", f"{_wrong_key(key)}; the row is left out")
        return None
    if object_id == bot:
        entry.error("RowKey", "this is the bot itself: the call would come back for ever; left out")
        return None
    order = entry.integer("Order")
    begins, ends = _span(entry)
    return Target(
        kind=_number_kind(entry) if number else _object_kind(entry),
        id=number or object_id or "",
        name=_name(entry),
        order=_DEFAULT_ORDER if order is None else order,
        enabled=entry.is_enabled(),
        hours=entry.text("Hours"),
        begins=begins,
        ends=ends,
        zone=read_time_zone(entry, "the route's"),
    )


def _wrong_key(key: str) -> str:
    if re.fullmatch(r"[0-]{36}", key):
        return "this is nobody's id: all zeros"
    if mistake := number_mistake(key):
        return mistake
    if "@" in key:
        return "use the user's object id instead of the address: az ad user show --id ADDRESS --query id -o tsv"
    return f"neither an object id (8-4-4-4-12 hex digits) nor a phone number starting with +{code_points(key)}"


def _number_kind(entry: TableRow) -> TargetKind:
    if entry.text("Kind").lower() not in {"", *_KINDS}:
        entry.error("Kind", "no kind of target; ignored, for what begins with + is a phone number")
    return TargetKind.PHONE


def _object_kind(entry: TableRow) -> TargetKind:
    said = entry.text("Kind")
    kind = _KINDS.get(said.lower(), TargetKind.USER)
    if said and (said.lower() not in _KINDS or kind is TargetKind.PHONE):
        meant = "" if kind is TargetKind.PHONE else entry.diagnostics.suggestion(said, _OBJECTS)
        entry.error("Kind", f"one of {', '.join(_OBJECTS)}; taken as user{meant}")
        return TargetKind.USER
    return kind


def _name(entry: TableRow) -> str:
    """Give a name that Graph can show: a control character or a page of text must not cost the whole list its ring."""
    said = entry.text("Name")
    name = "".join(character for character in said if character.isprintable())[:_LONGEST_NAME].strip()
    if name != said:
        entry.warn("Name", f"cannot be shown as it is: without control characters, at most {_LONGEST_NAME} others")
    return name


def _span(entry: TableRow) -> tuple[datetime | None, datetime | None]:
    begin, end = entry.text("From"), entry.text("Until")
    if not begin and not end:
        return None, None
    begins, ends = local_times.parse_begin(begin), local_times.parse_end(end)
    for column, said, moment in (("From", begin, begins), ("Until", end, ends)):
        if said and moment is None:
            entry.error(
                column, f"{quoted(said)} is not like 2026-12-24 or 2026-12-24T08:00; ignored{date_mistake(said)}"
            )
    if begins and ends and (begins.tzinfo is None) == (ends.tzinfo is None) and ends <= begins:
        entry.warn("Until", "before From: never rings")
    return begins, ends
