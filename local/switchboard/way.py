"""Tell the way of one call, step by step, from what was seen of it: values in, words and milliseconds out."""

from collections.abc import Mapping

from local.switchboard.trail import Step, Trail
from local.switchboard.way_answered import until_answered
from local.switchboard.way_ended import until_recorded

WINDOW_MS = 15_000


def steps(trail: Trail, names: Mapping[str, str], caller: str, line: str) -> list[Step]:
    """Tell all that is known so far, in the order in which it began."""
    rang = Step("rang", "microsoft", "A call comes in", 0.0, 0.0, f"{caller} calls {line}.")
    told = [rang, *until_answered(trail, names), *until_recorded(trail, names)]
    return sorted(told, key=lambda step: step.at)


def decided_ms(trail: Trail) -> float | None:
    """Give when Microsoft had its answer: the redirect or the reject that counted."""
    return next((trail.ms(one.at) for one in trail.events if one.what in {"redirected", "rejected"}), None)


def is_settled(trail: Trail, *, over: bool) -> bool:
    """Tell whether nothing more is to be expected of a call."""
    told = trail.happened("told") + trail.happened("lost")
    return over and bool(told or trail.happened("ended")) and (trail.record or {}).get("State") == "done"
