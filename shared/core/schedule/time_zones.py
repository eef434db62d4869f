"""Where a line is: its time zone, and the country whose public holidays it keeps."""

from datetime import UTC, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from shared.core.schedule import opening_hours
from shared.core.suggestions import closest

EXAMPLE = "Europe/Vienna"
_UTC = {"utc", "etc/utc", "z"}


@lru_cache(maxsize=512)
def time_zone(text: str) -> tzinfo | None:
    """Give the IANA time zone of that name, in any letter case, or nothing."""
    if text.lower() in _UTC:
        return UTC
    name = _zones().get(text.lower())
    return ZoneInfo(name) if name else None


def closest_time_zone(text: str) -> str:
    """Give the name of a time zone that somebody may have meant, or an example of one."""
    town = text.replace(" ", "_").lower()
    named = next((name for name in _zones().values() if name.rpartition("/")[2].lower() == town), "")
    return named or closest(text, _zones().values()) or EXAMPLE


@lru_cache(maxsize=512)
def country(text: str) -> str | None:
    """Give a country's code in capitals where its public holidays are known, or nothing."""
    code = text.upper()
    return code if _is_code(code) and opening_hours.knows_country(code) else None


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in sorted(available_timezones())}


def _is_code(code: str) -> bool:
    return len(code) == 2 and code.isascii() and code.isalpha()  # noqa: PLR2004 - ISO 3166-1 alpha-2
