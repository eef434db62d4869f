"""Read the rows of `away`: which person, or which line, is away from when until when."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import field

from shared.core import ids
from shared.core.directory.cells import Row, quoted
from shared.core.directory.diagnostics import KEYS, Diagnostics, TableReader, TableRow
from shared.core.directory.duty_spans import read_span
from shared.core.directory.model import ANY, REJECT, Route
from shared.core.directory.people import People, folded
from shared.core.light_dataclass import dataclass
from shared.core.schedule.rota import Absence

COLUMNS = (*KEYS, "Until", "Note")
_RINGS_ON = "left out: nobody is away by it"


@dataclass(frozen=True, slots=True)
class Absences:
    """By a target's id, and by a line's (`any` for each that is not protected); `rows` names a line's first row."""

    people: Mapping[str, tuple[Absence, ...]] = field(default_factory=dict)
    lines: Mapping[str, tuple[Absence, ...]] = field(default_factory=dict)
    rows: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LineNames:
    """The lines that the tables know, and what people call them."""

    known: Collection[str]
    names: Mapping[str, str]

    def called(self, said: str) -> str | None:
        """Give the line that is meant by `any`, an id or a name."""
        if said.lower() == ANY:
            return ANY
        line = ids.guid(said)
        if line in self.known:
            return line
        return next((line for line, name in self.names.items() if folded(name) == folded(said)), None)


def read_away(rows: Iterable[Row], who: People, lines: LineNames, diagnostics: Diagnostics) -> Absences:
    """Give who is away; a row that cannot be read is left out and noted, and nobody is away by it."""
    people: dict[str, list[Absence]] = {}
    away: dict[str, list[Absence]] = {}
    first: dict[str, str] = {}
    for entry in TableReader("away", COLUMNS, diagnostics).entries(rows):
        line, persons = lines.called(entry.partition), who.anywhere(entry.partition)
        if line is None and not persons:
            entry.error("PartitionKey", _unknown(entry, who, lines))
            continue
        if line is not None and persons and line not in persons:
            message = f"both a person and a line are called {quoted(entry.partition)}: write the key; {_RINGS_ON}"
            entry.error("PartitionKey", message)
            continue
        absence = _absence(entry)
        if absence is None:
            continue
        if line is not None:
            first.setdefault(line, entry.key)
            away.setdefault(line, []).append(absence)
        for person in persons if line is None else ():
            people.setdefault(person, []).append(absence)
    return Absences(
        {one: tuple(found) for one, found in people.items()}, {one: tuple(found) for one, found in away.items()}, first
    )


def judge_lines(
    absences: Absences, routes: Iterable[Route], protected: Collection[str], diagnostics: Diagnostics
) -> None:
    """Warn where a line's absence changes nothing, for the same list rings then."""
    of_lines = list(routes)
    for line, row in absences.rows.items():
        for route in of_lines:
            is_meant = route.line == line or (line == ANY and route.line not in protected)
            if is_meant and route.caller == ANY and (route.closed or route.empty) == route.ring != REJECT:
                message = (
                    f"changes nothing on route {route.name}, where {quoted(route.ring)} rings then too; set Closed"
                )
                diagnostics.warn("away", row, "PartitionKey", message)
                break


def _absence(entry: TableRow) -> Absence | None:
    span = read_span(entry, _RINGS_ON)
    if span and span[1] is None:
        entry.warn("Until", "empty: away until this row is deleted")
    return Absence(*span) if span else None


def _unknown(entry: TableRow, who: People, lines: LineNames) -> str:
    said = entry.partition
    if said.lower() in who.by_list:
        return f"{quoted(said)} is a list, and lists are not away: write a person, a line or any; {_RINGS_ON}"
    names = [*lines.names.values(), *(name for found in who.names.values() for name in found)]
    meant = entry.diagnostics.suggestion(said, dict.fromkeys(names))
    return f"neither a person nor a line is called {quoted(said)}; {_RINGS_ON}{meant}"
