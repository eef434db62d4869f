"""What the workbook's tiles show of three days of calls is what the table `calls` holds, counted here once more."""

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.core.directory.line_names import line_text
from shared.core.loggable import loggable
from shared.core.record.classes import CallClass, class_of
from shared.core.record.record import Outcome, Record
from tests.infra.played import BEGAN, Played, play
from tests.infra.workspace import CALLS, LINE_NAMES, NAMES, ZONE, Line, Workspace

pytestmark = pytest.mark.slow

_WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


@pytest.fixture(scope="module")
def played() -> Played:
    return play()


@pytest.fixture(scope="module")
def workspace(played: Played) -> Workspace:
    return Workspace(played.lines)


def test_every_outcome_is_played_and_in_one_class(played: Played) -> None:
    assert {record.outcome for record in played.calls} == {*Outcome, None} - {Outcome.UNKNOWN}
    assert {class_of(record.outcome) for record in played.calls} == set(CallClass)


def test_a_line_without_a_name_has_digits_and_one_without_an_id_is_not_known() -> None:
    lines = [
        _line(0, "call.rejected", call="a", called=f"{'a' * 8}-1000-4000-8000-000000000000", ms=1),
        _line(0, "call.rejected", call="b", called=f"{'b' * 8}-1000-4000-8000-000000000000", ms=1),
        _line(0, "call.rejected", call="c", ms=1),
    ]

    shown = {row["Call"]: row["Line"] for row in Workspace(lines).run(f"{CALLS}Calls")}

    assert shown == {"a": 'Sales\'s "desk" (aaaaaaaa)', "b": "bbbbbbbb", "c": "unknown line"}


@pytest.mark.parametrize("outcome", [*Outcome, None])
def test_the_queries_have_the_classes_of_the_app(outcome: Outcome | None) -> None:
    ended = _line(0, "call.ended", call="a", **({"outcome": outcome} if outcome else {}))

    (shown,) = Workspace([ended]).run(f"{CALLS}Calls")

    assert (shown["Outcome"], shown["Class"]) == (outcome or "", class_of(outcome))


def test_an_outcome_that_the_queries_do_not_know_is_unclear() -> None:
    (shown,) = Workspace([_line(0, "call.ended", call="a", outcome="abducted")]).run(f"{CALLS}Calls")

    assert shown["Class"] == CallClass.UNCLEAR


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        pytest.param(
            [("call.redirected", ""), ("call.failed", "failed")], "", id="a-failed-attempt-beside-one-that-rang"
        ),
        pytest.param([("call.failed", "failed"), ("call.redirected", "")], "", id="an-attempt-that-rang-after-all"),
        pytest.param([("call.failed", "late"), ("call.failed", "failed")], "failed", id="the-later-of-two-failures"),
        pytest.param([("call.failed", "failed"), ("call.ended", "busy")], "busy", id="an-end-says-more-than-a-failure"),
        pytest.param([("call.failed", "failed"), ("call.ended", "ended")], "failed", id="unless-it-is-vague"),
        pytest.param([("call.left", "no_target"), ("call.ended", "busy")], "no_target", id="left-by-us"),
        pytest.param([("call.rejected", "closed"), ("call.ended", "busy")], "closed", id="rejected-by-us"),
        pytest.param([("call.ended", "busy"), ("call.redirected", "")], "busy", id="an-end-that-overtook"),
        pytest.param([("call.ended", "ended"), ("call.ended", "busy")], "busy", id="the-second-of-two-ends"),
        pytest.param([("call.redirected", ""), ("call.ended", "ended")], "ended", id="a-vague-end-is-one"),
    ],
)
def test_of_what_is_said_of_a_call_that_counts_which_says_more(said: list[tuple[str, str]], outcome: str) -> None:
    lines = [
        _line(minute, event, call="c", ms=1, **({"outcome": word} if word else {}))
        for minute, (event, word) in enumerate(said)
    ]

    (shown,) = Workspace(lines).run(f"{CALLS}Calls")

    assert shown["Outcome"] == outcome


def test_a_call_came_as_long_before_its_line_as_that_says() -> None:
    rang = _line(1, "call.redirected", call="a", ms=60_000)
    over = _line(1, "call.ended", call="b", outcome="busy")
    before = _line(1, "call.ended", call="c", outcome="busy", seconds=9)  # of one that came before these lines

    twice = [  # an attempt that failed, and the next delivery, as the record has the first
        _line(1, "call.failed", call="d", outcome="failed", ms=30_000),
        _line(2, "call.redirected", call="d", ms=1000),
    ]

    shown = {row["Call"]: row["Came"] for row in Workspace([rang, over, before, *twice]).run(f"{CALLS}Calls")}

    began = BEGAN.replace(tzinfo=None)
    assert shown == {
        "a": began,
        "b": began + timedelta(minutes=1),
        "d": began + timedelta(seconds=30),
    }


