"""Read a date of HTTP, as Date and Retry-After have it: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def parse_http_date(text: str) -> datetime | None:
    """Give the moment, in UTC; nothing for a text that is no date, or one that no calendar has."""
    try:
        moment = parsedate_to_datetime(text)
        # "-0000": the time is UTC, of an unknown place.
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # the latter for a year of twenty digits, and where UTC goes past the last year
        return None
