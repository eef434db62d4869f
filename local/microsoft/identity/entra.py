"""Play Entra: hand out Graph tokens for a secret or for a managed identity's assertion, and know them again."""

import hmac
import time
import uuid
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Any

import jwt

from local.loopback.messages import Request, Response
from local.microsoft.identity import openid_metadata, signing_keys
from local.microsoft.identity.notification_tokens import ENTRA_KEYS

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_KEY = f"{ENTRA_KEYS} 1"
_GRAPH = "https://graph.microsoft.com"  # an app that only moved Graph's address still asks for the cloud's own scope


class Refused(Exception):
    """A token request that Entra turns down, with the AADSTS number that it would give."""

    def __init__(self, error: str, number: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.error, self.number, self.status = error, number, status


class Entra:
    """One app registration, known in its tenants."""

    def __init__(
        self, bot: str, tenants: Sequence[str], secret: str, accepts_assertion: Callable[[str], str | None]
    ) -> None:
        self.secret = secret
        self.secret_expired = False
        self.expires_in = 3599
        self.roles: Collection[str] = ["Calls.Initiate.All"]
        self.login_url = self.graph_url = ""  # known once the ports are
        self._bot = bot
        self._tenants = tuple(tenants)
        self._accepts_assertion = accepts_assertion
        self._live: set[str] = set()

    def discovery(self, request: Request) -> Response:
        """GET /{tenant}/v2.0/.well-known/openid-configuration"""  # noqa: D400 - an address, not a sentence
        tenant = request.path.split("/")[1]
        if tenant not in self._tenants:
            return _refusal(_unknown_tenant(tenant))
        return openid_metadata.entra_configuration(self.login_url, tenant, tenant)

    def token(self, request: Request) -> Response:
        """POST /{tenant}/oauth2/v2.0/token"""  # noqa: D400 - an address, not a sentence
        try:
            return Response(200, self._grant(request.path.split("/")[1], request.form), {"Cache-Control": "no-store"})
        except Refused as refused:
            return _refusal(refused)

    def claims(self, token: str) -> dict[str, Any] | None:
        """Give what a token says, if this Entra made it for Graph and it still holds."""
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                signing_keys.key(_KEY).private.public_key(),
                algorithms=["RS256"],
                audience=self.graph_url,
                options={"require": ["exp", "tid", "uti"]},
            )
        except jwt.InvalidTokenError:
            return None
        return claims if claims["uti"] in self._live else None

    def revoke(self) -> None:
        """Make Graph refuse every token handed out so far."""
        self._live = set()

    def _grant(self, tenant: str, form: dict[str, str]) -> dict[str, Any]:
        if tenant not in self._tenants:
            raise _unknown_tenant(tenant)
        if form.get("grant_type") != "client_credentials":
            raise Refused("unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
        if form.get("client_id") != self._bot:
            raise Refused(
                "unauthorized_client", 700016, f"Application '{form.get('client_id')}' was not found in the directory."
            )
        self._prove(form)
        if form.get("scope") not in {f"{graph}/.default" for graph in (self.graph_url, _GRAPH)}:
            raise Refused("invalid_scope", 1002012, "The provided value for scope is not valid for client credentials.")
        return {
            "token_type": "Bearer",
            "expires_in": self.expires_in,
            "ext_expires_in": self.expires_in,
            "access_token": self._issue(tenant),
        }

    def _prove(self, form: dict[str, str]) -> None:
        if "client_assertion" in form:
            if form.get("client_assertion_type") != ASSERTION_TYPE:
                raise Refused("invalid_request", 900144, "The client_assertion_type is not one that is known.")
            problem = self._accepts_assertion(form["client_assertion"])
            if problem:
                raise Refused("invalid_client", 700213, f"No matching federated identity record found: {problem}.", 401)
        elif "client_secret" not in form:
            raise Refused("invalid_client", 7000218, "The request body must contain a secret or an assertion.", 401)
        elif not hmac.compare_digest(form["client_secret"].encode(), self.secret.encode()):
            raise Refused("invalid_client", 7000215, "Invalid client secret provided.", 401)
        elif self.secret_expired:
            raise Refused("invalid_client", 7000222, "The provided client secret keys are expired.", 401)

    def _issue(self, tenant: str) -> str:
        now, uti = int(time.time()), uuid.uuid4().hex
        self._live.add(uti)
        key = signing_keys.key(_KEY)
        return signing_keys.sign(
            key,
            {"typ": "JWT", "alg": "RS256", "kid": key.kid},
            {
                "aud": self.graph_url,
                "iss": f"https://sts.windows.net/{tenant}/",
                "iat": now,
                "nbf": now,
                "exp": now + self.expires_in,
                "appid": self._bot,
                "idtyp": "app",
                "roles": list(self.roles),
                "tid": tenant,
                "uti": uti,
            },
        )


def failing(status: int) -> dict[str, Any]:
    """Give the body of an Entra that is in trouble."""
    return _body(Refused("temporarily_unavailable", 90033, "A transient error has occurred. Please try again.", status))


def _unknown_tenant(tenant: str) -> Refused:
    return Refused("invalid_request", 90002, f"Tenant '{tenant}' not found.")


def _refusal(refused: Refused) -> Response:
    return Response(refused.status, _body(refused), {"Cache-Control": "no-store"})


def _body(refused: Refused) -> dict[str, Any]:
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%SZ}"
    trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
    return {
        "error": refused.error,
        "error_description": f"AADSTS{refused.number}: {refused} "
        f"Trace ID: {trace} Correlation ID: {correlation} Timestamp: {now}",
        "error_codes": [refused.number],
        "timestamp": now,
        "trace_id": trace,
        "correlation_id": correlation,
    }