def test_the_headline_has_every_call_in_one_of_five_classes(played: Played, workspace: Workspace) -> None:
    (shown,) = workspace.ask("workbook/headline.kql")

    p99 = _percentile(_redirect_ms(played.calls), 99)
    assert shown == _figures(played.calls) | {"P99OfTheWindow": f"{round(100 * p99 / 15000, 1)} %"}
    assert shown["Calls"] == len(played.calls)
    assert sum(shown[name] for name in ("Answered", "GaveUp", "Missed", "TurnedAway", "Unclear")) == shown["Calls"]


def test_an_empty_time_has_no_share_of_the_window() -> None:
    (shown,) = Workspace().ask("workbook/headline.kql")

    assert (shown["Calls"], shown["P99OfTheWindow"]) == (0, "")


def test_each_called_line_has_its_own_figures(played: Played, workspace: Workspace) -> None:
    shown = {row["Line"]: row for row in workspace.ask("workbook/lines.kql")}

    by_line = _by(played.calls, lambda record: _line_text(record.called))
    expected = {line: _figures(records) | {"Line": line, "Unanswered": _share(records)} for line, records in by_line}
    assert shown == expected
    assert [row["Calls"] for row in shown.values()] == sorted((row["Calls"] for row in shown.values()), reverse=True)


def test_a_line_that_never_rang_has_no_share_and_of_as_many_calls_the_first_name_stands_first() -> None:
    lines = [
        _line(0, "call.rejected", call=call, called=f"{call * 8}-1000-4000-8000-000000000000", outcome="closed", ms=1)
        for call in "cbd"
    ]

    shown = Workspace(lines).ask("workbook/lines.kql")

    assert [(row["Line"], row["Unanswered"], row["P50"]) for row in shown] == [(name * 8, "", None) for name in "bcd"]


@pytest.mark.parametrize(
    "query",
    [*(f"workbook/{tile}.kql" for tile in ("headline", "lines", "cold-and-warm", "steps")), "alerts/redirect-slow.kql"],
)
def test_percentiles_are_those_that_they_are_called(query: str) -> None:
    calls = [
        _line(0, "call.redirected", call=f"c{number}", cold=False, ms=100 * number, gate_ms=100 * number)
        for number in range(1, 201)
    ]

    row = Workspace(calls).ask(query)[0]

    expected = {"P50": 10_000, "P95": 19_000, "P99": 19_800}
    assert {name: row[name] for name in expected if name in row} == (
        expected if "workbook" in query else {"P50": 10_000, "P95": 19_000}
    )


def test_outcomes_are_shown_by_the_hour_on_the_wall(played: Played, workspace: Workspace) -> None:
    rows = workspace.ask("workbook/outcomes.kql")
    shown = {(row["Hour"], row["Class"]): row["Calls"] for row in rows}

    assert list(shown) == sorted(shown)
    assert len(rows) == len(shown)
    assert shown == Counter((_wall(record).strftime("%Y-%m-%d %H:00"), _class(record)) for record in played.calls)


def test_unanswered_calls_are_shown_by_weekday_and_hour(played: Played, workspace: Workspace) -> None:
    shown = workspace.ask("workbook/unanswered-hours.kql")

    ringing = [record for record in played.calls if _class(record) in {"answered", "gave up", "missed"}]
    expected = [
        {"Weekday": _WEEKDAYS[day], "Hour": hour, "Calls": len(calls), "Unanswered": lost, "Share": _share(calls)}
        for (day, hour), calls in _by(ringing, lambda record: (_wall(record).weekday(), _wall(record).hour))
        if (lost := sum(_class(record) != "answered" for record in calls))
    ]
    assert shown == expected


