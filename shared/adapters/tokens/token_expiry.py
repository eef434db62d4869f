"""Read when a token expires, in every form that a managed identity's endpoint has for it.

They differ by platform and by year: azure-sdk-for-net#46714, microsoft-authentication-library-for-python#760 and #804.
msal reads whole seconds alone.
"""

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from shared.core.http_dates import parse_http_date

_MILLISECONDS = 1e11  # such a number of seconds is the year 5138
# As in 2017: 06/20/2017 02:57:58 PM +00:00, month first; also by 24 hours, and with 00 for noon.
_DATE_TEXT = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4}),?\s+(\d{1,2}):(\d{2}):(\d{2})(?:\.\d+)?\s*([AP]M)?\s*([+-]\d{2}:?\d{2}|Z|UTC|GMT)?",
    re.IGNORECASE,
)


def with_plain_expiry(answer: str, now: float) -> str:
    """Say in whole seconds when the token of this answer, a JSON object, expires; `now` is seconds of the epoch.

    An answer without an expiry that can be read is given back as it came.
    """
    said = json.loads(answer)
    seconds = _lifetime(said, now)
    if seconds is None:
        return answer
    plain = {"expires_on": str(math.floor(now + seconds)), "expires_in": str(math.floor(seconds))}
    return json.dumps(said | plain)


def _lifetime(said: Mapping[str, Any], now: float) -> float | None:
    """Give the shorter of what the moment and the seconds say, where both can be read."""
    moment, seconds = _moment(said.get("expires_on")), _number(said.get("expires_in"))
    lifetimes = [moment - now if moment is not None else None, seconds]
    return min((lifetime for lifetime in lifetimes if lifetime is not None), default=None)


def _moment(value: object) -> float | None:
    number = _number(value)
    if number is not None:
        return number / 1000 if number >= _MILLISECONDS else number
    if not isinstance(value, str):
        return None
    moment = _iso(value.strip()) or _date_text(value.strip()) or parse_http_date(value)
    return moment.timestamp() if moment else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _iso(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.replace(" +", "+"))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _date_text(text: str) -> datetime | None:
    found = _DATE_TEXT.fullmatch(text)
    if found is None:
        return None
    month, day, year, hour, minute, second = map(int, found.groups()[:6])
    half, zone = (found[7] or "").upper(), (found[8] or "Z").upper()
    if half:
        hour = hour % 12 + (12 if half == "PM" else 0)
    offset = "Z" if zone.isalpha() else zone
    return _iso(f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{offset}")
