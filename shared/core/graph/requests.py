"""Write the bodies that Graph takes: https://learn.microsoft.com/graph/api/call-redirect and call-reject."""

import json
from typing import Any

from shared.core.directory.model import Target
from shared.core.routing.decisions import Redirect, Reject


def redirect(decision: Redirect, callback: str) -> bytes:
    """Give the body of a redirect, with `@odata.type` on all three levels as in each of Microsoft's examples."""
    body: dict[str, Any] = {"targets": [_participant(target) for target in decision.targets]}
    if not decision.forwarding:
        body["routingPolicies"] = ["disableForwarding"]
    if decision.timeout is not None:
        body["timeout"] = decision.timeout
    return _json(body | {"callbackUri": callback})


def reject(decision: Reject, callback: str) -> bytes:
    return _json({"reason": decision.reason.value, "callbackUri": callback})


def _participant(target: Target) -> dict[str, Any]:
    identity = {"@odata.type": "#microsoft.graph.identity", "id": target.id}
    if target.name:
        identity["displayName"] = target.name
    return {
        "@odata.type": "#microsoft.graph.invitationParticipantInfo",
        "identity": {"@odata.type": "#microsoft.graph.identitySet", target.kind.value: identity},
    }


def _json(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
