"""Show each called line: who rings for it now, by which rule for whom, who does not, and when that changes."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from shared.console.explain.explanation import Explanation, NotRung, rung_targets
from shared.console.explain.overrides import callers_text, effect_text
from shared.console.explain.report import LineReport
from shared.console.page.markup import Html, code, joined, tag
from shared.console.page.words import capital, counted, moment, nobody, time_until
from shared.core.coverage import wording
from shared.core.coverage.stretches import Kind, Stretch, call_on
from shared.core.directory.model import ANONYMOUS, ANY, Directory, Pick
from shared.core.routing.decide import choose_route
from shared.core.routing.decisions import Decision, Redirect, SkipReason

_FOLDED = 6  # names more than these stay folded until they are asked for
_RANKS = {Kind.NOBODY: 0, Kind.LAST_RESORT: 2, Kind.SPARE: 2}
_BADGES = {
    Kind.RINGS: ("ok", "rings"),
    Kind.SPARE: ("warning", "spare rings"),
    Kind.LAST_RESORT: ("warning", "last resort"),
    Kind.CLOSED: ("ok", "closed"),
    Kind.NOBODY: ("error", "no one rings"),
}


def worst_first(lines: Iterable[LineReport]) -> list[LineReport]:
    """Order lines: the silent ones, those that will be, those whose spare rings; then by name."""
    return sorted(lines, key=lambda line: (_rank(line), not line.is_protected, line.id != ANY, line.text.casefold()))


def lines(shown: Iterable[LineReport], now: datetime, directory: Directory) -> Iterator[Html]:
    for line in shown:
        yield tag(
            "article",
            tag("h3", tag("bdi", capital(line.text)), *_badges(line)),
            *_gap(line, directory),
            *(rule(answer, now) for answer in line.answers),
            _overrides(line),
            class_=f"card line {'silent' if _rank(line) <= 1 else ''}".rstrip(),
            id=f"line-{line.id}",
        )


def rule(answer: Explanation, now: datetime) -> Html:
    """Show one answer: who rings, who does not, and when that changes."""
    by_chance = {SkipReason.NOT_PICKED} if answer.route.pick is Pick.RANDOM else set()
    others = [silent for silent in answer.skipped if silent.why in by_chance]
    silent = [silent for silent in answer.skipped if silent.why not in by_chance]
    return tag(
        "div",
        tag(
            "div",
            tag("h4", _callers(answer.question.caller)),
            tag("p", "Open ", code(answer.route.hours), class_="open") if answer.route.hours else None,
        ),
        tag(
            "dl",
            _column(_heading(answer), *_ringing(answer, others)),
            _column("Does not ring", *_silent(silent), class_="quiet"),
            _column("Changes", _change(answer, now)),
        ),
        class_="rule",
    )


def _rank(line: LineReport) -> int:
    if line.gaps and line.now is not Kind.NOBODY:
        return 1
    return _RANKS.get(line.now, 3) if line.now else 3


def _badges(line: LineReport) -> Iterator[Html]:
    if line.now:
        health, said = _BADGES[line.now]
        yield tag("span", said, class_=f"badge {health}")
    if line.is_protected:
        yield tag("span", "protected", class_="badge plain")


def _gap(line: LineReport, directory: Directory) -> Iterator[Html]:
    if not line.gaps:
        return
    first: Stretch = line.gaps[0]
    why = wording.why_nobody(first, choose_route(call_on(line.id), directory), directory)
    more = f", and {counted(len(line.gaps) - 1, 'more time', 'more times')} in two weeks" if line.gaps[1:] else ""
    when = wording.gap_text(first, line.stretches, line.zone)
    yield tag("p", tag("b", f"No one rings {when}{more}."), " ", tag("bdi", f"{capital(why)}."), class_="gap error")


def _overrides(line: LineReport) -> Html | None:
    found = line.overrides
    if not found.count:
        return None
    rules = [tag("li", code(one.name), f": {callers_text(one)}: {effect_text(one)}") for one in found.rules]
    more = tag("li", f"and {found.count - len(rules)} more") if found.count > len(rules) else None
    said = f"{counted(found.count, 'rule', 'rules')} of any line can override this one"
    return tag("details", tag("summary", said), tag("ul", *rules, more), class_="overrides")


def _callers(caller: str) -> Html:
    if caller in {ANY, ANONYMOUS}:
        return joined("Any caller" if caller == ANY else "Callers without a number")
    return joined("Numbers from " if caller.startswith("+") else "Caller ", code(caller))


def _heading(answer: Explanation) -> Html:
    if not isinstance(answer.decision, Redirect):
        return joined("Rings")
    rings = "Rings one of these by chance" if answer.route.pick is Pick.RANDOM else "Rings"
    return joined(f"{rings}, from list ", tag("bdi", answer.decision.list))


def _ringing(answer: Explanation, others: list[NotRung]) -> Iterator[Html]:
    if not isinstance(answer.decision, Redirect):
        yield tag("p", nobody(answer.decision), class_="who")
    yield from _folding(
        [_person(target.id, target.name) for target in answer.rings] + [_person(one.id, one.name) for one in others]
    )


def _silent(skipped: list[NotRung]) -> Iterator[Html]:
    if not skipped:
        yield tag("p", "Nobody is left out.", class_="who")
    off_duty = [one for one in skipped if one.why is SkipReason.OFF_DUTY]
    yield from _folding([_person(one.id, one.name, one.why) for one in skipped if one not in off_duty])
    if off_duty:
        people = (_person(one.id, one.name) for one in off_duty)
        yield tag("details", tag("summary", f"{len(off_duty)} not on duty"), *people)


def _person(key: str, name: str, why: str = "") -> Html:
    named = joined(tag("bdi", name), tag("small", code(key))) if name else code(key)
    return tag("p", named, tag("small", why) if why else None, class_="who")


def _folding(people: list[Html]) -> Iterator[Html]:
    yield from people[:_FOLDED]
    if len(people) > _FOLDED:
        yield tag("details", tag("summary", f"and {len(people) - _FOLDED} more"), *people[_FOLDED:])


def _change(answer: Explanation, now: datetime) -> Html:
    if answer.next_change is None or answer.then is None:
        return tag("p", f"Nothing, for {counted(answer.horizon.days, 'day')}.", class_="then")
    return joined(
        tag("p", moment(answer.next_change, answer.route.zone), f", {time_until(answer.next_change - now)}"),
        tag("p", "Then: ", tag("b", _then(answer.then)), class_="then"),
    )


def _then(decision: Decision) -> Html:
    if not isinstance(decision, Redirect):
        return joined(nobody(decision))
    first, *rest = rung_targets(decision)
    more = f" and {counted(len(rest), 'other')}" if rest else ""
    return joined(tag("bdi", first.name or first.id), f"{more}, from list ", tag("bdi", decision.list))


def _column(heading: Html | str, *contents: Html, class_: str = "column") -> Html:
    return tag("div", tag("dt", heading), tag("dd", *contents), class_=class_)
