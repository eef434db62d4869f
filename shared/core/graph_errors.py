"""Read Graph's error bodies and its Retry-After.

The code that counts may stand in `error.code` ("7505"), or as JSON inside `error.message` where the code says
"UnknownError": microsoft-graph-comms-samples issue 432. OData also has `error.innerError.code`. A number says the most.
"""

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from shared.core.reading import Json, document
from shared.core.refusals import Unreadable

_LONGEST_CODE = 60


def error_code(body: bytes) -> str:
    """Give the most telling code of an error's body, or "" where there is none."""
    error = _read(body)["error"]
    in_message = _read(error["message"].text.encode("utf-8", "replace"))["errorCode"]
    codes = [*map(_code, (in_message, error["code"], error["innerError"]["code"]))]
    said = next(filter(str.isdigit, codes), "") or next(filter(None, codes), "")
    return said if said.isprintable() and len(said) <= _LONGEST_CODE else ""


def request_id(body: bytes) -> str:
    """Give the id that Microsoft's support asks for."""
    said = _read(body)["error"]["innerError"]["request-id"].text
    return said if said.isprintable() and len(said) <= _LONGEST_CODE else ""


def retry_after(header: str | None, now: datetime) -> float | None:
    """Give the seconds that Graph asks us to wait; nothing for what is neither seconds nor a date."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        return _until(header, now)
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _code(said: Json) -> str:
    return said.text or ("" if said.number is None else str(said.number))


def _until(header: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, OverflowError):  # the latter for a year of twenty digits
        return None
    if moment.tzinfo is None:  # "-0000": the time is UTC, of an unknown place
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def _read(body: bytes) -> Json:
    try:
        return document(body)
    except Unreadable:
        return Json(None, "body")
