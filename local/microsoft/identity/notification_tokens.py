"""Sign tokens as Microsoft does when it calls a bot, in each of its forms, and as forgers do."""

import time
from collections.abc import Collection, Mapping
from typing import Any, assert_never

from local.microsoft.identity import signing_keys
from local.microsoft.identity.key_set import KeySet
from local.microsoft.identity.signing_keys import Key
from local.microsoft.identity.token_forms import TokenForm

ISSUER = "https://api.botframework.com"
# "Skype Teams Calling API Service": the application that every genuine notification comes from.
CALLING_SERVICE = "26a18ebc-cdf7-4a6a-91cb-beb352805e81"
# The tenant of people with an account of their own; Entra publishes its keys beside everybody's.
CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"
ENTRA_KEYS = "entra"  # the same keys sign all that Entra signs
_LOGIN = "https://login.microsoftonline.com"
_SERVICE_PRINCIPAL = "5e41c5ed-0000-4000-8000-000000000001"  # made up: it is another one in each tenant
_LIFE_SECONDS = {TokenForm.LEGACY: 300, TokenForm.ENTRA_V1: 3900, TokenForm.ENTRA_V2: 3900}


class Signing:
    """The two publishers of signing keys, and the tokens of calls to one bot. `login` is where Entra is."""

    stranger = property(lambda _: signing_keys.key("stranger"), doc="A good key that Microsoft never published.")

    def __init__(self, bot: str, tenant: str, login: str = _LOGIN) -> None:
        self._bot, self._tenant, self._login = bot, tenant, login
        self.legacy = KeySet("notifications", {"endorsements": ["msteams"]})
        self.entra = KeySet(ENTRA_KEYS, {"issuer": f"{login}/{{tenantid}}/v2.0"})
        consumers = {"issuer": f"{login}/{CONSUMERS}/v2.0"}
        self.consumers = self.entra.publish(signing_keys.key("entra, consumers"), consumers)
        self.without_issuer = self.entra.publish(signing_keys.key("entra, without issuer"), {})

    def keys(self, form: TokenForm) -> KeySet:
        return self.legacy if form is TokenForm.LEGACY else self.entra

    def token(
        self,
        form: TokenForm = TokenForm.LEGACY,
        *,
        key: Key | None = None,
        alg: str = "RS256",
        header: Mapping[str, Any] | None = None,
        expires_in: float | None = None,
        without: Collection[str] = (),
        **claims: object,
    ) -> str:
        """Make a token with the header and the claims of a genuine one, or nearly.

        Other keywords set claims, and Entra's issuer follows `tid`; `without` leaves claims out; `header` sets header
        fields, None leaves one out. `expires_in` counts seconds from now and moves nbf along, so that a negative one
        makes an old token. Legacy: MicrosoftDocs/bot-docs#2242. Entra:
        https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
        """
        key, life = key or self.keys(form).current, _LIFE_SECONDS[form]
        expires = int(time.time() + (life if expires_in is None else expires_in))
        top = {"alg": alg, "kid": key.kid, "typ": "JWT", "x5t": key.kid}
        top |= {"cty": "JWT"} if form is TokenForm.LEGACY else {}
        genuine = self._claims(form, str(claims.get("tid", self._tenant)), expires - life, expires)
        return signing_keys.sign(
            key,
            {name: value for name, value in (top | dict(header or {})).items() if value is not None},
            {name: value for name, value in (genuine | claims).items() if name not in without},
        )

    def _claims(self, form: TokenForm, tid: str, begins: int, expires: int) -> dict[str, Any]:
        life = {"nbf": begins, "exp": expires}
        if form is TokenForm.LEGACY:
            return life | {"tid": tid, "appid": CALLING_SERVICE, "iss": ISSUER, "aud": self._bot}
        who = {"oid": _SERVICE_PRINCIPAL, "sub": _SERVICE_PRINCIPAL, "tid": tid, "aud": self._bot}
        opaque = {"aio": "made-up", "rh": "made-up", "uti": "made-up"}
        entra = {**life, "iat": begins, **who, **opaque}
        match form:
            case TokenForm.ENTRA_V1:
                issuer = f"https://sts.windows.net/{tid}/"
                return entra | {"ver": "1.0", "iss": issuer, "idp": issuer, "appid": CALLING_SERVICE, "appidacr": "2"}
            case TokenForm.ENTRA_V2:
                issuer = f"{self._login}/{tid}/v2.0"
                return entra | {"ver": "2.0", "iss": issuer, "azp": CALLING_SERVICE, "azpacr": "2"}
            case never:
                assert_never(never)
