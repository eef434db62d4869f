"""Tell a call in four lines: it rings, who is chosen and who is not, what Graph is told, how it ends."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from local.demo.phrases import Row, called, caller, ending, shortened, target_name
from local.demo.terminal import Entry, Tone
from local.demo.timeline import Happening, decided_at

_MOST_NAMES = 4


def brief(happenings: Iterable[Happening], record: Row | None, targets: Mapping[str, Row]) -> list[Entry]:
    """Tell the call so far, as `timeline` does, in its few most telling lines."""
    return list(_entries(list(happenings), record or {}, targets))


def _entries(happenings: list[Happening], record: Row, targets: Mapping[str, Row]) -> Iterator[Entry]:
    sent = next((one.ms for one in happenings if one.what in {"redirected", "rejected"}), None)
    answerer = next((one.facts["by"] for one in happenings if one.what == "pickedUp"), "")
    for one in happenings:
        match one.what:
            case "rang":
                text = f"{caller(record)} calls {called(one.facts, record)}"
                yield Entry(one.ms, "rings", (text,), Tone.HEADING)
                if "Route" in record:
                    yield Entry(decided_at(sent, record), "decided", _decided(record, targets), Tone.OURS)
            case "redirected":
                count = len(one.facts["targets"])
                text = f"Graph takes it; {f'{count} ring at once' if count > 1 else 'it rings there'}"
                yield Entry(one.ms, "redirected", (text,), Tone.OURS)
            case "rejected":
                yield Entry(one.ms, "rejected", (f"Graph takes it: reason {one.facts.get('reason')}",), Tone.OURS)
            case "refused":
                text = f"Graph answers {one.facts['status']} to the {one.facts['operation']}"
                yield Entry(one.ms, "refused", (text,), Tone.BAD)
            case "ended":
                yield _ended(one, f" by {target_name(answerer, targets)}" if answerer else "")
            case _:  # what `timeline` tells as well
                pass


def _decided(record: Row, targets: Mapping[str, Row]) -> tuple[str]:
    rung = str(record.get("Rung") or "").split()
    rings = f"list {record.get('List')} rings: {_names(rung, targets)}" if rung else "nobody rings"
    return (f"{rings}; {_left_out(record, targets)}",)


def _names(rung: list[str], targets: Mapping[str, Row]) -> str:
    names = [target_name(who, targets) for who in rung[:_MOST_NAMES]]
    more = [f"{len(rung) - len(names)} more"] if len(rung) > len(names) else []
    *first, last = names + more
    return f"{', '.join(first)} and {last}" if first else last


def _left_out(record: Row, targets: Mapping[str, Row]) -> str:
    said = str(record.get("Skipped") or "")
    for who in targets:
        said = said.replace(f"{who}: ", f"{target_name(who, targets)}: ")
    return f"left out: {shortened(said)}" if said else "nobody is left out"


def _ended(ended: Happening, by_whom: str) -> Entry:
    facts: Mapping[str, Any] = ended.facts
    tone = Tone.GOOD if facts["how"] == "answered" else Tone.BAD
    return Entry(ended.ms, "ended", (f"{ending(facts)}{by_whom if facts['how'] == 'answered' else ''}",), tone)
