"""Make each neighbour's adapter once; nothing is called, read or connected here."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import requests
from azure.data.tables import TableServiceClient

from shared.adapters import telemetry
from shared.adapters.directory_cache import DirectoryCache
from shared.adapters.http_pool import HttpPool
from shared.adapters.http_session import http_session, tls_context
from shared.adapters.signing_keys.key_cache import SigningKeyCache
from shared.adapters.signing_keys.microsoft_gate import MicrosoftGate
from shared.adapters.signing_keys.openid import OpenIdProvider
from shared.adapters.tables.account import SCOPE, TableAccount
from shared.adapters.tables.client import table_service
from shared.adapters.tables.directory_tables import DirectoryTables
from shared.adapters.tokens.entra import GraphTokens
from shared.adapters.tokens.managed_identity import ManagedIdentity
from shared.core.budgets import Budgets
from shared.core.directory.reader import RouteDefaults
from shared.core.gate.admit import GatePolicy
from shared.core.gate.publishers import EntraPublisher, LegacyPublisher
from shared.ports import Clock
from shared.settings.settings import InvalidSettings, Settings


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """What the call, the console and the timers share."""

    http: requests.Session
    pool: HttpPool
    keys: SigningKeyCache
    gate: MicrosoftGate
    identity: ManagedIdentity | None
    tokens: GraphTokens
    tables: TableServiceClient
    account: TableAccount
    directory: DirectoryCache


def build_neighbours(settings: Settings, budgets: Budgets, clock: Clock, connections: int) -> Neighbours:
    """Keep at most so many `connections` to each host. Raises InvalidSettings for a connection string that is none."""
    tls = tls_context()
    http, pool = http_session(tls, connections), HttpPool(tls, clock.monotonic)
    keys, gate = _gate(settings, http, clock)
    identity = _identity(settings, http, clock)
    tables = _tables(settings, http, identity, budgets)
    defaults = RouteDefaults(settings.time_zone, settings.holiday_country)
    directory = DirectoryCache(
        DirectoryTables(tables, settings.bot_app_id, defaults, budgets).load,
        ttl=settings.config_ttl_seconds,
        clock=clock,
        events=telemetry.event,
        budgets=budgets,
    )
    tokens, account = _tokens(settings, http, identity, clock), _account(settings, identity, budgets)
    return Neighbours(http, pool, keys, gate, identity, tokens, tables, account, directory)


def _gate(settings: Settings, http: requests.Session, clock: Clock) -> tuple[SigningKeyCache, MicrosoftGate]:
    login, cloud = settings.login_url, settings.cloud.entra
    entra = EntraPublisher(
        v1_issuer=cloud.v1_issuer.replace("{login}", login), v2_issuer=cloud.v2_issuer.replace("{login}", login)
    )
    # An issuer of Entra's is never legacy, whoever lists it: there nobody asks which app had the token signed.
    legacy = LegacyPublisher(frozenset(issuer for issuer in settings.token_issuers if not entra.claimed_form(issuer)))
    providers = (
        *(OpenIdProvider(url, legacy) for url in settings.openid_metadata_urls),
        OpenIdProvider(cloud.metadata.replace("{login}", login), entra),
    )
    read = [provider for provider in providers if provider.publisher.name in settings.token_forms]
    keys = SigningKeyCache(http, read, clock.monotonic, telemetry.event)
    policy = GatePolicy(settings.bot_app_id, settings.allowed_tenant_ids, settings.caller_app_ids)
    return keys, MicrosoftGate(keys, policy, (legacy, entra), clock)


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


def _tables(
    settings: Settings, http: requests.Session, identity: ManagedIdentity | None, budgets: Budgets
) -> TableServiceClient:
    if settings.tables_connection_string:
        with _readable_connection_string():
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
