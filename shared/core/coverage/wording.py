"""Say of a stretch when it is, who rings, and why nobody does, in words that a person reads once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import assert_never

from shared.core.coverage.stretches import Kind, Stretch
from shared.core.directory.model import Directory, Route
from shared.core.routing.decisions import SkipReason

_MOST_NAMED = 3


def span(begins: datetime, ends: datetime, zone: tzinfo) -> str:
    """Give "Mon 21 Dec 17:00 to Tue 08:00": the second day only where it is another, its date only after a week."""
    return f"{moment_text(begins, zone)} to {_end_text(begins, ends, zone)}"


def gap_text(gap: Stretch, all_of_them: Sequence[Stretch], zone: tzinfo) -> str:
    """Say when it is; what has begun by now, or goes on beyond what is known, reads the same a minute later."""
    is_now, goes_on = gap.begins == all_of_them[0].begins, gap.ends == all_of_them[-1].ends
    if goes_on:
        return "from now on" if is_now else f"from {moment_text(gap.begins, zone)} on"
    return f"now, until {_end_text(gap.begins, gap.ends, zone)}" if is_now else span(gap.begins, gap.ends, zone)


def moment_text(at: datetime, zone: tzinfo) -> str:
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %H:%M}"


def _end_text(begins: datetime, ends: datetime, zone: tzinfo) -> str:
    first, last = begins.astimezone(zone), ends.astimezone(zone)
    if first.date() == last.date():
        return f"{last:%H:%M}"
    return f"{last:%a %H:%M}" if (last.date() - first.date()).days < 7 else moment_text(ends, zone)  # noqa: PLR2004 - a week


def who_text(stretch: Stretch, most: int = _MOST_NAMED) -> str:
    """Say who rings: "Anna Berg", "Anna Berg, Bo Lind", "one of Anna Berg and 4 others"."""
    names = [target.name or target.id for target in stretch.who]
    listed = _listed(names, most)
    return f"one of {listed}" if stretch.by_chance and len(names) > 1 else listed


def kind_text(stretch: Stretch) -> str:
    """Say what kind of stretch it is, and who rings."""
    match stretch.kind:
        case Kind.RINGS:
            return who_text(stretch)
        case Kind.SPARE:
            return f"spare: {who_text(stretch)}"
        case Kind.LAST_RESORT:
            return f"last resort: {who_text(stretch)}"
        case Kind.CLOSED:
            return "closed on purpose"
        case Kind.NOBODY:
            return "NOBODY RINGS"
        case never:
            assert_never(never)


def why_nobody(stretch: Stretch, route: Route, directory: Directory) -> str:
    """Say why nobody rings, and what to do; the list that should ring is the first of those that are asked."""
    names = {target.id: target.name or target.id for one in route.lists for target in directory.lists.get(one, ())}
    whys = {one.key: one.why for one in stretch.skipped if one.key in names}
    if not names:
        return "its lists are empty: add somebody to targets"
    due = {key: why for key, why in whys.items() if why is not SkipReason.OFF_DUTY}
    if whys and not due:
        return "the rota puts nobody on duty: name somebody in shifts"
    if len(due) < len(whys):
        return f"{_listed(_reasons(due, names, 'is on duty, and'), _MOST_NAMED)}: name a substitute in shifts"
    said = _listed(_reasons(due, names, "is"), _MOST_NAMED)
    return f"{said}: set Closed or Empty to a list in which somebody can ring"


def _reasons(whys: Mapping[str, SkipReason], names: Mapping[str, str], verb: str) -> Iterator[str]:
    for key, why in whys.items():
        yield f"{names[key]} {verb} {_REASONS.get(why, why.value)}"


_REASONS = {SkipReason.NOT_YET: "not there yet", SkipReason.NO_LONGER: "no longer there"}


def _listed(parts: Iterable[str], most: int) -> str:
    names = list(dict.fromkeys(parts))
    more = len(names) - most
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:most])} and {more} more"
