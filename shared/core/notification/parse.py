"""Parse what Microsoft posts, as it is on the wire rather than as the schema has it.

https://learn.microsoft.com/graph/api/resources/commsnotification
"""

import re
from dataclasses import replace

from shared.core import caller_id, ids
from shared.core.gate.admit import Verified
from shared.core.ids import CallId, TenantId
from shared.core.json_reader import Json, parse_json
from shared.core.notification.calls import (
    Batch,
    CallEnded,
    CallRedirecting,
    Delivery,
    EmptyBody,
    Identity,
    Ignored,
    IgnoreReason,
    LegacyBody,
    Notification,
    RingingCall,
    UnreadableEntry,
)
from shared.core.refusals import Unreadable

# The members of an identitySet that say who, in the order of what a target of ours is called by.
_KINDS = ("applicationInstance", "application", "user", "phone")
_KINDS_FOLDED = {kind.lower(): kind for kind in _KINDS}
# What a body in the older Skype format says instead of `value` (microsoft-graph-docs issue 8310).
_LEGACY_KEYS = ("callState", "participants", "isMultiparty", "presentedModalityTypes")
_MESSAGE_LENGTH = 500
_MOST_ENTRIES = 1000  # a real one has 250 bytes at least, and a body 256 KB at most
# A person's id and a bot's as the calling platform writes them: 8:orgid:{object id}, 28:{app id}.
_PLATFORM_PREFIX = re.compile(r"\s*(?:8:orgid|28):", re.IGNORECASE)
_CALL_TYPE = re.compile(r"#?(?:microsoft\.graph\.)?call")
_RESOURCE = re.compile(r"(?:^|/)(?:communications|app)/calls/([^/]+)/?(.*)", re.IGNORECASE | re.ASCII | re.DOTALL)


def parse(verified: Verified) -> Delivery:
    """Read every entry of a notification. Raises Unreadable where the body as a whole is none."""
    if not verified.body.strip():
        return EmptyBody()
    body = parse_json(verified.body)
    entries = body["value"]
    if entries.is_list:
        if len(entries.value) > _MOST_ENTRIES:
            raise Unreadable(f"body.value has more than {_MOST_ENTRIES} entries")
        return Batch(tuple(_entry(entry, verified.tenant) for entry in entries.items()))
    if entries.value is None and any(body[key].value is not None for key in _LEGACY_KEYS):
        return LegacyBody()
    raise Unreadable("body.value is not a list")


def _entry(entry: Json, tenant: TenantId) -> Notification:
    if not entry.is_object:
        return UnreadableEntry(f"{entry.path} is not an object")
    data = entry["resourceData"]
    place, rest = _resource(entry)
    named = place or data["id"].text
    call = ids.call_id(named)
    if data.is_list:
        return Ignored(call, IgnoreReason.ROSTER)
    if _is_operation(data, rest):
        return Ignored(call, IgnoreReason.OPERATION)
    state = data["state"].word
    is_over = state == "terminated" or entry["changeType"].word == "deleted"  # a deleted call may say `incoming` still
    if _is_of_another_type(data):
        return Ignored(call, IgnoreReason.NOT_A_CALL)
    if state in {"incoming", "ringing"} and not is_over:
        return _ringing(data, named, rest, tenant)
    if rest or not (place or data["state"].text or data["@odata.type"].text):
        return Ignored(call, IgnoreReason.NOT_A_CALL)
    if is_over:
        return Ignored(call, IgnoreReason.RECORDING) if _is_recording(data) else _ended(data, call, tenant)
    if state == "redirecting":
        return CallRedirecting(call)
    return Ignored(call, IgnoreReason.OTHER_STATE)


def _is_recording(data: Json) -> bool:
    """Tell whether this is an invitation to record somebody's call, and none that rings for us."""
    return bool(data["incomingContext"]["observedParticipantId"].text)


