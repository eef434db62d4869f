"""Many missed calls in one message: by line and caller, those with the most calls first."""

from collections.abc import Sequence

from shared.core.light_dataclass import dataclass
from shared.core.missed_call.missed_call import MissedCall
from shared.core.missed_call.wording import Wording

MOST_ENTRIES = 20  # with the longest names still a third of what a flow takes
_SHORT = 8  # digits of a call's id


@dataclass(frozen=True, slots=True)
class Entry:
    """One caller on one line: "3 calls from …67, the last Mon 23 Nov 2026, 14:05 (…): nobody answered"."""

    line: str
    text: str


@dataclass(frozen=True, slots=True)
class Digest:
    """`rest` says what is not among the entries, "" where all are."""

    title: str
    entries: tuple[Entry, ...]
    rest: str


def digest(calls: Sequence[MissedCall], wording: Wording) -> Digest:
    """Put calls together; a caller without a number is one of their own in each call."""
    groups: dict[tuple[str, str], list[MissedCall]] = {}
    for call in sorted(calls, key=lambda one: (one.at, one.key.call)):
        groups.setdefault((call.line, call.caller or call.key.call), []).append(call)
    found = sorted(groups.values(), key=lambda one: (-len(one), one[-1].at, one[-1].key.call))
    shown, left = found[:MOST_ENTRIES], found[MOST_ENTRIES:]
    callers = len({call.caller or call.key.call for call in calls})
    return Digest(
        title=f"{_counted(len(calls), wording.title(calls).lower())}, {_counted(callers, 'caller')}",
        entries=tuple(_entry(group, wording) for group in shown),
        rest=f"and {_counted(sum(map(len, left)), 'call')} more" if left else "",
    )


def _entry(calls: Sequence[MissedCall], wording: Wording) -> Entry:
    last = calls[-1]
    caller = wording.caller(last)
    who = f" from {caller}" if caller else ""
    times = f"{_counted(len(calls), 'call')}{who}, {'the last ' if len(calls) > 1 else ''}{wording.when(last)}"
    return Entry(wording.line(last), f"{times}: {wording.why(last)} (call {last.key.call[:_SHORT]})")


def _counted(number: int, one: str) -> str:
    return f"{number} {one}{'' if number == 1 else 's'}"
