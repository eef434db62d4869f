"""Make each neighbour's adapter once; nothing is called, read or connected here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING

import requests

from shared.adapters import telemetry
from shared.adapters.directory_cache import DirectoryCache
from shared.adapters.http_session import http_session
from shared.adapters.tables.account import SCOPE, TableAccount
from shared.adapters.tokens.entra import GraphTokens
from shared.adapters.tokens.managed_identity import ManagedIdentity
from shared.core.budgets import Budgets
from shared.core.directory.model import Directory
from shared.core.light_dataclass import dataclass
from shared.ports import Clock
from shared.settings.settings import InvalidSettings, Settings
from shared.wiring.gate import Entrance

if TYPE_CHECKING:
    from azure.data.tables import TableServiceClient

    from shared.adapters.tables.directory_tables import DirectoryTables


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """What the call, the console and the timers share.

    `tables` makes azure-data-tables' client when it is first asked for: no call waits for its import.
    """

    http: requests.Session
    entrance: Entrance
    identity: ManagedIdentity | None
    tokens: GraphTokens
    tables: Callable[[], "TableServiceClient"]
    account: TableAccount
    directory: DirectoryCache

    def warm(self, settings: Settings) -> None:
        """Begin to fetch what a first call would wait for, and wait for nothing."""
        if self.identity is not None:
            self.identity.warm(settings.cloud.assertion_audience)
        self.tokens.warm(settings.bot_tenant_id)
        self.directory.warm()


def build_neighbours(settings: Settings, entrance: Entrance, budgets: Budgets, clock: Clock) -> Neighbours:
    """Make them for as many threads as call. Raises InvalidSettings for a connection string that is none."""
    http = http_session(entrance.tls)
    identity = _identity(settings, http, clock)
    tables = cache(partial(_tables, settings, http, identity, budgets))
    directory = DirectoryCache(
        _directory_reader(settings, tables, budgets),
        ttl=settings.config_ttl_seconds,
        clock=clock,
        events=telemetry.event,
        budgets=budgets,
    )
    tokens, account = _tokens(settings, http, identity, clock), _account(settings, identity, budgets)
    return Neighbours(http, entrance, identity, tokens, tables, account, directory)


def _identity(settings: Settings, http: requests.Session, clock: Clock) -> ManagedIdentity | None:
    client_id = settings.managed_identity_client_id
    return ManagedIdentity(client_id, http, clock=clock.monotonic, sleep=clock.sleep) if client_id else None


def _tokens(settings: Settings, http: requests.Session, identity: ManagedIdentity | None, clock: Clock) -> GraphTokens:
    """Prove the bot by its secret, where somebody chose to set one, else by the identity's assertion."""
    assertion = partial(identity.assertion, settings.cloud.assertion_audience) if identity else ""
    return GraphTokens(
        settings.bot_app_id,
        settings.bot_client_secret or assertion,
        login=settings.login_url,
        graph=settings.token_audience,
        http=http,
        events=telemetry.event,
        clock=clock.monotonic,
        sleep=clock.sleep,
    )


def _directory_reader(
    settings: Settings, tables: Callable[[], "TableServiceClient"], budgets: Budgets
) -> Callable[[], Directory]:
    @cache
    def directory_tables() -> "DirectoryTables":
        # 120 ms of a cold start, which pass in the directory's own thread.
        from shared.adapters.tables.directory_tables import DirectoryTables  # noqa: PLC0415 - the line above
        from shared.core.directory.reader import RouteDefaults  # noqa: PLC0415 - the same 120 ms

        defaults = RouteDefaults(settings.time_zone, settings.holiday_country)
        return DirectoryTables(tables(), settings.bot_app_id, defaults, budgets)

    return lambda: directory_tables().load()


def _tables(
    settings: Settings, http: requests.Session, identity: ManagedIdentity | None, budgets: Budgets
) -> "TableServiceClient":
    from shared.adapters.tables.client import table_service  # noqa: PLC0415 - 105 ms of a cold start, as above

    if settings.tables_connection_string:
        return table_service(http, connection_string=settings.tables_connection_string)
    credential = identity.credential(budgets.directory_wait) if identity else None
    return table_service(http, endpoint=settings.tables_endpoint or "", credential=credential)


def _account(settings: Settings, identity: ManagedIdentity | None, budgets: Budgets) -> TableAccount:
    if settings.tables_connection_string or identity is None:
        with _readable_connection_string():
            return TableAccount.of_connection_string(settings.tables_connection_string or "")
    return TableAccount.of_identity(
        settings.tables_endpoint or "", partial(identity.token, SCOPE, budgets.directory_wait)
    )


@contextmanager
def _readable_connection_string() -> Iterator[None]:
    try:
        yield
    except ValueError:
        raise InvalidSettings(("TABLES_CONNECTION_STRING is not a storage account's connection string",)) from None
