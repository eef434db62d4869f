"""Foresee when nobody will ring for a line, and when a rota runs out: as values, and as problems for the editors."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta, tzinfo

from shared.core.coverage import wording
from shared.core.coverage.stretches import Kind, Stretch, call_on, line_stretches, lines_of
from shared.core.directory.line_names import rule_line_text
from shared.core.directory.model import Directory, Problem, Severity
from shared.core.light_dataclass import dataclass
from shared.core.routing.decide import LastResort, choose_route

AHEAD = timedelta(days=14)
TABLE = "coverage"  # in which these problems are: no row of one table alone is wrong


@dataclass(frozen=True, slots=True)
class Gap:
    """The first time from now on at which nobody rings for a line, in words too, why, and how many more there are."""

    line: str
    begins: datetime
    ends: datetime
    when: str
    why: str
    more: int
    is_protected: bool


@dataclass(frozen=True, slots=True)
class RotaEnd:
    """The last handover of a list's rota."""

    list: str
    last_handover: datetime
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Outlook:
    gaps: tuple[Gap, ...] = ()
    rota_ends: tuple[RotaEnd, ...] = ()


def foresee(directory: Directory, last_resort: LastResort, now: datetime, ahead: timedelta = AHEAD) -> Outlook:
    """Look at every line from now on; those of protected lines come first, and then whichever is sooner."""
    lines = {line: line_stretches(line, directory, last_resort, now, now + ahead) for line in lines_of(directory)}
    return outlook(lines, directory, now + ahead)


def outlook(lines: Mapping[str, tuple[Stretch, ...]], directory: Directory, until: datetime) -> Outlook:
    """Find the gaps in what is known of the lines, and the rotas that end before `until`."""
    found = (_first_gap(line, stretches, directory) for line, stretches in lines.items())
    gaps = sorted((gap for gap in found if gap), key=lambda gap: (not gap.is_protected, gap.begins, gap.line))
    return Outlook(tuple(gaps), tuple(_rota_ends(directory, until)))


def problems(outlook: Outlook, directory: Directory) -> Iterator[Problem]:
    """Write what the editors read, each line and each list once."""
    for gap in outlook.gaps:
        name = rule_line_text(gap.line, directory)
        more = (
            f", and {gap.more} more {'time' if gap.more == 1 else 'times'} within {AHEAD.days} days" if gap.more else ""
        )
        message = f"nobody rings for {name} {gap.when}{more}: {gap.why}"
        yield Problem(Severity.ERROR if gap.is_protected else Severity.WARNING, TABLE, gap.line, "Gap", message)
    for end in outlook.rota_ends:
        at = wording.moment_text(end.last_handover, end.zone)
        message = (
            f"the rota of {end.list} ends: its last row is of {at}, and whoever it names rings on; add rows to shifts"
        )
        yield Problem(Severity.WARNING, TABLE, end.list, "Rota", message)


def gaps_of(stretches: Iterable[Stretch]) -> list[Stretch]:
    return [one for one in stretches if one.kind is Kind.NOBODY]


def _first_gap(line: str, stretches: tuple[Stretch, ...], directory: Directory) -> Gap | None:
    gaps = gaps_of(stretches)
    if not gaps:
        return None
    first, route = gaps[0], choose_route(call_on(line), directory)
    return Gap(
        line=line,
        begins=first.begins,
        ends=first.ends,
        when=wording.gap_text(first, stretches, route.zone),
        why=wording.why_nobody(first, route, directory),
        more=len(gaps) - 1,
        is_protected=line in directory.protected,
    )


def _rota_ends(directory: Directory, before: datetime) -> Iterator[RotaEnd]:
    seen: set[str] = set()
    for (name, zone), rota in directory.roster.rotas.items():
        if name not in seen and rota.last_handover and rota.last_handover < before:
            seen.add(name)
            yield RotaEnd(name, rota.last_handover, zone)
