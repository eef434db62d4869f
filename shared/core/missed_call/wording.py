"""Say of a missed call who called, which line, when and why, in words for whoever may call back."""

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from enum import StrEnum

from shared.core.directory.line_names import line_name, line_text
from shared.core.directory.line_zones import line_zone
from shared.core.directory.model import Directory
from shared.core.light_dataclass import dataclass
from shared.core.loggable import loggable, masked_caller
from shared.core.missed_call.missed_call import MissedCall
from shared.core.missed_call.plain_text import tidy
from shared.core.record.classes import CallClass, class_of
from shared.core.record.record import Outcome

_MOST_NAMES = 8
_WHY = {
    Outcome.NO_ANSWER: "Nobody answered",
    Outcome.DECLINED: "Declined",
    Outcome.BUSY: "Busy",
    Outcome.UNREACHABLE: "Nobody could be reached",
    Outcome.NO_TARGET: "There was nobody to ring",
    Outcome.FAILED: "The call could not be redirected",
    Outcome.CALLER_HUNG_UP: "The caller hung up",
    Outcome.LATE: "The caller hung up before a phone rang",
}


class Shown(StrEnum):
    """How much of a caller people are shown: in a message, in a report."""

    FULL = "full"
    MASKED = "masked"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Wording:
    """`zone` is that of lines for which the tables have no route; `directory` is what they say now."""

    directory: Directory
    zone: tzinfo
    shown: Shown

    def title(self, calls: Sequence[MissedCall]) -> str:
        """Name what these calls are: whoever gave up was not missed, and reached nobody either."""
        return "Missed call" if all(class_of(one.outcome) is CallClass.MISSED for one in calls) else "Unanswered call"

    def line(self, call: MissedCall) -> str:
        return line_text(call.line, self.line_name(call))

    def line_name(self, call: MissedCall) -> str:
        return tidy(line_name(self.directory, call.line, call.line_name))

    def caller(self, call: MissedCall) -> str:
        """Give the caller as far as the setting allows, "" where it allows nothing."""
        if self.shown is Shown.NONE:
            return ""
        if not call.caller or call.caller_kind == "encrypted":
            return "number withheld"
        return tidy(call.caller if self.shown is Shown.FULL else masked_caller(call.caller))

    def why(self, call: MissedCall) -> str:
        lasted = f"{call.rang_seconds} s" if call.rang_seconds else ""
        if lasted and call.outcome is Outcome.CALLER_HUNG_UP:
            return f"Hung up after {lasted} of ringing"
        if call.rung and call.outcome is Outcome.FAILED:
            return "The call failed after it was redirected"
        seconds = f" for {lasted}" if lasted and call.outcome is Outcome.NO_ANSWER else ""
        return f"{_WHY[call.outcome]}{seconds}"

    def when(self, call: MissedCall) -> str:
        """Say it on the wall of the line, with the zone."""
        local = self.at(call)
        return f"{local:%a} {local.day} {local:%b %Y, %H:%M} ({_zone_name(local)})"

    def at(self, call: MissedCall) -> datetime:
        return call.at.astimezone(line_zone(self.directory, call.line, self.zone))

    def rang(self, call: MissedCall) -> str:
        """Name those whose phones rang, "" where none did."""
        names = [*self.rung_names(call)]
        more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        return f"{', '.join(names[:_MOST_NAMES])}{more}"

    def rung_names(self, call: MissedCall) -> Iterator[str]:
        for who in call.rung:
            named = (target.name for target in self.directory.lists.get(call.list, ()) if target.id == who)
            yield tidy(next(filter(None, named), "") or loggable("rung", who))


def _zone_name(local: datetime) -> str:
    """Give the zone as settings name it, beside the clock's own word for it: "CET, Europe/Vienna"."""
    place = str(local.tzinfo)
    return place if place == local.tzname() else f"{local.tzname()}, {place}"
