"""Messages as a Teams Workflows webhook takes them: https://learn.microsoft.com/connectors/teams, adaptive cards 1.4.

A flow accepts a body without `attachments` and fails afterwards, where nobody sees it.
"""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from shared.core import ids
from shared.core.missed_call.digest import Digest
from shared.core.missed_call.missed_call import MissedCall
from shared.core.missed_call.plain_text import without_mentions
from shared.core.missed_call.wording import Shown, Wording

# In cards, text is markdown, and {{…}} a function. A backslash before one of these stops both.
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#<>|~!]|&(?=#|\w+;))")
_LIST_MARK = re.compile(r"^([-+]|\d+(?=\.\s))(?=\s|\.)")

type Fact = tuple[str, str]


def missed_call_card(call: MissedCall, wording: Wording) -> bytes:
    """Write the card of one call; its id stands at the end, so that a second one of the same call is seen to be it."""
    facts = [
        ("Caller", escaped(wording.caller(call))),
        ("When", escaped(wording.when(call))),
        ("What", escaped(wording.why(call))),
        ("Rang", escaped(wording.rang(call))),
    ]
    title = f"{wording.title([call])}: {wording.line(call)}"
    return message(title, facts, f"Call {call.key.path}", _call_back(call, wording))


def digest_card(digest: Digest) -> bytes:
    """Write one card of many calls: a fact for each line and caller."""
    facts = [(escaped(one.line), escaped(one.text)) for one in digest.entries]
    return message(digest.title, facts, digest.rest, [])


def message(title: str, facts: Iterable[Fact], foot: str, actions: Sequence[dict[str, Any]]) -> bytes:
    """Write a card with a title, facts (an empty one is left out), a small line below, and what can be clicked."""
    told = [{"title": name, "value": value} for name, value in facts if value]
    body: list[dict[str, Any]] = [
        {"type": "TextBlock", "text": escaped(title), "weight": "Bolder", "size": "Medium", "wrap": True},
        {"type": "FactSet", "facts": told},
    ]
    if foot:
        body.append({"type": "TextBlock", "text": escaped(foot), "size": "Small", "isSubtle": True, "wrap": True})
    card = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.4",
        "lang": "en",
        "fallbackText": escaped(title),  # markdown as well
        "speak": without_mentions(title),  # where < and > would be markup of speech
        "body": body,
        "msteams": {"width": "Full"},
    }
    if actions:
        card["actions"] = [*actions]
    kind = "application/vnd.microsoft.card.adaptive"
    whole = {"type": "message", "attachments": [{"contentType": kind, "contentUrl": None, "content": card}]}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def escaped(text: str) -> str:
    """Write a text so that a card shows it as it is."""
    return _LIST_MARK.sub(r"\\\1", _SPECIAL.sub(r"\\\1", text))


def _call_back(call: MissedCall, wording: Wording) -> list[dict[str, Any]]:
    """Offer to call back in Teams, where the setting lets the number into the message."""
    number = ids.phone_number(call.caller) if wording.shown is Shown.FULL else None
    if number is None:
        return []
    address = f"https://teams.microsoft.com/l/call/0/0?users=4:%2B{number[1:]}"
    return [{"type": "Action.OpenUrl", "title": "Call back", "url": address}]
