"""Write the notifications of a call as Microsoft sends them, which is as example 3 of the API page has them.

https://learn.microsoft.com/graph/api/call-redirect. Microsoft's own SDK refuses those of examples 1 and 2, whose
target is a participantInfo; `resource` beside `resourceUrl` is in bodies that were captured, not on the page.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from local.microsoft.exchange.call import Call
from local.microsoft.exchange.call_script import Identity, IncomingCall, ResultInfo


def incoming(call: Call, callback_uri: str) -> dict[str, Any]:
    data = {**_call(call, "incoming", callback_uri), "callChainId": call.chain_id}
    return _notification(call, "created", data | _forwarding(call.script))


def rejected(call: Call) -> dict[str, Any]:
    """Tell the end of a rejected call: deleted, and no state.

    https://learn.microsoft.com/graph/api/call-reject
    """
    data = {"@odata.type": "#microsoft.graph.call", "@odata.id": f"/communications/calls/{call.id}"}
    return _notification(call, "deleted", data)


def terminated(
    call: Call, callback_uri: str, result: ResultInfo | None, answered_by: Mapping[str, Any] | None
) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if result and call.script.terminated != "plain":
        told["resultInfo"] = {
            "@odata.type": "#microsoft.graph.resultInfo",
            "code": result.code,
            "subcode": result.subcode,
            "message": result.message,
        }
    if call.script.terminated == "sparse":
        data = {"@odata.type": "#microsoft.graph.call", "state": "terminated", **told, "callChainId": call.chain_id}
        return _notification(call, "deleted", data)
    if answered_by and call.script.terminated == "full":
        told["answeredBy"] = _answered_by(answered_by)
    return _notification(call, "deleted", _call(call, "terminated", callback_uri) | told)


def _notification(call: Call, change: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "@odata.type": "#microsoft.graph.commsNotifications",
        "value": [
            {
                "@odata.type": "#microsoft.graph.commsNotification",
                "changeType": change,
                "resource": f"/app/calls/{call.id}",
                "resourceUrl": f"/communications/calls/{call.id}",
                "resourceData": data,
            }
        ],
    }


def _call(call: Call, state: str, callback_uri: str) -> dict[str, Any]:
    script = call.script
    source = {
        "@odata.type": "#microsoft.graph.participantInfo",
        "identity": _identity_set(script.caller),
        "region": "amer",
    }
    target = {
        "@odata.type": "#microsoft.graph.invitationParticipantInfo",
        "identity": _identity_set(script.called),
        "endpointType": "default",
        "id": call.participant_id,
        "region": "amer",
        "languageId": None,
    }
    return {
        "@odata.type": "#microsoft.graph.call",
        "state": state,
        "direction": "incoming",
        "callbackUri": callback_uri,
        "source": source,
        "targets": [target],
        "tenantId": script.tenant,
        "myParticipantId": call.participant_id,
        "id": call.id,
    }


def _forwarding(script: IncomingCall) -> dict[str, Any]:
    """https://learn.microsoft.com/graph/api/resources/callroute."""
    if script.forwarded_by is None:
        return {}
    route = {
        "@odata.type": "#microsoft.graph.callRoute",
        "routingType": "forwarded",
        "original": _identity_set(script.forwarded_by),
        "final": _identity_set(script.called),
    }
    return {"callRoutes": [route]}


def _identity_set(identity: Identity) -> dict[str, Any]:
    leaf: dict[str, Any] = {"@odata.type": "#microsoft.graph.identity"}
    if identity.display_name is not None:
        leaf["displayName"] = identity.display_name
    leaf["id"] = identity.id
    if identity.tenant is not None:
        leaf["tenantId"] = identity.tenant
    return {"@odata.type": "#microsoft.graph.identitySet", identity.kind: leaf}


def _answered_by(target: Mapping[str, Any]) -> dict[str, Any]:
    # Example 3, the only one that names who answered, hides a phone behind an encrypted identity.
    kind = target["kind"]
    who = Identity("encrypted", secrets.token_hex(22)) if kind == "phone" else Identity(kind, target["id"])
    return {
        "@odata.type": "#microsoft.graph.participantInfo",
        "identity": _identity_set(who),
        "endpointType": "default",
    }
