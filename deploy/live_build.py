"""Ask the app which build answers: only that proves that a deployment is there."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from deploy.https_get import NoAnswer

type Fetch = Callable[[str, Mapping[str, str]], tuple[int, bytes]]

_ID = re.compile(r"[0-9A-Za-z._-]{1,64}")
_OK = 200


@dataclass(frozen=True, slots=True)
class LiveBuild:
    """The build id that the app gave, or nothing; `said` tells it to a person."""

    id: str
    said: str


def ask(fetch: Fetch, host: str) -> LiveBuild:
    """Ask the app's health, which needs no key."""
    try:
        status, body = fetch(f"https://{host}/api/health", {"Accept": "application/json"})
    except OSError as error:
        return LiveBuild("", f"nothing answers ({error if isinstance(error, NoAnswer) else type(error).__name__})")
    if status != _OK:
        return LiveBuild("", f"no build answers (HTTP {status})")
    return from_json(body)


def from_json(body: bytes) -> LiveBuild:
    try:
        build = json.loads(body)["build"]
    except (ValueError, LookupError, TypeError, RecursionError):
        build = None
    if not isinstance(build, str) or not _ID.fullmatch(build):
        return LiveBuild("", "code without a build id answers, as older versions are")
    if build == "dev":
        return LiveBuild(build, "code that this command did not ship answers (build dev)")
    return LiveBuild(build, f"build {build} answers")
