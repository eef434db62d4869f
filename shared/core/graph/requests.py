"""Write the bodies that Graph takes: https://learn.microsoft.com/graph/api/call-redirect and call-reject.

Both are JSON in UTF-8 without spaces; half of a surrogate pair, which UTF-8 cannot write, becomes "?". The callbackUri
is the call's own address: Microsoft tells the rest of the call there. Members that would say what is Graph's default
anyway are left out, for what is not sent cannot be refused.
"""

import json
from typing import Any

from shared.core.directory.model import Target
from shared.core.routing.decisions import Redirect, Reject


def redirect(decision: Redirect, callback: str) -> bytes:
    """Give the body of a redirect, with `@odata.type` on all three levels as in each of Microsoft's examples.

    `targets` are 1 to 25, in the order of the list, and ring together. `timeout` is in seconds, 15 to 90; without it
    Graph rings one target for 55 and several for 60. `routingPolicies` stands in an example of Microsoft's but not in
    its schema: it is sent only to keep targets' own forwarding out, and a refusal of it is repaired (core/graph/plan).
    """
    body: dict[str, Any] = {"targets": [_participant(target) for target in decision.targets]}
    if not decision.forwarding:
        body["routingPolicies"] = ["disableForwarding"]
    if decision.timeout is not None:
        body["timeout"] = decision.timeout
    return _json(body | {"callbackUri": callback})


def reject(decision: Reject, callback: str) -> bytes:
    """Give the body of a reject: `reason` is busy, none or forbidden."""
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
