"""Where a line is: its time zone, and the country whose public holidays it keeps."""

import re
from datetime import UTC, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from shared.core.schedule import opening_hours
from shared.core.schedule.time_zone_names import ABBREVIATIONS, CITIES, PLACES
from shared.core.suggestions import closest

EXAMPLE = "Europe/Vienna"
_OF_THE_MACHINE = {"localtime", "Factory"}  # whatever a machine was set to, which in Azure is UTC
_UTC = {"utc", "etc/utc", "z"}
_OFFSET = re.compile(r"(etc/)?(?:utc|gmt)? ?([+\-\u2212])(\d{1,2})(?::?([0-5]\d))?", re.IGNORECASE)
_IN_WINDOWS_LIST = re.compile(r"\(()UTC([+\-\u2212])(\d\d):([0-5]\d)\) ?(.*)")  # (UTC+01:00) Amsterdam, Berlin, Bern


@lru_cache(maxsize=512)
def time_zone(text: str) -> tzinfo | None:
    """Give the IANA time zone of that name, in any letter case, or nothing."""
    if text.lower() in _UTC:
        return UTC
    name = _zones().get(text.lower())
    return ZoneInfo(name) if name else None


def closest_time_zone(text: str) -> str:
    """Give the zone of a city that somebody may have meant, or an example of one."""
    known = ABBREVIATIONS.get(text.lower()) or PLACES.get(text.lower())
    return (
        known or _named_beside_offset(text) or _by_offset(text) or _of_town(text) or closest(text, _cities()) or EXAMPLE
    )


def time_zone_trap(text: str) -> str:
    """Say why a text that is no city is no good name of a zone, and which city is meant; "" where there is no trap."""
    offset = _offset(text)
    if offset is not None and text.lower().startswith("etc/") and offset:
        sign, hours = "+" if offset > 0 else "-", abs(offset) // 60
        return f"{text} is UTC{sign}{hours}, for its sign is turned round, and has no daylight saving; {_write(text)}"
    if text.lower() in ABBREVIATIONS:
        return f"{text} is no city, and says nothing of when clocks change; {_write(text)}"
    if offset is not None:
        return f"an offset such as {text} has no daylight saving; {_write(text)}{'' if offset else ', or UTC'}"
    return ""


@lru_cache(maxsize=512)
def country(text: str) -> str | None:
    """Give a country's code in capitals where its public holidays are known, or nothing."""
    code = text.upper()
    return code if _is_code(code) and opening_hours.knows_country(code) else None


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in sorted(available_timezones() - _OF_THE_MACHINE)}


@lru_cache(maxsize=1)
def _cities() -> tuple[str, ...]:
    return tuple(name for name in _zones().values() if "/" in name and not name.startswith("Etc/"))


def _offset(text: str) -> int | None:
    """Give the minutes from UTC that a text names, east of it above zero; nothing where it names none."""
    found = _OFFSET.fullmatch(text) or _IN_WINDOWS_LIST.match(text)
    if found is None:
        return None
    etc, sign, hours, minutes = found.groups()[:4]
    offset = int(hours) * 60 + int(minutes or 0)
    return offset if (sign == "+") is not bool(etc) else -offset


def _by_offset(text: str) -> str | None:
    offset = _offset(text)
    return None if offset is None else CITIES.get(offset)


def _named_beside_offset(text: str) -> str | None:
    """Give the first zone that Windows' list names beside an offset, as in `(UTC+01:00) Amsterdam, Berlin, Bern`."""
    found = _IN_WINDOWS_LIST.fullmatch(text)
    towns = [town.strip() for town in re.split(r"[,(&]", found[5])] if found else []
    return next((zone for town in towns if (zone := ABBREVIATIONS.get(town.lower()) or _of_town(town))), None)


def _of_town(text: str) -> str | None:
    town = text.replace(" ", "_").lower()
    return next((name for name in _cities() if name.rpartition("/")[2].lower() == town), None)


def _write(text: str) -> str:
    has_no_city = _offset(text) is not None and _by_offset(text) is None
    return f"write a city{', such as' if has_no_city else ':'} {closest_time_zone(text)}"


def _is_code(code: str) -> bool:
    return len(code) == 2 and code.isascii() and code.isalpha()  # noqa: PLR2004 - ISO 3166-1 alpha-2
