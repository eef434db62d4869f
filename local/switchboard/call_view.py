"""Draw up one call for the page: its way, its phones, its record and what the app said of it."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from local.demo.phrases import shortened
from local.microsoft.exchange.phones import RING_ONE, RING_SEVERAL
from local.switchboard import way
from local.switchboard.placed_calls import Placed
from local.switchboard.trail import Trail
from local.switchboard.way_answered import left_out
from local.switchboard.way_ended import ENDINGS


def as_json(placed: Placed, trail: Trail, names: Mapping[str, str], zone: ZoneInfo) -> dict[str, Any]:
    at, caller, line = placed.at.astimezone(zone), placed.caller.label, placed.line.display_name
    phones = _phones(trail, names, talks=placed.is_ours)
    state = _state(trail, talks=placed.is_ours)
    decided = way.decided_ms(trail)
    ended = trail.happened("ended")
    record = trail.record
    return {
        "id": placed.call.id,
        "number": placed.number,
        "ours": placed.is_ours,
        "at": at.strftime("%H:%M:%S"),
        "caller": caller,
        "line": line,
        "state": state,
        "over": placed.call.over,
        "outcome": ENDINGS.get(ended[0].facts["how"], "") if ended else "",
        "headline": _headline(caller, line, trail, state, phones, names),
        "rang": round(trail.rang_at * 1000, 1),
        "decided": decided,
        "ended": trail.ms(ended[0].at) if ended else None,
        "window": way.WINDOW_MS,
        "steps": [step.as_json() for step in way.steps(trail, names, caller, line)],
        "phones": phones,
        "leftOut": left_out(record or {}, names),
        "ringsFor": _rings_for(trail),
        "record": None if record is None else {name: _cell(value) for name, value in record.items()},
        "events": [
            {"ms": trail.ms(said.at), "name": said.event["event"], "facts": {**said.event}}
            for said in trail.sighting.said
        ],
    }


def _state(trail: Trail, *, talks: bool) -> str:
    """Give asking, ringing, talking, or how it ended: answered, lost, rejected, ended.

    Whoever picks up a call from a terminal does not talk: nobody would end it.
    """
    if trail.happened("pickedUp"):
        return "talking" if talks and not trail.happened("talkEnded") else "answered"
    if ended := trail.happened("ended"):
        return {"windowClosed": "lost", "rejected": "rejected"}.get(ended[0].facts["how"], "ended")
    return "ringing" if trail.happened("redirected") else "asking"


def _headline(
    caller: str, line: str, trail: Trail, state: str, phones: list[dict[str, Any]], names: Mapping[str, str]
) -> str:
    match state:
        case "asking":
            return f"{caller} calls {line}. Microsoft waits for the app to say who is to ring."
        case "ringing":
            count = len(phones)
            return f"{'One phone rings' if count == 1 else f'{count} phones ring'} for {line}. Pick one up."
        case "talking" | "answered":
            who = trail.happened("pickedUp")[0].facts["by"]
            talked = "; they have talked" if trail.happened("talkEnded") else ""
            verb = "has picked up" if state == "talking" else f"picked up{talked}"
            return f"{names.get(who) or shortened(who)} {verb}."
        case "lost":
            return "The call is lost: 15 seconds went by, and Microsoft had no answer."
        case "rejected":
            return "The caller was turned away: nobody is to ring for this call."
        case _:
            return f"{ENDINGS.get(trail.happened('ended')[0].facts['how'], 'It has ended')}."


def _phones(trail: Trail, names: Mapping[str, str], *, talks: bool) -> list[dict[str, Any]]:
    """Give each phone that the redirect named: ringing, declined, busy, talking, talked, answered, stopped."""
    redirected = trail.happened("redirected")
    if not redirected:
        return []
    ended = trail.happened("ended")
    state = dict.fromkeys(redirected[0].facts["targets"], "stopped" if ended else "ringing")
    since = dict.fromkeys(state, trail.ms(ended[0].at) if ended else trail.ms(redirected[0].at))
    for one in trail.events:
        who = one.facts.get("target") or one.facts.get("by")
        if who in state and one.what in {"declined", "busy", "pickedUp"}:
            state[who] = ("talking" if talks else "answered") if one.what == "pickedUp" else one.what
            since[who] = trail.ms(one.at)
    if trail.happened("talkEnded"):
        state = {who: "talked" if what == "talking" else what for who, what in state.items()}
    return [
        {"id": who, "name": names.get(who) or shortened(who), "state": what, "since": since[who]}
        for who, what in state.items()
    ]


def _rings_for(trail: Trail) -> float | None:
    redirected = trail.happened("redirected")
    if not redirected:
        return None
    facts = redirected[0].facts
    return float(facts.get("timeout") or (RING_ONE if len(facts["targets"]) == 1 else RING_SEVERAL))


def _cell(value: object) -> object:
    return value if isinstance(value, bool | int | float | str) or value is None else str(value)
