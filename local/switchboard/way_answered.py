"""Tell the way of a call until Microsoft has its answer: told, gate, claim, decision, Graph."""

import json
from collections.abc import Iterator, Mapping

from local.demo.phrases import shortened
from local.switchboard.sightings import Seen
from local.switchboard.trail import OK, Row, Step, Trail, named

_REFUSED = {401, 403}
_MISSING, _CONFLICT = 404, 409


def until_answered(trail: Trail, names: Mapping[str, str]) -> list[Step]:
    return [
        *_turns(trail),
        *_deliveries(trail),
        *_gate(trail),
        *_claimed(trail),
        *_decided(trail, names),
        *_graph(trail, names),
    ]


def left_out(record: Row, names: Mapping[str, str]) -> list[str]:
    """Say of each who does not ring, why: the record has `id: why, id: why`."""
    parts = [part.partition(": ") for part in str(record.get("Skipped") or "").split(", ") if part]
    return [f"{names.get(who) or shortened(who)} ({why})" if why else shortened(who) for who, _, why in parts]


def _turns(trail: Trail) -> Iterator[Step]:
    texts = {
        "killed": ("The app is killed", "In the middle of the call; what it knew is gone.", "bad"),
        "started": (
            "The app is up again",
            "It begins with empty hands; the row in the table is all there is.",
            "plain",
        ),
    }
    for number, (at, what) in enumerate(trail.turns):
        if what in texts:
            title, text, tone = texts[what]
            yield Step(f"turn-{number}", "app", title, trail.ms(at), trail.ms(at), text, tone)


def _deliveries(trail: Trail) -> Iterator[Step]:
    """Tell each notification of the ringing call, and what the gate made of it."""
    title = "Microsoft tells the app"
    began = [0.0, *(trail.ms(at) for at, what in trail.turns if what == "told again")]
    answered = trail.happened("notified")
    for number, at in enumerate(began):
        again = " once more" if number else ""
        if number >= len(answered):
            yield Step(f"told-{number}", "microsoft", f"{title}{again}", at, None, "POST /api/calls", "waits")
            continue
        facts = answered[number].facts
        until, status = trail.ms(answered[number].at), facts.get("status")
        signed = f"POST /api/calls, signed as {facts['form']}"
        if status is None:
            yield Step(f"told-{number}", "microsoft", f"{title}{again}", at, until, f"{signed}: no answer", "bad")
        else:
            tone = "plain" if status in OK else "bad"
            text = f"{signed}: the app answers {status}"
            yield Step(f"told-{number}", "microsoft", f"{title}{again}", at, until, text, tone)


def _gate(trail: Trail) -> Iterator[Step]:
    statuses = [event.facts.get("status") for event in trail.happened("notified")]
    if trail.writes or trail.graph:
        until = trail.ms(min(seen.asked for seen in [*trail.writes, *trail.graph]))
        for number, asked in enumerate(trail.keys_asked):
            if trail.rang_at <= asked and trail.ms(asked) <= until:
                text = "The token names a key that the app does not know yet."
                yield Step(f"keys-{number}", "app", "The app fetches Microsoft's keys", trail.ms(asked), until, text)
        took = trail.measured.get("GateMs")
        measured = f" Proved in {took} ms." if took is not None else ""
        text = f"The token is Microsoft's own, for this bot and an allowed tenant.{measured}"
        yield Step("gate", "app", "The gate lets it in", max(0.0, round(until - (took or 0), 1)), until, text, "good")
    elif statuses and statuses[0] in _REFUSED:
        until = trail.ms(trail.happened("notified")[0].at)
        yield Step("gate", "app", "The gate keeps it out", until, until, "Its token is not one of Microsoft's.", "bad")


def _claimed(trail: Trail) -> Iterator[Step]:
    title = "The app claims the call"
    for number, seen in enumerate(trail.claims):
        at, key = trail.ms(seen.asked), f"claim-{number}"
        if seen.answered is None:
            yield Step(key, "app", title, at, None, "INSERT into the table calls", "waits")
            continue
        until = trail.ms(seen.answered)
        match seen.status:
            case status if status in OK:
                text = "A new row in the table calls: no other instance can answer this call too."
                yield Step(key, "app", title, at, until, text, "good")
            case code if code == _CONFLICT:
                text = "The row is there already: another delivery has the call, or had it."
                yield Step(key, "app", "The call is claimed already", at, until, text)
                yield from _taken_over(trail, seen)
            case code if code == _MISSING:
                text = "There is no table calls yet: the app makes it, and tries again."
                yield Step(key, "app", title, at, until, text)
            case _:
                goes_on = "The app's own memory has to do, and the call goes on."
                text = f"The tables do not answer. {goes_on if seen is trail.claims[-1] else 'The app tries again.'}"
                yield Step(key, "app", title, at, until, text, "bad")


