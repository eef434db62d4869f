"""Read NAME=value lines as people save them: in any encoding, with quotes, blanks and invisible characters."""

import codecs
import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

NAMES = (
    "RESOURCE_GROUP",
    "LOCATION",
    "FALLBACK_TARGETS",
    "NAME",
    "SUBSCRIPTION",
    "CLOUD",
    "BOT_APP_ID",
    "ENTRA",
    "EDITORS",
    "ALERT_EMAILS",
    "DEVELOPER",
    "WEBSITE",
    "PARAMETERS",
)
# The longer ones first: the mark of UTF-16 begins that of UTF-32.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_QUOTES = {'"': '"', "'": "'", "\u201c": "\u201d", "\u2018": "\u2019", "\u201e": "\u201c", "\u00ab": "\u00bb"}
_LINE_END = re.compile(r"\r\n|\r|\n")
_EXPORT = re.compile(r"export\s+")
_FREE_TEXT = {"DEVELOPER"}  # joined emoji and names from right to left need their invisible characters


class WrongSettings(Exception):
    """The text names all that is missing or wrong."""


def from_file(file: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Read a file as `from_bytes` does; one that is not there says nothing. Raises WrongSettings."""
    try:
        return from_bytes(file.read_bytes(), file.name)
    except FileNotFoundError:
        return {}, {}  # the words of the command line can be enough
    except OSError as error:
        raise WrongSettings(f"{file.name} cannot be read ({error.strerror})") from None


def from_bytes(content: bytes, place: str) -> tuple[dict[str, str], dict[str, str]]:
    """Give each setting's value, and the line it stands in; `#` begins a comment line. Raises WrongSettings."""
    found: dict[str, str] = {}
    places: dict[str, str] = {}
    for number, line in enumerate(_LINE_END.split(_decoded(content, place)), 1):
        here = f"{place}, line {number}"
        said = _EXPORT.sub("", _bare(line), count=1)
        if said and not said.startswith("#"):
            name, equals, value = said.partition("=")
            if not equals:
                raise WrongSettings(f"{here}: not NAME=value")
            name = _known(_bare(name), here)
            value = _unquoted(name, _bare(value), here)
            found[name], places[name] = _readable(name, value, here), here
    return found, places


def from_words(words: Iterable[str]) -> dict[str, str]:
    """Read NAME=value words of the command line. Raises WrongSettings."""
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise WrongSettings(f"{word}: not NAME=value")
        name = _known(_bare(name), "the command line")
        found[name] = _readable(name, value, "the command line")
    return found


def unusual(text: str) -> str:
    """Name the characters that look like others or like nothing, as (U+2013 EN DASH); nothing where there are none."""
    points = dict.fromkeys(character for character in text if not " " <= character <= "~")
    named = ", ".join(f"U+{ord(point):04X} {unicodedata.name(point, '')}".strip() for point in points)
    return f" ({named})" if named else ""


def likely(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 1)
    return f"; did you mean {near[0]}?" if near else ""


def _decoded(content: bytes, place: str) -> str:
    """Decode by the mark at the beginning; without one as UTF-8, and where it is none, as Windows saves it (1252)."""
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), _without_mark(content))
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        at = error.start if encoding == "cp1252" else 0
        line = len(re.findall(rb"\r\n|\r|\n", content[:at])) + 1
        raise WrongSettings(
            f"{place}, line {line}: byte 0x{content[at]:02X} is no character of {encoding}: save the file as UTF-8"
        ) from None


def _without_mark(content: bytes) -> str:
    if b"\0" in content:  # text in UTF-16, whose every other byte is 0 where the text is English
        return "utf-16-le" if content[1::2].count(0) >= content[::2].count(0) else "utf-16-be"
    try:
        content.decode()
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _known(name: str, place: str) -> str:
    if name not in NAMES:
        raise WrongSettings(f"{place}: there is no setting {name}{unusual(name)}{likely(name, NAMES)}")
    return name


def _readable(name: str, value: str, place: str) -> str:
    seen = value if name in _FREE_TEXT else "".join(map(_visible, value))
    for at, character in enumerate(seen, 1):
        if unicodedata.category(character) in {"Cc", "Cn", "Co", "Cs"} or character == "\ufffd":
            raise WrongSettings(f"{place}: character {at} of {name} is none{unusual(character)}: type the line anew")
    return _bare(seen)


def _bare(text: str) -> str:
    """Take off what cannot be seen at either end."""
    seen = [at for at, character in enumerate(text) if _visible(character).strip()]
    return text[seen[0] : seen[-1] + 1] if seen else ""


def _visible(character: str) -> str:
    """Give a blank for every kind of blank, and nothing for what has no width: copied numbers are wrapped in such."""
    category = unicodedata.category(character)
    if category in {"Zs", "Zl", "Zp"} or character == "\t":
        return " "
    return "" if category == "Cf" or "\ufe00" <= character <= "\ufe0f" else character


def _unquoted(name: str, value: str, place: str) -> str:
    if value[:1] not in _QUOTES:
        return value
    end = _QUOTES[value[0]]
    if len(value) > 1 and value.endswith(end):
        inner = value[1:-1]
        return value if end in inner else inner  # several quoted words, as PARAMETERS can have them
    if end in value[1:]:
        return value
    raise WrongSettings(f"{place}: {name} begins with a quote{unusual(value[0])} that does not end")


def places_said(places: Mapping[str, str], name: str) -> str:
    """Give where a setting stands, for the end of a message."""
    return f" ({places[name]})" if name in places else ""
