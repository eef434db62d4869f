"""Tell the way of a call once Microsoft has its answer: phones, end, record."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from local.demo.phrases import shortened
from local.switchboard.trail import OK, Step, Trail, named

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


def until_recorded(trail: Trail, names: Mapping[str, str]) -> list[Step]:
    return [*_phones(trail, names), *_ends(trail), *_recorded(trail)]


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
            yield Step("picked-up", "phones", f"{named([one.facts['by']], names)} picks up", at, at, "", "good")
        elif one.what in {"declined", "busy"}:
            says = "declines" if one.what == "declined" else "is busy"
            yield Step(f"phone-{number}", "phones", f"{named([one.facts['target']], names)} {says}", at, at)


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
        path = shortened(urlsplit(one.facts["to"]).path)
        text = f"POST {path}: " + ("no answer" if status is None else f"the app answers {status}")
        tone = "plain" if status in OK else "bad"
        yield Step(f"end-told-{number}", "microsoft", "Microsoft tells the app how it ended", at, until, text, tone)


def _recorded(trail: Trail) -> Iterator[Step]:
    claims = trail.claims
    writes = [seen for seen in trail.writes if seen not in claims]
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
