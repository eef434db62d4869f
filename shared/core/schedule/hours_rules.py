"""The single rules of an Hours text: how they are parted, and what each is about."""

import re
from typing import TYPE_CHECKING

from shared.core.light_dataclass import dataclass

if TYPE_CHECKING:
    from opening_hours import OpeningHours

_LONGEST_INTERVAL = 366  # days: without it a rule such as `1900-2000 Mo` holds the interpreter for 0.4 s
_COMMENT = re.compile(r'"[^"]*"')
_SEPARATOR = re.compile(r"; | \|\| |, ")
_OFF = re.compile(r"(?:^| )closed(?: _+)?$")
_PUBLIC_HOLIDAY = re.compile(r"\bPH\b")
_DAY = r"(?:PH|SH|[A-Z][a-z](?:-[A-Z][a-z])?(?:\[[-\d,]+\])?)(?: [+-]\d+ days?)?"
DAYS = re.compile(rf"{_DAY}(?:,{_DAY})*(?= |$)")
SPAN = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d)")
_AMONG = re.compile(r"(?:^|,)PH(?:,|$)")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as the parser writes it, behind its separator; `bare` is the same without the words of a comment."""

    separator: str
    text: str
    bare: str

    @property
    def is_off(self) -> bool:
        return bool(_OFF.search(self.bare))

    @property
    def is_of_holidays(self) -> bool:
        return bool(_PUBLIC_HOLIDAY.search(self.bare))

    @property
    def runs_past_midnight(self) -> bool:
        return not self.is_off and any(end <= begin or end > "24:00" for begin, end in SPAN.findall(self.bare))

    def on(self, days: tuple[str, ...]) -> str:
        """Write the rule for these days as if they were public holidays; nothing where it is not about those alone."""
        named = DAYS.match(self.text)
        if named is None or not _AMONG.search(named[0]):
            return ""
        return (self.separator or "; ") + ",".join(days) + self.text[named.end() :]


def split(text: str) -> list[Rule]:
    """Part a text, as the parser writes it, into its rules."""
    bare = without_comments(text)
    rules, start, separator = [], 0, ""
    for found in _SEPARATOR.finditer(bare):
        rules.append(Rule(separator, text[start : found.start()], bare[start : found.start()]))
        start, separator = found.end(), found[0]
    return [*rules, Rule(separator, text[start:], bare[start:])]


def parsed(text: str, country: str = "") -> "OpeningHours":
    """Read a text as it stands. Raises ParserError, and UnknownCountryError."""
    from opening_hours import OpeningHours  # noqa: PLC0415 - 6 ms of a cold start, and 3 MB, where no row has Hours

    return OpeningHours(text, country=country or None, max_interval_days=_LONGEST_INTERVAL)


def without_comments(text: str) -> str:
    """Put as many underscores in the place of each comment."""
    return _COMMENT.sub(lambda comment: "_" * len(comment[0]), text)
