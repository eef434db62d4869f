"""Ids that go into a URL, a row key or a redirect: read strictly, or not at all."""

import re
from typing import NewType

CallId = NewType("CallId", str)
AppId = NewType("AppId", str)
TenantId = NewType("TenantId", str)

# Real ids are GUIDs, with or without hyphens and in either case. A plain id is all that a URL and a row key can bear.
_CALL_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?!\.)){0,127}")
_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_GUID_OF_A_CALL = re.compile(r"[0-9a-fA-F]{8}(-?)[0-9a-fA-F]{4}(?:\1[0-9a-fA-F]{4}){3}[0-9a-fA-F]{8}")
_NIL = "00000000-0000-0000-0000-000000000000"
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_BEGINNING = re.compile(r"\+[1-9][0-9]{0,14}")
# What people write between digits, and the invisible signs around a number that was copied from Teams or a mail.
_HYPHENS = (*range(0x2010, 0x2016), 0x2212)
_INVISIBLE = (*range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF)
_BETWEEN = " \u00a0\u2007\u2009\u202f-./()" + "".join(map(chr, (*_HYPHENS, *_INVISIBLE)))
_SEPARATORS = str.maketrans("\uff0b", "+", _BETWEEN)
_TRUNK_ZERO = re.compile(r"\(\s*0")


def call_id(text: str) -> CallId | None:
    """Give the id of a call as its record's key has it: a GUID in lower case; nothing where it is not a plain id."""
    if not is_plain_id(text):
        return None
    return CallId(text.lower() if _GUID_OF_A_CALL.fullmatch(text) else text)


def is_plain_id(text: str) -> bool:
    """Tell whether an id can stand in a URL and a row key: no slash, percent sign, "..", control character."""
    return _CALL_ID.fullmatch(text) is not None


def guid(text: str) -> str | None:
    """Give an object, application or tenant id in lower case, or nothing where the text is no GUID."""
    folded = text.strip().lower()
    return folded if _GUID.fullmatch(folded) else None


def object_id(text: str) -> str | None:
    """Give the id of somebody who can ring or call; nothing for the nil GUID, which is nobody's."""
    found = guid(text)
    return None if found == _NIL else found


def phone_number(text: str) -> str | None:
    """Give a number as E.164 has it ("+" and 7 to 15 digits), its separators taken out, or nothing.

    A trunk zero in brackets, "+43 (0)664" or "+43 (0664)", is refused: with or without the zero it would be a guess.
    """
    number = without_separators(text)
    return number if _E164.fullmatch(number) else None


def number_prefix(text: str) -> str | None:
    """Give the beginning of a number ("+" and 1 to 15 digits), read as a number is, or nothing."""
    beginning = without_separators(text)
    return beginning if _BEGINNING.fullmatch(beginning) else None


def without_separators(text: str) -> str:
    """Give a number without what people write between its digits; "" where a trunk zero stands in brackets."""
    return "" if _TRUNK_ZERO.search(text) else text.strip().translate(_SEPARATORS)
