"""When an alert speaks: what its query finds; its times neither miss what is ingested late, nor tell it twice."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from shared.core.directory.line_names import line_text
from shared.core.graph.verdicts import Reply, Verdict, verdict
from tests.infra.reading import INFRA, ROOT, Value, read
from tests.infra.workspace import LINE_NAMES, Line, Workspace, text

pytestmark = pytest.mark.slow

_AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
_LATE = 5  # minutes until a line can be asked for
_ALERTS = INFRA / "modules" / "alerts.bicep"
_LINE, _OTHER = ("aaaaaaaa-1000-4000-8000-000000000000", "bbbbbbbb-1000-4000-8000-000000000000")
_LINES = {"NEVER_SILENT_LINES": f'{_LINE.upper()}", "{_OTHER}'}  # people write ids in either case
_GONE = ("8519", "8522", "8528", "8543", "8583", "8585")


def _rules() -> dict[str, dict[str, Value]]:
    rules = read(_ALERTS).variables["rules"]
    assert isinstance(rules, list)
    return {_bare(rule["key"]): rule for rule in rules if isinstance(rule, dict)}


def _bare(value: Value) -> str:
    return str(value).strip("'")


def _lines(count: int, event: str, **facts: object) -> list[Line]:
    return [
        Line(_AT, json.dumps({"event": event, "call": f"call-{number}"} | facts, separators=(",", ":")))
        for number in range(count)
    ]


def _answered(count: int, outcome: str = "answered") -> list[Line]:
    """Give calls that rang on a line, and how they ended; the ends are a minute after."""
    ends = _lines(count, "call.ended", outcome=outcome, seconds=20)
    ends = [Line(_AT + timedelta(minutes=1), one.text.replace("call-", f"{outcome}-")) for one in ends]
    rang = [
        Line(one.at, one.text.replace("call-", f"{outcome}-"))
        for one in _lines(count, "call.redirected", called=_LINE, ms=400)
    ]
    return rang + ends


_CASES = [
    ("redirect-failed", _lines(1, "call.failed", outcome="failed", status=503), 1),
    ("redirect-failed", _lines(1, "call.rejected", outcome="failed", status=403), 1),
    ("redirect-failed", _lines(1, "call.left", outcome="failed", status=403), 1),
    ("redirect-failed", _lines(2, "call.failed", outcome="late", status=404), 0),
    ("redirect-failed", _lines(3, "call.failed", outcome="late", status=404), 1),
    ("redirect-failed", _lines(9, "call.rejected", outcome="rejected"), 0),
    ("redirect-failed", _lines(9, "call.ended", outcome="failed"), 0),
    ("redirect-slow", _lines(2, "call.redirected", ms=9000), 0),
    ("redirect-slow", [*_lines(2, "call.redirected", ms=9000), *_lines(1, "call.redirected", ms=5000)], 0),
    ("redirect-slow", _lines(3, "call.redirected", ms=5001), 1),
    ("redirect-slow", _lines(3, "call.redirected", ms=5000), 0),
    ("redirect-slow", [*_lines(3, "call.redirected", ms=9000), *_lines(56, "call.redirected", ms=400)], 1),
    ("redirect-slow", [*_lines(3, "call.redirected", ms=9000), *_lines(57, "call.redirected", ms=5000)], 0),
    ("authorisation-broken", _lines(1, "graph.token_failed", code="AADSTS700213", hint="renew it"), 1),
    ("authorisation-broken", _lines(1, "keys.unavailable", why="ConnectTimeout"), 1),
    ("authorisation-broken", _lines(1, "call.failed", status=401), 1),
    ("authorisation-broken", _lines(1, "call.rejected", status=403), 1),
    ("authorisation-broken", _lines(1, "call.left", status=403), 1),
    ("authorisation-broken", _lines(9, "call.failed", status=503), 0),
    ("authorisation-broken", _lines(2, "keys.refetched", ok=False, reason="ConnectTimeout"), 0),
    ("authorisation-broken", _lines(3, "keys.refetched", ok=False, reason="ConnectTimeout"), 1),
    ("authorisation-broken", _lines(9, "keys.refetched", ok=True), 0),
    ("server-errors", _lines(1, "internal.error", kind="KeyError", places="flow.py:1"), 1),
    ("server-errors", _lines(1, "settings.wrong", why="BOT_APP_ID is missing"), 1),
    ("server-errors", _lines(1, "call.unrecorded", why="ServiceRequestError"), 1),
    ("server-errors", _lines(9, "storage.away", step="claim"), 0),
    ("strangers-refused", _lines(50, "caller.refused", reason="unauthorized"), 0),
    ("strangers-refused", _lines(51, "caller.refused", reason="unauthorized"), 1),
    ("strangers-refused", _lines(99, "caller.refused_microsoft", reason="unauthorized"), 0),
    ("microsoft-refused", _lines(1, "caller.refused_microsoft", reason="issuer", issuer="login.example", form="?"), 1),
    ("microsoft-refused", _lines(99, "caller.refused", reason="unauthorized"), 0),
    ("notification-unread", _lines(1, "notification.unreadable", why="value is no list"), 1),
    ("notification-unread", _lines(1, "notification.dropped"), 1),
    ("notification-unread", _lines(9, "call.ignored", why="other_state"), 0),
    ("message-lost", _lines(1, "message.refused", status=404, calls=3), 1),
    ("message-lost", _lines(1, "message.dropped", calls=3), 1),
    ("message-lost", _lines(9, "message.delayed", status=429, calls=3), 0),
    ("no-target", _lines(1, "call.rejected", outcome="no_target", route="any/any"), 1),
    ("no-target", _lines(1, "call.left", outcome="no_target", route="any/any"), 1),
    ("no-target", _lines(9, "call.rejected", outcome="closed"), 0),
    ("no-target", _lines(9, "call.ended", outcome="no_target"), 0),
    ("list-refused", _lines(1, "call.redirected", status=403, code="7505", route="any/any"), 1),
    ("list-refused", _lines(9, "call.rejected", status=403, code="7505", outcome="failed"), 0),
    ("list-refused", _lines(9, "call.redirected", status=202), 0),
    ("directory-problem", _lines(1, "directory.problem", level="error", table="targets", row="a/b"), 1),
    ("directory-problem", _lines(9, "directory.problem", level="warning", table="targets", row="a/b"), 0),
    ("directory-problem", _lines(1, "directory.emptied", kept="ab12"), 1),
    ("directory-problem", _lines(1, "directory.stale", seconds=3600), 1),
    ("directory-problem", _lines(2, "storage.away", step="directory", table="targets, routes"), 0),
    ("directory-problem", _lines(3, "storage.away", step="directory", table="targets, routes"), 1),
    ("directory-problem", _lines(9, "storage.away", step="claim", table="calls"), 0),
    ("protected-line-silent", _lines(3, "coverage.gap", line="a", protected=True, hours=0), 1),
    ("protected-line-silent", _lines(3, "coverage.gap", line="a", protected=True, hours=1), 0),
    ("protected-line-silent", _lines(3, "coverage.gap", line="a", protected=False, hours=0), 0),
    ("protected-line-silent", _lines(3, "coverage.rota_ends", line="a", protected=True, hours=0), 0),
    ("coverage-gap", _lines(3, "coverage.gap", line="a", protected=False, hours=71), 1),
    ("coverage-gap", _lines(3, "coverage.gap", line="a", protected=False, hours=72), 0),
    ("coverage-gap", _lines(3, "coverage.rota_ends", list="oncall"), 1),
    ("coverage-gap", _lines(3, "directory.problem", level="error"), 0),
    ("heartbeat-missing", [], 1),
    ("heartbeat-missing", _lines(1, "app.alive"), 0),
    ("heartbeat-missing", _lines(1, "call.redirected"), 1),
    ("line-unanswered", _answered(4, "no_answer"), 0),
    ("line-unanswered", _answered(5, "no_answer"), 1),
    ("line-unanswered", [*_answered(5, "caller_hung_up"), *_answered(5)], 1),
    ("line-unanswered", [*_answered(5, "no_answer"), *_answered(6)], 0),
    ("line-unanswered", [*_answered(5, "caller_hung_up"), *_answered(6)], 0),
    ("line-unanswered", _answered(9, "ended"), 0),
    ("line-silent", _lines(1, "call.redirected", called=_LINE), 1),
    ("line-silent", [*_lines(1, "call.failed", called=_LINE), *_lines(1, "call.left", called=_OTHER)], 0),
    ("line-silent", _lines(1, "call.rejected", called="cccccccc"), 2),
    ("line-silent", [*_lines(1, "call.rejected", called=_LINE), *_lines(1, "call.redirected", called=_OTHER)], 0),
    ("line-silent", _lines(1, "call.unrecorded", called=_LINE), 2),
]


@pytest.mark.parametrize(
    ("alert", "lines", "rows"),
    [pytest.param(*case, id=f"{case[0]}-{number}") for number, case in enumerate(_CASES)],
)
def test_an_alert_finds_what_it_is_for_and_nothing_else(alert: str, lines: list[Line], rows: int) -> None:
    found = Workspace(lines).ask(f"alerts/{alert}.kql", **(_LINES if alert == "line-silent" else {}))

    assert len(found) == rows


@pytest.mark.parametrize(
    ("alert", "event", "facts", "fact", "column"),
    [
        ("authorisation-broken", "call.failed", {"status": 401}, "hint", "WhatToDo"),
        ("authorisation-broken", "keys.unavailable", {}, "why", "WhatToDo"),
        ("authorisation-broken", "keys.refetched", {"ok": False}, "reason", "WhatToDo"),
        ("coverage-gap", "coverage.gap", {"line": "a", "hours": 5}, "begins", "From"),
        ("coverage-gap", "coverage.gap", {"line": "a", "hours": 5}, "ends", "Until"),
        ("coverage-gap", "coverage.rota_ends", {"list": "a"}, "last_handover", "From"),
        ("directory-problem", "directory.problem", {"level": "error"}, "message", "What"),
        ("directory-problem", "storage.away", {"step": "directory"}, "why", "What"),
        ("list-refused", "call.redirected", {"status": 403, "code": "7505"}, "hint", "WhatToDo"),
        ("list-refused", "call.redirected", {"status": 403, "code": "7505"}, "list", "Rang"),
        ("microsoft-refused", "caller.refused_microsoft", {}, "kid", "Kid"),
        ("no-target", "call.left", {"outcome": "no_target"}, "call", "ExampleCall"),
        ("notification-unread", "notification.dropped", {}, "why", "Why"),
        ("protected-line-silent", "coverage.gap", {"line": "a", "hours": 0, "protected": True}, "ends", "Until"),
        ("redirect-failed", "call.failed", {"outcome": "failed"}, "request_id", "RequestId"),
        ("server-errors", "internal.error", {"kind": "KeyError"}, "places", "Example"),
    ],
)
def test_of_several_the_newest_is_the_example(
    alert: str, event: str, facts: dict[str, object], fact: str, column: str
) -> None:
    """Three of them, for what is told of no sooner, in another order than that of their times."""
    lines = [
        Line(_AT + timedelta(minutes=minute), _lines(1, event, **facts | {fact: f"of-{minute}"})[0].text)
        for minute in (1, 2, 0)
    ]

    (row,) = Workspace(lines).ask(f"alerts/{alert}.kql")

    assert (row[column], row["Last"]) == ("of-2", (_AT + timedelta(minutes=2)).replace(tzinfo=None))


def test_a_gap_is_of_a_line_and_a_rota_of_a_list() -> None:
    lines = [*_lines(1, "coverage.gap", line="a", hours=5, more=3), *_lines(1, "coverage.rota_ends", list="b")]

    shown = Workspace(lines).ask("alerts/coverage-gap.kql")

    found = {(row["What"], row["Of"], row["More"]) for row in shown}
    assert found == {("nobody rings", "a", 3), ("the rota ends", "b", None)}


def test_a_mail_says_how_often_what_and_an_example() -> None:
    """Of the newest line; the row with most calls stands first."""
    later = timedelta(minutes=1)
    failed = _lines(2, "call.failed", outcome="failed", status=503, hint="old", request_id="r1")
    newest = Line(_AT + later, failed[0].text.replace("old", "new").replace("r1", "r2").replace("call-0", "call-9"))
    refused = _lines(1, "call.rejected", outcome="failed", status=403, code="7505", hint="tenant", request_id="r3")
    signed_out = _lines(
        2, "caller.refused_microsoft", reason="issuer", issuer="login.example", form="v3", app="x", kid="k"
    )
    (night,) = _lines(
        1, "call.redirected", status=403, code="7505", route="a/any", list="night", hint="tenant", ms=6000
    )
    sent = [*refused, *failed, newest, *_lines(1, "caller.refused_microsoft", reason="audience"), *signed_out]
    workspace = Workspace(
        [
            *sent,
            *_lines(2, "internal.error", kind="KeyError", step="check", places="a.py:1"),
            *_lines(1, "settings.wrong", why="no bot"),
            *_lines(2, "call.rejected", outcome="no_target", route="a/any", called=_LINE),
            *_lines(1, "call.left", outcome="no_target", route="b/any", called=_OTHER),
            *_lines(1, "directory.problem", level="error", table="routes", row="a/b", column="Ring", message="no list"),
            *_lines(1, "call.redirected", status=403, code="7505", route="a/any", list="night", hint="?", ms=6000),
            Line(_AT + later, night.text.replace("call-0", "call-5")),
            *_lines(1, "coverage.gap", line=_LINE, protected=True, hours=0, ends="noon"),
            *_lines(1, "call.redirected", status=400, route="b/any", list="day", hint="wrong", ms=9000),
            *_lines(1, "notification.unreadable", why="no list"),
            *(Line(_AT + later, one.text) for one in _lines(1, "notification.unreadable", why="no id")),
            *_lines(51, "caller.refused", reason="unauthorized", why="expired"),
            *_lines(1, "message.refused", status=404, calls=2),
            *(Line(_AT + later, one.text) for one in _lines(1, "message.refused", status=401, calls=4)),
            *_lines(1, "message.dropped", calls=4),
        ]
    )
    shown = {
        alert: [
            {name: value for name, value in row.items() if name != "Last"}
            for row in workspace.ask(f"alerts/{alert}.kql")
        ]
        for alert in _rules()
        if alert not in {"line-silent", "line-unanswered", "heartbeat-missing"}
    }

    assert shown["redirect-failed"] == [
        _row("Outcome Status Code Calls ExampleCall RequestId WhatToDo", "failed", 503, "", 3, "call-9", "r2", "new"),
        _row(
            "Outcome Status Code Calls ExampleCall RequestId WhatToDo",
            "failed",
            403,
            "7505",
            1,
            "call-0",
            "r3",
            "tenant",
        ),
    ]
    assert shown["microsoft-refused"] == [
        _row("Reason Issuer Form App Times Kid", "issuer", "login.example", "v3", "x", 2, "k"),
        _row("Reason Issuer Form App Times Kid", "audience", "", "", "", 1, ""),
    ]
    assert shown["server-errors"] == [
        _row("What Detail Times Example", "internal.error", "KeyError check", 2, "a.py:1"),
        _row("What Detail Times Example", "settings.wrong", "no bot", 1, ""),
    ]
    assert [(row["Route"], row["Line"], row["Calls"]) for row in shown["no-target"]] == [
        ("a/any", _LINE, 2),
        ("b/any", _OTHER, 1),
    ]
    assert shown["directory-problem"] == [
        _row("event Table Row Column Times What", "directory.problem", "routes", "a/b", "Ring", 1, "no list")
    ]
    assert shown["list-refused"] == [
        _row("Route Status Code Calls ExampleCall Rang WhatToDo", "a/any", 403, "7505", 2, "call-5", "night", "tenant"),
        _row("Route Status Code Calls ExampleCall Rang WhatToDo", "b/any", 400, "", 1, "call-0", "day", "wrong"),
    ]
    assert shown["protected-line-silent"] == [_row("Line Until", _LINE, "noon")]
    assert shown["redirect-slow"] == [_row("Calls Slow P50 P95 Slowest", 3, 3, 6000, 9000, 9000)]
    assert shown["notification-unread"] == [_row("event Times Why", "notification.unreadable", 2, "no id")]
    assert shown["message-lost"] == [
        _row("event Times Calls Status", "message.dropped", 1, 4, None),
        _row("event Times Calls Status", "message.refused", 2, 6, 401),
    ]
    assert shown["strangers-refused"] == [_row("Reason Times Why", "unauthorized", 51, "expired")]
    assert [(row["event"], row["Status"], row["Code"], row["WhatToDo"]) for row in shown["authorisation-broken"]] == [
        ("call.rejected", 403, "7505", "tenant")
    ]


def test_the_line_with_most_lost_calls_stands_first() -> None:
    other = [Line(one.at, one.text.replace(_LINE, _OTHER).replace("busy", "declined")) for one in _answered(7, "busy")]

    found = Workspace([*_answered(5, "no_answer"), *other]).ask("alerts/line-unanswered.kql")

    assert [(row["Line"], row["Known"], row["Unanswered"]) for row in found] == [
        (_OTHER[:8], 7, 7),
        (line_text(_LINE, LINE_NAMES[_LINE]), 5, 5),
    ]


@pytest.mark.parametrize(("status", "rows"), [("500", 1), ("503", 0), ("401", 0), ("202", 0)])
def test_an_answer_of_500_is_a_fault_and_one_of_503_says_so_itself(status: str, rows: int) -> None:
    request = {"TimeGenerated": _AT, "Name": "incoming", "ResultCode": status, "OperationId": "a"}

    assert len(Workspace(AppRequests=[request]).ask("alerts/server-errors.kql")) == rows


def test_a_list_is_refused_where_the_app_takes_the_answer_for_a_refusal() -> None:
    statuses = (400, 401, 403, 404, 408, 409, 410, 412, 422, 429)
    answers = [(status, code) for status in statuses for code in ("", "7503", "7504", "7505", "7507", "8523", *_GONE)]
    lines = [line for status, code in answers for line in _lines(1, "call.redirected", status=status, code=code)]

    found = Workspace(lines).ask("alerts/list-refused.kql")

    gone = {answer for answer in answers if verdict(Reply(*answer)) is Verdict.GONE}
    assert {(row["Status"], row["Code"]) for row in found} == {*answers} - gone


@pytest.mark.parametrize("alert", _rules())
def test_each_alert_has_cases_and_splits_by_columns_that_it_has(alert: str) -> None:
    by = _rules()[alert]["by"]
    assert isinstance(by, list)

    assert {rows > 0 for name, _, rows in _CASES if name == alert} == {True, False}
    assert {_bare(column) for column in by} <= set(Workspace().columns(f"alerts/{alert}.kql"))


@pytest.mark.parametrize("alert", [key for key in _rules() if key not in {"heartbeat-missing", "line-silent"}])
@pytest.mark.parametrize("late", [0, 1, _LATE])
def test_what_is_said_once_is_mailed_once_however_late_it_is_ingested(alert: str, late: int) -> None:
    rule = _rules()[alert]
    every, over = _minutes(rule["every"]), _minutes(rule["over"])

    assert {_mails(said, late, every, over) for said in range(every)} == {1}


@pytest.mark.parametrize(("every", "over"), [(15, 15), (5, 5), (15, 19)])
def test_times_that_miss_what_is_ingested_late_are_found(every: int, over: int) -> None:
    assert 0 in {_mails(said, _LATE, every, over) for said in range(every)}


def test_an_alert_has_a_state_so_that_it_is_not_mailed_again_while_it_lasts() -> None:
    properties = read(_ALERTS).resources["alerts"].body["properties"]
    assert isinstance(properties, dict)

    assert properties["autoMitigate"] == "true"
    assert properties["evaluationFrequency"] == "rule.every"
    assert properties["windowSize"] == "rule.over"
    all_of = _of(properties["criteria"], "allOf")
    assert isinstance(all_of, list)
    assert len(all_of) == 1
    criteria = all_of[0]
    assert _of(criteria, "query") == "rule.query"
    assert (_of(criteria, "operator"), _of(criteria, "threshold")) == ("'GreaterThan'", "0")
    assert _of(criteria, "failingPeriods") == {"numberOfEvaluationPeriods": "1", "minFailingPeriodsToAlert": "1"}


def test_an_alert_asks_its_own_query() -> None:
    for key, rule in _rules().items():
        loaded = f"loadTextContent('../kql/alerts/{key}.kql')"
        begins = "${calls}" if "\nCalls\n" in text(f"alerts/{key}.kql") else ""
        assert str(rule["query"]) in {
            loaded if not begins else f"'{begins}${{{loaded}}}'",
            f"replace({loaded}, '[\"NEVER_SILENT_LINES\"]', string(neverSilentLines))",
        }
    assert '["NEVER_SILENT_LINES"]' in text("alerts/line-silent.kql")


def test_lines_are_watched_for_silence_only_where_somebody_wants_it() -> None:
    wanted = {key: _bare(rule["isWanted"]) for key, rule in _rules().items()}

    assert {key: one for key, one in wanted.items() if one != "true"} == {"line-silent": "!empty(neverSilentLines)"}


def test_azure_takes_the_times() -> None:
    times = {_minutes(rule[name]) for rule in _rules().values() for name in ("every", "over")}

    # https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-create-log-alert-rule
    assert times <= {5, 10, 15, 30, 45, 60, 120, 180, 240, 300, 360, 1440}


def test_three_heartbeats_have_to_be_missing() -> None:
    beats = re.search(
        r'timer_trigger\("timer", "0 \*/(\d+) \* \* \* \*"', (ROOT / "function_app.py").read_text("utf-8")
    )

    assert beats
    assert _minutes(_rules()["heartbeat-missing"]["over"]) == 3 * int(beats[1])


def test_what_matters_most_is_severity_1_and_asked_every_five_minutes() -> None:
    urgent = {key for key, rule in _rules().items() if rule["severity"] == "1"}

    assert urgent == {
        *("redirect-failed", "no-target", "notification-unread", "microsoft-refused"),
        *("authorisation-broken", "server-errors", "heartbeat-missing"),
    }
    assert {key for key in urgent if _minutes(_rules()[key]["every"]) > _LATE} == {"heartbeat-missing"}


def _mails(said: int, late: int, every: int, over: int) -> int:
    """Count the mails for one line, said at that minute: an alert tells of it when it begins to see it."""
    sees = [said > now - over and said + late <= now for now in _evaluations(said, every, over)]
    return sum(not before and now for before, now in pairwise([False, *sees]))


def _evaluations(said: int, every: int, over: int) -> Iterator[int]:
    return iter(range(0, said + over + 3 * every, every))


def _minutes(duration: Value) -> int:
    """Read a duration; for the one that a parameter says, the shortest that it takes."""
    found = re.fullmatch(
        r"P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?", "PT1H" if duration == "silentAfter" else _bare(duration)
    )
    assert found
    days, hours, minutes = (int(part or 0) for part in found.groups())
    return (days * 24 + hours) * 60 + minutes


def _row(names: str, *values: object) -> dict[str, object]:
    return dict(zip(names.split(), values, strict=True))


def _of(value: Value, key: str) -> Value:
    assert isinstance(value, dict)
    return value[key]
