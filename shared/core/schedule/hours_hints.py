"""Say how to write what the parser could not read in an Hours text, in a person's words instead of a grammar's."""

import re

HOLIDAYS = "public holidays are PH, in a rule of their own: `Mo-Fr 08:00-17:00; PH off`"
ALWAYS = "round the clock is 24/7"
TWELVE_HOURS = "write the hours of a day as 0 to 24: 17:00 instead of 5 pm"
DATES = "write a date as Dec 24, or 2026 Dec 24"
TWO_SPANS = "write two spans with a comma between them: 08:00-12:00,13:00-17:00"
HYPHEN = "write from and to with a hyphen: Mo-Fr, 08:00-17:00"
SEVERAL_DAYS = "a span begins and ends on its own day: write `Fr 08:00-24:00; Sa-Su 00:00-24:00; Mo 00:00-06:00`"
MINUTES = "write times with a colon and minutes, and no seconds: 08:00-17:00"
NO_COLON = "write a blank, and no colon, between days and times"
WORDS = "no other words than the days Mo Tu We Th Fr Sa Su, the months Jan to Dec, PH and off are known"
TO_THE_END = "both ends of a span are needed: 08:00-17:00"

# What stands where reading ended, in the order of asking.
_HINTS = (
    (r"(?i:(?:public |bank )?holidays?\b|feiertage?\b)|PH\b", HOLIDAYS),
    (r"(?i:24 ?[x*] ?7|24 ?h(?:ours?)?\b|always|immer|daily|all day)", ALWAYS),
    (r"(?i:(?:[\d:.]+ ?(?:-|to) ?)?[\d:.]* ?[ap]\.?m\b)", TWELVE_HOURS),
    (r"\d{4}-\d\d-|\d{1,2}\. ?\d{1,2}\.|\d{1,2}\.? ?[A-Z][a-z]{2}|\d{1,2}/\d", DATES),
    (r"(?i:[&/+] ?\d|(?:and|und|et|e|y)\b ?\d)", TWO_SPANS),
    (r"(?i:(?:to|till|until|bis|through)\b)", HYPHEN),
    (r"(?:Mo|Tu|We|Th|Fr|Sa|Su) \d", SEVERAL_DAYS),
    (r":\d|\d", MINUTES),
    (r":", NO_COLON),
    (r"$|-\d", TO_THE_END),
)
_COMPILED = tuple((re.compile(pattern), hint) for pattern, hint in _HINTS)
_BEGUN_BEFORE = re.compile(r"(?:[^\W\d_]+|\d{4}-)$")


def stopped_at(text: str, column: int) -> str:
    """Give what stands where reading ended (`column`, from 1), from the beginning of the word or the date there."""
    begun = _BEGUN_BEFORE.search(text[: column - 1])
    return text[begun.start() if begun and text[column - 1 : column].isalnum() else column - 1 :].lstrip()


def hint(rest: str) -> str:
    """Say what to write instead of a text that begins with what could not be read."""
    return next((hint for pattern, hint in _COMPILED if pattern.match(rest)), WORDS)
