"""What to try after Graph refused a list: the same repaired, then without the likely offenders, then the next list.

Graph takes a list whole or not at all: one deleted user, or one of another tenant, keeps all others from ringing, and
no answer says which. docs/decisions/0013 has why they are looked for in this order.
"""

from dataclasses import replace

from shared.core.directory.model import Target, TargetKind
from shared.core.graph.verdicts import Verdict
from shared.core.light_dataclass import dataclass
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
    """Where a call stands among all that can be tried for it; `decision` is what is tried now.

    `suspects` are those of the list's `targets` among whom the one that Graph refuses must be, if it is only one.
    """

    decision: Decision
    targets: tuple[Target, ...] = ()
    suspects: tuple[Target, ...] = ()
    code: str = ""
    refused: tuple[RefusedList, ...] = ()
    is_repaired: bool = False

    @property
    def is_narrowed(self) -> bool:
        """Tell whether some of a refused list are tried without the others."""
        return bool(self.code)

    @property
    def refused_lists(self) -> tuple[RefusedList, ...]:
        """Every list that Graph refused, with those of it who do not ring in what is tried now."""
        if not self.is_narrowed or not isinstance(self.decision, Redirect):
            return self.refused
        left_out = tuple(target for target in self.targets if target not in self.decision.targets)
        return (*self.refused, RefusedList(self.decision.list, self.code, left_out))


def begin(decision: Decision) -> Plan:
    targets = decision.targets if isinstance(decision, Redirect) else ()
    return Plan(decision, targets, targets)


def repaired(plan: Plan) -> Plan | None:
    """Leave out routingPolicies, which Microsoft's schema does not have, once; and ring too briefly for a voicemail."""
    decision = plan.decision
    if not isinstance(decision, Redirect) or decision.forwarding:
        return None
    return replace(plan, decision=_without_policies(decision), is_repaired=True)


def after_refusal(plan: Plan, verdict: Verdict, code: str, tries: int) -> Plan | None:
    """Give what is tried next after one of the REFUSED, with so many tries left; nothing after a reject.

    Only REFUSED_TARGETS is followed by the same list again, for as long as there are tries.
    """
    decision = plan.decision
    if not isinstance(decision, Redirect):
        return None
    if verdict is Verdict.REFUSED_ALL:
        return _next_list(plan, _end_of_lists(decision), plan.refused_lists)
    cleared = set(plan.targets) - set(decision.targets)
    suspects = tuple(target for target in plan.suspects if target not in cleared)
    spare = tries if verdict is Verdict.REFUSED_TARGETS else 0
    if out := whom_to_leave_out(plan.targets, suspects, spare):
        rung = tuple(target for target in plan.targets if target not in out)
        return replace(plan, decision=replace(decision, targets=rung), suspects=suspects, code=plan.code or code)
    refused = RefusedList(decision.list, plan.code or code, plan.targets)
    return _next_list(plan, decision.next_decision, (*plan.refused, refused))


def whom_to_leave_out(targets: tuple[Target, ...], suspects: tuple[Target, ...], tries: int) -> tuple[Target, ...]:
    """Choose whom of a refused list the next of so many tries does without; nobody where no try could help.

    Other kinds than users come first; then as many parts as there are tries, the last of the list before the first,
    but never more than half of the list: of three with one bad target, two ring.
    """
    others = tuple(target for target in suspects if target.kind is not TargetKind.USER)
    if tries < 1 or len(targets) == 1:
        return ()
    if others and suspects == targets and others != targets:
        return others
    count = min(len(targets) // 2, max(1, len(suspects) // tries))
    return suspects[-count:]


def _next_list(plan: Plan, decision: Decision, refused: tuple[RefusedList, ...]) -> Plan:
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
