"""Carry signed notifications to the bot, and never off this machine."""

import itertools
import time
import uuid
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import requests

from local.microsoft.exchange.call import Call
from local.microsoft.identity.notification_tokens import Signing
from local.microsoft.identity.token_forms import TokenForm

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_TIMEOUT = (3.0, 30.0)


class Courier:
    """Sends to the webhook, or to a callbackUri whose host is replaced by `base`; signs in each of `forms` in turn."""

    def __init__(
        self, signing: Signing, forms: Sequence[TokenForm], base: str | None = None, webhook: str | None = None
    ) -> None:
        self._signing = signing
        self._forms = self._forms_under_way = tuple(forms)
        self._signed = itertools.count()
        self._base = base
        self._webhook = webhook

    def delivers_to(self, base: str) -> None:
        self._base = base.rstrip("/")
        self._webhook = f"{self._base}/api/calls"

    def signs_in(self, *forms: TokenForm) -> None:
        """Sign in these from now on; with none of them, only calls that have a form of their own can be placed."""
        self._forms = forms
        self._forms_under_way = forms or self._forms_under_way  # a call placed before has its end to come

    def webhook(self, form: TokenForm | None = None) -> str:
        """Give where calls are announced. Raises RuntimeError where nobody said that, or in which form to sign."""
        if self._webhook is None:
            raise RuntimeError("nobody said where the bot is: delivers_to(), --deliver-to or --webhook")
        if form is None:
            self._check_forms()
        return self._webhook

    def token(self) -> str:
        """Make a genuine token, in the next form. Raises RuntimeError where there is none."""
        self._check_forms()
        return self._signing.token(self._next_form())

    def tell(self, call: Call, what: str, to: str, body: Any) -> None:
        """Deliver one notification of a call and write down how it went."""
        began = time.monotonic()
        form = call.script.form or self._next_form()
        facts = ({"to": to} if what == "told" else {}) | {"form": form}
        headers = {"X-Microsoft-Skype-Chain-ID": call.chain_id}
        if what == "told":
            headers["Scenario-Id"] = call.chain_id
        else:
            headers["X-Microsoft-Skype-Caller-Region"] = "amer"
        try:
            answer = self.post(to, body, self._signing.token(form, tid=call.tenant), headers)
        except requests.RequestException as exc:
            call.log(what, **facts, error=type(exc).__name__)
            return
        except LeavesThisMachine as exc:
            call.log(what, **facts, error=str(exc))
            return
        call.log(what, **facts, status=answer.status_code, took=round((time.monotonic() - began) * 1000, 1))

    def post(self, to: str, body: Any, token: str, headers: dict[str, str] | None = None) -> requests.Response:
        """POST one body as Microsoft does. Raises LeavesThisMachine and what requests raises."""
        url = self._local(to)
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

    def _check_forms(self) -> None:
        if not self._forms:
            raise RuntimeError("nobody said in which form to sign: signs_in()")

    def _next_form(self) -> TokenForm:
        forms = self._forms_under_way
        return forms[next(self._signed) % len(forms)]

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
