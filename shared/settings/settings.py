"""Settings, from a mapping: every missing or wrong one is named in one message."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Self

from shared.core.directory.model import Target
from shared.core.ids import AppId, TenantId
from shared.core.routing.decisions import RejectReason
from shared.settings import values as texts
from shared.settings.clouds import GLOBAL, Cloud

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
_BUSY: RejectReason | None = RejectReason.BUSY
_UTC: tzinfo = UTC
_FORMATS, _CALLERS = ("card", "json"), ("full", "masked", "none")


class InvalidSettings(ValueError):
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
        """Read all of them. Raises InvalidSettings, which names every one that is missing or wrong."""
        reader = _Reader(env)
        cloud = reader.one("CLOUD", texts.cloud, default=GLOBAL)
        tenant = reader.one("BOT_TENANT_ID", texts.tenant)
        settings = cls(
            bot_app_id=reader.one("BOT_APP_ID", texts.app),
            bot_tenant_id=tenant,
            allowed_tenant_ids=frozenset(reader.many("ALLOWED_TENANT_IDS", texts.tenant) or (tenant,)),
            cloud=cloud,
            managed_identity_client_id=reader.one("MANAGED_IDENTITY_CLIENT_ID", texts.guid, default=None),
            bot_client_secret=reader.one("BOT_CLIENT_SECRET", str, default=None),
            tables_endpoint=reader.one("TABLES_ENDPOINT", texts.url, default=None),
            tables_connection_string=reader.one("TABLES_CONNECTION_STRING", str, default=None),
            public_base_url=reader.one("PUBLIC_BASE_URL", texts.https, default=reader.host()),
            config_ttl_seconds=reader.one("CONFIG_TTL_SECONDS", texts.seconds, default=30.0),
            fallback_targets=tuple(dict.fromkeys(reader.many("FALLBACK_TARGETS", texts.target))),
            unroutable=reader.one("UNROUTABLE", texts.unroutable, default=_BUSY),
            time_zone=reader.one("TIME_ZONE", texts.zone, default=_UTC),
            holiday_country=reader.one("HOLIDAY_COUNTRY", texts.country, default=""),
            retention_days=reader.one("RETENTION_DAYS", texts.days, default=90),
            missed_call_webhook=reader.one("MISSED_CALL_WEBHOOK", texts.webhook, default=None),
            missed_call_format=reader.one("MISSED_CALL_FORMAT", texts.one_of(*_FORMATS), default="card"),
            missed_call_caller=reader.one("MISSED_CALL_CALLER", texts.one_of(*_CALLERS), default="masked"),
            warm_up=reader.one("WARM_UP", texts.boolean, default=False),
            graph_url=reader.one("GRAPH_URL", texts.graph, default=cloud.graph),
            login_url=reader.one("LOGIN_URL", texts.https, default=cloud.login),
            openid_metadata_urls=reader.many("OPENID_METADATA_URLS", texts.url) or cloud.metadata,
            token_issuers=reader.many("TOKEN_ISSUERS", str) or cloud.issuers,
        )
        reader.conclude(settings)
        return settings


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
        except texts.InvalidSetting as wrong:
            self._problems.append(f"{name} {wrong}")
            return default.get("default")  # type: ignore[return-value]  # the same

    def many[T](self, name: str, read: Callable[[str], T]) -> tuple[T, ...]:
        """Read a list, its members between commas, semicolons or blanks."""
        found: list[T] = []
        for place, text in enumerate(filter(None, re.split(r"[,;\s]+", self._env.get(name, ""))), 1):
            try:
                found.append(read(text))
            except texts.InvalidSetting as wrong:
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
            raise InvalidSettings(tuple(self._problems))
