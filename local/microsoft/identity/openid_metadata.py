"""Publish where Microsoft's calling keys are, and the keys."""

from local.loopback.messages import Response
from local.microsoft.identity.signing_keys import ISSUER, Signing, key

CONFIGURATION_PATH = "/v1/.well-known/OpenIdConfiguration"
KEYS_PATH = "/v1/.well-known/keys"
ENTRA_CONFIGURATION_PATH = "/common/v2.0/.well-known/openid-configuration"
ENTRA_KEYS_PATH = "/common/discovery/v2.0/keys"
_CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"  # the tenant of people with an account of their own


def configuration(base: str) -> Response:
    return Response(
        200,
        {
            "issuer": ISSUER,
            "authorization_endpoint": "https://invalid.botframework.com",
            "jwks_uri": f"{base}{KEYS_PATH}",
            # Not the name that the JWA registry has (RS256); the real document says it so.
            "id_token_signing_alg_values_supported": ["RSA256"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        },
    )


def entra_configuration(login: str) -> Response:
    return Response(200, {"issuer": f"{login}/{{tenantid}}/v2.0", "jwks_uri": f"{login}{ENTRA_KEYS_PATH}"})


def entra_keys(login: str) -> Response:
    """Give the key of every tenant, and the one for consumers alone."""
    issuers = {"entra": "{tenantid}", "entra consumers": _CONSUMERS}
    published = [key(name).jwk() | {"issuer": f"{login}/{tenant}/v2.0"} for name, tenant in issuers.items()]
    return Response(200, {"keys": published})


def keys(signing: Signing) -> Response:
    return Response(200, signing.jwks())
