"""Read what a person asks: who would ring for which line, which caller, when."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from urllib.parse import parse_qsl

from shared.core import caller_id, ids
from shared.core.coverage.stretches import SAMPLE_CALL
from shared.core.directory.model import ANONYMOUS, ANY
from shared.core.directory.people import folded
from shared.core.ids import TenantId
from shared.core.json_reader import Json, parse_json
from shared.core.light_dataclass import dataclass
from shared.core.notification.calls import Identity, RingingCall
from shared.core.refusals import InvalidQuestion, Unreadable
from shared.core.schedule import local_times
from shared.core.suggestions import did_you_mean

_LONGEST_FORM = 4096  # bytes
_YEARS = range(2000, 2100)


@dataclass(frozen=True, slots=True)
class Question:
    """`called` is `any` or a line's object id; `caller` is `any`, `anonymous`, an object id or a number.

    A time `at` without an offset is on the wall clock of the route's zone.
    """

    called: str
    caller: str
    at: datetime


def parse_form(body: bytes) -> Mapping[str, str]:
    """Read what a browser's form posts; of a field that comes twice the last counts."""
    return dict(parse_qsl(body[:_LONGEST_FORM].decode("ascii", "replace"), errors="replace"))


def parse_question(body: bytes, now: datetime, names: Mapping[str, str] = MappingProxyType({})) -> Question:
    """Read what was asked; what is left out is any line, any caller, now. Raises InvalidQuestion.

    `names` are what people call the lines, by their ids.
    """
    try:
        asked = parse_json(body or b"{}")
    except Unreadable:
        asked = Json(None, "body")
    if not asked.is_object:
        raise InvalidQuestion(message='The body is not a JSON object like {"called": "any", "caller": "+43"}.')
    return Question(
        called=parse_called(_text(asked["called"]), names),
        caller=parse_caller(_text(asked["caller"])),
        at=parse_at(asked["at"], now),
    )


def parse_called(text: str, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """Read a line, by its id or its name. Raises InvalidQuestion."""
    if text.lower() in {"", ANY}:
        return ANY
    if line := ids.guid(text):
        return line
    match [line for line, name in names.items() if folded(name) == folded(text)]:
        case [line]:
            return line
        case []:
            meant = did_you_mean(text, names.values())
            raise InvalidQuestion(
                message=f"called is neither any, nor an object id, nor what a line is called: "
                f"Graph names the line, not its digits{meant or '.'}"
            )
        case _:
            raise InvalidQuestion(message="called is what more than one line is called: ask for one by its object id.")


def parse_caller(text: str) -> str:
    """Read a caller. Raises InvalidQuestion."""
    if text.lower() in {"", ANY, ANONYMOUS}:
        return text.lower() or ANY
    found = caller_id.number(text) or caller_id.number_prefix(text) or ids.guid(text)
    if found is None:
        raise InvalidQuestion(message="caller is neither any, anonymous, an object id nor a number starting with +.")
    return found


def parse_at(said: Json, now: datetime) -> datetime:
    """Read a moment of this century. Raises InvalidQuestion."""
    if said.value is None or said.value == "":
        return now
    moment = local_times.parse_begin(said.text.strip())
    if moment is None or moment.year not in _YEARS:
        raise InvalidQuestion(message="at is not a time like 2026-12-24T20:00+01:00 between 2000 and 2099.")
    return moment


def sample_call(asked: Question) -> RingingCall:
    """Make the call that the question is about."""
    return RingingCall(
        id=SAMPLE_CALL,
        tenant=TenantId(""),
        caller=_caller(asked.caller),
        called=None if asked.called == ANY else Identity("applicationInstance", asked.called),
    )


def _text(said: Json) -> str:
    if said.value is not None and not isinstance(said.value, str):
        raise InvalidQuestion(message=f"{said.path.removeprefix('body.')} is not text.")
    return said.text.strip()


def _caller(text: str) -> Identity | None:
    if text == ANONYMOUS:
        return None
    if text == ANY:
        return Identity("encrypted", "")  # nobody in particular: matches `any` alone
    return Identity("phone" if text.startswith("+") else "user", text)
