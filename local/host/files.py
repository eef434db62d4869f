"""Read the two files beside an app: host.json and local.settings.json."""

import json
import re
from pathlib import Path
from typing import Any

_STRING = r'("(?:\\.|[^"\\])*")'
_COMMENT = re.compile(rf"{_STRING}|//[^\n]*|/\*.*?\*/", re.DOTALL)
_TRAILING_COMMA = re.compile(rf"{_STRING}|,(?=\s*[}}\]])")


class UnreadableFile(Exception):
    """One line that names the file and what is wrong with it."""


def route_prefix(app: Path) -> str:
    prefix = _object(app / "host.json")
    for name in ("extensions", "http", "routePrefix"):
        prefix = prefix.get(name, {}) if isinstance(prefix, dict) else {}
    return prefix if isinstance(prefix, str) else "api"


def local_settings(app: Path) -> dict[str, str]:
    """Give the `Values` of local.settings.json; nothing where there is no such file."""
    file = app / "local.settings.json"
    content = _object(file)
    values = content.get("Values", {})
    if content.get("IsEncrypted"):
        raise UnreadableFile(f"{file}: its values are encrypted; `func settings decrypt` makes them readable")
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise UnreadableFile(f'{file}: "Values" must be an object whose values are all strings')
    return values


def _object(file: Path) -> Any:
    """Read JSON with comments and trailing commas, which the real host takes, in any Unicode."""
    try:
        raw = file.read_bytes()
        text = raw.decode(json.detect_encoding(raw)).removeprefix("\ufeff")
        content = json.loads(_TRAILING_COMMA.sub(r"\1", _COMMENT.sub(r"\1", text)))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UnreadableFile(f"{file}: cannot be read as JSON: {error}") from error
    if not isinstance(content, dict):
        raise UnreadableFile(f"{file}: must hold a JSON object")
    return content
