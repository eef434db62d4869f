"""Know what a notification has to look like that Microsoft would send: each rule with where it comes from."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

type Entry = Mapping[str, Any]

# Seen by running it on the API page's example 3, which it takes, with one thing changed at a time.
_SDK = "Microsoft.Graph.Communications.Calls 1.2.0.18742"
_PAGE = "example 3 of https://learn.microsoft.com/graph/api/call-redirect"
_CAPTURES = "the bodies captured in https://github.com/sambetts/graph-calling-bots"
_CALL = "#microsoft.graph.call"
_TARGET = "#microsoft.graph.invitationParticipantInfo"
_ADDRESS = re.compile(r"/communications/calls/([^/]+)")


@dataclass(frozen=True, slots=True)
class Rule:
    """What has to hold of each entry; `otherwise` is what its source does with one of which it does not."""

    name: str
    source: str
    otherwise: str
    holds: Callable[[Entry], bool]


RULES = (
    Rule("resourceUrl is a call's address", _SDK, "400 No resource path specified", lambda entry: bool(_id(entry))),
    Rule(
        "resourceData says its type", _SDK, "400 not recognized", lambda entry: _data(entry).get("@odata.type") == _CALL
    ),
    Rule("targets are invited, or say no type", _SDK, "400", lambda entry: all(map(_is_invited, _targets(entry)))),
    Rule("a created call has its id", _SDK, "202, and no call", lambda entry: not _begins(entry) or _has_own_id(entry)),
    Rule("an incoming call is created", _SDK, "202, and no call", lambda entry: _begins(entry) == _is_incoming(entry)),
    Rule("a whole call has its id", _PAGE, "", lambda entry: not _is_whole(entry) or _has_own_id(entry)),
    Rule(
        "a whole call has its tenant",
        _PAGE,
        "",
        lambda entry: not _is_whole(entry) or bool(_data(entry).get("tenantId")),
    ),
    Rule(
        "resource says the call too", _CAPTURES, "", lambda entry: entry.get("resource") == f"/app/calls/{_id(entry)}"
    ),
)


def breaches(body: Mapping[str, Any]) -> set[str]:
    """Name the rules that an entry of the body breaks."""
    return {rule.name for rule in RULES for entry in body["value"] if not rule.holds(entry)}


def _data(entry: Entry) -> Mapping[str, Any]:
    data: Mapping[str, Any] = entry["resourceData"]
    return data


def _id(entry: Entry) -> str | None:
    address = _ADDRESS.fullmatch(entry.get("resourceUrl", ""))
    return address[1] if address else None


def _has_own_id(entry: Entry) -> bool:
    call = _id(entry)
    return call is not None and str(_data(entry).get("id")) == call


def _targets(entry: Entry) -> list[Mapping[str, Any]]:
    return list(_data(entry).get("targets", ()))


def _is_invited(target: Mapping[str, Any]) -> bool:
    return str(target.get("@odata.type", _TARGET)) == _TARGET


def _begins(entry: Entry) -> bool:
    return str(entry["changeType"]) == "created"


def _is_incoming(entry: Entry) -> bool:
    return str(_data(entry).get("state", "")).lower() == "incoming"  # its case is free


def _is_whole(entry: Entry) -> bool:
    """Tell a call as the page has it from the sparse end of one."""
    return "targets" in _data(entry)
