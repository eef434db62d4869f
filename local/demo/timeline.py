"""Tell a call's way from what the exchange saw and what its record says: values in, lines out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from local.demo.phrases import Row, called, caller, ending, shortened, target
from local.demo.terminal import Entry, Tone
from local.microsoft.exchange.phones import RING_ONE, RING_SEVERAL


@dataclass(frozen=True, slots=True)
class Happening:
    """What the exchange saw, `ms` milliseconds after the call rang."""

    ms: float
    what: str
    facts: Mapping[str, Any]


def timeline(happenings: Iterable[Happening], record: Row | None, targets: Mapping[str, Row]) -> list[Entry]:
    """Tell the call so far. `targets` has the row of each id that can ring, for their names.

    Once the bot has answered the call's notification, later happenings only add lines to the end.
    """
    return list(_entries(list(happenings), record or {}, targets))


def _entries(happenings: list[Happening], record: Row, targets: Mapping[str, Row]) -> Iterator[Entry]:
    notified = next((one for one in happenings if one.what == "notified"), None)
    sent = next((one.ms for one in happenings if one.what in {"redirected", "rejected"}), None)
    ended = next((one.ms for one in happenings if one.what == "ended"), 0.0)
    for one in happenings:
        if one.what == "rang":
            yield Entry(
                one.ms,
                "rings",
                (f"{caller(record)} calls {called(one.facts, record)} ({shortened(one.facts['called'])})",),
                Tone.HEADING,
            )
            if notified:
                text = f"POST /api/calls, signed as {notified.facts['form']}; {_answer(notified.facts)}"
                yield Entry(one.ms, "notified", (text,), _tone(notified.facts))
            if "Route" in record:
                yield _decided(sent, record)
        elif one.what == "told":
            text = f"POST {_path(one.facts['to'])} ({one.facts['form']}): terminated; {_answer(one.facts)}"
            yield Entry(ended, "notified", (text,), _tone(one.facts))
        elif one is not notified:
            yield _entry(one, targets)


def _decided(sent: float | None, record: Row) -> Entry:
    steps = (("gate", "GateMs"), ("directory", "DirectoryMs"), ("token", "TokenMs"), ("Graph", "GraphMs"))
    took = ", ".join(f"{name} {record[column]} ms" for name, column in steps if column in record)
    attempts = f"; {record['Attempts']} attempts" if record.get("Attempts", 1) > 1 else ""
    cold = "; the app's first call" if record.get("Cold") else ""
    ringing = f"list {record['List']}" if "List" in record else "nobody"
    skipped = f"; skipped {shortened(record['Skipped'])}" if record.get("Skipped") else ""
    route = f"route {shortened(record['Route'])} -> {ringing}{skipped}"
    return Entry(decided_at(sent, record), "decided", (route, f"{took}{attempts}{cold}"), Tone.OURS)


def decided_at(sent: float | None, record: Row) -> float:
    """Place the decision by the record's own durations, since the app's clock is not the exchange's."""
    before = float(record.get("GateMs", 0) + record.get("DirectoryMs", 0))
    if sent is None:
        return before
    if record.get("Attempts", 1) > 1:  # there were pauses between them, which no column has
        return max(sent - float(record.get("RedirectMs", 0)) + before, 0.0)
    return max(sent - float(record.get("TokenMs", 0) + record.get("GraphMs", 0)), 0.0)


def _entry(one: Happening, targets: Mapping[str, Row]) -> Entry:
    facts = one.facts
    match one.what:
        case "redirected":
            return Entry(one.ms, "redirected", _redirected(facts, targets), Tone.OURS)
        case "rejected":
            return Entry(one.ms, "rejected", (f"reason {facts.get('reason')}",), Tone.OURS)
        case "refused":
            text = f"Graph answers {facts['status']} {facts.get('code', '')} to the {facts['operation']}"
            return Entry(one.ms, "refused", (text,), Tone.BAD)
        case "ringing" | "declined" | "busy":
            tone = Tone.PLAIN if one.what == "ringing" else Tone.BAD
            return Entry(one.ms, one.what, (target(facts["target"], targets),), tone)
        case "pickedUp":
            return Entry(one.ms, "picks up", (target(facts["by"], targets),), Tone.GOOD)
        case "ended":
            return Entry(one.ms, "ended", (_ended(facts),), Tone.GOOD if facts["how"] == "answered" else Tone.BAD)
        case other:
            return Entry(one.ms, other, (", ".join(f"{name} {value}" for name, value in facts.items()),))


def _redirected(facts: Mapping[str, Any], targets: Mapping[str, Row]) -> tuple[str, ...]:
    who = [target(one, targets) for one in facts["targets"]]
    several = len(who) > 1
    default = f"{RING_SEVERAL if several else RING_ONE} s, Graph's own"
    timeout = f"{facts['timeout']} s" if "timeout" in facts else default
    policies = ", ".join(facts.get("routingPolicies", ())) or "none: their own forwarding stays on"
    address = urlsplit(facts.get("callbackUri", ""))
    return (
        f"to {len(who)} at once: {', '.join(who)}" if several else f"to {who[0]}",
        f"timeout {timeout}; routingPolicies {policies}",
        f"callbackUri {address.scheme}://{address.netloc}{_path(address.path)}",
    )


def _ended(facts: Mapping[str, Any]) -> str:
    said = f" ({facts['code']}/{facts['subcode']})" if "code" in facts else ""
    return f"{ending(facts)}{said}"


def _answer(facts: Mapping[str, Any]) -> str:
    if "status" not in facts:
        return f"no answer: {facts.get('error')}"
    return f"{facts['status']} after {facts['took']:.0f} ms"


def _tone(facts: Mapping[str, Any]) -> Tone:
    return Tone.PLAIN if 200 <= facts.get("status", 0) < 300 else Tone.BAD  # noqa: PLR2004 - HTTP's successes


def _path(url: str) -> str:
    return shortened(urlsplit(url).path)
