"""Read what az and func print: a value of the shape that was asked for, or a ValueError that does not quote it."""

import json
import re

GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
WORD = re.compile(r"[!-~]+")
_NOTHING = {"None", "null"}  # what az prints for what is not there, where it prints anything


def one(value: object, like: re.Pattern[str] = WORD) -> str:
    """Give the only word of an output, or the text of a member."""
    if not isinstance(value, str):
        raise TypeError("not a text")
    word = value.strip()
    if word in _NOTHING or not like.fullmatch(word):
        raise ValueError("not of the shape that was asked for")
    return word


def guid(value: object) -> str:
    return one(value, GUID)


def version(text: str) -> str:
    """Give the first version that begins a line: a tool may print more than that."""
    found = re.search(r"^\d+(\.\d+)+", text, re.MULTILINE)
    if found is None:
        raise ValueError("no version")
    return found[0]


def boolean(text: str) -> str:
    """Give `true` or `false`."""
    return one(text.lower(), re.compile("true|false"))


def count(text: str) -> int:
    return int(one(text, re.compile("[0-9]+")))


def texts(text: str) -> list[str]:
    """Give a JSON list of texts, without its nulls."""
    members = [member for member in _list(json.loads(text)) if member is not None]
    return [one(member, re.compile(r"\S(.*\S)?")) for member in members]


def members(text: str, name: str) -> list[object]:
    """Give one member of each object of a JSON list."""
    return [one_of[name] for one_of in map(_object, _list(json.loads(text)))]


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _object(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return value
