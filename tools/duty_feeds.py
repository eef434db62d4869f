"""Fetch who is on duty: an iCalendar file or address, or PagerDuty's schedule."""

import json
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests

from tools.duty_events import Feed, Span, from_ical, from_pagerduty
from tools.table_source import Unusable

PAGERDUTY = "https://api.pagerduty.com"
_SECONDS, _LARGEST = (5.0, 30.0), 16 * 2**20
_BEFORE = timedelta(days=31)
_STALE = "a calendar's feed can be a day old: look at the calendar itself before a swap of tonight"


def fetch(source: str, span: Span, environment: Mapping[str, str], pagerduty: str = "") -> Feed:
    """Read a file or an address, or with the address of PagerDuty's API the schedule of that id. Raises Unusable."""
    if pagerduty:
        token = environment.get("PAGERDUTY_TOKEN", "")
        if not token:
            raise Unusable("set PAGERDUTY_TOKEN: a read-only key of PagerDuty's REST API")
        since = span.begins - _BEFORE  # it cuts a shift that is under way, and its begin is the row's key
        params = {"since": since.isoformat(), "until": span.ends.isoformat(), "time_zone": "UTC"}
        headers = {"Authorization": f"Token token={token}", "Accept": "application/vnd.pagerduty+json;version=2"}
        return from_pagerduty(_json(_get(f"{pagerduty}/schedules/{source}", headers, params)), span)
    scheme, _, rest = source.partition("://")
    if rest and scheme.lower() in {"https", "webcal", "webcals"}:
        print(_STALE, file=sys.stderr)
        return from_ical(_get(f"https://{rest}", {}, {}), span)
    if rest:
        raise Unusable("a calendar's address must begin with https:// or webcal://")
    try:
        return from_ical(Path(source).read_bytes(), span)
    except OSError as error:
        raise Unusable(f"{source}: {error.strerror}") from error


def _get(url: str, headers: Mapping[str, str], params: Mapping[str, str]) -> bytes:
    """Fetch at most 16 MB. Raises Unusable, without the address: it may hold a key."""
    try:
        with requests.get(url, headers=dict(headers), params=dict(params), timeout=_SECONDS, stream=True) as answer:
            if answer.status_code != requests.codes.ok:
                raise Unusable(f"the calendar's server answers {answer.status_code}")
            content = bytearray()
            for part in answer.iter_content(2**16):
                content += part
                if len(content) > _LARGEST:
                    raise Unusable("the calendar is larger than 16 MB")
    except (requests.RequestException, OSError) as error:
        raise Unusable(f"the calendar's server does not answer ({type(error).__name__})") from None
    return bytes(content)


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        raise Unusable("PagerDuty's answer is no JSON") from None
