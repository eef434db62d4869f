"""Say what may stand in a log line: ids, codes, times and known words; of a number its last two digits, else nothing.

It is a list of what is allowed. What people write into tables and calls is somebody's name or number in a hundred
spellings; whatever is not on the list becomes "…", whether it looks personal or not.
"""

import hashlib
import re

from shared.core import ids
from shared.core.known_words import KNOWN_WORDS

MASK = "…"
_LONGEST = 2_000  # characters of one text
_GUID = r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"
_KEPT_FORMS = (  # with digits in them, or letters that are no word
    _GUID,
    r"(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9](?:T[0-2][0-9]:[0-5][0-9](?::[0-5][0-9])?)?",
    r"[0-2][0-9]:[0-5][0-9](?:-[0-2][0-9]:[0-5][0-9])?",
    r"(?:AADSTS|error\?code=)[0-9]{4,8}",  # Entra's
    r"'(?:[0-9A-Za-z_-]{27}|[0-9A-Za-z_-]{43})'",  # the id of a key: a thumbprint
    r"[0-9]{1,9} bytes|8-4-4-4-12|10,000",  # figures of our own sentences
)
_KEPT = re.compile(rf"(?<![0-9A-Za-z])(?:{'|'.join(_KEPT_FORMS)})(?![0-9A-Za-z])")
_LETTERS = re.compile(r"[^\W\d_]+")
_NO_LETTERS = re.compile(r"[\W\d_]+")
_NEXT_NUMBER = re.compile(r"(?<=\d)([\s,;:]+)(?=[+\uff0b])")
_FIGURES = re.compile(r"[+\uff0b]?\d(?:.*\d)?", re.DOTALL)
_FAULT = re.compile(r"[A-Z][A-Za-z]*(?:Error|Exception|Timeout)")  # as Python and libraries name them
_NOT_PLAIN = re.compile(rf"[^\x20-\x7e{MASK}]+")
_MASKS = re.compile(rf"{MASK}(?:[^\w{MASK}]*{MASK})+")
_STATUS_DIGITS, _PREFIX_DIGITS = 3, 2  # in a row: 503 is a status, and +43 a country

_TOLD_APART = re.compile(rf"{MASK}[0-9a-f]{{4}}")
_FINGERPRINT = re.compile(r"[0-9a-f]{8}")
_ID = re.compile(rf"{_GUID}|[0-9A-Fa-f]{{32}}")
_CODE_PLACES = re.compile(r"[\w.:<> ]+", re.ASCII)
# Facts that are of one form, which says more than their words: what is of another is read as text.
_FORMS = {
    **dict.fromkeys(("directory", "old", "new", "kept"), _FINGERPRINT),
    **dict.fromkeys(("chain", "chain_id", "request_id", "owner", "tenant", "call_tenant"), _ID),
    **dict.fromkeys(("code", "graph_code"), re.compile(r"[0-9]{1,6}")),
    "provider": re.compile(r"[a-z0-9.-]+(?::[0-9]{1,5})?"),  # a host of ours or Microsoft's, from the settings
    "issuer": re.compile(r"(?!.*[0-9]{4})[a-z0-9.-]{1,100}"),  # a host, of a token that may be anybody's
    "kid": re.compile(r"[0-9A-Za-z_-]{27}|[0-9A-Za-z_-]{43}"),  # the id of a key: a thumbprint
    "kind": re.compile(r"[A-Za-z_]+", re.ASCII),  # of an error of ours, as the next one
    "places": _CODE_PLACES,
}


def loggable(name: str, text: str) -> str:
    """Give what a log may hold of the fact of that name."""
    text = text[:_LONGEST]
    if name == "call" and ids.is_plain_id(text):  # the row's key: without it no row can be made again
        return text
    if name in _FORMS and _FORMS[name].fullmatch(text):
        return text
    if name == "list":
        return _list(text)
    if name == "row":
        partition, slash, key = text.partition("/")
        return f"{_list(partition)}{slash}{loggable_text(key)}"
    return loggable_text(text)


def masked_caller(caller: str) -> str:
    """Give what people may read of a caller whose number is not theirs to know: the last two digits of it, or of an id.

    A log keeps ids, which lead from one event to another; here an id is somebody as much as a number is.
    """
    if ids.object_id(caller):
        return f"{MASK}{caller[-2:]}"
    digits = [sign for sign in caller if sign.isdecimal()]
    is_number = bool(digits) and not any(map(str.isalpha, caller))
    return f"{MASK}{''.join(digits[-2:])}" if is_number else loggable("caller", caller)


def loggable_text(text: str) -> str:
    """Give a text with its known words, ids and codes, and "…" for all else."""
    pieces: list[str] = []
    end = 0
    for kept in _KEPT.finditer(text):
        pieces += [_known(text[end : kept.start()]), kept[0]]
        end = kept.end()
    return _MASKS.sub(MASK, "".join([*pieces, _known(text[end:])]))


def _list(name: str) -> str:
    """Give a list's name where it is of known words, else four digits that tell it from others."""
    shown = loggable_text(name)
    return (
        name
        if shown == name or _TOLD_APART.fullmatch(name)
        else f"{MASK}{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:4]}"
    )


def _known(text: str) -> str:
    without_numbers = _NO_LETTERS.sub(lambda found: "".join(map(_number, _NEXT_NUMBER.split(found[0]))), text)
    return _NOT_PLAIN.sub(MASK, _LETTERS.sub(_word, without_numbers))


def _word(found: re.Match[str]) -> str:
    return found[0] if found[0].lower() in KNOWN_WORDS or _FAULT.fullmatch(found[0]) else MASK


def _number(text: str) -> str:
    """Mask a number, whatever stands between its digits: no letter does."""
    figures = _FIGURES.search(text)
    if figures is None:
        return text
    digits = "".join(str(int(sign)) for sign in figures[0] if sign.isdecimal())
    longest = _STATUS_DIGITS if figures[0][0].isdecimal() else _PREFIX_DIGITS
    if len(digits) <= longest:
        return text
    return f"{text[: figures.start()]}{MASK}{digits[-2:]}{text[figures.end() :]}"
