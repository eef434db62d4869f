"""Tell the way of one call, step by step, from what was seen of it: values in, words and milliseconds out."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from local.microsoft.exchange.call import Event
from local.switchboard.sightings import Seen, Sighting

type Row = Mapping[str, Any]

WINDOW_MS = 15_000
_OK = range(200, 300)
_REFUSED = {401, 403}
_MISSING, _CONFLICT = 404, 409
ENDINGS = {
    "answered": "Answered",
    "noAnswer": "Nobody picked up in time",
    "declined": "Everybody declined",
    "busy": "Busy",
    "hungUp": "The caller hung up",
    "rejected": "Turned away",
    "windowClosed": "Lost: 15 seconds have passed without an answer",
    "stopped": "The exchange was stopped",
}


@dataclass(frozen=True, slots=True)
class Step:
    """What happened from `at` until `until`, in milliseconds after the ring; `until` is None while it lasts.

    `who` did it: microsoft, app, tables, graph, phones. `tone` is plain, good, bad or waits.
    """

    key: str
    who: str
    title: str
    at: float
    until: float | None
    text: str = ""
    tone: str = "plain"
    lines: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Trail:
    """All that is known of a call; `rang_at` and the times of events are time.monotonic().

    `turns` are what was done to the app meanwhile: killed, started, told again.
    """

    rang_at: float
    events: tuple[Event, ...]
    sighting: Sighting
    record: Row | None
    turns: tuple[tuple[float, str], ...] = ()
    keys_asked: tuple[float, ...] = ()  # when the app asked for Microsoft's keys

    @property
    def graph(self) -> list[Seen]:
        return sorted(self.sighting.graph.values(), key=lambda seen: seen.asked)

    @property
    def writes(self) -> list[Seen]:
        return sorted(self.sighting.tables.values(), key=lambda seen: seen.asked)

    @property
    def measured(self) -> Row:
        """The record, where one process alone has measured it."""
        return {} if self.record is None or any(what == "killed" for _, what in self.turns) else self.record

    def ms(self, moment: float) -> float:
        return max(0.0, round((moment - self.rang_at) * 1000, 1))

    def happened(self, what: str) -> list[Event]:
        return [event for event in self.events if event.what == what]


def steps(trail: Trail, names: Mapping[str, str], caller: str, line: str) -> list[Step]:
    """Tell all that is known so far, in the order in which it began."""
    told = [Step("rang", "microsoft", "A call comes in", 0.0, 0.0, f"{caller} calls {line}.")]
    told += _turns(trail)
    told += _deliveries(trail)
    told += _gate(trail)
    told += _claimed(trail)
    told += _decided(trail, names)
    told += _graph(trail, names)
    told += _phones(trail, names)
    told += _ends(trail)
    told += _recorded(trail)
    return sorted(told, key=lambda step: step.at)


def decided_ms(trail: Trail) -> float | None:
    """Give when Microsoft had its answer: the redirect or the reject that counted."""
    return next((trail.ms(one.at) for one in trail.events if one.what in {"redirected", "rejected"}), None)


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
            tone = "plain" if status in _OK else "bad"
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
    inserts = [seen for seen in trail.writes if seen.what == "POST"]
    title = "The app claims the call"
    for number, seen in enumerate(inserts):
        at, key = trail.ms(seen.asked), f"claim-{number}"
        if seen.answered is None:
            yield Step(key, "app", title, at, None, "INSERT into the table calls", "waits")
            continue
        until = trail.ms(seen.answered)
        match seen.status:
            case status if status in _OK:
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
                text = "The tables do not answer. The app's own memory has to do, and the call goes on."
                yield Step(key, "app", title, at, until, text, "bad")


def _taken_over(trail: Trail, conflict: Seen) -> Iterator[Step]:
    later = [seen for seen in trail.writes if seen.what != "POST" and seen.asked > conflict.asked]
    if later and later[0].status in _OK and trail.graph and trail.graph[-1].asked > later[0].asked:
        text = "Whoever had claimed it has not renewed the claim, so it has run out."
        at, until = trail.ms(later[0].asked), trail.ms(later[0].answered or later[0].asked)
        yield Step("claim-taken-over", "app", "The app takes the call over", at, until, text, "good")


def _decided(trail: Trail, names: Mapping[str, str]) -> Iterator[Step]:
    record = trail.record or {}
    asked = trail.graph
    if not asked and "Route" not in record:
        return
    until = trail.ms(asked[0].asked) if asked else trail.ms(trail.events[-1].at)
    claimed = [seen.answered for seen in trail.writes if seen.what == "POST" and seen.answered]
    took = trail.measured.get("DirectoryMs")
    at = round(max(until - (took or 0), trail.ms(claimed[0]) if claimed else 0.0), 1)
    found = _targets(asked[0]) if asked else str(record.get("Rung") or "").split()
    lines = [f"Rings: {_named(found, names)}." if found else "Rings nobody."]
    if record.get("Route"):
        ringing = f"list “{record['List']}”" if record.get("List") else "no list"
        lines.insert(0, f"Route {short(record['Route'])}: {ringing}.")
    lines += [f"Does not ring: {left}." for left in left_out(record, names)]
    text = "By the rows of the tables" + (f", which were at hand in {took} ms." if took is not None else ".")
    yield Step("decided", "app", "The app decides who rings", min(at, until), until, text, "good", tuple(lines))


def left_out(record: Row, names: Mapping[str, str]) -> list[str]:
    """Say of each who does not ring, why: the record has `id: why, id: why`."""
    parts = [part.partition(": ") for part in str(record.get("Skipped") or "").split(", ") if part]
    return [f"{names.get(who) or short(who)} ({why})" if why else short(who) for who, _, why in parts]


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


def _named(who: Iterable[str], names: Mapping[str, str]) -> str:
    return ", ".join(names.get(one) or short(one) for one in who)


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
        whom = (f"Now asked to ring {_named(_targets(seen), names)}.",) if _targets(seen) != before else ()
        if seen.status is None and (given_up := dead or follows or said or done):
            why = "The app is gone before Graph has answered." if dead else "No answer: the app has given up waiting."
            yield Step(key, "graph", title, at, given_up, why, "bad", whom)
        elif seen.status is None or seen.answered is None:
            yield Step(key, "graph", title, at, None, "Waiting for its answer", "waits", whom)
        else:
            good = seen.status in _OK
            text = f"It answers {seen.status}{_meaning(seen, trail)}"
            yield Step(key, "graph", title, at, trail.ms(seen.answered), text, "good" if good else "bad", whom)


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


def _phones(trail: Trail, names: Mapping[str, str]) -> Iterator[Step]:
    ringing = trail.happened("ringing")
    if ringing:
        over = [one for one in trail.events if one.what in {"ended", "pickedUp"}]
        until = trail.ms(over[0].at) if over else None
        count = f"{len(ringing)} phones ring at once" if len(ringing) > 1 else "One phone rings"
        yield Step("ringing", "phones", count, trail.ms(ringing[0].at), until, "", "plain" if over else "waits")
    for number, one in enumerate(trail.events):
        at = trail.ms(one.at)
        if one.what == "pickedUp":
            yield Step("picked-up", "phones", f"{_name(one.facts['by'], names)} picks up", at, at, "", "good")
        elif one.what in {"declined", "busy"}:
            says = "declines" if one.what == "declined" else "is busy"
            yield Step(f"phone-{number}", "phones", f"{_name(one.facts['target'], names)} {says}", at, at)


def _ends(trail: Trail) -> Iterator[Step]:
    for one in trail.happened("ended"):
        how, at = one.facts["how"], trail.ms(one.at)
        code = f"Microsoft's code is {one.facts['code']}/{one.facts['subcode']}." if "code" in one.facts else ""
        tone = "good" if how == "answered" else "bad" if how == "windowClosed" else "plain"
        text = code or (
            "Microsoft connects the two; from here on the app is no part of the call." * (how == "answered")
        )
        yield Step("ended", "microsoft", f"{ENDINGS.get(how, how)}", at, at, text, tone)
    for number, one in enumerate(trail.happened("told")):
        ended = trail.happened("ended")
        at, until, status = (
            trail.ms(ended[0].at) if ended else trail.ms(one.at),
            trail.ms(one.at),
            one.facts.get("status"),
        )
        path = "/".join(short(part) for part in urlsplit(one.facts["to"]).path.split("/"))
        text = f"POST {path}: " + ("no answer" if status is None else f"the app answers {status}")
        tone = "plain" if status in _OK else "bad"
        yield Step(f"end-told-{number}", "microsoft", "Microsoft tells the app how it ended", at, until, text, tone)


def _recorded(trail: Trail) -> Iterator[Step]:
    writes = [seen for seen in trail.writes if seen.what != "POST"]
    record = trail.record or {}
    lost = [said for said in trail.sighting.said if said.event["event"] == "call.unrecorded"]
    if record.get("State") == "done" and writes:
        at, until = trail.ms(writes[-1].asked), trail.ms(writes[-1].answered or writes[-1].asked)
        outcome = str(record.get("Outcome", "")).replace("_", " ")
        text = f"One row in the table calls has it all. Outcome: {outcome}."
        yield Step("recorded", "tables", "The record is written", at, until, text, "good")
    elif lost:
        at = trail.ms(lost[-1].at)
        text = "The tables are away. The log has the row, and tools.recover writes it later."
        yield Step("recorded", "tables", "The record waits in the log", at, at, text, "bad")


def _name(who: str, names: Mapping[str, str]) -> str:
    return names.get(who) or short(who)


def short(text: str) -> str:
    """Cut ids to what tells them apart."""
    return "/".join(f"{part[:8]}…" if len(part) >= 36 else part for part in text.split("/"))  # noqa: PLR2004 - a GUID's length


def is_settled(trail: Trail, *, over: bool) -> bool:
    """Tell whether nothing more is to be expected of a call."""
    told: Iterable[Event] = trail.happened("told") + trail.happened("lost")
    return over and bool(told or trail.happened("ended")) and (trail.record or {}).get("State") == "done"
