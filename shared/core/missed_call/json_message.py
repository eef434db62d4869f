"""Messages as plain JSON, for whatever reads it: `text` is the sentence that Slack, for one, shows."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from shared.core.missed_call.digest import digest
from shared.core.missed_call.missed_call import MissedCall
from shared.core.missed_call.plain_text import without_mentions
from shared.core.missed_call.wording import Shown, Wording
from shared.core.record.classes import class_of

VERSION = 1
_LARGEST = 18_000  # bytes: as much as a card may have


def missed_call_json(call: MissedCall, wording: Wording) -> bytes:
    """Write one call; `id` is the same however often it is told."""
    return _written(
        {"text": without_mentions(_sentence(call, wording)), "type": "missed_call", "version": VERSION}
        | _facts(call, wording)
    )


def digest_json(calls: Sequence[MissedCall], wording: Wording) -> bytes:
    """Write many calls; `calls` has as many of them as there is room for, `more` counts the rest."""
    summed = digest(calls, wording)
    head = {"type": "missed_calls", "version": VERSION, "count": len(calls)}
    sentences = "\n".join(f"{entry.line}: {entry.text}" for entry in summed.entries)
    text = without_mentions("\n".join(filter(None, (summed.title, sentences, summed.rest))))
    told: list[Mapping[str, Any]] = []
    size = len(_written({"text": text}))
    for call in calls:
        facts = _facts(call, wording)
        size += len(_written(facts)) + 1
        if size > _LARGEST:
            break
        told.append(facts)
    return _written({"text": text} | head | {"calls": told, "more": len(calls) - len(told)})


def _sentence(call: MissedCall, wording: Wording) -> str:
    caller = wording.caller(call)
    who = f" from {caller}" if caller else ""
    return f"{wording.title([call])}{who} to {wording.line(call)}, {wording.when(call)}: {wording.why(call)}."


def _facts(call: MissedCall, wording: Wording) -> dict[str, Any]:
    at = wording.at(call)
    return {
        "id": call.key.path,
        "at": at.isoformat(timespec="seconds"),
        "time_zone": str(at.tzinfo),
        "line": {"id": call.line or None, "name": wording.line_name(call) or None},
        "caller": _caller(call, wording),
        "class": class_of(call.outcome).value,
        "outcome": call.outcome.value,
        "rang_seconds": call.rang_seconds,
        "list": call.list or None,
        "rang": [*wording.rung_names(call)],
    }


def _caller(call: MissedCall, wording: Wording) -> dict[str, Any] | None:
    if wording.shown is Shown.NONE:
        return None
    is_known = bool(call.caller) and call.caller_kind != "encrypted"
    return {"kind": call.caller_kind or None, "number": wording.caller(call) if is_known else None}


def _written(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
