"""Read who calls as telephone exchanges write it: a number in E.164, or somebody who withholds theirs.

Graph says that a phone identity's id is E.164; what a session border controller hands on is not always:
a URI (RFC 3966 tel:, RFC 3261 sip:), the calling platform's own `4:+…`, an international prefix in place of the +.
"""

import re
import unicodedata
from urllib.parse import unquote

from shared.core import ids

_IN_BRACKETS = re.compile(r"<([^<>]*)>")  # "Anna" <sip:+43…@sbc.example.com>
_SCHEME = re.compile(r"(?:(?:sips?|tel|callto|4):(?://)?\s*)+", re.IGNORECASE)
_EXTENSION = re.compile(r"\s*\(?(?:[,#]+|(?:ext(?:n|ension)?|[xpw])[.:=\s]*)[0-9].*", re.IGNORECASE | re.DOTALL)
_CONTEXT = re.compile(r"phone-context=(\+[^;]*)", re.IGNORECASE)  # RFC 3966: what a local number is to be read after
# What is dialled before a country code. 011 is North America's; with fewer digits behind it, it can be Sheffield.
_EXIT_CODE = re.compile(r"^(?:\+?00(?=[1-9])|011(?=[1-9][0-9]{10}))")
# Ten digits or fewer can be a number of any country without its code, and so can eleven after a 1 that no area code
# of North America follows: they are left as they are. 2065550123 is Seattle, and with a + it would be Egypt.
_WITHOUT_PLUS = re.compile(r"1[2-9][0-9]{2}[2-9][0-9]{6}|[2-9][0-9]{10,14}")
_LOCAL = re.compile(r"[1-9][0-9]*")
# Words that stand where a number should: RFC 3323, 3GPP TS 24.229, and what exchanges and carriers write.
_WITHHELD = {
    "anonymous",
    "blocked",
    "hidden",
    "nocallerid",
    "notavailable",
    "outofarea",
    "payphone",
    "private",
    "privatenumber",
    "restricted",
    "suppressed",
    "unavailable",
    "undisclosed",
    "unknown",
    "unknownnumber",
    "withheld",
}
# The same words on a telephone's keys, which carriers send as numbers. No country has given them to anyone.
_SPELLED = {
    "266696687",  # ANONYMOUS
    "7378742833",  # RESTRICTED
    "2562533",  # BLOCKED
    "8656696",  # UNKNOWN
    "7748283",  # PRIVATE
    "86282452253",  # UNAVAILABLE
}
_LONGEST = 256  # characters of an id that are looked at
_NOBODYS_HOST = ".invalid"  # RFC 3323: anonymous@anonymous.invalid; TS 24.229: unavailable@unknown.invalid


def number(text: str) -> str | None:
    """Give the number of a phone identity as E.164 has it, or nothing for what cannot be read without a guess."""
    user, parameters, host = _parts(text)
    if host.endswith(_NOBODYS_HOST):
        return None
    bare = ids.without_separators(_EXTENSION.sub("", user))
    context = _CONTEXT.search(parameters)
    if context and _LOCAL.fullmatch(bare):
        return ids.phone_number(context[1] + bare)
    return ids.phone_number(f"+{bare}" if _WITHOUT_PLUS.fullmatch(bare) else _EXIT_CODE.sub("+", bare))


def number_prefix(text: str) -> str | None:
    """Give the beginning of a number, in any form that shows its country code ("+43", "0043", "tel:+43")."""
    user, _, _ = _parts(text)
    return ids.number_prefix(_EXIT_CODE.sub("+", ids.without_separators(user)))


def is_withheld(text: str) -> bool:
    """Tell whether an id, of whatever kind, says that there is none: one of the words, a host, the word's keys, zeros.

    The words: https://www.rfc-editor.org/rfc/rfc3323#section-4.1.1.3, and the threads of those who met the others:
    bmlt-enabled/yap issue 132, techmatters/flex-plugins pull request 4647, 2600hz/kazoo (`anonymous_cids`).
    """
    user, _, host = _parts(text)
    word = "".join(filter(str.isalpha, user)).casefold()
    digits = ids.without_separators(user).removeprefix("+")
    is_word = word in _WITHHELD and not any(map(str.isdecimal, user))
    return is_word or host.endswith(_NOBODYS_HOST) or digits in _SPELLED or (bool(digits) and not digits.strip("0"))


def has_number(text: str) -> bool:
    """Tell whether there is a number in a phone identity's id, readable or not; a name and a sign are none."""
    user, _, _ = _parts(text)
    user = _EXTENSION.sub("", user)
    is_opaque = ids.object_id(user) is not None
    has_digits = any(map(str.isdecimal, user))
    return is_opaque or (has_digits and (user.startswith("+") or not any(map(str.isalpha, user))))


def _parts(text: str) -> tuple[str, str, str]:
    """Take an identity apart: the user or number, its parameters, the host; digits and signs as ASCII has them."""
    plain = unicodedata.normalize("NFKC", unquote(text[:_LONGEST]))
    ascii_digits = plain if plain.isascii() else _with_ascii_digits(plain)
    bracketed = _IN_BRACKETS.search(ascii_digits)
    address = (bracketed[1] if bracketed else ascii_digits).strip(" \t\r\n\"'")
    scheme = _SCHEME.match(address)
    user, _, place = address[scheme.end() if scheme else 0 :].partition("@")
    name, _, parameters = user.partition(";")
    name = name.partition(":")[0]  # RFC 3261: a password may follow
    host = re.split(r"[;:?>]", place, maxsplit=1)[0].strip().casefold().rstrip(".")
    return name.partition("?")[0].strip(), parameters, host


def _with_ascii_digits(text: str) -> str:
    visible = (sign for sign in text if unicodedata.category(sign) != "Cf")
    return "".join(str(unicodedata.decimal(sign, sign)) for sign in visible)
