"""Publish where Microsoft's calling keys are, and the keys."""

from local.loopback.messages import Response
from local.microsoft.identity.signing_keys import ISSUER, Signing

CONFIGURATION_PATH = "/v1/.well-known/OpenIdConfiguration"
KEYS_PATH = "/v1/.well-known/keys"


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


def keys(signing: Signing) -> Response:
    return Response(200, signing.jwks())