def test_targets_are_shown_with_what_they_were_offered_and_what_they_answered(
    played: Played, workspace: Workspace
) -> None:
    shown = {row["Target"]: row for row in workspace.ask("workbook/targets.kql")}

    offered: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    by_somebody: Counter[str] = Counter()
    for record in filter(_is_redirected, played.calls):
        rung = loggable("rung", record.rung or "").split()
        offered.update(rung)
        if record.outcome is Outcome.ANSWERED:
            by = record.answered_by if record.answered_by in rung else rung[0] if len(rung) == 1 else None
            (answered if by else by_somebody).update([by] if by else rung)
    assert {target: row["Offered"] for target, row in shown.items()} == offered
    assert Counter({target: row["Answered"] for target, row in shown.items()}) == answered + Counter(
        dict.fromkeys(offered, 0)
    )
    assert {target: row["AnsweredBySomebody"] for target, row in shown.items() if row["AnsweredBySomebody"]} == (
        by_somebody
    )
    assert list(shown) == sorted(shown, key=lambda target: (-offered[target], target))
    assert all(row["Rate"] == f"{round(100 * row['Answered'] / row['Offered'], 1)} %" for row in shown.values())


@pytest.mark.parametrize(
    ("rung", "answered_by", "expected"),
    [
        pytest.param("a b", "b", [("a", 1, 0, 0), ("b", 1, 1, 0)], id="the-last-of-two"),
        pytest.param("a b", "a", [("a", 1, 1, 0), ("b", 1, 0, 0)], id="the-first-of-two"),
        pytest.param("ab b", "a", [("ab", 1, 0, 1), ("b", 1, 0, 1)], id="none-that-begins-so"),
        pytest.param("a b", "B", [("a", 1, 0, 1), ("b", 1, 0, 1)], id="no-other-letters"),
        pytest.param("a", "x", [("a", 1, 1, 0)], id="alone"),
        pytest.param("…01 …01", "", [("…01", 1, 0, 1)], id="numbers-that-look-alike"),
    ],
)
def test_whoever_took_a_call_is_one_of_those_who_rang(
    rung: str, answered_by: str, expected: list[tuple[str, int, int, int]]
) -> None:
    rang = _line(0, "call.redirected", call="c", rung=rung, ms=1)
    ended = _line(1, "call.ended", call="c", outcome="answered", answered_by=answered_by, seconds=9)

    shown = Workspace([rang, ended]).ask("workbook/targets.kql")

    columns = "Target", "Offered", "Answered", "AnsweredBySomebody"
    assert [tuple(map(row.get, columns)) for row in shown] == expected


def test_every_day_of_the_week_has_its_name() -> None:
    lines = [_line(24 * 60 * day, "call.rejected", call=f"c{day}", outcome="no_target", ms=0) for day in range(7)]

    shown = Workspace(lines).ask("workbook/unanswered-hours.kql")

    assert [(row["Weekday"], row["Hour"], row["Share"]) for row in shown] == [(day, 22, "100.0 %") for day in _WEEKDAYS]


def test_missed_calls_are_shown_with_the_reason(played: Played, workspace: Workspace) -> None:
    shown = workspace.ask("workbook/missed.kql")

    missed = [record for record in played.calls if _class(record) == "missed"]
    assert [row["Call"] for row in shown] == [
        record.key.call for record in sorted(missed, key=lambda record: record.received_at or BEGAN, reverse=True)
    ]
    expected = {record.key.call: (record.outcome, _line_text(record.called), record.list or "") for record in missed}
    assert {row["Call"]: (row["Reason"], row["Line"], row["List"]) for row in shown} == expected


def test_of_very_many_missed_calls_the_newest_500_are_shown() -> None:
    lines = [_line(number, "call.left", call=f"c{number}", outcome="no_target", ms=0) for number in range(502)]

    shown = Workspace(lines).ask("workbook/missed.kql")

    assert [row["Call"] for row in shown] == [f"c{number}" for number in range(501, 1, -1)]


def test_errors_of_graph_say_whether_the_call_rang_all_the_same(played: Played, workspace: Workspace) -> None:
    shown = Counter[tuple[str, int, str]]()
    for row in workspace.ask("workbook/graph-errors.kql"):
        shown[row["What"], row["Status"], row["Code"]] += row["Times"]
        assert row["RangAllTheSame"] == (row["What"] == "call.redirected")
        assert row["WhatToDo"].startswith("nothing: ") == (row["Status"] == 202)

    troubled = [one for one in _events(played.lines, "call.") if one.get("attempts", 0) > 1 or one.get("hint")]
    expected = Counter((one["event"], one.get("status"), one.get("code", "")) for one in troubled)
    assert shown == expected
    healed = [one for one in played.calls if _is_redirected(one) and ((one.attempts or 0) > 1 or one.hint)]
    assert sum(times for (what, *_), times in shown.items() if what == "call.redirected") == len(healed)


