"""Publish where the keys of Microsoft's two publishers are: the calling service's, and Entra's."""

from local.loopback.messages import Response
from local.microsoft.identity.notification_tokens import ISSUER

CONFIGURATION_PATH = "/v1/.well-known/OpenIdConfiguration"
KEYS_PATH = "/v1/.well-known/keys"
ANY_TENANT = ("common", "organizations")  # in the place of a tenant in Entra's addresses


def configuration(base: str) -> Response:
    """Write the calling service's own, for the legacy form."""
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


def entra_configuration(login: str, path_tenant: str, issuer_tenant: str) -> Response:
    """Write Entra's; for any tenant the issuer is a template, `{tenantid}` in it stands for a token's own `tid`."""
    base = f"{login}/{path_tenant}"
    return Response(
        200,
        {
            "issuer": f"{login}/{issuer_tenant}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
        },
    )
