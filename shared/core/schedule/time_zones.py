"""Where a line is: its time zone, and the country whose public holidays it keeps."""

import re
from datetime import UTC, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from shared.core.schedule import opening_hours
from shared.core.suggestions import closest

EXAMPLE = "Europe/Vienna"
_UTC = {"utc", "etc/utc", "z"}
_OFFSET = re.compile(r"(etc/)?(?:utc|gmt)? ?([+-\u2212])(\d{1,2})(?::?([0-5]\d))?", re.IGNORECASE)
# A city for an offset from UTC in minutes (in winter), one with daylight saving where some have it.
_CITIES = {
    -600: "Pacific/Honolulu",
    -540: "America/Anchorage",
    -480: "America/Los_Angeles",
    -420: "America/Denver",
    -360: "America/Chicago",
    -300: "America/New_York",
    -240: "America/Halifax",
    -210: "America/St_Johns",
    -180: "America/Sao_Paulo",
    0: "Europe/London",
    60: "Europe/Vienna",
    120: "Europe/Athens",
    180: "Europe/Istanbul",
    240: "Asia/Dubai",
    300: "Asia/Karachi",
    330: "Asia/Kolkata",
    420: "Asia/Bangkok",
    480: "Asia/Singapore",
    540: "Asia/Tokyo",
    570: "Australia/Adelaide",
    600: "Australia/Sydney",
    720: "Pacific/Auckland",
}
# Letters that people write, and Windows' names (https://github.com/unicode-org/cldr, windowsZones.xml).
_BY_ANOTHER_NAME = {
    "bst": "Europe/London",
    "gmt": "Europe/London",
    "wet": "Europe/Lisbon",
    "west": "Europe/Lisbon",
    "ist": "Europe/Dublin",
    "cet": "Europe/Vienna",
    "cest": "Europe/Vienna",
    "mez": "Europe/Vienna",
    "mesz": "Europe/Vienna",
    "met": "Europe/Vienna",
    "eet": "Europe/Athens",
    "eest": "Europe/Athens",
    "est": "America/New_York",
    "edt": "America/New_York",
    "et": "America/New_York",
    "cst": "America/Chicago",
    "cdt": "America/Chicago",
    "ct": "America/Chicago",
    "mst": "America/Denver",
    "mdt": "America/Denver",
    "mt": "America/Denver",
    "pst": "America/Los_Angeles",
    "pdt": "America/Los_Angeles",
    "pt": "America/Los_Angeles",
    "hst": "Pacific/Honolulu",
    "aest": "Australia/Sydney",
    "aedt": "Australia/Sydney",
    "nzst": "Pacific/Auckland",
    "jst": "Asia/Tokyo",
    "gmt standard time": "Europe/London",
    "w. europe standard time": "Europe/Berlin",
    "central europe standard time": "Europe/Budapest",
    "central european standard time": "Europe/Warsaw",
    "romance standard time": "Europe/Paris",
    "gtb standard time": "Europe/Bucharest",
    "fle standard time": "Europe/Kiev",
    "eastern standard time": "America/New_York",
    "central standard time": "America/Chicago",
    "mountain standard time": "America/Denver",
    "pacific standard time": "America/Los_Angeles",
    "aus eastern standard time": "Australia/Sydney",
    "new zealand standard time": "Pacific/Auckland",
    "tokyo standard time": "Asia/Tokyo",
    "india standard time": "Asia/Kolkata",
}


@lru_cache(maxsize=512)
def time_zone(text: str) -> tzinfo | None:
    """Give the IANA time zone of that name, in any letter case, or nothing."""
    if text.lower() in _UTC:
        return UTC
    name = _zones().get(text.lower())
    return ZoneInfo(name) if name else None


def closest_time_zone(text: str) -> str:
    """Give the zone of a city that somebody may have meant, or an example of one."""
    town = text.replace(" ", "_").lower()
    named = next((name for name in _cities() if name.rpartition("/")[2].lower() == town), "")
    by_offset = _CITIES.get(offset) if (offset := _offset(text)) is not None else None
    return _BY_ANOTHER_NAME.get(text.lower()) or by_offset or named or closest(text, _cities()) or EXAMPLE


def time_zone_trap(text: str) -> str:
    """Say why a text that is no city is no good name of a zone, and which city is meant; "" where there is no trap."""
    offset = _offset(text)
    if offset is not None and text.lower().startswith("etc/") and offset:
        sign, hours = "+" if offset > 0 else "-", abs(offset) // 60
        return f"{text} is UTC{sign}{hours}, for its sign is turned round, and has no daylight saving; {_write(text)}"
    if offset:
        return f"an offset such as {text} has no daylight saving; {_write(text)}"
    if text.lower() in _BY_ANOTHER_NAME:
        return f"{text} is no city, and says nothing of when clocks change; {_write(text)}"
    return ""


@lru_cache(maxsize=512)
def country(text: str) -> str | None:
    """Give a country's code in capitals where its public holidays are known, or nothing."""
    code = text.upper()
    return code if _is_code(code) and opening_hours.knows_country(code) else None


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in sorted(available_timezones())}


@lru_cache(maxsize=1)
def _cities() -> tuple[str, ...]:
    return tuple(name for name in _zones().values() if "/" in name and not name.startswith("Etc/"))


def _offset(text: str) -> int | None:
    """Give the minutes from UTC that a text names, east of it above zero; nothing where it names none."""
    found = _OFFSET.fullmatch(text)
    if found is None:
        return None
    etc, sign, hours, minutes = found.groups()
    offset = int(hours) * 60 + int(minutes or 0)
    return offset if (sign == "+") is not bool(etc) else -offset


def _write(text: str) -> str:
    return f"write a city: {closest_time_zone(text)}"


def _is_code(code: str) -> bool:
    return len(code) == 2 and code.isascii() and code.isalpha()  # noqa: PLR2004 - ISO 3166-1 alpha-2
