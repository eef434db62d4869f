"""Read the text of one setting; what is wrong with it is said to whoever wrote it."""

import re
from collections.abc import Callable, Iterable
from datetime import time, tzinfo
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from shared.core import ids
from shared.core.directory.key_mistakes import code_points, number_mistake
from shared.core.directory.model import Target, TargetKind
from shared.core.gate.publishers import TOKEN_FORMS
from shared.core.ids import AppId, TenantId
from shared.core.routing.decisions import RejectReason
from shared.core.schedule import time_zones
from shared.settings.clouds import CLOUDS, CLOUDS_WITHOUT_CALLING, Cloud

_LONGEST_TTL = 3600.0
_ROUTES = {"", "calls", "check", "health", "messages", "who"}  # ours, and where a bot's chat messages go
_VISIBLE = re.compile(r"[!-~]+")
_LONGEST_RETENTION = 3650
_ID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_BETWEEN_TARGETS = re.compile(rf"[,;\n]+|\s+(?=[^\w\s]*[+\uff0b])|\s+(?={_ID})|(?<=-[0-9a-fA-F]{{12}})\s+")
_UNROUTABLE: dict[str, RejectReason | None] = {**{reason.value: reason for reason in RejectReason}, "ring": None}


class InvalidSetting(ValueError):
    """What a setting should have been."""


class UnusableSetting(InvalidSetting):
    """What no default stands in for."""


def guid(text: str) -> str:
    found = ids.guid(text)
    if found is None:
        raise InvalidSetting("is not an id (8-4-4-4-12 hex digits)")
    return found


def app(text: str) -> AppId:
    return AppId(guid(text))


def tenant(text: str) -> TenantId:
    return TenantId(guid(text))


def cloud(text: str) -> Cloud:
    name = text.lower()
    if name in CLOUDS_WITHOUT_CALLING:
        raise UnusableSetting(f"cannot be {name}: {CLOUDS_WITHOUT_CALLING[name]}")
    if name not in CLOUDS:
        raise InvalidSetting(f"is none of {', '.join(CLOUDS)}")
    return CLOUDS[name]


def https(text: str) -> str:
    parts = _split(text)
    if parts.scheme != "https":
        raise InvalidSetting("must begin with https://")
    return text.rstrip("/")


def base_url(text: str) -> str:
    """Take scheme and host, and leave out the path of one of this app's own routes, which people copy with it.

    Raises UnusableSetting: another address than the one that was meant would lose the end of every call.
    """
    address = text.partition("?")[0].partition("#")[0]
    try:
        parts = urlsplit(https(address))
    except InvalidSetting as wrong:
        raise UnusableSetting(str(wrong)) from None
    if address != text:
        raise UnusableSetting("must have nothing after the host: leave out what follows ? or #")
    api, route, *_ = [*filter(None, parts.path.lower().split("/")), "", ""]
    if api and (api != "api" or route not in _ROUTES):
        raise UnusableSetting("must have nothing after the host, such as https://bot.contoso.com: no route is there")
    return f"{parts.scheme}://{parts.netloc}"


def login(text: str) -> str:
    """Take https, in the letters that tokens have: their issuers begin with it and are compared to the letter."""
    return https(text).lower()


def webhook(text: str) -> str:
    """Take https with a query too: such addresses often have their key in it."""
    if not _VISIBLE.fullmatch(text):
        raise InvalidSetting("is not a web address")
    https(text.partition("?")[0])
    return text


def one_of(*names: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.lower() not in names:
            raise InvalidSetting(f"is none of {', '.join(names)}")
        return text.lower()

    return read


def token_forms(text: str) -> frozenset[str]:
    """Take all of it or nothing: a form that is left out by a slip of the pen would cost every call that has it."""
    forms = frozenset(member.lower() for member in split(text))
    if not forms <= TOKEN_FORMS:
        raise InvalidSetting("is not legacy, entra or both")
    return forms or TOKEN_FORMS


def url(text: str) -> str:
    """Take https, and plain http on this machine alone."""
    parts = _split(text)
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        raise InvalidSetting("must begin with https:// (http:// only on this machine)")
    return text.rstrip("/")


def graph(text: str) -> str:
    return url(text).removesuffix("/v1.0")


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        is_whole = bool((parts.hostname or "").encode("idna")) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_whole = False
    if not is_whole or parts.query or parts.fragment or "@" in parts.netloc or not _VISIBLE.fullmatch(text):
        raise InvalidSetting("is not a web address")
    return parts


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise InvalidSetting("is not a number of seconds") from None
    if not 0 <= seconds <= _LONGEST_TTL:
        raise InvalidSetting(f"is not between 0 and {_LONGEST_TTL:.0f}")
    return seconds


def time_of_day(text: str) -> time:
    try:
        found = time.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None:
        raise InvalidSetting("is not a time such as 07:30")
    return found


def days(text: str) -> int:
    days = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(_LONGEST_RETENTION)) else 0
    if not 1 <= days <= _LONGEST_RETENTION:
        raise InvalidSetting(f"is not a whole number of days between 1 and {_LONGEST_RETENTION}")
    return days


def unroutable(text: str) -> RejectReason | None:
    if text.lower() not in _UNROUTABLE:
        raise InvalidSetting(f"is none of {', '.join(_UNROUTABLE)}")
    return _UNROUTABLE[text.lower()]


def zone(text: str) -> tzinfo:
    zone = time_zones.time_zone(text)
    if zone is None:
        trap = time_zones.time_zone_trap(text)
        raise InvalidSetting(f"is no time zone; {trap or f'did you mean {time_zones.closest_time_zone(text)}?'}")
    return zone


def country(text: str) -> str:
    country = time_zones.country(text)
    if country is None:
        raise InvalidSetting("is no country whose public holidays are known: write two letters, as AT")
    return country


def target(text: str) -> Target:
    number, user = ids.phone_number(text), ids.object_id(text)
    if number:
        return Target(TargetKind.PHONE, number)
    if user:
        return Target(TargetKind.USER, user)
    mistake = number_mistake(text.strip())
    kinds = f"neither a user's object id nor a phone number starting with +{code_points(text)}"
    raise InvalidSetting(f"cannot be read: {mistake}" if mistake else f"is {kinds}")


def split(text: str) -> Iterable[str]:
    """Part a list at commas, semicolons and blanks."""
    return filter(None, re.split(r"[,;\s]+", text))


def split_targets(text: str) -> Iterable[str]:
    """Part a list of targets, in which a number may have blanks: a blank ends one before a + or an object id alone."""
    return filter(None, map(str.strip, _BETWEEN_TARGETS.split(text)))


def boolean(text: str) -> bool:
    if text.lower() not in {"true", "false", "1", "0", "yes", "no"}:
        raise InvalidSetting("is neither true nor false")
    return text.lower() in {"true", "1", "yes"}