def test_cold_and_warm_calls_are_apart(played: Played, workspace: Workspace) -> None:
    redirected = [one for one in _events(played.lines, "call.") if one["event"] == "call.redirected"]
    shown = {row["Instance"]: row for row in workspace.ask("workbook/cold-and-warm.kql")}

    assert set(shown) == {"cold", "warm"}
    for kind, row in shown.items():
        taken = [one["ms"] for one in redirected if one["cold"] == (kind == "cold")]
        assert row["Calls"] == len(taken)
        assert [row[f"P{share}"] for share in (50, 95, 99)] == [_percentile(taken, share) for share in (50, 95, 99)]
        assert row["Slowest"] == max(taken)


def test_the_steps_of_a_redirect_add_up(played: Played, workspace: Workspace) -> None:
    redirected = [one for one in _events(played.lines, "call.") if one["event"] == "call.redirected"]
    parts = {
        "1 gate": lambda one: one["gate_ms"],
        "2 directory": lambda one: one["directory_ms"],
        "3 token": lambda one: one["token_ms"],
        "4 Graph": lambda one: one["graph_ms"],
        "5 all else": lambda one: one["ms"] - one["gate_ms"] - one["directory_ms"] - one["token_ms"] - one["graph_ms"],
    }

    for row in workspace.ask("workbook/steps.kql"):
        taken = [parts[row["Step"]](one) for one in redirected]
        assert [row[f"P{share}"] for share in (50, 95, 99)] == [_percentile(taken, one) for one in (50, 95, 99)]
        assert row["Most"] == max(taken)


def test_a_step_that_is_not_told_took_no_time() -> None:
    parts = {"gate_ms": 10, "directory_ms": 20, "token_ms": 30, "graph_ms": 400}
    told = [("call.redirected", {"ms": 1000, **parts}), ("call.redirected", {"ms": 50}), ("call.left", {"ms": 9999})]

    shown = Workspace(_line(0, event, **facts) for event, facts in told).ask("workbook/steps.kql")

    steps = "1 gate", "2 directory", "3 token", "4 Graph", "5 all else"
    assert [(row["Step"], row["P50"], row["Most"]) for row in shown] == list(
        zip(steps, (0, 0, 0, 0, 50), (10, 20, 30, 400, 540), strict=True)
    )


def test_the_switch_of_a_tenant_is_seen_in_the_forms(played: Played, workspace: Workspace) -> None:
    shown = {(row["TimeGenerated"], row["Form"]): row["Notifications"] for row in workspace.ask("workbook/forms.kql")}

    expected = Counter(
        (line.at.replace(tzinfo=None, minute=0, second=0, microsecond=0), json.loads(line.text)["form"])
        for line in played.lines
        if json.loads(line.text)["event"] not in {"call.duplicate", "call.ignored", "list.bad_target"}
    )
    assert shown == expected
    assert {form for _, form in shown} == {"legacy", "entra-v1"}


def test_an_end_in_this_time_of_a_call_before_it_is_no_call_of_this_time(played: Played) -> None:
    at = next(line.at for line in played.lines if json.loads(line.text)["event"] == "call.ended")
    later = [line for line in played.lines if line.at >= at]

    (shown,) = Workspace(later).ask("workbook/headline.kql")

    came = {one["call"] for one in _events(later, "call.") if "seconds" not in one}
    assert shown["Calls"] == len(came)


@pytest.mark.parametrize(
    ("said", "changes"),
    [
        pytest.param([(0, "A", "B"), (1, "B", "A"), (2, "A", "B"), (3, "B", "A")], "BABA", id="there-and-back-twice"),
        pytest.param([(0, "A", "B"), (1, "A", "B"), (200, "A", "B")], "B", id="three-instances-one-of-them-idle"),
        pytest.param([(0, "A", "B"), (5, "", "B"), (9, "B", "C")], "BC", id="a-start-finds-what-was-there"),
        pytest.param([(0, "", "A"), (9, "A", "B")], "B", id="the-first-start"),
        pytest.param([(0, "A", "B"), (5, "", "C")], "BC", id="changed-while-nobody-ran"),
    ],
)
def test_a_change_of_the_directory_is_shown_once(said: list[tuple[int, str, str]], changes: str) -> None:
    counts = {"lists": 2, "targets": 3, "routes": 1, "problems": 0}
    lines = [
        _line(minute, "directory.changed", new=new, **({"old": old} if old else {}), **counts)
        for minute, old, new in said
    ]

    shown = Workspace(lines).ask("workbook/directory-changes.kql")

    assert "".join(row["Directory"] for row in reversed(shown)) == changes
    assert {(row["Lists"], row["Targets"], row["Routes"]) for row in shown} == {(2, 3, 1)}


