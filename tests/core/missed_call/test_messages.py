"""What a message says of a missed call, as a card and as JSON, and what it must not do."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.directory.model import Directory, Route, Target, TargetKind, snapshot
from shared.core.ids import CallId
from shared.core.missed_call.card import digest_card, escaped, missed_call_card
from shared.core.missed_call.daily import Day, day_card, day_json
from shared.core.missed_call.digest import digest
from shared.core.missed_call.json_message import digest_json, missed_call_json
from shared.core.missed_call.missed_call import MissedCall, missed_call
from shared.core.missed_call.wording import Shown, Wording
from shared.core.record.classes import CallClass, class_of
from shared.core.record.line_counts import PastCall
from shared.core.record.record import CallKey, Outcome, Record, State

LINE = "5a1e5000-0000-4000-8000-000000000001"
ANNA, DUTY = "98da8a1a-1b87-452c-a713-65d3f10b1253", "+12345678901"
AT = datetime(2026, 11, 23, 13, 5, 9, 654321, tzinfo=UTC)
CALL = MissedCall(
    key=CallKey(date(2026, 11, 23), CallId("491f0b00-ffff-4bc9-a43e-b226498ec22a")),
    at=AT,
    outcome=Outcome.NO_ANSWER,
    line=LINE,
    line_name="PstnAppInstance",
    caller="+436641234567",
    caller_kind="phone",
    rang_seconds=45,
    list="sales",
    rung=(ANNA, DUTY),
)
LISTS = {"sales": (Target(TargetKind.USER, ANNA, "Anna Berg"), Target(TargetKind.PHONE, DUTY))}
DIRECTORY = snapshot(LISTS, {(LINE, "any"): Route(LINE, zone=ZoneInfo("Europe/Vienna"))}, names={LINE: "Sales"})
LARGEST = 20_000  # bytes: https://github.com/MicrosoftDocs/msteams-docs/issues/11274 has what a flow makes of more


def wording(shown: Shown = Shown.MASKED, directory: Directory = DIRECTORY) -> Wording:
    return Wording(directory, UTC, shown)


def card(call: MissedCall = CALL, words: Wording | None = None) -> dict[str, Any]:
    message = json.loads(missed_call_card(call, words or wording()))
    (attachment,) = message.pop("attachments")
    assert message == {"type": "message"}
    assert attachment.pop("contentType") == "application/vnd.microsoft.card.adaptive"
    assert attachment.pop("contentUrl") is None
    content: dict[str, Any] = attachment["content"]
    return content


def facts(content: dict[str, Any]) -> dict[str, str]:
    return {one["title"]: one["value"] for one in content["body"][1]["facts"]}


def test_a_card_says_which_line_who_when_why_and_who_was_rung() -> None:
    facts = {
        "Caller": "…67",
        "When": r"Mon 23 Nov 2026, 14:05 \(CET, Europe/Vienna\)",
        "What": "Nobody answered for 45 s",
        "Rang": "Anna Berg, …01",
    }
    title, foot = "Missed call: Sales (5a1e5000)", "Call 2026-11-23/491f0b00-ffff-4bc9-a43e-b226498ec22a"
    head = {"type": "TextBlock", "text": r"Missed call: Sales \(5a1e5000\)", "weight": "Bolder", "size": "Medium"}

    # https://adaptivecards.io/explorer/AdaptiveCard.html: whatever is misspelt there, Teams leaves out
    assert card() == {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.4",
        "lang": "en",
        "fallbackText": r"Missed call: Sales \(5a1e5000\)",
        "speak": title,
        "body": [
            head | {"wrap": True},
            {"type": "FactSet", "facts": [{"title": name, "value": value} for name, value in facts.items()]},
            {"type": "TextBlock", "text": foot, "size": "Small", "isSubtle": True, "wrap": True},
        ],
        "msteams": {"width": "Full"},
    }


@pytest.mark.parametrize(
    ("shown", "caller", "kind", "says"),
    [
        (Shown.FULL, "+436641234567", "phone", "+436641234567"),
        (Shown.MASKED, "+436641234567", "phone", "…67"),
        (Shown.NONE, "+436641234567", "phone", None),
        (Shown.FULL, "", "", "number withheld"),
        (Shown.MASKED, "8:x", "encrypted", "number withheld"),
        (Shown.MASKED, "anna.berg@contoso.com", "user", "….com"),
        (Shown.FULL, ANNA, "user", ANNA),
        (Shown.MASKED, ANNA, "user", "…53"),
        (Shown.MASKED, "123", "phone", "…23"),
        (Shown.MASKED, "12 34 56 ", "phone", "…56"),
        (Shown.FULL, "+4312x345", "phone", "+4312x345"),
    ],
)
def test_the_caller_is_said_as_far_as_the_setting_allows(
    shown: Shown, caller: str, kind: str, says: str | None
) -> None:
    call = replace(CALL, caller=caller, caller_kind=kind)

    content, told = card(call, wording(shown)), json.loads(missed_call_json(call, wording(shown)))

    assert facts(content).get("Caller") == says
    if shown is Shown.NONE:
        assert told["caller"] is None
        assert "4567" not in json.dumps([content, told])
    else:
        assert told["caller"] == {"kind": kind or None, "number": None if says == "number withheld" else says}


def test_where_the_number_may_be_shown_it_can_be_called_back() -> None:
    (action,) = card(CALL, wording(Shown.FULL))["actions"]

    assert action == {
        "type": "Action.OpenUrl",
        "title": "Call back",
        "url": "https://teams.microsoft.com/l/call/0/0?users=4:%2B436641234567",
    }


@pytest.mark.parametrize("caller", [ANNA, "+43[x](https://evil.example)1", "+43&users=8:x", "+"])
def test_what_is_no_number_cannot_be_called_back_and_is_no_markup(caller: str) -> None:
    content = card(replace(CALL, caller=caller), wording(Shown.FULL))

    assert "actions" not in content
    assert facts(content)["Caller"] == escaped(caller)


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        (Outcome.NO_ANSWER, "Nobody answered for 45 s"),
        (Outcome.DECLINED, "Declined"),
        (Outcome.BUSY, "Busy"),
        (Outcome.UNREACHABLE, "Nobody could be reached"),
        (Outcome.NO_TARGET, "There was nobody to ring"),
        (Outcome.FAILED, "The call failed after it was redirected"),
        (Outcome.CALLER_HUNG_UP, "Hung up after 45 s of ringing"),
        (Outcome.LATE, "The caller hung up before a phone rang"),
    ],
)
def test_every_missed_call_says_why_and_what_it_is(outcome: Outcome, says: str) -> None:
    call, gave_up = replace(CALL, outcome=outcome), class_of(outcome) is CallClass.GAVE_UP
    title = "Unanswered call" if gave_up else "Missed call"
    told = json.loads(missed_call_json(call, wording()))

    assert facts(card(call))["What"] == says
    assert card(call)["speak"] == f"{title}: Sales (5a1e5000)"
    assert told["text"].startswith(f"{title} from …67 to Sales (5a1e5000), ")
    assert told["text"].endswith(f": {says}.")
    assert (told["outcome"], told["class"]) == (outcome, "gave up" if gave_up else "missed")


def test_of_a_call_that_rang_nobody_it_is_said_that_it_was_not_redirected() -> None:
    assert facts(card(replace(CALL, outcome=Outcome.FAILED, rung=())))["What"] == "The call could not be redirected"


@pytest.mark.parametrize("seconds", [None, 0])
def test_without_a_time_of_ringing_none_is_said(seconds: int | None) -> None:
    missed, gave_up = (
        replace(CALL, rang_seconds=seconds, outcome=outcome) for outcome in (Outcome.NO_ANSWER, Outcome.CALLER_HUNG_UP)
    )

    assert facts(card(missed))["What"] == "Nobody answered"
    assert facts(card(gave_up))["What"] == "The caller hung up"


def test_a_message_of_many_calls_says_what_they_are() -> None:
    missed = some_calls(3, 2)
    gave_up = [replace(call, outcome=Outcome.CALLER_HUNG_UP) for call in missed[:1]]

    assert digest(missed, wording()).title == "3 missed calls, 2 callers"
    assert digest(gave_up + missed[1:], wording()).title == "3 unanswered calls, 2 callers"


@pytest.mark.parametrize("name", ["<!channel> Sales", "@everyone", "<https://evil.example|Sales>", "(@here)"])
def test_a_name_in_a_sentence_calls_nobody_and_links_to_nothing(name: str) -> None:
    words = wording(directory=replace(DIRECTORY, names={LINE: name}))
    day = Day(CALL.key.day)
    day.add([PastCall(AT, LINE, name, "busy")], UTC)

    for message in (missed_call_json(CALL, words), digest_json([CALL, CALL], words), day_json(day, Directory())):
        told = json.loads(message)
        assert not re.search(r"[<>]|(?<!\w)@\w", told["text"])
    assert json.loads(missed_call_json(CALL, words))["line"]["name"] == name  # as it is, for programs


def test_an_address_in_a_sentence_stays_one() -> None:
    call = replace(CALL, caller="anna.berg@contoso.com", caller_kind="user")

    assert " from anna.berg@contoso.com to " in json.loads(missed_call_json(call, wording(Shown.FULL)))["text"]


def test_what_the_tables_no_longer_have_is_said_as_well_as_can_be() -> None:
    content = card(CALL, wording(directory=Directory()))

    assert content["speak"] == "Missed call: PstnAppInstance (5a1e5000)"
    assert facts(content)["Rang"] == f"{ANNA}, …01"
    assert facts(content)["When"] == r"Mon 23 Nov 2026, 13:05 \(UTC\)"


VIP = {("any", "+43"): Route("any", "+43", zone=ZoneInfo("Asia/Tokyo"))}
ANY_LINE = {("any", "any"): Route("any", zone=ZoneInfo("America/New_York"))}


@pytest.mark.parametrize(
    ("routes", "when"),
    [
        pytest.param(VIP | ANY_LINE | dict(DIRECTORY.routes), "14:05 (CET, Europe/Vienna)", id="its-own"),
        pytest.param(VIP | ANY_LINE, "08:05 (EST, America/New_York)", id="that-of-any-line"),
        pytest.param(VIP, "13:05 (UTC)", id="the-settings"),
    ],
)
def test_a_call_has_the_time_of_its_line_whichever_rule_a_caller_has(
    routes: dict[tuple[str, str], Route], when: str
) -> None:
    words = wording(directory=snapshot(LISTS, routes))

    assert words.when(CALL).endswith(when)


def test_many_who_were_rung_are_cut_short() -> None:
    eight = ", ".join(["Anna Berg"] * 8)

    assert facts(card(replace(CALL, rung=(ANNA,) * 8)))["Rang"] == eight
    assert facts(card(replace(CALL, rung=(ANNA,) * 10)))["Rang"] == f"{eight} and 2 more"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("[x](https://evil.example)", r"\[x\]\(https://evil.example\)"),
        ("{{DATE(2026-11-23T00:00:00Z)}}", r"\{\{DATE\(2026-11-23T00:00:00Z\)\}\}"),
        ("**Sales**", r"\*\*Sales\*\*"),
        ("a_b`c`", r"a\_b\`c\`"),
        ("# Sales", r"\# Sales"),
        ("- Sales", r"\- Sales"),
        ("1. Sales", r"\1. Sales"),
        ("Berlin-Mitte", "Berlin-Mitte"),
        ("back\\slash", r"back\\slash"),
        ("R&D", "R&D"),
        ("R&amp;D &#91;", r"R\&amp;D \&\#91;"),
    ],
)
def test_a_name_in_a_card_is_no_markup(name: str, says: str) -> None:
    assert escaped(name) == says
    content = card(CALL, wording(directory=replace(DIRECTORY, names={LINE: name})))
    title = f"Missed call: {says if name[0] not in '-1' else name} \\(5a1e5000\\)"
    assert (content["body"][0]["text"], content["fallbackText"]) == (title, title)


def test_a_name_in_what_is_spoken_is_no_markup_of_speech() -> None:
    named = replace(DIRECTORY, names={LINE: "<audio src='https://evil.example/x.mp3'/>"})

    assert not {"<", ">"} & set(card(CALL, wording(directory=named))["speak"])


@pytest.mark.parametrize(("signs", "says"), [(80, "x" * 80), (81, f"{'x' * 79}…")])
def test_a_name_that_nobody_would_read_is_cut(signs: int, says: str) -> None:
    named = replace(DIRECTORY, names={LINE: "x" * signs})

    assert json.loads(missed_call_json(CALL, wording(directory=named)))["line"]["name"] == says


def test_signs_that_cannot_be_seen_are_left_out() -> None:
    named = replace(DIRECTORY, names={LINE: "Sal\u202ees\n\u200bte\u061cam"})

    assert card(CALL, wording(directory=named))["speak"] == "Missed call: Sal es te am (5a1e5000)"


@pytest.mark.parametrize("name", ["\u0645\u06cc\u200c\u0646\u0627\u0645", "\U0001f468\u200d\U0001f4bb"])
def test_signs_that_join_letters_or_pictures_stay(name: str) -> None:
    named = replace(DIRECTORY, names={LINE: name})

    assert card(CALL, wording(directory=named))["speak"] == f"Missed call: {name} (5a1e5000)"


def test_json_has_it_all_for_programs_and_one_sentence_for_people() -> None:
    assert json.loads(missed_call_json(CALL, wording())) == {
        "text": "Missed call from …67 to Sales (5a1e5000), Mon 23 Nov 2026, 14:05 (CET, Europe/Vienna): "
        "Nobody answered for 45 s.",
        "type": "missed_call",
        "version": 1,
        "id": "2026-11-23/491f0b00-ffff-4bc9-a43e-b226498ec22a",
        "at": "2026-11-23T14:05:09+01:00",
        "time_zone": "Europe/Vienna",
        "line": {"id": LINE, "name": "Sales"},
        "caller": {"kind": "phone", "number": "…67"},
        "class": "missed",
        "outcome": "no_answer",
        "rang_seconds": 45,
        "list": "sales",
        "rang": ["Anna Berg", "…01"],
    }


def test_json_of_a_line_that_nobody_knows_has_neither_id_nor_name() -> None:
    told = json.loads(missed_call_json(replace(CALL, line="", line_name="", list=""), wording()))

    assert (told["line"], told["list"]) == ({"id": None, "name": None}, None)
    assert told["text"].startswith("Missed call from …67 to unknown line, ")


def test_json_without_a_caller_says_so_in_no_word() -> None:
    assert json.loads(missed_call_json(CALL, wording(Shown.NONE)))["text"].startswith("Missed call to Sales")


def some_calls(many: int, callers: int) -> list[MissedCall]:
    return [
        replace(
            CALL,
            key=CallKey(CALL.key.day, CallId(f"{number:08x}-ffff-4bc9-a43e-b226498ec22a")),
            at=AT + timedelta(minutes=number),
            caller=f"+4366412345{number % callers:02}",
        )
        for number in range(many)
    ]


def test_a_digest_has_a_fact_for_each_line_and_caller_those_with_most_calls_first() -> None:
    found = digest(some_calls(7, 4), wording())

    assert (found.title, found.rest) == ("7 missed calls, 4 callers", "")
    assert [entry.text.partition(",")[0] for entry in found.entries] == [
        "2 calls from …00",
        "2 calls from …01",
        "2 calls from …02",
        "1 call from …03",
    ]
    assert found.entries[3].text.startswith("1 call from …03, Mon 23 Nov 2026")
    assert found.entries[0].text == (
        "2 calls from …00, the last Mon 23 Nov 2026, 14:09 (CET, Europe/Vienna): "
        "Nobody answered for 45 s (call 00000004)"
    )


def test_of_callers_with_as_many_calls_whose_last_is_the_older_stands_first() -> None:
    one, other, another, last = some_calls(4, 4)
    calls = [replace(one, caller=last.caller), replace(other, caller=another.caller), another, last]

    assert [entry.text.partition(",")[0] for entry in digest(calls, wording()).entries] == [
        "2 calls from …02",
        "2 calls from …03",
    ]


def test_callers_with_the_same_last_digits_are_two() -> None:
    calls = [replace(CALL, caller="+43111167"), replace(CALL, caller="+43222267")]

    assert digest(calls, wording()).title == "2 missed calls, 2 callers"
    assert len(digest(calls, wording()).entries) == 2


def test_callers_without_a_number_are_each_their_own() -> None:
    calls = [replace(call, caller="") for call in some_calls(3, 3)]

    found = digest(calls, wording(Shown.NONE))

    assert found.title == "3 missed calls, 3 callers"
    assert [entry.text.partition(" (")[0] for entry in found.entries] == [
        f"1 call, Mon 23 Nov 2026, 14:0{minute}" for minute in (5, 6, 7)
    ]


def test_more_than_twenty_are_counted() -> None:
    found = digest(some_calls(60, 30), wording())

    assert (found.title, len(found.entries), found.rest) == ("60 missed calls, 30 callers", 20, "and 20 calls more")


def test_a_digest_is_a_card_with_the_rest_below() -> None:
    content = json.loads(digest_card(digest(some_calls(60, 30), wording())))["attachments"][0]["content"]

    assert content["fallbackText"] == "60 missed calls, 30 callers"
    assert len(content["body"][1]["facts"]) == 20
    assert content["body"][2]["text"] == "and 20 calls more"
    assert len(json.loads(digest_card(digest([CALL], wording())))["attachments"][0]["content"]["body"]) == 2


def test_a_digest_in_json_names_each_call_while_there_is_room() -> None:
    few = json.loads(digest_json(some_calls(3, 3), wording()))
    many = json.loads(digest_json(some_calls(200, 100), wording()))

    assert (few["type"], few["version"], few["count"], few["more"]) == ("missed_calls", 1, 3, 0)
    assert [one["id"] for one in few["calls"]] == [call.key.path for call in some_calls(3, 3)]
    assert few["text"].splitlines() == [
        "3 missed calls, 3 callers",
        *(f"{entry.line}: {entry.text}" for entry in digest(some_calls(3, 3), wording()).entries),
    ]
    assert (many["count"], len(many["calls"]) + many["more"]) == (200, 200)
    assert many["more"] > 0


anything = st.text(st.characters(), max_size=200)  # half of a pair too, which no UTF-8 has


@given(name=anything, who=anything, caller=anything, shown=st.sampled_from(Shown))
def test_whatever_stands_in_names_a_message_is_whole_and_small(name: str, who: str, caller: str, shown: Shown) -> None:
    people = {"sales": tuple(Target(TargetKind.USER, f"{number}", who) for number in range(25))}
    words = wording(shown, snapshot(people, {}, names={LINE: name}))
    calls = [replace(call, caller=caller, rung=tuple(map(str, range(25)))) for call in some_calls(40, 40)]
    day = Day(CALL.key.day)
    day.add([PastCall(AT, f"{number:08x}-{LINE}", name * 20, "busy") for number in range(30)], UTC)

    for message in (
        missed_call_card(calls[0], words),
        digest_card(digest(calls, words)),
        missed_call_json(calls[0], words),
        digest_json(calls, words),
        day_card(day, Directory()),
        day_json(day, Directory()),
    ):
        json.loads(message)
        assert len(message) < LARGEST


@pytest.mark.parametrize("outcome", [*Outcome, None])
def test_a_record_is_told_of_where_its_class_says_so(outcome: Outcome | None) -> None:
    record = Record(key=CALL.key, state=State.DONE, received_at=AT, outcome=outcome)

    assert (missed_call(record, AT) is not None) is (class_of(outcome) in {CallClass.GAVE_UP, CallClass.MISSED})


def test_a_missed_call_is_what_its_record_says() -> None:
    record = Record(
        key=CALL.key,
        state=State.DONE,
        received_at=AT,
        called=LINE,
        called_name="PstnAppInstance",
        caller="+436641234567",
        caller_kind="phone",
        route=f"{LINE}/any",
        list="sales",
        rung=f"{ANNA} {DUTY}",
        ring_seconds=45,
        outcome=Outcome.NO_ANSWER,
        ended_at=AT + timedelta(minutes=1),
    )

    assert missed_call(record, AT + timedelta(hours=1)) == CALL


@pytest.mark.parametrize(("state", "is_final"), [(State.FAILED, False), (State.REJECTED, True), (State.DONE, True)])
def test_while_another_attempt_may_ring_it_is_not_final(state: State, is_final: bool) -> None:  # noqa: FBT001 - a case
    record = Record(key=CALL.key, state=state, outcome=Outcome.FAILED, ended_at=AT)
    found = missed_call(record, AT + timedelta(hours=1))

    assert found is not None
    assert (found.is_final, found.rung, found.at) == (is_final, (), AT)


def test_a_call_that_was_never_seen_to_come_has_the_time_of_now() -> None:
    found = missed_call(Record(key=CALL.key, state=State.REJECTED, outcome=Outcome.NO_TARGET), AT)

    assert found is not None
    assert (found.at, found.line, found.line_name, found.caller, found.caller_kind) == (AT, "", "", "", "")
    assert (found.rang_seconds, found.list, found.rung) == (None, "", ())
