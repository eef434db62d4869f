"""Carry signed notifications to the bot, and never off this machine."""

import time
import uuid
from typing import Any
from urllib.parse import urlsplit

import requests

from local.microsoft.exchange.call import Call
from local.microsoft.identity.signing_keys import Signing

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_TIMEOUT = (3.0, 30.0)


class Courier:
    """Sends to the webhook, or to a callbackUri whose host is replaced by `base`."""

    def __init__(self, signing: Signing, base: str | None = None, webhook: str | None = None) -> None:
        self._signing = signing
        self._base = base
        self._webhook = webhook

    @property
    def webhook(self) -> str:
        if self._webhook is None:
            raise RuntimeError("nobody said where the bot is: delivers_to(), --deliver-to or --webhook")
        return self._webhook

    def delivers_to(self, base: str) -> None:
        self._base = base.rstrip("/")
        self._webhook = f"{self._base}/api/calls"

    def tell(self, call: Call, what: str, to: str, body: Any) -> None:
        """Deliver one notification of a call and write down how it went."""
        began = time.monotonic()
        address = {"to": to} if what == "told" else {}
        headers = {"X-Microsoft-Skype-Chain-ID": call.chain_id}
        if what == "told":
            headers["Scenario-Id"] = call.chain_id
        else:
            headers["X-Microsoft-Skype-Caller-Region"] = "amer"
        try:
            answer = self.post(to, body, headers, tenant=call.tenant)
        except requests.RequestException as exc:
            call.log(what, **address, error=type(exc).__name__)
            return
        except LeavesThisMachine as exc:
            call.log(what, **address, error=str(exc))
            return
        call.log(what, **address, status=answer.status_code, took=round((time.monotonic() - began) * 1000, 1))

    def post(
        self,
        to: str,
        body: Any,
        headers: dict[str, str] | None = None,
        *,
        tenant: str | None = None,
        token: str | None = None,
    ) -> requests.Response:
        """POST one body as Microsoft does. Raises LeavesThisMachine and what requests raises."""
        url = self._local(to)
        if token is None:
            token = self._signing.token(tid=tenant) if tenant else self._signing.token()
        with requests.Session() as session:
            session.trust_env = False  # a proxy of this machine has no business with loopback
            return session.post(
                url,
                json=body,
                headers={
                    "User-Agent": "Microsoft-Skype/3.0,(Calling/1.0)",
                    "Accept": "application/json",
                    "Authorization": f"Bearer {token}",
                    "X-Microsoft-Skype-Message-ID": str(uuid.uuid4()),
                    **(headers or {}),
                },
                timeout=_TIMEOUT,
                allow_redirects=False,
            )

    def _local(self, to: str) -> str:
        address = urlsplit(to)
        if self._base:
            base = urlsplit(self._base)
            address = address._replace(scheme=base.scheme, netloc=base.netloc)
        if address.hostname not in _LOOPBACK:
            raise LeavesThisMachine(f"{address.hostname} is not this machine; --deliver-to says where the app is")
        return address.geturl()


class LeavesThisMachine(ValueError):
    """A notification was about to go to a host elsewhere."""
