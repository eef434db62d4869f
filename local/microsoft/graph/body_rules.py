"""Know what Graph takes in the body of a redirect and of a reject.

https://learn.microsoft.com/graph/api/call-redirect and https://learn.microsoft.com/graph/api/call-reject
"""

import re
from typing import Any
from urllib.parse import urlsplit

MOST_TARGETS = 25
SHORTEST_RING, LONGEST_RING = 15, 90
REASONS = ("none", "busy", "forbidden")

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_IDS = {"user": _GUID, "application": _GUID, "applicationInstance": _GUID, "phone": _E164}

_TARGET = ("#microsoft.graph.invitationParticipantInfo",)
_IDENTITY_SET = ("#microsoft.graph.identitySet", "#microsoft.graph.communicationsIdentitySet")
_IDENTITY = (
    "#microsoft.graph.identity",
    "#microsoft.graph.communicationsUserIdentity",
    "#microsoft.graph.communicationsApplicationIdentity",
    "#microsoft.graph.communicationsApplicationInstanceIdentity",
    "#microsoft.graph.communicationsPhoneIdentity",
)
# routingPolicies is on the page but in no schema: whether the service takes it is not known.
_REDIRECT_KEYS = frozenset({"targets", "timeout", "callbackUri", "routingPolicies"})
_REJECT_KEYS = frozenset({"reason", "callbackUri"})
_POLICIES = frozenset(
    {"none", "noMissedCall", "disableForwardingExceptPhone", "disableForwarding", "preferSkypeForBusiness"}
)


class Invalid(Exception):
    """A body that Graph answers with 400; says where and why."""


def check_redirect(body: Any) -> None:
    _check_keys(body, _REDIRECT_KEYS)
    targets = body.get("targets")
    if not isinstance(targets, list) or not targets:
        raise Invalid("targets: must be a collection of at least one")
    if len(targets) > MOST_TARGETS:
        raise Invalid(f"targets: at most {MOST_TARGETS}")
    for index, target in enumerate(targets):
        _check_target(target, f"targets[{index}]")
    if "timeout" in body:
        timeout = body["timeout"]
        if type(timeout) is not int or not SHORTEST_RING <= timeout <= LONGEST_RING:
            raise Invalid(f"timeout: must be an integer from {SHORTEST_RING} to {LONGEST_RING}")
    policies = body.get("routingPolicies", [])
    if not isinstance(policies, list) or not all(isinstance(name, str) and name in _POLICIES for name in policies):
        raise Invalid("routingPolicies: must be a collection of routingPolicy")
    _check_callback(body)


def target_ids(body: Any) -> list[str]:
    """Give whom a redirect names that was checked."""
    identities = [next(of for kind, of in target["identity"].items() if kind in _IDS) for target in body["targets"]]
    return [str(identity["id"]) for identity in identities]


def check_reject(body: Any) -> None:
    _check_keys(body, _REJECT_KEYS)
    if str(body.get("reason", "none")).lower() not in REASONS:
        raise Invalid(f"reason: must be one of {', '.join(REASONS)}")
    _check_callback(body)


def _check_keys(body: Any, known: frozenset[str]) -> None:
    if not isinstance(body, dict):
        raise Invalid("the body must be an object")
    unknown = sorted(body.keys() - known)
    if unknown:
        raise Invalid(f"{unknown[0]}: the parameter does not exist")


def _check_target(target: Any, path: str) -> None:
    _check_type(target, path, _TARGET)
    identity_set, path = target.get("identity"), f"{path}.identity"
    _check_type(identity_set, path, _IDENTITY_SET)
    kinds = [kind for kind in identity_set if not kind.startswith("@")]
    if len(kinds) != 1:
        raise Invalid(f"{path}: must hold one identity")
    kind, path = kinds[0], f"{path}.{kinds[0]}"
    if kind not in _IDS:
        raise Invalid(f"{path}: a call cannot be redirected to this kind")
    identity = identity_set[kind]
    _check_type(identity, path, _IDENTITY)
    who = identity.get("id")
    if not isinstance(who, str) or not _IDS[kind].fullmatch(who):
        raise Invalid(f"{path}.id: must be {'an E.164 number' if kind == 'phone' else 'a GUID'}")


def _check_type(value: Any, path: str, types: tuple[str, ...]) -> None:
    if not isinstance(value, dict):
        raise Invalid(f"{path}: must be an object")
    if value.get("@odata.type") not in types:
        raise Invalid(f"{path}: @odata.type is missing or wrong")


def _check_callback(body: dict[str, Any]) -> None:
    if "callbackUri" not in body:
        return
    uri = body["callbackUri"]
    if not isinstance(uri, str) or re.search(r"[\s\x00-\x1f]", uri):
        raise Invalid("callbackUri: must be a URI")
    try:
        parts = urlsplit(uri)
    except ValueError as exc:
        raise Invalid("callbackUri: must be a URI") from exc
    if parts.scheme != "https" or not parts.hostname:
        raise Invalid("callbackUri: must be https")
