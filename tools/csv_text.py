"""Decode a CSV file as spreadsheets save it: by its mark, as UTF-8, or as a code page where that is clear."""

import codecs
import re
from dataclasses import dataclass

# The longer ones first: the mark of UTF-16 begins that of UTF-32.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WINDOWS = "cp1252"  # what Excel saves as plain CSV in Western Europe and the Americas
_CODE_PAGES = (_WINDOWS, "cp1250", "mac_roman", "cp850")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_KEY = "partitionkey"
_LONGEST = 100  # of a line that is shown
# In names, letters from A-grave on; elsewhere what text programs put there. Anything else tells of another code page.
_PLAUSIBLE = re.compile(r"[\x00-\x7f\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff\u2018\u2019\u00a0]")
_SIGN = re.compile(
    r"(?<!\w)[\u20ac\u201c-\u201e\u2013\u2014\u2026\u00a7\u00ab\u00b0\u00b7\u00bb]|(?<=\w)[\u201d\u2026\u00bb](?!\w)"
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text; `notice` says how it was read where that was a guess."""

    text: str
    notice: str = ""


class UnclearEncoding(Exception):
    """The text says in which line, and what to do."""


def decode(content: bytes, encoding: str | None = None) -> Decoded:
    """Decode a file: by its mark, which is never wrong, else in this encoding where one is named.

    Raises UnclearEncoding.
    """
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), encoding)
    try:
        return Decoded(content.decode(encoding) if encoding else _without_mark(content))
    except UnicodeDecodeError as error:
        if encoding:
            line = _line_of(content, error.start)
            raise UnclearEncoding(f"line {line}: {content[error.start]:#04x} is no character of {encoding}") from None
        return _by_code_page(content, error.start)


def _without_mark(content: bytes) -> str:
    if b"\0" not in content:
        return content.decode()
    # Text in UTF-16, whose every other byte is 0 where the text is English.
    text = content.decode("utf-16-le" if content[1::2].count(0) >= content[::2].count(0) else "utf-16-be", "replace")
    if _KEY not in text.lower():
        raise UnclearEncoding("line 1: neither UTF-8 nor UTF-16: save the file as CSV UTF-8")
    return text


def _by_code_page(content: bytes, at: int) -> Decoded:
    """Read as Windows does where all of it makes sense so: a wrong guess would be a wrong name on everybody's phone."""
    line = _line_of(content, at)
    readings = {name: _line(content, at, name) for name in _CODE_PAGES}
    try:
        text = content.decode(_WINDOWS)
    except UnicodeDecodeError:
        text = ""
    if text and not _PLAUSIBLE.sub("", _SIGN.sub("", text)):
        return Decoded(
            text,
            f"line {line} is not UTF-8, and was read as Windows has it ({_WINDOWS}): {readings[_WINDOWS]}\n"
            f"If that is wrong, name another with --encoding ({', '.join(_CODE_PAGES[1:])}), or save it as CSV UTF-8.",
        )
    shown = "\n".join(f"  --encoding {name:<10} {reading}" for name, reading in readings.items() if reading)
    raise UnclearEncoding(f"line {line}: not UTF-8; save the file as CSV UTF-8, or say how it is to be read:\n{shown}")


def _line(content: bytes, at: int, encoding: str) -> str:
    """Give the line in which a byte stands, "" where it is none in this encoding."""
    begin = max((found.end() for found in _LINE_END.finditer(content, 0, at)), default=0)
    end = _LINE_END.search(content, at)
    try:
        return content[begin : end.start() if end else None].decode(encoding)[:_LONGEST]
    except UnicodeDecodeError:
        return ""


def _line_of(content: bytes, at: int) -> int:
    return len(_LINE_END.findall(content, 0, at)) + 1
