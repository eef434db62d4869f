"""Read Graph's error bodies and its Retry-After.

The code that counts may stand in `error.code` ("7505"), or as JSON inside `error.message` where the code says
"UnknownError": microsoft-graph-comms-samples issue 432. OData also has `error.innerError.code`. A number says the most.
"""

import math
import re
from datetime import datetime

from shared.core.http_dates import parse_http_date
from shared.core.json_reader import Json, parse_json
from shared.core.refusals import Unreadable

# What a code and a request id look like. Anything else could be somebody's number, name or token, and goes nowhere.
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,59}|[0-9]{1,6}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{1,60}")
_LONG_NUMBER = re.compile(r"(?<![0-9a-fA-F])[0-9]{7,}(?![0-9a-fA-F])")
_SECONDS = re.compile(r"[ \t]*[0-9]{1,400}(?:\.[0-9]{0,20})?(?:[eE][+-]?[0-9]{1,4})?[ \t]*")


def error_code(body: bytes) -> str:
    """Give the most telling code of an error's body, or "" where there is none."""
    error = _read(body)["error"]
    in_message = _read(error["message"].text.encode("utf-8", "replace"))["errorCode"]
    codes = [*map(_code, (in_message, error["code"], error["innerError"]["code"]))]
    said = next(filter(str.isdigit, codes), "") or next(filter(None, codes), "")
    return said if _CODE.fullmatch(said) and not _LONG_NUMBER.search(said) else ""


def request_id(body: bytes, header: str = "") -> str:
    """Give the id that Microsoft's support asks for: the body's, else that of the answer's `header`."""
    found = _read(body)["error"]["innerError"]["request-id"].text, header
    return next((said for said in found if _REQUEST_ID.fullmatch(said) and not _LONG_NUMBER.fullmatch(said)), "")


def retry_after(header: str | None, now: datetime) -> float | None:
    """Give the seconds that Graph asks us to wait; nothing for what is neither seconds nor a date."""
    if header is None:
        return None
    if not _SECONDS.fullmatch(header):  # float alone takes "1_0"
        return _until(header, now)
    seconds = float(header)
    return seconds if math.isfinite(seconds) else None


def _code(said: Json) -> str:
    return said.text or ("" if said.number is None else str(said.number))


def _until(header: str, now: datetime) -> float | None:
    moment = parse_http_date(header)
    return max(0.0, (moment - now).total_seconds()) if moment else None


def _read(body: bytes) -> Json:
    try:
        return parse_json(body) if body else Json(None, "body")
    except Unreadable:
        return Json(None, "body")