def test_a_problem_of_the_directory_is_shown_once_with_its_cell() -> None:
    facts = {"level": "error", "table": "targets", "row": "sales/anna", "column": "Hours", "message": "no such day"}
    lines = [_line(minute, "directory.problem", **facts) for minute in (0, 1, 30)]

    (shown,) = Workspace(lines).ask("workbook/directory-changes.kql")

    assert shown["First"] == lines[0].at.replace(tzinfo=None)
    assert (shown["Cell"], shown["Message"]) == ("targets sales/anna Hours", "error no such day")


def test_changes_and_problems_of_the_directory_stand_side_by_side_the_newest_first() -> None:
    counts = {"lists": 2, "targets": 3, "routes": 1}
    lines = [
        _line(9, "directory.changed", new="C", old="B", problems=1, **counts),  # ingested before those that came first
        _line(0, "directory.changed", new="B", old="A", problems=0, **counts),
        _line(1, "directory.emptied", kept="B", lists=4),
        _line(2, "directory.stale", seconds=60),
        _line(3, "directory.problem", level="warning", table="routes", row="a/b", message="no list"),
        _line(4, "directory.changed", new="B", old="A", problems=1, **counts),  # the same rows, and a new mistake
        _line(5, "directory.read", new="X"),
        _line(6, "directory.emptied", kept="B", lists=5),
        _line(10, "directory.changed", new="C", old="B", problems=1, **counts),  # by another instance
    ]

    shown = Workspace(lines).ask("workbook/directory-changes.kql")

    columns = "What", "Directory", "Lists", "Targets", "Routes", "Problems", "Cell", "Message"
    assert [((row["First"] - BEGAN.replace(tzinfo=None)).seconds // 60, *map(row.get, columns)) for row in shown] == [
        (9, "directory.changed", "C", 2, 3, 1, 1, "", ""),
        (6, "directory.emptied", "B", 5, None, None, None, "", ""),
        (4, "directory.changed", "B", 2, 3, 1, 1, "", ""),
        (3, "directory.problem", "", None, None, None, None, "routes a/b", "warning no list"),
        (2, "directory.stale", "", None, None, None, None, "", ""),
        (1, "directory.emptied", "B", 4, None, None, None, "", ""),
        (0, "directory.changed", "B", 2, 3, 1, 0, "", ""),
    ]


def test_forms_are_shown_hour_by_hour_and_nothing_without_one() -> None:
    said = [(61, "entra-v2"), (61, "entra-v1"), (0, "legacy"), (1, "legacy"), (0, None)]
    lines = [_line(minute, "call.left", **({"form": form} if form else {})) for minute, form in said]

    shown = Workspace([*lines, _line(0, "caller.refused", form="legacy")]).ask("workbook/forms.kql")

    assert [(row["TimeGenerated"].hour, row["Form"], row["Notifications"]) for row in shown] == [
        (21, "legacy", 2),
        (22, "entra-v1", 1),
        (22, "entra-v2", 1),
    ]


def test_an_error_of_graph_is_one_by_its_status_a_hint_or_a_second_attempt() -> None:
    lines = [
        *[_line(number, "call.failed", call=f"a{number}", status=400, attempts=1) for number in range(2)],
        *[_line(0, "graph.token_failed", hint="renew it", code="AADSTS7") for _ in range(3)],
        _line(0, "call.redirected", call="b", status=202, attempts=2),
        _line(0, "call.redirected", call="c", status=202, attempts=1),
        _line(0, "call.redirected", call="d", status=399, attempts=1),
        _line(0, "storage.away", status=503, hint="x"),
    ]

    shown = Workspace(lines).ask("workbook/graph-errors.kql")

    assert [(row["What"], row["Times"], row["RangAllTheSame"], row["ExampleCall"]) for row in shown] == [
        ("graph.token_failed", 3, False, ""),
        ("call.failed", 2, False, "a1"),
        ("call.redirected", 1, True, "b"),
    ]


@pytest.mark.parametrize(
    ("uri", "table", "row"),
    [
        ("/targets(PartitionKey='sales',RowKey='anna%27s')", "targets", "PartitionKey='sales',RowKey='anna's'"),
        ("/Routes(PartitionKey='any',RowKey='any')?$format=json", "routes", "PartitionKey='any',RowKey='any'"),
        ("/holidays?timeout=5", "holidays", "(a new row)"),
        ("/$batch", "", "(several rows at once)"),
        ("/shifts(PartitionKey='a',RowKey='b')", "shifts", "PartitionKey='a',RowKey='b'"),
        ("/away(PartitionKey='a',RowKey='b')", "away", "PartitionKey='a',RowKey='b'"),
        ("/calls(PartitionKey='2026-11-22',RowKey='a')", None, None),
        ("/problems", None, None),
    ],
)
def test_an_edit_is_shown_with_who_and_which_row(uri: str, table: str | None, row: str | None) -> None:
    log = [
        _logged(category, uri, who)
        for category in ("StorageWrite", "StorageDelete", "StorageRead")
        for who in ("anna@contoso.com", "")
    ]

    shown = Workspace(StorageTableLogs=log).ask("workbook/row-edits.kql", APP_PRINCIPAL_ID="the-app")

    expected = [(table, row, "anna@contoso.com")] * 2 if table is not None else []
    assert [(one["Table"], one["Row"], one["Who"]) for one in shown] == expected


def test_the_newest_edit_stands_first_and_an_app_is_named_by_its_id() -> None:
    edits = [
        _logged("StorageWrite", "/targets", who) | {"TimeGenerated": BEGAN + timedelta(minutes=minute)}
        for minute, who in ((1, "anna@contoso.com"), (2, "bert@contoso.com"), (0, ""))
    ]

    shown = Workspace(StorageTableLogs=edits).ask("workbook/row-edits.kql", APP_PRINCIPAL_ID="another-app")

    assert [row["Who"] for row in shown] == ["bert@contoso.com", "anna@contoso.com", "the-app"]


def test_every_tile_is_held_here() -> None:
    with open(__file__, encoding="utf-8") as source:  # noqa: PTH123 - this file
        told = source.read()

    assert [name for name in NAMES if name.startswith("workbook/") and f'"{name}"' not in told] == []


def _figures(records: Iterable[Record]) -> dict[str, Any]:
    records = list(records)
    counted = Counter(map(_class, records))
    taken = _redirect_ms(records)
    return {
        "Calls": len(records),
        "Answered": counted["answered"],
        "GaveUp": counted["gave up"],
        "Missed": counted["missed"],
        "TurnedAway": counted["turned away"],
        "Unclear": counted["unclear"],
    } | {f"P{share}": _percentile(taken, share) if taken else None for share in (50, 95, 99)}


def _line_text(line: str | None) -> str:
    return line_text(line, LINE_NAMES.get(line or ""))


def _class(record: Record) -> str:
    return class_of(record.outcome)


def _share(records: Iterable[Record]) -> str:
    counted = Counter(map(_class, records))
    known = counted["answered"] + counted["gave up"] + counted["missed"]
    return f"{round(100 * (known - counted['answered']) / known, 1)} %" if known else ""


def _is_redirected(record: Record) -> bool:
    return record.rung is not None


def _redirect_ms(records: Iterable[Record]) -> list[int]:
    return [record.redirect_ms or 0 for record in records if _is_redirected(record)]


def _percentile(values: list[int], share: int) -> int:
    return sorted(values)[math.ceil(share / 100 * len(values)) - 1]


def _wall(record: Record) -> datetime:
    came = record.received_at or record.ended_at
    assert came
    return came.astimezone(ZONE)


def _by(records: Iterable[Record], key: Callable[[Record], Any]) -> list[tuple[Any, list[Record]]]:
    found: dict[Any, list[Record]] = {}
    for record in records:
        found.setdefault(key(record), []).append(record)
    return sorted(found.items(), key=lambda item: item[0])


def _events(lines: Iterable[Line], beginning: str) -> list[dict[str, Any]]:
    return [one for line in lines if (one := json.loads(line.text))["event"].startswith(beginning)]


def _line(minute: int, event: str, **facts: object) -> Line:
    return Line(BEGAN + timedelta(minutes=minute), json.dumps({"event": event} | facts, separators=(",", ":")))


def _logged(category: str, path: str, who: str) -> dict[str, object]:
    return {
        "TimeGenerated": BEGAN,
        "Category": category,
        "Uri": f"https://stphones.table.core.windows.net{path}",
        "RequesterUpn": who,
        "RequesterObjectId": "anna-s-id" if who else "the-app",
    }
