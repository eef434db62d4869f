"""Who is on duty and who is away, in every zone in which it may be asked."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, tzinfo
from types import MappingProxyType

from shared.core.light_dataclass import dataclass
from shared.core.schedule.rota import Absence, Intervals, Rota, Shift, intervals, rota

_NOBODY: Mapping[str, Intervals] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Duties:
    """What `shifts` and `away` say: shifts by list, absences by a target's id and by a line (`any` for every one)."""

    shifts: Mapping[str, tuple[Shift, ...]] = MappingProxyType({})
    people: Mapping[str, tuple[Absence, ...]] = MappingProxyType({})
    lines: Mapping[str, tuple[Absence, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Roster:
    """The same in moments, by zone; made by `roster`."""

    rotas: Mapping[tuple[str, tzinfo], Rota] = MappingProxyType({})
    people: Mapping[tzinfo, Mapping[str, Intervals]] = MappingProxyType({})
    lines: Mapping[tzinfo, Mapping[str, Intervals]] = MappingProxyType({})

    def on_duty(self, of_list: str, zone: tzinfo, now: datetime) -> frozenset[str] | None:
        """Give the ids of a list that are on duty; None where all of it rings."""
        found = self.rotas.get((of_list, zone)) if self.rotas else None
        return found.on_duty(now) if found else None

    def away(self, zone: tzinfo) -> Mapping[str, Intervals]:
        """Give when each target is away, by id, where any is."""
        return self.people.get(zone, _NOBODY) if self.people else _NOBODY

    def is_line_away(self, line: str, zone: tzinfo, now: datetime) -> bool:
        found = self.lines.get(zone, _NOBODY).get(line) if self.lines else None
        return found is not None and found.contain(now)


def roster(duties: Duties, list_zones: Iterable[tuple[str, tzinfo]], zones: Collection[tzinfo]) -> Roster:
    """Resolve everything once: each list in the zones of the routes that ring it, absences in all `zones`."""
    return Roster(
        rotas={(name, zone): rota(duties.shifts[name], zone) for name, zone in list_zones if name in duties.shifts},
        people=_by_zone(duties.people, zones),
        lines=_by_zone(duties.lines, zones),
    )


def _by_zone(
    absences: Mapping[str, tuple[Absence, ...]], zones: Collection[tzinfo]
) -> Mapping[tzinfo, Mapping[str, Intervals]]:
    if not absences:
        return {}
    return {zone: {who: intervals(found, zone) for who, found in absences.items()} for zone in zones}
