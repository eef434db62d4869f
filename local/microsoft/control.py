"""Let a person with curl place calls, read what happened, make faults and mint tokens: everything below /_/."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from local.microsoft import faults
from local.microsoft.call import Call
from local.microsoft.neighbour import Answer, Neighbour, Request
from local.microsoft.script_json import read_call

if TYPE_CHECKING:
    from local.microsoft.simulator import Microsoft

_WAIT_SECONDS = 120.0  # longer than any call: 15 s of window, at most 90 s of ringing


class Control:
    """The endpoints; a mistake in what is asked is 400 and says which."""

    def __init__(self, microsoft: "Microsoft") -> None:
        self._microsoft = microsoft

    def answer(self, request: Request) -> Answer:  # noqa: PLR0911 - a table of routes
        method, parts = request.method, request.path.removeprefix("/_/").split("/")
        try:
            match method, *parts:
                case "POST", "ring":
                    return self._ring(_object(request))
                case "GET", "calls", call_id:
                    return Answer(200, _told(self._microsoft.call(call_id)))
                case "GET", "requests", name:
                    return Answer(200, [_seen(seen) for seen in self._neighbour(name).seen])
                case "POST", "faults":
                    return self._make_faults(_object(request))
                case "GET", "token":
                    return Answer(200, {"token": self._token(request.query)})
                case "POST", "keys", "rotate":
                    return Answer(200, {"kid": self._microsoft.signing.rotate().kid})
                case "POST", "keys", "withdraw":
                    self._microsoft.signing.withdraw()
                    return Answer(200, {"kid": self._microsoft.signing.current.kid})
                case _:
                    return _problem(404, f"there is no {method} {request.path}")
        except KeyError as exc:
            return _problem(404, f"{exc.args[0]!r} is not known here")
        except (TypeError, ValueError, RuntimeError, TimeoutError) as exc:
            return _problem(400, str(exc))

    def _ring(self, asked: dict[str, Any]) -> Answer:
        wait = asked.pop("wait", False)
        call = self._microsoft.exchange.ring(read_call(asked, self._microsoft.bot, self._microsoft.tenant))
        if wait:
            call.wait(_WAIT_SECONDS)
        return Answer(200, _told(call))

    def _make_faults(self, asked: dict[str, Any]) -> Answer:
        neighbour, answers = self._neighbour(str(asked["neighbour"])), faults.read(asked.get("answers", []))
        if not answers:
            neighbour.behaves()
        elif asked.get("always") is True:
            neighbour.will_always_answer(answers[-1])
        else:
            neighbour.will_answer(*answers)
        return Answer(200, {"neighbour": neighbour.name, "queued": len(answers)})

    def _token(self, query: Mapping[str, str]) -> str:
        claims: dict[str, Any] = {name: query[name] for name in ("aud", "tid", "iss", "appid") if name in query}
        if "expires_in" in query:
            seconds = float(query["expires_in"])
            if not math.isfinite(seconds):
                raise ValueError("expires_in must be a number of seconds")
            claims["expires_in"] = seconds
        return self._microsoft.signing.token(**claims)

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


def _problem(status: int, message: str) -> Answer:
    return Answer(status, {"error": {"reason": "not_understood", "message": message}})
