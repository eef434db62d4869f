"""Opening hours: OpenStreetMap's texts, asked by the wall clock of whoever keeps them.

https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification, read by opening-hours-py. It is only ever asked
about wall clock times: those it answers exactly, also in the hour that autumn has twice, where its own reckoning with
zones skips a change.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING

from shared.core.light_dataclass import dataclass
from shared.core.schedule.hours_rules import Rule, parsed, split
from shared.core.schedule.hours_warnings import warnings
from shared.core.schedule.time_shifts import next_time_shift

if TYPE_CHECKING:
    from opening_hours import OpeningHours, ParserError  # type: ignore[attr-defined]  # an untyped one

EXAMPLE = "Mo-Fr 08:00-17:00"
_LONGEST_TEXT = 1000  # characters: more takes milliseconds to read
_DASHES = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-"})
_HOLIDAYS = re.compile(r"\b(ph|Ph|pH)\b")
_OFFSET = re.compile(r"\b([PS]H) (?=\d+ days\b)")


@dataclass(frozen=True, slots=True)
class Hours:
    """What a text says. Where it cannot be read it is always open: `error` tells why, `warnings` what surprises."""

    rules: "OpeningHours | None"
    error: str = ""
    warnings: tuple[str, ...] = ()

    def open_at(self, wall: datetime) -> bool:
        """Tell whether it is open at a wall clock time (naive); what is `unknown` counts as open."""
        return self.rules is None or not self.rules.is_closed(wall)

    def next_change(self, wall: datetime) -> datetime | None:
        """Give the wall clock time after this one at which something may change."""
        return None if self.rules is None else self.rules.next_change(wall)


@lru_cache(maxsize=4096)
def parse_hours(text: str, country: str = "", days: tuple[str, ...] = ()) -> Hours:
    """Read an Hours text. `days` ("2026 Apr 06") are the company's own holidays: each counts wherever it says PH.

    `country` is a code of two capitals, or "" where nobody set one.
    """
    plain = _normalised(text)
    if not plain:
        return Hours(None)
    if len(plain) > _LONGEST_TEXT:
        return Hours(None, f"longer than {_LONGEST_TEXT} characters; ignored, always on")
    from opening_hours import ParserError  # type: ignore[attr-defined]  # noqa: PLC0415 - untyped; 6 ms, as in `parsed`

    try:
        # The parser writes `PH 3 days` for `PH +3 days`, and cannot read it again.
        rules = split(_OFFSET.sub(r"\1 +", str(parsed(plain, country))))
        return Hours(_with_days(plain, rules, country, days), warnings=tuple(warnings(plain, rules, country, days)))
    except ParserError as error:
        if days:  # a rule that cannot be written for them
            return parse_hours(text, country)
        return Hours(None, f"not like `{EXAMPLE}` ({_unread(plain, error)}); ignored, always on")


def knows_country(code: str) -> bool:
    """Tell whether the public holidays of a country (two capitals) are known."""
    from opening_hours import UnknownCountryError  # type: ignore[attr-defined]  # noqa: PLC0415 - untyped; 6 ms, as in `parsed`

    try:
        parsed("24/7", code)
    except UnknownCountryError:
        return False
    return True


def changes(hours: Hours, zone: tzinfo, after: datetime, until: datetime) -> Iterator[datetime]:
    """Give the moments (UTC) after `after` and before `until` at which it opens or closes, in a zone."""
    moment, was_open = after, hours.open_at(wall_clock(after, zone))
    while moment < until:
        wall = wall_clock(moment, zone)
        ahead = wall.replace(tzinfo=UTC) - moment
        shift = next_time_shift(zone, moment, until)
        for change in _wall_changes(hours, wall):
            at = change.replace(tzinfo=UTC) - ahead
            if at >= shift:
                break
            if hours.open_at(change) != was_open:
                was_open = not was_open
                yield at
        moment = shift
        if shift < until and hours.open_at(wall_clock(shift, zone)) != was_open:
            was_open = not was_open
            yield shift


def wall_clock(moment: datetime, zone: tzinfo) -> datetime:
    """Give what the clock on the wall shows in a zone (naive)."""
    return moment.astimezone(zone).replace(tzinfo=None)


def _normalised(text: str) -> str:
    whole = text.encode("utf-8", "replace").decode()  # a lone surrogate would not reach the parser
    plain = " ".join(whole.translate(_DASHES).split()).replace(" - ", "-")
    return _HOLIDAYS.sub("PH", plain.strip("; "))


def _with_days(plain: str, rules: list[Rule], country: str, days: tuple[str, ...]) -> "OpeningHours":
    """Give the rules as they are meant: nothing but `off` is "always, but not then", and `days` are public holidays."""
    always = "24/7; " if all(rule.is_off for rule in rules) else ""
    if days and any(rule.is_of_holidays for rule in rules):
        written = "".join(rule.separator + rule.text + rule.on(days) for rule in rules)
        return parsed(always + written, country)
    return parsed(always + plain, country)


def _unread(plain: str, error: "ParserError") -> str:
    """Say where the parser stopped, by the column that its first line names, and what to write instead."""
    from shared.core.schedule.hours_hints import hint, stopped_at  # noqa: PLC0415 - 1 ms of a cold start, for whoever mistyped

    column = int(found[1]) if (found := re.search(r"--> 1:(\d+)", str(error))) else 1
    rest = stopped_at(plain, column)
    shown = "".join(sign if sign.isprintable() else "?" for sign in rest[:20])
    return f"{f'at {shown!r}' if shown else 'at its end'}: {hint(rest)}"


def _wall_changes(hours: Hours, wall: datetime) -> Iterator[datetime]:
    change = hours.next_change(wall)
    while change is not None and change > wall:
        yield change
        wall, change = change, hours.next_change(change)
