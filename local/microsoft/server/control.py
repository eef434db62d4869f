"""Let a person with curl place calls, read what happened, make faults and mint tokens: everything below /_/."""

import math
from collections.abc import Mapping
from typing import Any, Protocol

from local.loopback import fault_json
from local.loopback.messages import Request, Response
from local.loopback.sites import is_of_another_site
from local.microsoft.exchange.call import Call
from local.microsoft.exchange.call_script_json import read_call
from local.microsoft.exchange.exchange import Act, Exchange
from local.microsoft.identity.notification_tokens import Signing
from local.microsoft.identity.token_forms import TokenForm
from local.microsoft.server.neighbour import Neighbour

_CLAIMS = ("aud", "tid", "iss", "appid", "azp")
_WAIT_SECONDS = 120.0  # longer than any call: 15 s of window, at most 90 s of ringing


class Controlled(Protocol):
    """What of the simulated Microsoft these endpoints reach."""

    @property
    def bot(self) -> str: ...

    @property
    def tenant(self) -> str: ...

    @property
    def exchange(self) -> Exchange: ...

    @property
    def signing(self) -> Signing: ...

    @property
    def neighbours(self) -> Mapping[str, Neighbour]: ...

    def call(self, call_id: str) -> Call:
        """Give a call that was placed. Raises KeyError."""


class Control:
    """The endpoints; a mistake in what is asked is 400 and says which."""

    def __init__(self, microsoft: Controlled) -> None:
        self._microsoft = microsoft

    def answer(self, request: Request) -> Response:
        if is_of_another_site(request):
            return _problem(403, "this is for the programs of this machine, not for a page of another site")
        try:
            return self._answer(request)
        except KeyError as exc:
            return _problem(404, f"{exc.args[0]!r} is not known here")
        except (TypeError, ValueError, RuntimeError, TimeoutError) as exc:
            return _problem(400, str(exc))

    def _answer(self, request: Request) -> Response:
        method, parts = request.method, request.path.removeprefix("/_/").split("/")
        match method, *parts:
            case "POST", "ring":
                return self._ring(_object(request))
            case ("GET", "calls", call_id) | ("POST", "calls", call_id, "act"):
                call = self._microsoft.call(call_id)
                if method == "POST":
                    self._act(call, _object(request))
                return Response(200, _told(call))
            case "GET", "requests", name:
                return Response(200, [_seen(seen) for seen in self._neighbour(name).seen])
            case "POST", "faults":
                return self._make_faults(_object(request))
            case "GET", "token":
                return Response(200, {"token": self._token(request.query)})
            case "POST", "keys", ("rotate" | "withdraw" | "forge") as change:
                return Response(200, {"kid": self._change_keys(change, request.query.get("publisher", "legacy"))})
            case _:
                return _problem(404, f"there is no {method} {request.path}")

    def _ring(self, asked: dict[str, Any]) -> Response:
        wait = asked.pop("wait", False)
        call = self._microsoft.exchange.ring(read_call(asked, self._microsoft.bot, self._microsoft.tenant))
        if wait:
            call.wait(_WAIT_SECONDS)
        return Response(200, _told(call))

    def _act(self, call: Call, asked: dict[str, Any]) -> None:
        """Do something by hand: `who` is a target's id or `caller`."""
        self._microsoft.exchange.act(call, str(asked.get("who", "")), Act(str(asked.get("does"))))

    def _make_faults(self, asked: dict[str, Any]) -> Response:
        neighbour, answers = self._neighbour(str(asked["neighbour"])), fault_json.read(asked.get("answers", []))
        if not answers:
            neighbour.behaves()
        elif asked.get("always") is True:
            neighbour.will_always_answer(answers[-1])
        else:
            neighbour.will_answer(*answers)
        return Response(200, {"neighbour": neighbour.name, "queued": len(answers)})

    def _token(self, query: Mapping[str, str]) -> str:
        claims: dict[str, Any] = {name: query[name] for name in _CLAIMS if name in query}
        if "expires_in" in query:
            seconds = float(query["expires_in"])
            if not math.isfinite(seconds):
                raise ValueError("expires_in must be a number of seconds")
            claims["expires_in"] = seconds
        signing, form = self._microsoft.signing, TokenForm(query.get("form", TokenForm.LEGACY))
        keys = {
            "current": signing.keys(form).current,
            "consumers": signing.consumers,
            "without-issuer": signing.without_issuer,
            "stranger": signing.stranger,
        }
        return signing.token(form, key=keys[query.get("key", "current")], **claims)

    def _change_keys(self, change: str, publisher: str) -> str:
        """Change the keys of one publisher, and give the kid of the one that signs, or that it has forged."""
        signing = self._microsoft.signing
        publishers = {"legacy": signing.legacy, "entra": signing.entra}
        keys = publishers.pop(publisher)
        (other,) = publishers.values()
        match change:
            case "rotate":
                keys.rotate()
            case "withdraw":
                keys.withdraw()
            case _:
                return keys.forge(other.current.kid).kid
        return keys.current.kid

    def _neighbour(self, name: str) -> Neighbour:
        return self._microsoft.neighbours[name]


def _object(request: Request) -> dict[str, Any]:
    body = request.json if request.body else {}
    if not isinstance(body, dict):
        raise TypeError("the body must be an object")
    return body


def _told(call: Call) -> dict[str, Any]:
    events = [
        {"ms": round((event.at - call.rang_at) * 1000, 1), "what": event.what, **event.facts} for event in call.timeline
    ]
    return {"id": call.id, "chainId": call.chain_id, "over": call.over, "timeline": events}


def _seen(request: Request) -> dict[str, Any]:
    # A token is of no use to a reader, and this answer may end up in a report.
    headers = {name: value for name, value in request.headers.items() if name.lower() != "authorization"}
    return {
        "method": request.method,
        "path": request.path,
        "at": request.at,
        "headers": headers,
        "body": _body(request),
    }


def _body(request: Request) -> Any:
    try:
        return request.json if request.body else None
    except ValueError:
        return None  # a form: it holds the secret or the assertion


def _problem(status: int, message: str) -> Response:
    return Response(status, {"error": {"reason": "not_understood", "message": message}})
