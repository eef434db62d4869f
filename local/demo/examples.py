"""The lines that local/seed has routes for, and the three examples of the API page as calls to them.

https://learn.microsoft.com/graph/api/call-redirect
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.microsoft.exchange.call_script import BOT, Kind


@dataclass(frozen=True, slots=True)
class Line:
    """What somebody can call: the bot itself, or a resource account that leads to it."""

    name: str
    kind: Kind
    id: str
    display_name: str

    @property
    def called(self) -> dict[str, str]:
        return {"kind": self.kind, "id": self.id, "displayName": self.display_name}


@dataclass(frozen=True, slots=True)
class Example:
    """A call of the API page: `asked` is for the exchange, `expected` is what the record must say in the end."""

    title: str
    asked: Mapping[str, Any]
    expected: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sample:
    """What the printed commands name: a line as --line takes it, and a target with its list."""

    line: str
    line_id: str
    of_list: str
    target: str


FRONT = Line("front", "application", BOT, "test bot")
# The page's second example calls the bot too; a line of its own, with a made-up id, gives it a list of its own.
SALES = Line("sales", "applicationInstance", "5a1e5000-0000-4000-8000-000000000001", "Sales")
DUTY = Line("duty", "applicationInstance", "7629bdce-046c-4903-86b4-a8f718277e1a", "PstnAppInstance")
SUPPORT = Line("support", "applicationInstance", "5a990000-0000-4000-8000-000000000002", "Support")
EVERYBODY = Line("everybody", "applicationInstance", "a11a0000-0000-4000-8000-000000000003", "Everybody")
LINES = {line.name: line for line in (FRONT, SALES, DUTY, SUPPORT, EVERYBODY)}

_BOT_2 = "22bfd41f-550e-477d-8789-f6f7bd2a5e8b"
_FIRST_USER = "98da8a1a-1b87-452c-a713-65d3f10b1253"
_SECOND_USER = "bf5aae9a-d11d-47a8-93b1-782504c9c3f3"
_MOBILE = "+12345678901"
SAMPLE = Sample(SALES.name, SALES.id, "sales", _FIRST_USER)
_ANSWERED = {"State": "done", "Outcome": "answered"}

EXAMPLES = {
    1: Example(
        "one application",
        {"example": 1, "called": FRONT.called, "phones": {_BOT_2: {"picksUp": 0.5}}},
        _ANSWERED | {"Rung": _BOT_2, "Forwarding": True, "AnsweredBy": _BOT_2},
    ),
    2: Example(
        "two users at once; the second picks up",
        {"example": 2, "called": SALES.called, "phones": {_FIRST_USER: "silent", _SECOND_USER: {"picksUp": 2}}},
        _ANSWERED | {"Rung": f"{_FIRST_USER} {_SECOND_USER}", "Forwarding": False, "AnsweredBy": _SECOND_USER},
    ),
    3: Example(
        "a phone number",
        {"example": 3, "called": DUTY.called, "phones": {_MOBILE: {"picksUp": 1}}},
        _ANSWERED | {"Rung": _MOBILE, "Forwarding": True, "AnsweredKind": "encrypted"},
    ),
}


def went_as_expected(example: Example, record: Mapping[str, Any]) -> bool:
    return all(record.get(column) == value for column, value in example.expected.items())