def _taken_over(trail: Trail, conflict: Seen) -> Iterator[Step]:
    later = [seen for seen in trail.writes if seen.what != "POST" and seen.asked > conflict.asked]
    if later and later[0].status in OK and trail.graph and trail.graph[-1].asked > later[0].asked:
        text = "Whoever had claimed it has not renewed the claim, so it has run out."
        at, until = trail.ms(later[0].asked), trail.ms(later[0].answered or later[0].asked)
        yield Step("claim-taken-over", "app", "The app takes the call over", at, until, text, "good")


def _decided(trail: Trail, names: Mapping[str, str]) -> Iterator[Step]:
    record = trail.record or {}
    asked = trail.graph
    if not asked and "Route" not in record:
        return
    until = trail.ms(asked[0].asked) if asked else trail.ms(trail.events[-1].at)
    claimed = [seen.answered for seen in trail.claims if seen.answered]
    took = trail.measured.get("DirectoryMs")
    at = round(max(until - (took or 0), trail.ms(claimed[0]) if claimed else 0.0), 1)
    found = _targets(asked[0]) if asked else str(record.get("Rung") or "").split()
    lines = [f"Rings: {named(found, names)}." if found else "Rings nobody."]
    if record.get("Route"):
        ringing = f"list “{record['List']}”" if record.get("List") else "no list"
        lines.insert(0, f"Route {shortened(record['Route'])}: {ringing}.")
    lines += [f"Does not ring: {left}." for left in left_out(record, names)]
    text = "By the rows of the tables" + (f", which were at hand in {took} ms." if took is not None else ".")
    yield Step("decided", "app", "The app decides who rings", min(at, until), until, text, "good", tuple(lines))


def _targets(seen: Seen) -> list[str]:
    try:
        targets = json.loads(seen.body)["targets"]
        return [
            member["id"]
            for target in targets
            for name, member in target["identity"].items()
            if not name.startswith("@")
        ]
    except (ValueError, LookupError, TypeError, AttributeError):
        return []


def _graph(trail: Trail, names: Mapping[str, str]) -> Iterator[Step]:
    asked = trail.graph
    gone = [trail.ms(at) for at, what in trail.turns if what == "killed"]
    for number, seen in enumerate(asked):
        again = f", attempt {number + 1}" if number else ""
        title = f"Graph is asked to {seen.what} the call{again}"
        at, key = trail.ms(seen.asked), f"graph-{number}"
        follows = next((trail.ms(later.asked) for later in asked[number + 1 :]), None)
        dead = next((moment for moment in gone if moment >= at), None)
        said = next((trail.ms(one.at) for one in trail.happened("notified") if one.at > seen.asked), None)
        done = trail.ms(seen.answered) if seen.answered else None
        before = _targets(asked[number - 1]) if number else _targets(seen)
        whom = (f"Now asked to ring {named(_targets(seen), names)}.",) if _targets(seen) != before else ()
        if seen.status is None and (given_up := dead or follows or said or done):
            why = "The app is gone before Graph has answered." if dead else "No answer: the app has given up waiting."
            yield Step(key, "graph", title, at, given_up, why, "bad", whom)
        elif seen.status is None or seen.answered is None:
            yield Step(key, "graph", title, at, None, "Waiting for its answer", "waits", whom)
        else:
            good = seen.status in OK
            text = f"It answers {seen.status}{_meaning(seen, trail)}"
            tone, code = "good" if good else "bad", str(seen.status)
            yield Step(key, "graph", title, at, trail.ms(seen.answered), text, tone, whom, code)


def _meaning(seen: Seen, trail: Trail) -> str:
    if seen.status == 202:  # noqa: PLR2004 - Graph's one good answer
        return ": accepted."
    if seen.status == 429:  # noqa: PLR2004 - HTTP's word for it
        return ": too many requests. The app tries again a little later."
    code = next(
        (
            one.facts.get("code")
            for one in trail.happened("refused")
            if one.facts.get("status") == seen.status and one.at >= seen.asked
        ),
        None,
    )
    if code == "7505":
        return "/7505: one of the targets is of another tenant."
    return f"/{code}." if code else "."
