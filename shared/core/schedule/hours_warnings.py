"""Say where an Hours text means something else than it looks: what will happen, and how to write what was meant."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from shared.core.schedule import hours_spans
from shared.core.schedule.hours_rules import DAYS, SPAN, Rule, parsed, without_comments

if TYPE_CHECKING:
    from opening_hours import OpeningHours

NO_COUNTRY = "public holidays (PH) are not known here: set a Country such as AT"
NOT_EVERY_PH = "the days of the table holidays count only where PH stands first or among days of the week"
NOT_LAST = "PH off is not the last rule: a later one wins over it"
BLANK_IN_LIST = "a comma and a blank begin another rule, and days alone mean all day: write Mo,We without a blank"
SCHOOL = "school holidays (SH) are not known anywhere: name the days"
NIGHT_CUT = "a later rule ends a night at midnight: write a comma and a blank before it instead of the semicolon"
UNKNOWN_IS_OPEN = "unknown counts as open"
COMMENT_IS_OPEN = "a comment alone counts as open all day and all night: write times before it, or off"
NEVER = "never open"
NIGHT_BEFORE_OFF = (
    "off ends the night before at midnight: to let that night run to its end, write its last hours instead of off, "
    "as in `; PH 00:00-06:00`"
)
REPLACED = (
    "a later rule takes the place of an earlier one on the same day, and the earlier hours are gone: "
    "write both in one rule, as in `Mo-Fr 08:00-12:00,13:00-17:00`"
)
OFF_IN_FALLBACK = "off behind || closes nothing: write it behind a semicolon"

_REGIONAL = frozenset({"AU", "BA", "BR", "CA", "CH", "DE", "ES", "GB", "IN", "MY", "NZ", "US"})
_UNKNOWN = re.compile(r"(?:^| )unknown(?: _+)?$")
_COMMENT_ALONE = re.compile(r"(?:24/7 )?_+")
_ALWAYS_OFF = re.compile(r"24/7 closed(?: _+)?")
_DATED = re.compile(r"\b(?:PH|SH|week|easter|\d{4}|[A-Z][a-z]{2})\b|\bweek")
_SCHOOL_HOLIDAY = re.compile(r"\bSH\b")
_WEEKDAYS = re.compile(r"(?:Mo|Tu|We|Th|Fr|Sa|Su)\b")
_WHOLE_DAY = re.compile(r"\b0?0:00-24:00\b")
_PARTS = re.compile(r"/0*[1-9]\d*|\d+|[a-z]+")
_SAME = {"off": "", "closed": "", "open": "", "day": "days", "/1": ""}
_MOMENT = timedelta(minutes=1)
_FORTNIGHT = [datetime(2026, 11, day) for day in range(2, 16)]  # noqa: DTZ001 - wall clock; any two plain weeks do


def warnings(plain: str, rules: list[Rule], country: str, days: tuple[str, ...]) -> Iterator[str]:
    """Compare what was written (`plain`) with what the parser understood (`rules`).

    `days` are the company's own holidays; `country` is "" where nobody set one.
    """
    yield from _of_holidays(rules, country, days)
    if any(second.separator == ", " and DAYS.fullmatch(first.bare) for first, second in pairwise(rules)):
        yield BLANK_IN_LIST
    if any(_SCHOOL_HOLIDAY.search(rule.bare) for rule in rules):
        yield SCHOOL
    yield from _of_nights(rules)
    if any(_replaces(first, second) for first, second in pairwise(rules)):
        yield REPLACED
    yield from hours_spans.warnings(rules)
    if dropped := _dropped(plain, rules):
        yield f"`{dropped}` is not understood and counts for nothing: name each week, day or time instead"
    if any(rule.is_off and rule.separator == " || " for rule in rules[1:]) and not all(rule.is_off for rule in rules):
        yield OFF_IN_FALLBACK
    if any(_UNKNOWN.search(rule.bare) for rule in rules):
        yield UNKNOWN_IS_OPEN
    if any(_COMMENT_ALONE.fullmatch(rule.bare) for rule in rules):
        yield COMMENT_IS_OPEN
    if _is_never_open(rules):
        yield NEVER


def _of_holidays(rules: list[Rule], country: str, days: tuple[str, ...]) -> Iterator[str]:
    of_holidays = [place for place, rule in enumerate(rules) if rule.is_of_holidays]
    if of_holidays and not country and not days:
        yield NO_COUNTRY
    if of_holidays and country in _REGIONAL and not days:
        yield (
            f"PH knows the holidays of all {country}, and none of a state or region of it: "
            "write those days into the table holidays"
        )
    if days and any(not rules[place].on(days) for place in of_holidays):
        yield NOT_EVERY_PH
    off = [place for place in of_holidays if rules[place].is_off]
    if off and any(not rule.is_off and rule.separator != " || " for rule in rules[off[-1] :]):
        yield NOT_LAST


def _of_nights(rules: list[Rule]) -> Iterator[str]:
    nights = [place for place, rule in enumerate(rules) if rule.runs_past_midnight]
    if any(_cuts(rules, place) for place in nights):
        yield NIGHT_CUT
    if any(rule.is_off and _ends_night(rules[place], rule) for place in nights for rule in rules[place + 1 :]):
        yield NIGHT_BEFORE_OFF


def _is_never_open(rules: list[Rule]) -> bool:
    """Say whether no rule opens on any day; what is off always takes the place of all that stands before it."""
    last_off = max((place for place, rule in enumerate(rules) if _closes_all(rule)), default=-1)
    counting = rules[last_off + 1 :]
    if all(rule.is_off for rule in counting):
        base = "off" if last_off >= 0 else "24/7"  # nothing but days that are off leaves all the others
    elif any(_DATED.search(rule.bare) for rule in counting if not rule.is_off):
        return False  # it opens on some day
    else:
        base = "off"
    weekly = [rule for rule in counting if not _DATED.search(rule.bare)]
    hours = parsed(base + "".join((rule.separator or "; ") + rule.text for rule in weekly))
    return not any(_opens_on(hours, day) for day in _FORTNIGHT)


def _closes_all(rule: Rule) -> bool:
    return rule.separator != " || " and _ALWAYS_OFF.fullmatch(rule.bare) is not None


def _dropped(plain: str, rules: list[Rule]) -> str:
    """Give the parts of the text that are not in what was understood of it."""
    understood = Counter(_parts(" ".join(rule.bare for rule in rules)))
    written = Counter(_parts(_WHOLE_DAY.sub("", without_comments(plain))))
    return " ".join(part for part in written if part not in understood)


def _parts(text: str) -> Iterator[str]:
    for part in _PARTS.findall(text.lower()):
        bare = part.lstrip("0") or "0" if part.isdigit() else part
        if same := _SAME.get(bare, bare):
            yield same


def _cuts(rules: list[Rule], place: int) -> bool:
    """Say whether a later rule that is not `off` takes the next day away from a night; asked of two plain weeks."""
    later = [rule for rule in rules[place + 1 :] if not rule.is_off]
    if all(rule.separator != "; " for rule in later):
        return False
    night = parsed(rules[place].text)
    both = parsed(rules[place].text + "".join(rule.separator + rule.text for rule in later))
    return any(_is_cut(night, both, midnight) for midnight in _FORTNIGHT)


def _ends_night(night: Rule, off: Rule) -> bool:
    """Say whether a day that is off takes the hours after midnight from a night of the day before.

    Days of the week are as they are; a date or a holiday can be any day.
    """
    if off.separator == " || ":
        return False
    days = [off.text] if _WEEKDAYS.match(off.bare) else [f"2026 Nov {day.day:02} off" for day in _FORTNIGHT]
    alone = parsed(night.text)
    return any(
        _is_cut(alone, both, midnight)
        for both in (parsed(f"{night.text}; {day}") for day in days)
        for midnight in _FORTNIGHT
    )


def _is_cut(night: "OpeningHours", both: "OpeningHours", midnight: datetime) -> bool:
    """Say whether what runs over this midnight alone begins and then ends at it with the other rule."""
    runs_over = not night.is_closed(midnight - _MOMENT) and not night.is_closed(midnight)
    return runs_over and not both.is_closed(midnight - _MOMENT) and both.is_closed(midnight)


def _replaces(first: Rule, second: Rule) -> bool:
    """Say whether two rules with times that do not touch fall on the same day: the later one alone counts then."""
    if second.separator != "; " or first.is_off or second.is_off or not (_spans(first) and _spans(second)):
        return False
    if any(begin < last and first_begin < end for first_begin, last in _spans(first) for begin, end in _spans(second)):
        return False
    alone = [parsed(rule.text) for rule in (first, second)]
    return any(all(_opens_on(hours, day) for hours in alone) for day in _FORTNIGHT)


def _spans(rule: Rule) -> list[tuple[int, int]]:
    """Give the times of a rule that is about days of the week or every day, in minutes; none of one about dates."""
    if not (_WEEKDAYS.match(rule.bare) or rule.bare[:1].isdigit()):
        return []
    return [
        (hours_spans.minutes(begin), hours_spans.minutes(end))
        for begin, end in SPAN.findall(rule.bare)
        if begin < end <= "24:00"
    ]


def _opens_on(hours: "OpeningHours", day: datetime) -> bool:
    change = hours.next_change(day)
    return not hours.is_closed(day) or (change is not None and change < day + timedelta(days=1))
