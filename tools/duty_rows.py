"""Rows of `shifts` from events: each person found by name or address, one row where who is on duty changes."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from shared.core.directory.people import folded
from shared.core.directory.shift_rows import NOBODY
from tools.duty_events import DutyEvent
from tools.live_tables import Row

_ADDRESS = re.compile(r"[\w.+'-]+@[\w.-]+")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Shifts:
    """The rows, and what nobody in the list is called, each once."""

    rows: tuple[Row, ...]
    strangers: tuple[str, ...]


def shifts_from(
    events: Sequence[DutyEvent], of_list: str, names: Iterable[str], zone: tzinfo, addresses: Mapping[str, str]
) -> Shifts:
    """Make rows by the clock of a zone. `addresses` say who an address or a nickname is, where it is not like the name.

    Between two events nobody is on duty; after the last, whoever is named last rings on, as in every rota.
    """
    known = list(names)
    found = [(event, _people(event, known, addresses)) for event in events]
    strangers = dict.fromkeys(_first_text(event) for event, people in found if not people)
    rows: list[Row] = []
    for begins, who in _handovers([(event, people) for event, people in found if people]):
        if not rows or rows[-1]["Who"] != who:
            local = begins.astimezone(zone)
            rows.append({"PartitionKey": of_list, "RowKey": _key(local), "Who": who})
    return Shifts(tuple(rows), tuple(strangers))


def _people(event: DutyEvent, names: Sequence[str], addresses: Mapping[str, str]) -> list[str]:
    """Give the names that the surest of its texts holds."""
    for text in event.texts:
        folded_text = _plain(text)
        said = {folded(name) for address, name in addresses.items() if _holds(folded_text, address)}
        parts = [_words(found.partition("@")[0]) for found in _ADDRESS.findall(text)]
        people = [
            name
            for name in names
            if _holds(folded_text, name) or folded(name) in said or sorted(_words(name)) in map(sorted, parts)
        ]
        if people:
            return people
    return []


def _holds(text: str, name: str) -> bool:
    """Tell whether a text holds a name, in its words' order or turned round ("Maier, Gerd")."""
    words = _words(name)
    padded = f" {' '.join(_WORD.findall(text))} "
    return any(f" {' '.join(order)} " in padded for order in (words, [*words[1:], *words[:1]], words[::-1]))


def _words(text: str) -> list[str]:
    return _WORD.findall(_plain(text))


def _plain(text: str) -> str:
    """Give a text without accents, as addresses write names."""
    apart = unicodedata.normalize("NFKD", folded(text))
    return "".join(sign for sign in apart if not unicodedata.combining(sign)).replace("ß", "ss")


def _handovers(found: Sequence[tuple[DutyEvent, list[str]]]) -> Iterator[tuple[datetime, str]]:
    edges = sorted({moment for event, _ in found for moment in (event.begins, event.ends)})
    for edge in edges[:-1]:
        on_duty = dict.fromkeys(name for event, people in found if event.begins <= edge < event.ends for name in people)
        yield edge, ", ".join(on_duty) or NOBODY


def _key(local: datetime) -> str:
    """Give the time on the wall; the second of an hour that comes twice only with its offset."""
    return (local if local.fold else local.replace(tzinfo=None)).isoformat(timespec="minutes")


def _first_text(event: DutyEvent) -> str:
    """Give its title, or what else it says first."""
    said = (" ".join(text.split())[:60] for text in (*event.texts[-2:], *event.texts) if text.strip())
    return next(said, "an event without a title")
