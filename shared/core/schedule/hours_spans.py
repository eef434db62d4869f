"""Say where a time or a range of days covers something else than it looks, and how to write what was meant."""

import re
from collections.abc import Iterator

from shared.core.schedule.hours_rules import SPAN, Rule

SUN = (
    "the sun's times are not computed, for no place is known: every day dawn is 06:00, sunrise 07:00, sunset 19:00 and "
    "dusk 20:00; write times of the clock"
)
OPEN_END = "a time without an end, as in `10:00+`, counts until midnight: write the end"

_SUN = re.compile(r"\b(?:dawn|sunrise|sunset|dusk)\b", re.IGNORECASE)
_OPEN_END = re.compile(r"\d\d:\d\d\+")
_TIME_STEP = re.compile(r"\d\d:\d\d-\d\d:\d\d/\d+(?::\d\d)?")
_NO_SUCH_DAY = re.compile(r"\b(?:Feb 3[01]|(?:Apr|Jun|Sep|Nov) 31)\b")
_WRAPS = re.compile(r"\b([A-Z][a-z])-([A-Z][a-z])(?= |,|$)|\b([A-Z][a-z]{2})-([A-Z][a-z]{2})(?= |,|$)")
_DATES = re.compile(r"(?<!\d{4} )\b([A-Z][a-z]{2}) (\d\d?)-([A-Z][a-z]{2}) (\d\d?)\b")
_WEEK = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]
_YEAR = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DAY = 24 * 60  # minutes, as are the next three
_LATEST_MORNING, _LONG_NIGHT = 14 * 60, 16 * 60  # 14:00-06:00 is two shifts, 13:00-05:00 is an afternoon
_SMALL_HOURS = range(1 * 60, 6 * 60 + 1)  # 1:00-5:00; from 00:00 somebody thinks of midnight
_FEW_DAYS = 31  # between the end of a range and its beginning, a year later


def warnings(rules: list[Rule]) -> Iterator[str]:
    """Judge the times and the ranges of days of each rule, as the parser writes it."""
    yield from _of_times(rules)
    for rule in rules:
        yield from _of_days(rule)


def minutes(time: str) -> int:
    """Give the minutes from midnight to a time such as 08:00 or 26:00."""
    return int(time[:2]) * 60 + int(time[3:])


def _of_times(rules: list[Rule]) -> Iterator[str]:
    if any(_SUN.search(rule.bare) for rule in rules):
        yield SUN
    if any(_OPEN_END.search(rule.bare) for rule in rules):
        yield OPEN_END
    for step in dict.fromkeys(found for rule in rules for found in _TIME_STEP.findall(rule.bare)):
        yield f"the step of `{step}` counts for nothing: it rings all that time"
    for begin, end in dict.fromkeys(span for rule in rules if not rule.is_off for span in SPAN.findall(rule.bare)):
        yield from _of_span(begin, end)


def _of_span(begin: str, end: str) -> Iterator[str]:
    first, last = minutes(begin), minutes(end)
    if first == last and first:
        yield f"{begin}-{end} is all day and all night: write 00:00-24:00 if that is meant"
    elif last < first < _LATEST_MORNING and last + _DAY - first >= _LONG_NIGHT:
        hours = (last + _DAY - first) / 60
        yield f"{begin}-{end} is {hours:g} hours a day, past midnight: write {begin}-{_later(end)} if that is meant"
    elif first < last and first in _SMALL_HOURS and last in _SMALL_HOURS:
        yield f"{begin}-{end} is in the night: write {_later(begin)}-{_later(end)} if that is meant"
    elif last - first > _DAY:
        hours = (last - first) / 60
        yield f"{begin}-{end} is {hours:g} hours, into the days after: write one time span for each day"


def _later(time: str) -> str:
    """Give the same time of the afternoon, where that is before midnight."""
    return time if minutes(time) >= _DAY // 2 else f"{int(time[:2]) + 12:02}:{time[3:]}"


def _of_days(rule: Rule) -> Iterator[str]:
    for day in dict.fromkeys(_NO_SUCH_DAY.findall(rule.bare)):
        yield f"there is no {day}"
    for found in _WRAPS.finditer(rule.bare):
        first, last = (word for word in found.groups() if word)
        names = _WEEK if first in _WEEK else _YEAR
        if first != names[0] and names.index(last) == names.index(first) - 1 and (first, last) != ("Su", "Sa"):
            yield f"{found[0]} goes around to every {'day' if names is _WEEK else 'month'}: turn it round?"
    for found in _DATES.finditer(rule.bare):
        begin, end = (_YEAR.index(found[at]) * 31 + int(found[at + 1]) for at in (1, 3))
        if 0 < begin - end <= _FEW_DAYS:
            yield f"{found[0]} goes around nearly all the year: turn it round?"
