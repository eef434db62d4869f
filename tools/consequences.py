"""What changed rows do to calls: who rings differently in the days to come, and where nobody will."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise

from shared.core.coverage import wording
from shared.core.coverage.stretches import Kind, Stretch, call_on, line_stretches, lines_of
from shared.core.directory.line_names import rule_line_text
from shared.core.directory.model import Directory
from shared.core.routing.decide import LastResort, choose_route

DAYS = 14
_MOST = 20  # shown


@dataclass(frozen=True, slots=True)
class Difference:
    """From `begins` until `ends` somebody else rings on a line than before; a line that is new was rung by nobody."""

    line: str
    begins: datetime
    ends: datetime
    before: Stretch
    after: Stretch


def differences(before: Directory, after: Directory, last_resort: LastResort, now: datetime) -> Iterator[Difference]:
    until = now + timedelta(days=DAYS)
    for line in dict.fromkeys((*lines_of(after), *lines_of(before))):
        was = line_stretches(line, before, last_resort, now, until)
        will = line_stretches(line, after, last_resort, now, until)
        yield from _merged(_apart(line, was, will))


def lines_of_text(found: Sequence[Difference], after: Directory) -> Iterator[str]:
    """Tell it for a terminal: who rings differently, and the new gaps."""
    if not found:
        yield f"Nobody rings differently in the next {DAYS} days."
    else:
        yield f"Who rings differently in the next {DAYS} days:"
        yield from _listed([_line(one, after) for one in found])
    gaps = [one for one in found if one.after.kind is Kind.NOBODY and one.before.kind is not Kind.NOBODY]
    if gaps:
        yield "New gaps, in which NOBODY RINGS:"
        yield from _listed([f"  {_when(one, after)}: {_why(one, after)}" for one in gaps])
    else:
        yield "Gaps: none new."


def _apart(line: str, was: Sequence[Stretch], will: Sequence[Stretch]) -> Iterator[Difference]:
    edges = sorted({one.begins for one in (*was, *will)} | {was[-1].ends})
    for begins, ends in pairwise(edges):
        old, new = (next(one for one in all_of if one.begins <= begins < one.ends) for all_of in (was, will))
        if old.identity != new.identity:
            yield Difference(line, begins, ends, old, new)


def _merged(found: Iterator[Difference]) -> Iterator[Difference]:
    last: Difference | None = None
    for one in found:
        if last and last.ends == one.begins and _says(last) == _says(one):
            last = Difference(one.line, last.begins, one.ends, last.before, last.after)
            continue
        if last:
            yield last
        last = one
    if last:
        yield last


def _says(one: Difference) -> tuple[object, ...]:
    return one.before.identity, one.after.identity


def _listed(lines: Sequence[str]) -> Iterator[str]:
    yield from lines[:_MOST]
    if len(lines) > _MOST:
        yield f"  and {len(lines) - _MOST} more"


def _line(one: Difference, after: Directory) -> str:
    return f"  {_when(one, after)}  {wording.kind_text(one.before)} -> {wording.kind_text(one.after)}"


def _when(one: Difference, after: Directory) -> str:
    zone: tzinfo = choose_route(call_on(one.line), after).zone
    return f"{rule_line_text(one.line, after)}  {wording.span(one.begins, one.ends, zone)}"


def _why(one: Difference, after: Directory) -> str:
    return wording.why_nobody(one.after, choose_route(call_on(one.line), after), after)
