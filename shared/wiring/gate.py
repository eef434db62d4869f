"""Put together what lets Microsoft in: the first thing that a new process has ready, for keys are two answers away."""

import ssl

from shared.adapters import telemetry
from shared.adapters.http_pool import HttpPool
from shared.adapters.signing_keys.key_cache import SigningKeyCache
from shared.adapters.signing_keys.microsoft_gate import MicrosoftGate
from shared.adapters.signing_keys.openid import OpenIdProvider
from shared.adapters.tls import tls_context
from shared.core.gate.admit import GatePolicy
from shared.core.gate.publishers import EntraPublisher, LegacyPublisher
from shared.core.ids import AppId
from shared.core.light_dataclass import dataclass
from shared.ports import Clock
from shared.settings.settings import Settings


@dataclass(frozen=True, slots=True, eq=False)
class Entrance:
    """The gate, its keys, and the connections that a call waits for, all by the one TLS context."""

    tls: ssl.SSLContext
    pool: HttpPool
    keys: SigningKeyCache
    gate: MicrosoftGate


def build_entrance(settings: Settings, clock: Clock) -> Entrance:
    """Make each part once; nothing is called, read or connected here."""
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
    tls = tls_context()
    pool = HttpPool(tls, clock.monotonic)
    keys = SigningKeyCache(pool, read, clock.monotonic, telemetry.event)
    policy = GatePolicy(settings.bot_app_id, settings.allowed_tenant_ids, settings.caller_app_ids)
    gate = MicrosoftGate(keys, policy, (legacy, entra), clock, map(AppId, cloud.callers))
    return Entrance(tls, pool, keys, gate)