def _ringing(data: Json, named: str, rest: str, tenant: TenantId) -> Notification:
    call = ids.call_id(named)
    if data["direction"].word == "outgoing":
        return Ignored(call, IgnoreReason.OUTGOING)
    if _is_recording(data):
        return Ignored(call, IgnoreReason.RECORDING)
    if call is None or rest:
        return UnreadableEntry(f"{data.path}: the call has no plain id")
    return RingingCall(
        id=call,
        tenant=tenant,
        caller=_caller(data["source"]["identity"]),
        called=_called(data["targets"]),
        chain_id=_chain_id(data),
        forwarded_by=_forwarded_by(data["callRoutes"]),
        transferred_by=_transferred_by(data["incomingContext"]["transferor"]),
        graph_id=named if named != call else "",
        other_tenant=_other_tenant(data, tenant),
    )


def _ended(data: Json, call: CallId | None, tenant: TenantId) -> CallEnded:
    result = data["resultInfo"]
    return CallEnded(
        id=call,
        answered_by=_identity(data["answeredBy"]["identity"]),
        code=result["code"].number,
        subcode=result["subcode"].number,
        message=result["message"].text[:_MESSAGE_LENGTH],
        chain_id=_chain_id(data),
        other_tenant=_other_tenant(data, tenant),
    )


def _resource(entry: Json) -> tuple[str, str]:
    """Give the call's id as the resource's path has it, and what follows it ("operations/…", or nothing)."""
    for name in ("resourceUrl", "resource"):
        found = _RESOURCE.search(entry[name].text.partition("?")[0])
        if found:
            return found[1], found[2]
    return "", ""


def _is_operation(data: Json, rest: str) -> bool:
    return rest.lower().startswith("operations") or data["@odata.type"].word.endswith("operation")


def _is_of_another_type(data: Json) -> bool:
    kind = data["@odata.type"]
    return kind.value not in (None, "") and not _CALL_TYPE.fullmatch(kind.word)


def _caller(identities: Json) -> Identity | None:
    """Give who calls; nothing for a telephone without a number, whichever way an exchange says so."""
    caller = _identity(identities)
    if caller is None or caller_id.is_withheld(caller.id):
        return None
    return None if caller.kind == "phone" and not caller_id.has_number(caller.id) else caller


def _called(targets: Json) -> Identity | None:
    """Give the target that is ours: a resource account before an application before anyone else."""
    found = [identity for target in targets.items() if (identity := _identity(target["identity"]))]
    return min(found, key=lambda identity: _rank(identity.kind), default=None)


def _identity(identities: Json) -> Identity | None:
    """Give the best known member of an identitySet; of unknown kinds the first that has an id."""
    found = [
        Identity(kind=_kind(name), id=_folded(name, text), name=member["displayName"].text)
        for name, member in identities.members()
        if (text := member["id"].text).strip()
    ]
    best = min(found, key=lambda identity: _rank(identity.kind), default=None)
    others = frozenset(identity.id for identity in found if identity is not best)
    return replace(best, also=others) if best and others else best


def _kind(name: str) -> str:
    return _KINDS_FOLDED.get(name.lower(), name)


def _rank(kind: str) -> int:
    return _KINDS.index(kind) if kind in _KINDS else len(_KINDS)


def _folded(name: str, text: str) -> str:
    if name.lower() == "phone":
        return caller_id.number(text) or text.strip()
    return ids.object_id(_PLATFORM_PREFIX.sub("", text, count=1)) or text.strip()


def _forwarded_by(routes: Json) -> frozenset[str]:
    """Give those whose forwarding brought the call; a `lookup` route names this line on quite ordinary calls."""
    originals = (route["original"] for route in routes.items() if route["routingType"].word == "forwarded")
    return frozenset().union(*(who.ids for original in originals if (who := _identity(original))))


def _transferred_by(transferor: Json) -> frozenset[str]:
    """Give whoever transferred the call; the schema has an identitySet there, and participants hold one deeper."""
    found = (_identity(transferor), _identity(transferor["identity"]))
    return frozenset().union(*(who.ids for who in found if who))


def _other_tenant(data: Json, tenant: TenantId) -> TenantId | None:
    """Give the call's own tenant where it is not the token's. Whether they are always equal is not known."""
    named = ids.guid(data["tenantId"].text)
    return TenantId(named) if named and named != tenant else None


def _chain_id(data: Json) -> str:
    said = data["callChainId"].text
    return said if ids.is_plain_id(said) else ""
