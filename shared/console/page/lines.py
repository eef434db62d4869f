"""Show each called line: for each rule about its callers who rings, who does not, and when that changes."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from shared.console.explain.explanation import Explanation, NotRung, in_words, rung_targets
from shared.console.explain.report import LineReport
from shared.console.page.markup import Html, code, joined, tag
from shared.console.page.words import counted, moment, time_until
from shared.core.directory.model import ANONYMOUS, ANY, Pick
from shared.core.routing.decisions import Decision, Redirect, SkipReason

_FOLDED = 6  # names more than these stay folded until they are asked for


def lines(shown: Iterable[LineReport], now: datetime) -> Iterator[Html]:
    for line in shown:
        named = joined(tag("bdi", line.name), " ", code(line.id)) if line.name else joined("Line ", code(line.id))
        name = "Any line" if line.id == ANY else named
        yield tag("article", tag("h3", name), *(_rule(answer, now) for answer in line.answers), class_="card")


def _rule(answer: Explanation, now: datetime) -> Html:
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
    if not answer.rings:
        yield tag("p", f"Nobody: {in_words(answer.decision)}.", class_="who")
    yield from _folding(
        [_person(target.id, target.name) for target in answer.rings] + [_person(one.id, one.name) for one in others]
    )


def _silent(skipped: list[NotRung]) -> Iterator[Html]:
    if not skipped:
        yield tag("p", "Nobody is left out.", class_="who")
    yield from _folding([_person(one.id, one.name, one.why) for one in skipped])


def _person(key: str, name: str, why: str = "") -> Html:
    told = joined(tag("bdi", name), tag("small", code(key))) if name else code(key)
    return tag("p", told, tag("small", why) if why else None, class_="who")


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
        return joined(in_words(decision))
    first, *rest = rung_targets(decision)
    more = f" and {counted(len(rest), 'other')}" if rest else ""
    return joined(tag("bdi", first.name or first.id), f"{more}, from list ", tag("bdi", decision.list))


def _column(heading: Html | str, *contents: Html, class_: str = "column") -> Html:
    return tag("div", tag("dt", heading), tag("dd", *contents), class_=class_)
