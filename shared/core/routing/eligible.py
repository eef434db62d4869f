"""Tell who of a list can ring for a call now, and of everyone else why not."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, tzinfo

from shared.core.directory.model import Directory, Route, Target
from shared.core.ids import AppId
from shared.core.light_dataclass import dataclass
from shared.core.notification.calls import RingingCall
from shared.core.routing.decisions import Skipped, SkipReason
from shared.core.schedule import opening_hours, validity
from shared.core.schedule.rota import Intervals


@dataclass(frozen=True, slots=True)
class Ours:
    """Where a call would come back to us."""

    bot: AppId
    lines: frozenset[str]


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, as hours ask about it: what the clock on the wall of a zone shows, and the holidays around."""

    now: datetime
    zone: tzinfo
    wall: datetime
    country: str
    days: tuple[str, ...]

    def is_open(self, text: str) -> bool:
        return not text or opening_hours.parse_hours(text, self.country, self.days).open_at(self.wall)


@dataclass(frozen=True, slots=True)
class Moments:
    """Now on the clocks of the route and of the targets that have another; each is worked out once."""

    now: datetime
    route: Route
    directory: Directory
    known: dict[tzinfo, Moment] = field(default_factory=dict)

    def at(self, zone: tzinfo) -> Moment:
        found = self.known.get(zone)
        if found is None:
            wall = opening_hours.wall_clock(self.now, zone)
            days = self.directory.holidays.around(wall.date(), wall.date())
            found = self.known[zone] = Moment(self.now, zone, wall, self.route.country, days)
        return found


def able(
    targets: tuple[Target, ...], name: str, call: RingingCall, ours: Ours, moments: Moments
) -> tuple[list[Target], list[Skipped]]:
    """Part those who can ring from those who cannot."""
    ringing: list[Target] = []
    dropped: list[Skipped] = []
    roster, here = moments.directory.roster, moments.at(moments.route.zone)
    on_duty, away = roster.on_duty(name, here.zone, here.now), roster.away(here.zone)
    for target in targets:
        why = _why_not(target, call, ours)
        if why is None and on_duty is not None and target.id not in on_duty:
            why = SkipReason.OFF_DUTY
        elif why is None and target.zone is None:
            why = _why_not_now(target, here, away)
        elif why is None and target.zone is not None:
            why = _why_not_now(target, moments.at(target.zone), roster.away(target.zone))
        if why is None:
            ringing.append(target)
        else:
            dropped.append(Skipped(target.id, why))
    return ringing, dropped


def _why_not(target: Target, call: RingingCall, ours: Ours) -> SkipReason | None:
    if not target.enabled:
        return SkipReason.DISABLED
    if target.id == ours.bot:
        return SkipReason.ITSELF
    if call.called and target.id == call.called.id:
        return SkipReason.THIS_LINE
    if target.id in ours.lines:
        return SkipReason.ROUTED_HERE
    return _why_not_again(target, call)


def _why_not_again(target: Target, call: RingingCall) -> SkipReason | None:
    """Say how a target has a hand in the call already: it would ring beside itself, or come back for ever."""
    if call.caller and target.id in call.caller.ids:
        return SkipReason.CALLING
    if target.id in call.forwarded_by:
        return SkipReason.FORWARDED_HERE
    return SkipReason.TRANSFERRED_HERE if target.id in call.transferred_by else None


def _why_not_now(target: Target, moment: Moment, away: Mapping[str, Intervals]) -> SkipReason | None:
    if away and target.id in away and away[target.id].contain(moment.now):
        return SkipReason.AWAY
    if target.begins and validity.is_before(target.begins, moment.now, moment.zone):
        return SkipReason.NOT_YET
    if target.ends and validity.is_after(target.ends, moment.now, moment.zone):
        return SkipReason.NO_LONGER
    return None if moment.is_open(target.hours) else SkipReason.OUTSIDE_HOURS
