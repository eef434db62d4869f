"""Settings, from a mapping: every missing or wrong one is named in one message."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from ipaddress import ip_address
from typing import Self
from urllib.parse import SplitResult, urlsplit

from shared.core import ids, places
from shared.core.clouds import CLOUDS, GLOBAL, NO_CALLING, Cloud
from shared.core.decisions import RejectReason
from shared.core.directory import Kind, Target
from shared.core.ids import AppId, TenantId

NAMES = (
    "BOT_APP_ID",
    "BOT_TENANT_ID",
    "ALLOWED_TENANT_IDS",
    "CLOUD",
    "MANAGED_IDENTITY_CLIENT_ID",
    "BOT_CLIENT_SECRET",
    "TABLES_ENDPOINT",
    "TABLES_CONNECTION_STRING",
    "PUBLIC_BASE_URL",
    "CONFIG_TTL_SECONDS",
    "FALLBACK_TARGETS",
    "UNROUTABLE",
    "TIME_ZONE",
    "HOLIDAY_COUNTRY",
    "RETENTION_DAYS",
    "MISSED_CALL_WEBHOOK",
    "MISSED_CALL_FORMAT",
    "MISSED_CALL_CALLER",
    "WARM_UP",
    "GRAPH_URL",
    "LOGIN_URL",
    "OPENID_METADATA_URLS",
    "TOKEN_ISSUERS",
)
PLATFORM_NAMES = ("WEBSITE_HOSTNAME",)  # set by Azure, or by `func start`
_LONGEST_TTL = 3600.0
_VISIBLE = re.compile(r"[!-~]+")
_LONGEST_RETENTION = 3650
_BUSY: RejectReason | None = RejectReason.BUSY
_UTC: tzinfo = UTC
_UNROUTABLE: dict[str, RejectReason | None] = {**{reason.value: reason for reason in RejectReason}, "ring": None}


class SettingsWrong(ValueError):
    """`problems` has one sentence for each setting that is missing or wrong."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Settings:
    """What docs/settings.md describes. URLs have no slash at their end; ids are in lower case."""

    bot_app_id: AppId
    bot_tenant_id: TenantId
    allowed_tenant_ids: frozenset[TenantId]
    cloud: Cloud
    managed_identity_client_id: str | None
    bot_client_secret: str | None = field(repr=False)
    tables_endpoint: str | None
    tables_connection_string: str | None = field(repr=False)
    public_base_url: str
    config_ttl_seconds: float
    fallback_targets: tuple[Target, ...] = field(repr=False)
    unroutable: RejectReason | None
    time_zone: tzinfo
    holiday_country: str
    retention_days: int
    missed_call_webhook: str | None = field(repr=False)
    missed_call_format: str
    missed_call_caller: str
    warm_up: bool
    graph_url: str
    login_url: str
    openid_metadata_urls: tuple[str, ...]
    token_issuers: tuple[str, ...]

    @property
    def token_audience(self) -> str:
        """Graph as its tokens name it: a Graph on this machine stands in for the cloud's own."""
        return self.graph_url if self.graph_url.startswith("https://") else self.cloud.graph

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read all of them. Raises SettingsWrong, which names every one that is missing or wrong."""
        reader = _Reader(env)
        cloud = reader.one("CLOUD", _cloud, default=GLOBAL)
        tenant = reader.one("BOT_TENANT_ID", _tenant)
        settings = cls(
            bot_app_id=reader.one("BOT_APP_ID", _app),
            bot_tenant_id=tenant,
            allowed_tenant_ids=frozenset(reader.many("ALLOWED_TENANT_IDS", _tenant) or (tenant,)),
            cloud=cloud,
            managed_identity_client_id=reader.one("MANAGED_IDENTITY_CLIENT_ID", _guid, default=None),
            bot_client_secret=reader.one("BOT_CLIENT_SECRET", str, default=None),
            tables_endpoint=reader.one("TABLES_ENDPOINT", _url, default=None),
            tables_connection_string=reader.one("TABLES_CONNECTION_STRING", str, default=None),
            public_base_url=reader.one("PUBLIC_BASE_URL", _https, default=reader.host()),
            config_ttl_seconds=reader.one("CONFIG_TTL_SECONDS", _seconds, default=30.0),
            fallback_targets=tuple(dict.fromkeys(reader.many("FALLBACK_TARGETS", _target))),
            unroutable=reader.one("UNROUTABLE", _unroutable, default=_BUSY),
            time_zone=reader.one("TIME_ZONE", _zone, default=_UTC),
            holiday_country=reader.one("HOLIDAY_COUNTRY", _country, default=""),
            retention_days=reader.one("RETENTION_DAYS", _days, default=90),
            missed_call_webhook=reader.one("MISSED_CALL_WEBHOOK", _webhook, default=None),
            missed_call_format=reader.one("MISSED_CALL_FORMAT", _one_of("card", "json"), default="card"),
            missed_call_caller=reader.one("MISSED_CALL_CALLER", _one_of("full", "masked", "none"), default="masked"),
            warm_up=reader.one("WARM_UP", _truth, default=False),
            graph_url=reader.one("GRAPH_URL", _graph, default=cloud.graph),
            login_url=reader.one("LOGIN_URL", _https, default=cloud.login),
            openid_metadata_urls=reader.many("OPENID_METADATA_URLS", _url) or cloud.metadata,
            token_issuers=reader.many("TOKEN_ISSUERS", str) or cloud.issuers,
        )
        reader.conclude(settings)
        return settings


class _Wrong(ValueError):
    """What a setting should have been."""


class _Reader:
    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._problems: list[str] = []

    def one[T](self, name: str, read: Callable[[str], T], **default: T) -> T:
        """Read a setting; a blank one is missing. A wrong one is noted, and nobody sees what is given back for it."""
        text = self._env.get(name, "").strip()
        if not text:
            if "default" not in default:
                self._problems.append(f"{name} is missing")
            return default.get("default")  # type: ignore[return-value]  # a missing one is a problem: conclude() raises
        try:
            return read(text)
        except _Wrong as wrong:
            self._problems.append(f"{name} {wrong}")
            return default.get("default")  # type: ignore[return-value]  # the same

    def many[T](self, name: str, read: Callable[[str], T]) -> tuple[T, ...]:
        """Read a list, its members between commas, semicolons or blanks."""
        found: list[T] = []
        for place, text in enumerate(filter(None, re.split(r"[,;\s]+", self._env.get(name, ""))), 1):
            try:
                found.append(read(text))
            except _Wrong as wrong:
                self._problems.append(f"{name} (entry {place}) {wrong}")
        return tuple(found)

    def host(self) -> str:
        host = self._env.get("WEBSITE_HOSTNAME", "").strip()
        if not host and not self._env.get("PUBLIC_BASE_URL", "").strip():
            self._problems.append("PUBLIC_BASE_URL is missing, and there is no WEBSITE_HOSTNAME to make it of")
        return f"https://{host}"

    def conclude(self, settings: Settings) -> None:
        if not (settings.managed_identity_client_id or settings.bot_client_secret):
            self._problems.append("MANAGED_IDENTITY_CLIENT_ID or BOT_CLIENT_SECRET is missing: nothing proves the bot")
        if not (settings.tables_endpoint or settings.tables_connection_string):
            self._problems.append("TABLES_ENDPOINT or TABLES_CONNECTION_STRING is missing")
        if settings.tables_endpoint and not settings.tables_connection_string:
            if not settings.managed_identity_client_id:
                self._problems.append("TABLES_ENDPOINT needs MANAGED_IDENTITY_CLIENT_ID")
            if not settings.tables_endpoint.startswith("https://"):
                self._problems.append("TABLES_ENDPOINT must begin with https://: a token goes there")
        if self._problems:
            raise SettingsWrong(tuple(self._problems))


def _guid(text: str) -> str:
    found = ids.guid(text)
    if found is None:
        raise _Wrong("is not an id (8-4-4-4-12 hex digits)")
    return found


def _app(text: str) -> AppId:
    return AppId(_guid(text))


def _tenant(text: str) -> TenantId:
    return TenantId(_guid(text))


def _cloud(text: str) -> Cloud:
    name = text.lower()
    if name in NO_CALLING:
        raise _Wrong(f"cannot be {name}: {NO_CALLING[name]}")
    if name not in CLOUDS:
        raise _Wrong(f"is none of {', '.join(CLOUDS)}")
    return CLOUDS[name]


def _https(text: str) -> str:
    parts = _split(text)
    if parts.scheme != "https":
        raise _Wrong("must begin with https://")
    return text.rstrip("/")


def _webhook(text: str) -> str:
    """Take https with a query too: such addresses often have their key in it."""
    if not _VISIBLE.fullmatch(text):
        raise _Wrong("is not a web address")
    _https(text.partition("?")[0])
    return text


def _one_of(*names: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.lower() not in names:
            raise _Wrong(f"is none of {', '.join(names)}")
        return text.lower()

    return read


def _url(text: str) -> str:
    """Take https, and plain http on this machine alone."""
    parts = _split(text)
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        raise _Wrong("must begin with https:// (http:// only on this machine)")
    return text.rstrip("/")


def _graph(text: str) -> str:
    return _url(text).removesuffix("/v1.0")


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        is_whole = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_whole = False
    if not is_whole or parts.query or parts.fragment or "@" in parts.netloc or not _VISIBLE.fullmatch(text):
        raise _Wrong("is not a web address")
    return parts


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise _Wrong("is not a number of seconds") from None
    if not 0 <= seconds <= _LONGEST_TTL:
        raise _Wrong(f"is not between 0 and {_LONGEST_TTL:.0f}")
    return seconds


def _days(text: str) -> int:
    days = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(_LONGEST_RETENTION)) else 0
    if not 1 <= days <= _LONGEST_RETENTION:
        raise _Wrong(f"is not a whole number of days between 1 and {_LONGEST_RETENTION}")
    return days


def _unroutable(text: str) -> RejectReason | None:
    if text.lower() not in _UNROUTABLE:
        raise _Wrong(f"is none of {', '.join(_UNROUTABLE)}")
    return _UNROUTABLE[text.lower()]


def _zone(text: str) -> tzinfo:
    zone = places.zone(text)
    if zone is None:
        raise _Wrong(f"is no time zone; did you mean {places.zone_like(text)}?")
    return zone


def _country(text: str) -> str:
    country = places.country(text)
    if country is None:
        raise _Wrong("is no country whose public holidays are known: write two letters, as AT")
    return country


def _target(text: str) -> Target:
    number, user = ids.phone_number(text), ids.guid(text)
    if number:
        return Target(Kind.PHONE, number)
    if user:
        return Target(Kind.USER, user)
    raise _Wrong("is neither a user's object id nor a phone number starting with +")


def _truth(text: str) -> bool:
    if text.lower() not in {"true", "false", "1", "0", "yes", "no"}:
        raise _Wrong("is neither true nor false")
    return text.lower() in {"true", "1", "yes"}
