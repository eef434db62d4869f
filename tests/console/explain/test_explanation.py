"""Who would ring for one call: asked in JSON, decided as for a real one, and told in full."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.console.explain import explanation, question
from shared.console.explain.explanation import Explanation, RoutingContext
from shared.console.explain.question import Question
from shared.core.directory import reader
from shared.core.directory.model import Directory, Target, TargetKind
from shared.core.directory.reader import RouteDefaults
from shared.core.refusals import InvalidQuestion
from shared.core.routing.decide import LastResort, choose_route, decide
from shared.core.routing.decisions import RejectReason
from tests.support.tables import ANNA, BO, BOT, LINE, route, target

SUNDAY = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
MOBILE = "+12345678901"
VIENNA = ZoneInfo("Europe/Vienna")


def directory(*made: dict[str, Any], targets: tuple[dict[str, Any], ...] = ()) -> Directory:
    people = targets or (target(ANNA, Name="Anna Berg"), target(BO, "night", Name="Bo"))
    return reader.read_directory(people, made, BOT, (), RouteDefaults(VIENNA, "AT"))


def asked(directory: Directory, last_resort: LastResort | None = None, **question: Any) -> Explanation:
    wanted: dict[str, Any] = {"called": "any", "caller": "any", "at": SUNDAY}
    rules = RoutingContext(directory, last_resort or LastResort(BOT), "https://bot.contoso.com")
    return explanation.explain(Question(**wanted | question), rules)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(b"", Question("any", "any", SUNDAY), id="nothing-asked-is-any-call-now"),
        pytest.param(b"{}", Question("any", "any", SUNDAY), id="an-empty-object"),
        pytest.param(b'{"at": "", "called": null}', Question("any", "any", SUNDAY), id="empty-members"),
        pytest.param(
            json.dumps({"called": f" {LINE.upper()} ", "caller": "+43 (664) 1"}).encode(),
            Question(LINE, "+436641", SUNDAY),
            id="a-line-and-a-number-in-people's-spelling",
        ),
        pytest.param(b'{"Caller": "Anonymous"}', Question("any", "anonymous", SUNDAY), id="nobody-knows-who"),
        pytest.param(
            json.dumps({"caller": BO.upper()}).encode(), Question("any", BO, SUNDAY), id="a-user-of-the-tenant"
        ),
        pytest.param(
            b'{"at": "2026-12-24T20:00+01:00"}',
            Question("any", "any", datetime(2026, 12, 24, 19, tzinfo=UTC)),
            id="a-moment",
        ),
        pytest.param(
            b'{"at": "2026-12-24T20:00"}',
            Question("any", "any", datetime(2026, 12, 24, 20)),  # noqa: DTZ001 - the route says the zone
            id="a-time-on-the-wall",
        ),
    ],
)
def test_a_question_is_read_as_people_write_it(body: bytes, expected: Question) -> None:
    assert question.parse_question(body, SUNDAY) == expected


@pytest.mark.parametrize(
    ("body", "names"),
    [
        pytest.param(b"not JSON", "JSON object", id="no-json"),
        pytest.param(b"\xff", "JSON object", id="no-text"),
        pytest.param(b"[]", "JSON object", id="a-list"),
        pytest.param(b'{"called": "+4312345"}', "called", id="digits-for-a-line"),
        pytest.param(b'{"called": 7}', "called", id="a-number-for-a-line"),
        pytest.param(b'{"caller": "0664123"}', "caller", id="a-number-without-country"),
        pytest.param(b'{"caller": {}}', "caller", id="an-object-for-a-caller"),
        pytest.param(b'{"at": "tomorrow"}', "at is", id="a-word-for-a-time"),
        pytest.param(b'{"at": 1}', "at is", id="a-number-for-a-time"),
        pytest.param(b'{"at": []}', "at is", id="a-list-for-a-time"),
        pytest.param(b'{"at": "9999-12-31T23:59"}', "at is", id="the-end-of-time"),
        pytest.param(b'{"at": "0001-01-01"}', "at is", id="its-beginning"),
    ],
)
def test_an_unclear_question_says_which_part_of_it(body: bytes, names: str) -> None:
    with pytest.raises(InvalidQuestion) as unclear:
        question.parse_question(body, SUNDAY)

    assert names in unclear.value.message
    assert (unclear.value.status, unclear.value.reason) == (400, "question_unclear")
    assert "0664123" not in unclear.value.message


@given(
    st.binary()
    | st.dictionaries(st.sampled_from(["called", "caller", "at"]), st.text()).map(json.dumps).map(str.encode)
)
def test_any_body_is_a_question_or_is_refused(body: bytes) -> None:
    try:
        found = question.parse_question(body, SUNDAY)
    except InvalidQuestion:
        return
    asked(directory(), called=found.called, caller=found.caller, at=found.at)


@pytest.mark.parametrize(
    ("row", "called", "name"), [({"Name": "Sales"}, LINE, "Sales"), ({}, LINE, LINE[:8]), ({}, "any", None)]
)
def test_the_answer_has_the_name_of_the_line(row: dict[str, str], called: str, name: str | None) -> None:
    answer = asked(directory(route(LINE, "any", **row)), called=called)

    assert explanation.as_json(answer)["line"] == name


def test_the_answer_is_what_a_real_call_gets() -> None:
    tables = directory(route(LINE, "any", Ring="night", Timeout=30))

    answer = asked(tables, called=LINE, caller="+43664123")

    call = question.sample_call(answer.question)
    assert answer.decision == decide(call, tables, LastResort(BOT), SUNDAY)
    assert answer.rings == (Target(TargetKind.USER, BO, "Bo"),)
    assert json.loads(answer.body) == {
        "targets": [
            {
                "@odata.type": "#microsoft.graph.invitationParticipantInfo",
                "identity": {
                    "@odata.type": "#microsoft.graph.identitySet",
                    "user": {"@odata.type": "#microsoft.graph.identity", "id": BO, "displayName": "Bo"},
                },
            }
        ],
        "timeout": 30,
        "callbackUri": "https://bot.contoso.com/api/calls/2026-11-22/00000000-0000-0000-0000-000000000000",
    }


@pytest.mark.parametrize("rule", ["any", "anonymous", "+43664", BO])
@pytest.mark.parametrize("line", ["any", LINE])
def test_a_question_about_a_rule_is_answered_by_that_rule(line: str, rule: str) -> None:
    made = [route(one, other) for one in ("any", LINE) for other in ("any", "anonymous", "+43", "+43664", BO)]

    answer = asked(directory(*made), called=line, caller=rule)

    assert (answer.route.line, answer.route.caller) == (line, rule)
    assert choose_route(question.sample_call(answer.question), directory(*made)) == answer.route


def test_those_who_do_not_ring_are_named_with_the_reason() -> None:
    people = (
        target(ANNA, Name="Anna Berg", Enabled=False),
        target(MOBILE, Hours="Mo-Fr 08:00-17:00"),
        target(BO, Name="Bo"),
    )

    answer = asked(directory(targets=people))

    told = {silent.id: (silent.name, silent.why) for silent in answer.skipped}
    assert told == {ANNA: ("Anna Berg", "disabled"), MOBILE: ("", "outside its hours")}


def test_whom_the_closed_list_leaves_out_is_told_where_another_list_rings() -> None:
    people = (target(ANNA, Name="Anna"), target(BO, "night", Name="Bo", Enabled=False))
    closed = route(Hours="Mo-Fr 08:00-17:00", Closed="night")

    answer = asked(directory(closed, targets=people))

    assert [target.id for target in answer.rings] == [ANNA]
    assert [(silent.id, silent.name, silent.why) for silent in answer.skipped] == [(BO, "Bo", "disabled")]


def test_whom_a_list_leaves_out_that_was_not_needed_is_no_answer() -> None:
    people = (target(ANNA, Enabled=False), target(MOBILE), target(BO, "night"))

    answer = asked(directory(route(LINE, "any", Ring="night", Empty="default"), targets=people), called=LINE)

    assert [one.id for one in answer.rings] == [BO]
    assert answer.skipped == ()


def test_the_last_resort_is_told_too() -> None:
    last_resort = LastResort(BOT, (Target(TargetKind.PHONE, MOBILE), Target(TargetKind.USER, LINE)))
    people = (target(ANNA, Name="Anna Berg", Enabled=False),)

    answer = asked(directory(route(LINE, "any"), targets=people), last_resort, called=LINE)

    assert [one.id for one in answer.rings] == [MOBILE]
    assert [(one.id, one.why) for one in answer.skipped] == [(ANNA, "disabled"), (LINE, "the called line")]


def test_the_next_change_tells_who_rings_then() -> None:
    tables = directory(route(LINE, "any", Ring="default", Hours="Mo-Fr 08:00-17:00", Closed="night"))

    answer = asked(tables, called=LINE)

    assert answer.rings == (Target(TargetKind.USER, BO, "Bo"),)
    assert answer.next_change == datetime(2026, 11, 23, 8, tzinfo=VIENNA)
    assert answer.then is not None
    assert [one.id for one in explanation.rung_targets(answer.then)] == [ANNA]


def test_a_time_on_the_wall_is_of_the_routes_zone() -> None:
    tables = directory(route(LINE, "any", Hours="Mo-Fr 08:00-17:00", Closed="night", TimeZone="America/New_York"))

    answer = asked(tables, called=LINE, at=datetime(2026, 11, 23, 8, 30))  # noqa: DTZ001 - the point of it

    assert [one.id for one in answer.rings] == [ANNA]
    assert answer.question.at.utcoffset() == timedelta(hours=-5)


@pytest.mark.parametrize(
    ("made", "unroutable", "says", "action"),
    [
        pytest.param(
            route("any", "any", Ring="reject"), RejectReason.NONE, "turned away by a rule (none)", "reject", id="rule"
        ),
        pytest.param(
            route("any", "any", Hours="Mo 08:00-09:00", Closed="reject"),
            None,
            "turned away: closed (busy)",
            "reject",
            id="closed",
        ),
        pytest.param(
            route("any", "any", Ring="empty", Empty="empty"),
            RejectReason.BUSY,
            "turned away: nobody can ring (busy)",
            "reject",
            id="nobody",
        ),
        pytest.param(
            route("any", "any", Ring="empty", Empty="empty"), None, "left ringing: nobody can be rung", "", id="left"
        ),
        pytest.param(
            route("any", "any", Hours="Mo 08:00-09:00", Closed="empty", Empty="empty"),
            None,
            "left ringing: closed",
            "",
            id="left-when-closed",
        ),
    ],
)
def test_a_call_that_rings_nobody_says_what_happens_to_it(
    made: dict[str, Any], unroutable: RejectReason | None, says: str, action: str
) -> None:
    people = (target(ANNA), target(BO, "empty", Enabled="no"))

    answer = asked(directory(made, targets=people), LastResort(BOT, (), unroutable))

    assert (explanation.in_words(answer.decision), answer.action, bool(answer.body)) == (says, action, bool(action))
    assert answer.rings == ()


def test_as_json_it_is_all_there() -> None:
    tables = directory(
        route(LINE, "any", Hours="Mo-Fr 08:00-17:00", Closed="night", Pick="first"),
        targets=(target(ANNA, Name="Anna Berg"), target(MOBILE, "night"), target(BO, "night", Name="Bo", Enabled="no")),
    )

    told = explanation.as_json(asked(tables, called=LINE))

    assert json.loads(json.dumps(told)) == told
    assert told | {"body": None} == {
        "called": LINE,
        "line": LINE[:8],
        "protected": False,
        "caller": "any",
        "at": "2026-11-22T15:30:00+00:00",
        "decision": "rings night",
        "route": f"{LINE}/any",
        "pick": "first",
        "list": "night",
        "rings": [{"id": MOBILE, "kind": "phone"}],
        "skipped": [{"id": BO, "name": "Bo", "why": "disabled"}],
        "action": "redirect",
        "body": None,
        "next_change": "2026-11-23T07:00:00+00:00",
        "then": {"decision": "rings default", "rings": [{"id": ANNA, "kind": "user", "name": "Anna Berg"}]},
        "overrides": [],
    }


def test_as_json_what_is_not_there_is_null() -> None:
    told = explanation.as_json(
        asked(
            directory(route(Ring="gone", Empty="gone"), targets=(target(BO, "gone", Enabled="no"),)),
            LastResort(BOT, (), None),
        )
    )

    assert [told[name] for name in ("list", "action", "body", "next_change", "then")] == [None] * 5


def test_a_line_is_asked_for_by_its_name_and_told_what_overrides_it() -> None:
    tables = directory(route(LINE, Name="Emergency", Ring="night"), route("any", "+43", Ring="reject"))
    protected = directory(route(LINE, Name="Emergency", Protected="yes"), route("any", "+43", Ring="reject"))

    wanted = question.parse_question(b'{"called": " emergency "}', SUNDAY, tables.names)

    assert wanted.called == LINE
    told = explanation.as_json(asked(tables, called=LINE))
    assert (told["line"], told["protected"]) == ("Emergency", False)
    assert told["overrides"] == [
        {"route": "any/+43", "for": "callers whose number begins with +43", "does": "turned away"}
    ]
    told = explanation.as_json(asked(protected, called=LINE, caller="+43"))
    assert (told["protected"], told["overrides"], told["route"]) == (True, [], f"{LINE}/any")


def test_a_line_that_nobody_called_so_answers_with_the_nearest_name() -> None:
    with pytest.raises(InvalidQuestion) as refused:
        question.parse_called("Emergancy", {LINE: "Emergency"})

    assert refused.value.message.endswith("did you mean Emergency?")
