"""What to try after Graph refused a list: the same repaired, then the next list."""

from dataclasses import dataclass, replace

from shared.core.directory.model import Target
from shared.core.graph.verdicts import Verdict
from shared.core.routing.decisions import Decision, Redirect

_BRIEF_RINGING = 20  # seconds: less than the 30 after which a Teams user's voicemail takes the call


@dataclass(frozen=True, slots=True)
class RefusedList:
    """A list that Graph did not take whole: `code` is what it said, `left_out` who does not ring for it."""

    list: str
    code: str
    left_out: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a call stands among all that can be tried for it; `decision` is what is tried now."""

    decision: Decision
    targets: tuple[Target, ...] = ()
    refused: tuple[RefusedList, ...] = ()
    is_repaired: bool = False


def begin(decision: Decision) -> Plan:
    targets = decision.targets if isinstance(decision, Redirect) else ()
    return Plan(decision, targets)


def repaired(plan: Plan) -> Plan | None:
    """Leave out routingPolicies, which Microsoft's schema does not have, once; and ring too briefly for a voicemail."""
    decision = plan.decision
    if not isinstance(decision, Redirect) or decision.forwarding:
        return None
    return replace(plan, decision=_without_policies(decision), is_repaired=True)


def after_refusal(plan: Plan, verdict: Verdict, code: str) -> Plan | None:
    """Give what is tried next after REFUSED_TARGETS or REFUSED_ALL; nothing after a reject."""
    decision = plan.decision
    if not isinstance(decision, Redirect):
        return None
    if verdict is Verdict.REFUSED_ALL:
        return _following(plan, _end_of_lists(decision), plan.refused)
    refused = RefusedList(decision.list, code, plan.targets)
    return _following(plan, decision.next_decision, (*plan.refused, refused))


def _following(plan: Plan, decision: Decision, refused: tuple[RefusedList, ...]) -> Plan:
    """Go on to the next list; repaired as well: no try is left to learn the same again."""
    if plan.is_repaired and isinstance(decision, Redirect) and not decision.forwarding:
        decision = _without_policies(decision)
    return replace(begin(decision), refused=refused, is_repaired=plan.is_repaired)


def _end_of_lists(decision: Redirect) -> Decision:
    following = decision.next_decision
    while isinstance(following, Redirect):
        following = following.next_decision
    return following


def _without_policies(decision: Redirect) -> Redirect:
    return replace(decision, forwarding=True, timeout=min(decision.timeout or _BRIEF_RINGING, _BRIEF_RINGING))
