"""Settings, from a mapping: what the app cannot run without stops it, a mistake in any other costs its default."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from datetime import UTC, time, tzinfo
from typing import Self

from shared.core.directory.model import Target
from shared.core.gate.publishers import TOKEN_FORMS
from shared.core.ids import AppId, TenantId
from shared.core.light_dataclass import dataclass
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
    "MISSED_CALL_DAILY",
    "WARM_UP",
    "GRAPH_URL",
    "LOGIN_URL",
    "OPENID_METADATA_URLS",
    "TOKEN_ISSUERS",
    "TOKEN_FORMS",
    "CALLER_APP_IDS",
)
PLATFORM_NAMES = ("WEBSITE_HOSTNAME",)  # set by Azure, or by `func start`
_BUSY: RejectReason | None = RejectReason.BUSY
_UTC: tzinfo = UTC
_FORMATS, _CALLERS = ("card", "json"), ("full", "masked", "none")


class InvalidSettings(ValueError):
    """`problems` has one sentence for each setting that is missing or wrong and that the app cannot run without."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class IgnoredSetting:
    """A setting that cannot be read, and what holds instead; `why` repeats nothing of its text."""

    name: str
    why: str
    instead: str

    def __str__(self) -> str:
        return f"{self.name} {self.why}; {self.instead}"


@dataclass(frozen=True, slots=True)
class Settings:
    """What docs/settings.md describes. URLs have no slash at their end; ids are in lower case.

    `public_base_url` is scheme and host alone. `ignored` are those that had a mistake, and count as if they were blank.
    """

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
    missed_call_daily: time | None
    warm_up: bool
    graph_url: str
    login_url: str
    openid_metadata_urls: tuple[str, ...]
    token_issuers: tuple[str, ...]
    token_forms: frozenset[str]
    caller_app_ids: frozenset[AppId]
    ignored: tuple[IgnoredSetting, ...] = ()

    @property
    def token_audience(self) -> str:
        """Graph as its tokens name it: a Graph on this machine stands in for the cloud's own."""
        return self.graph_url if self.graph_url.startswith("https://") else self.cloud.graph

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read all of them. Raises InvalidSettings, which names every one that the app cannot run without."""
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
            public_base_url=reader.one("PUBLIC_BASE_URL", texts.base_url, default=reader.host()),
            config_ttl_seconds=reader.one("CONFIG_TTL_SECONDS", texts.seconds, default=30.0),
            fallback_targets=tuple(dict.fromkeys(reader.many("FALLBACK_TARGETS", texts.target, texts.split_targets))),
            unroutable=reader.one("UNROUTABLE", texts.unroutable, default=_BUSY),
            time_zone=reader.one("TIME_ZONE", texts.zone, default=_UTC),
            holiday_country=reader.one("HOLIDAY_COUNTRY", texts.country, default=""),
            retention_days=reader.one("RETENTION_DAYS", texts.days, default=90),
            missed_call_webhook=reader.one("MISSED_CALL_WEBHOOK", texts.webhook, default=None),
            missed_call_format=reader.one("MISSED_CALL_FORMAT", texts.one_of(*_FORMATS), default="card"),
            missed_call_caller=reader.one("MISSED_CALL_CALLER", texts.one_of(*_CALLERS), default="masked"),
            missed_call_daily=reader.one("MISSED_CALL_DAILY", texts.time_of_day, default=None),
            warm_up=reader.one("WARM_UP", texts.boolean, default=False),
            graph_url=reader.one("GRAPH_URL", texts.graph, default=cloud.graph),
            login_url=reader.one("LOGIN_URL", texts.login, default=cloud.login),
            openid_metadata_urls=reader.many("OPENID_METADATA_URLS", texts.url) or cloud.legacy.metadata,
            token_issuers=reader.many("TOKEN_ISSUERS", str) or cloud.legacy.issuers,
            token_forms=reader.one("TOKEN_FORMS", texts.token_forms, default=TOKEN_FORMS),
            caller_app_ids=frozenset(reader.many("CALLER_APP_IDS", texts.app) or map(AppId, cloud.entra.callers)),
        )
        return replace(settings, ignored=reader.conclude(settings))


class _Reader:
    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._problems: list[str] = []
        self._ignored: list[IgnoredSetting] = []
        self._is_stopped = False

    def one[T](self, name: str, read: Callable[[str], T], **default: T) -> T:
        """Read a setting; a blank one is missing. A wrong one counts as missing, and without a default stops the app.

        Nobody sees what is given back for one that stops it.
        """
        text = self._env.get(name, "").strip()
        if not text and "default" not in default:
            self._problems.append(f"{name} is missing")
        elif text:
            try:
                return read(text)
            except texts.InvalidSetting as wrong:
                if "default" not in default or isinstance(wrong, texts.UnusableSetting):
                    self._problems.append(f"{name} {wrong}")
                else:
                    instead = "it counts as missing" if default["default"] is None else "its default counts"
                    self._ignored.append(IgnoredSetting(name, str(wrong), instead))
        return default.get("default")  # type: ignore[return-value]  # a missing one is a problem: conclude() raises

    def many[T](
        self, name: str, read: Callable[[str], T], split: Callable[[str], Iterable[str]] = texts.split
    ) -> tuple[T, ...]:
        """Read a list; a wrong member is left out."""
        found: list[T] = []
        for place, text in enumerate(split(self._env.get(name, "")), 1):
            try:
                found.append(read(text))
            except texts.InvalidSetting as wrong:
                self._ignored.append(IgnoredSetting(name, f"(entry {place}) {wrong}", "the entry is left out"))
        return tuple(found)

    def host(self) -> str:
        host = self._env.get("WEBSITE_HOSTNAME", "").strip()
        if not host and not self._env.get("PUBLIC_BASE_URL", "").strip():
            self._problems.append("PUBLIC_BASE_URL is missing, and there is no WEBSITE_HOSTNAME to make it of")
        return f"https://{host}"

    def conclude(self, settings: Settings) -> tuple[IgnoredSetting, ...]:
        """Give what was ignored, where the rest does."""
        identity, tables = "MANAGED_IDENTITY_CLIENT_ID", "TABLES_ENDPOINT"
        if not (settings.managed_identity_client_id or settings.bot_client_secret):
            self._need(identity, f"{identity} or BOT_CLIENT_SECRET is missing: nothing proves the bot")
        if not (settings.tables_endpoint or settings.tables_connection_string):
            self._need(tables, f"{tables} or TABLES_CONNECTION_STRING is missing")
        if settings.tables_endpoint and not settings.tables_connection_string:
            if not settings.managed_identity_client_id:
                self._need(identity, f"{tables} needs {identity}")
            if not settings.tables_endpoint.startswith("https://"):
                self._problems.append(f"{tables} must begin with https://: a token goes there")
        if self._problems or self._is_stopped:
            raise InvalidSettings((*self._problems, *(f"{one.name} {one.why}" for one in self._ignored)))
        return tuple(self._ignored)

    def _need(self, name: str, missing: str) -> None:
        """Let this one stop the app: by the mistake in it that is noted already, or else because it is missing."""
        self._is_stopped = True
        if all(one.name != name for one in self._ignored):
            self._problems.append(missing)
