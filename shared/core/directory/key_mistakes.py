"""Say what happened to a cell that cannot be read: most often a spreadsheet did it, or nobody can see it."""

import re
import unicodedata
from collections.abc import Iterable

_AS_TEXT = "format the column as text"
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)
_DIGITS = re.compile(r"[1-9][0-9\s.,'\u2019/()-]{5,}")  # with blanks and signs for the thousands, as cells show them
_LOCAL = re.compile(r"[0-9\s./()-]{5,}")
_SHOWN = re.compile(r"#+|#[A-Z/0]+[?!]?", re.IGNORECASE)  # a column that is too narrow, or a formula that fails
_TRUNK_ZERO = re.compile(r"\(\s*0")
_APOSTROPHES = ("'", "\u2019", "\u2018", "`", "\u00b4")
_DATE = re.compile(
    r"\d{1,4}[./]\d{1,2}[./]?(?:\d{2,4})?(?:[ T].*)?|\d{1,2}[-. ]+[^\W\d]{3,}\.?(?:[-. ]+\d{2,4})?"
    r"|[^\W\d]{3,}\.?[-. ]+\d{1,4}|\d{5}(?:[.,]\d+)?"
)
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)
_MOST_NAMED = 3


def number_mistake(key: str) -> str:
    """Say what happened to a phone number, and what to do about it; "" where nothing of it is known."""
    text = "".join(character for character in key if not _is_invisible(character) or character.isspace())
    if _SCIENTIFIC.fullmatch(text):
        return (
            f"a spreadsheet shortened this number, and its last digits are lost: {_AS_TEXT}, and type it again with +"
        )
    if text.startswith("="):
        return f'="…" is a formula of a spreadsheet: write the number alone, and {_AS_TEXT}'
    if text.startswith(_APOSTROPHES):
        return f"take away the apostrophe, which a spreadsheet left before the number, and {_AS_TEXT} instead"
    if _SHOWN.fullmatch(text):
        return f"a spreadsheet saved {text[:8]} in place of the number: {_AS_TEXT}, and type it again with +"
    if _DIGITS.fullmatch(text):
        return f"a phone number must start with + and the country code; a spreadsheet takes the + away: {_AS_TEXT}"
    if _LOCAL.fullmatch(text):
        return "a phone number must start with + and the country code"
    if text.startswith("+") and _TRUNK_ZERO.search(text):
        return "remove the (0): write the number as it is dialled from abroad"
    return ""


def date_mistake(text: str) -> str:
    """Say "; a spreadsheet ..." of a date that is written as one writes it, else ""."""
    return f"; a spreadsheet writes a date its own way: {_AS_TEXT}" if _DATE.fullmatch(text) else ""


def code_points(text: str) -> str:
    """Name each character that no key here is made of, as " (holds U+FE0E VARIATION SELECTOR-15)"; else ""."""
    return _named(character for character in text if not " " <= character <= "~")


def invisible(text: str) -> str:
    """Name each character that cannot be seen, or looks like a blank and is none; "" where there are none."""
    return _named(character for character in text if _is_invisible(character))


def _is_invisible(character: str) -> bool:
    return (character != " " and unicodedata.category(character)[0] in "CZ") or ord(character) in _VARIATION_SELECTORS


def _named(characters: Iterable[str]) -> str:
    names = [f"U+{ord(one):04X} {unicodedata.name(one, '')}".strip() for one in dict.fromkeys(characters)]
    return f" (holds {', '.join(names[:_MOST_NAMED])})" if names else ""
