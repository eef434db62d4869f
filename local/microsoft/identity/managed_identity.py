"""Play the managed identity endpoint of App Service, and recognize the assertions that it issued."""

import hmac
import secrets
import time
import uuid
from typing import Any

import jwt

from local.loopback.messages import Request, Response
from local.microsoft.identity import signing_keys
from local.microsoft.identity.notification_tokens import ENTRA_KEYS

PATH = "/msi/token"
API_VERSION = "2019-08-01"
EXCHANGE = "api://AzureADTokenExchange"
STORAGE = "https://storage.azure.com"
_LIFE_SECONDS = 86_400
_KEY = f"{ENTRA_KEYS} 1"  # Entra signs what an identity gets


class ManagedIdentity:
    """One user-assigned identity; the header's value is made anew for each."""

    def __init__(self, tenant: str) -> None:
        self.client_id = str(uuid.uuid4())
        self.principal_id = str(uuid.uuid4())
        self.trusted_subject = self.principal_id  # what the app registration's federated credential names
        self.header = secrets.token_hex(16)
        self._issuer = f"https://login.microsoftonline.com/{tenant}/v2.0"
        # A resource of Azure gets tokens of version 1, and Azurite looks at that.
        self._issuers = {EXCHANGE: self._issuer, STORAGE: f"https://sts.windows.net/{tenant}/"}

    def answer(self, request: Request) -> Response:
        query = request.query
        if not hmac.compare_digest(request.headers.get("X-IDENTITY-HEADER", "").encode(), self.header.encode()):
            return _refusal(401, "The X-IDENTITY-HEADER is not this instance's.")
        if query.get("api-version") != API_VERSION:
            return _refusal(400, f"The api-version must be {API_VERSION}.")
        if query.get("client_id", self.client_id) != self.client_id:
            return _refusal(400, "No User Assigned or Delegated Managed Identity found for specified ClientId.")
        resource = _resource(query.get("resource", ""))
        if resource is None:
            return _refusal(500, "The resource is not one that is known.")
        expires = int(time.time()) + _LIFE_SECONDS
        return Response(
            200,
            {
                "access_token": self._token(resource, expires),
                "expires_on": str(expires),
                "resource": query["resource"],
                "token_type": "Bearer",
                "client_id": self.client_id,
            },
        )

    def problem(self, assertion: str) -> str | None:
        """Say what keeps the assertion from proving the bot; None if it does."""
        try:
            claims = jwt.decode(
                assertion,
                signing_keys.key(_KEY).private.public_key(),
                algorithms=["RS256"],
                audience=EXCHANGE,
                issuer=self._issuer,
                options={"require": ["exp", "sub"]},
            )
        except jwt.InvalidTokenError as exc:
            return str(exc)
        if claims["sub"] != self.trusted_subject:
            return "the subject is not the one that the federated credential names"
        return None

    def _token(self, audience: str, expires: int) -> str:
        key = signing_keys.key(_KEY)
        return signing_keys.sign(
            key,
            {"typ": "JWT", "alg": "RS256", "kid": key.kid},
            {
                "aud": audience,
                "iss": self._issuers[audience],
                "iat": expires - _LIFE_SECONDS,
                "nbf": expires - _LIFE_SECONDS,
                "exp": expires,
                "appid": self.client_id,
                "oid": self.principal_id,
                "sub": self.principal_id,
            },
        )


def _resource(asked: str) -> str | None:
    known = asked.removesuffix("/.default").rstrip("/")
    return known if known in (EXCHANGE, STORAGE) else None


def _refusal(status: int, message: str) -> Response:
    body: dict[str, Any] = {"statusCode": status, "message": message, "correlationId": str(uuid.uuid4())}
    return Response(status, body)
