"""Foresee when the decision about a call next changes."""

from datetime import UTC, datetime, timedelta
from itertools import islice

from shared.core.coverage.change_points import change_points
from shared.core.directory.model import Directory
from shared.core.notification.calls import RingingCall
from shared.core.routing.decide import LastResort, decide
from shared.core.routing.decisions import Decision, Redirect

HORIZON = timedelta(days=8)
_MOST_MOMENTS = 1000  # at which it is decided again


def next_change(
    call: RingingCall, directory: Directory, last_resort: LastResort, now: datetime, horizon: timedelta = HORIZON
) -> datetime | None:
    """Give the first moment (UTC) at which somebody else rings than now; nothing where none is known before `horizon`.

    The moments at which hours change, or From and Until are reached, are only where to look: each is decided again.
    """
    before = _says(decide(call, directory, last_resort, now))
    begin = now.astimezone(UTC)
    moments = change_points(call, directory, begin, begin + horizon)
    for moment in islice(moments, _MOST_MOMENTS):
        if _says(decide(call, directory, last_resort, moment)) != before:
            return moment
    return None


def _says(decision: Decision) -> tuple[object, ...]:
    if isinstance(decision, Redirect):
        return (decision.list, *(target.id for target in decision.targets))
    return (decision.why,)
