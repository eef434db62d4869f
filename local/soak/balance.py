"""Count what became of the calls, from what the exchange saw, what the table holds and what the log says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local.microsoft.exchange.call import Call

_FINAL = "done"


_REFUSED = {401, 503}  # the latter while the keys that would tell cannot be read


@dataclass(frozen=True, slots=True)
class Fate:
    """What the exchange knows of one call that is over."""

    call: str
    redirects: int
    rejects: int
    accepted: int  # deliveries that the app answered with 202
    ended_first: bool

    @classmethod
    def of(cls, call: Call) -> "Fate":
        notified = call.happened("notified")
        return cls(
            call=call.id,
            redirects=len(call.happened("redirected")),
            rejects=len(call.happened("rejected")),
            accepted=sum(event.facts.get("status") == 202 for event in notified),  # noqa: PLR2004 - Accepted
            ended_first=call.script.delivery.terminated_first,
        )


@dataclass(frozen=True, slots=True)
class Balance:
    calls: int
    redirected: int
    rejected: int
    over_before: int  # the caller was gone before the app could do anything
    twice: int  # redirected more than once
    records: int  # calls with a row, or a line that can rebuild one
    rows: int
    lines: int  # calls that only the log has
    outcomes: int
    duplicates: int  # deliveries beyond the first that were accepted
    forged: int
    forged_let_in: int
    lost: tuple[str, ...]  # calls that nobody answered, or that left no record, or no outcome

    @property
    def is_even(self) -> bool:
        answered = self.redirected + self.rejected + self.over_before
        return not (self.lost or self.twice or self.forged_let_in) and (
            self.calls == answered == self.records == self.outcomes
        )


def balance(
    fates: Iterable[Fate],
    rows: Mapping[str, Mapping[str, Any]],
    lines: Iterable[Mapping[str, Any]],
    forged: Iterable[int],
) -> Balance:
    """Make it up; `rows` is the table by call, `lines` what `call.unrecorded` held, `forged` the strangers' answers."""
    told: dict[str, list[Mapping[str, Any]]] = {}
    for line in lines:
        told.setdefault(str(line["call"]), []).append(line)
    fates, knocks = list(fates), list(forged)
    recorded = {fate.call for fate in fates if fate.call in rows or fate.call in told}
    ended = {fate.call for fate in fates if _has_outcome(rows.get(fate.call), told.get(fate.call, []))}
    answered = {fate.call for fate in fates if fate.redirects or fate.rejects or fate.ended_first}
    whole = answered & recorded & ended
    return Balance(
        calls=len(fates),
        redirected=sum(fate.redirects > 0 for fate in fates),
        rejected=sum(fate.rejects > 0 and not fate.redirects for fate in fates),
        over_before=sum(fate.ended_first and not fate.redirects and not fate.rejects for fate in fates),
        twice=sum(fate.redirects > 1 for fate in fates),
        records=len(recorded),
        rows=sum(fate.call in rows for fate in fates),
        lines=sum(fate.call in told and fate.call not in rows for fate in fates),
        outcomes=len(ended),
        duplicates=sum(max(0, fate.accepted - 1) for fate in fates),
        forged=len(knocks),
        forged_let_in=sum(status not in _REFUSED for status in knocks),
        lost=tuple(fate.call for fate in fates if fate.call not in whole),
    )


def _has_outcome(row: Mapping[str, Any] | None, lines: list[Mapping[str, Any]]) -> bool:
    in_table = row is not None and row.get("State") == _FINAL and row.get("Outcome") is not None
    return in_table or any(line["state"] == _FINAL and line.get("outcome") for line in lines)
