"""Read the rows of `shifts`: who of a list is on duty from when."""

import re
from collections.abc import Iterable, Mapping

from shared.core.directory.cells import Row, quoted
from shared.core.directory.diagnostics import KEYS, Diagnostics, TableReader, TableRow
from shared.core.directory.duty_spans import read_span
from shared.core.directory.people import Ids, People, parted
from shared.core.schedule.rota import Shift

COLUMNS = (*KEYS, "Who", "Until", "Note")
NOBODY = "nobody"
_JOINT = re.compile(r"\s*[&+/|]\s*|\s+(?:and|und)\s+", re.IGNORECASE)
_GOES_ON = "left out: whoever was on duty before goes on"


def read_shifts(rows: Iterable[Row], who: People, diagnostics: Diagnostics) -> Mapping[str, tuple[Shift, ...]]:
    """Give each list's shifts; a row that cannot be read is left out and noted, and the shift before it goes on."""
    found: dict[str, list[Shift]] = {}
    seen: dict[tuple[object, ...], str] = {}
    for entry in TableReader("shifts", COLUMNS, diagnostics).entries(rows):
        name = entry.partition.lower()
        if name not in who.by_list:
            meant = diagnostics.suggestion(entry.partition, who.by_list)
            entry.error("PartitionKey", f"no such list: {quoted(entry.partition)}; the row is left out{meant}")
            continue
        shift = _shift(entry, name, who)
        if shift is None:
            continue
        key = (name, shift.begins, shift.ends is None)
        if key in seen:
            entry.warn("RowKey", f"from the same time as {quoted(seen[key])}, which counts; this row is ignored")
            continue
        seen[key] = entry.key
        found.setdefault(name, []).append(shift)
    return {name: tuple(shifts) for name, shifts in found.items()}


def _shift(entry: TableRow, name: str, who: People) -> Shift | None:
    span = read_span(entry, _GOES_ON)
    if span is None:
        return None
    on_duty = _on_duty(entry, name, who)
    return None if on_duty is None else Shift(span[0], on_duty, span[1])


def _on_duty(entry: TableRow, name: str, who: People) -> Ids | None:
    """Give who is meant, as far as they are known; nothing where none of them is."""
    said = entry.text("Who")
    if not said:
        entry.error("Who", f"nobody is named; {_GOES_ON} (write {NOBODY} where nobody is to ring)")
        return None
    named = dict(parted(said, lambda one: who.of_list(name, one)))
    known = frozenset[str]().union(*named.values())
    strangers = [one for one, found in named.items() if not found and one.lower() != NOBODY]
    if not strangers and not known:
        return known
    if len(named) > len(strangers) and any(one.lower() == NOBODY and not found for one, found in named.items()):
        entry.error("Who", f"{NOBODY} beside names; the names count")
    then = "the others named are on duty" if known else _GOES_ON
    for one in strangers:
        entry.error("Who", f"{_unknown(one, name, who, entry.diagnostics)}; {then}")
    return known or None


def _unknown(said: str, name: str, who: People, diagnostics: Diagnostics) -> str:
    if elsewhere := [other for other in who.lists_with(said) if other != name]:
        return f"{quoted(said)} is in list {quoted(elsewhere[0])}, not in {quoted(name)}: add a row for them to targets"
    parts = _JOINT.split(said)
    if len(parts) > 1 and all(who.of_list(name, part) for part in parts):
        meant = f"; write {', '.join(parts)}"
    else:
        meant = diagnostics.suggestion(said, (*who.names[name], NOBODY))
    return f"nobody in list {quoted(name)} is called {quoted(said)}{meant}"
