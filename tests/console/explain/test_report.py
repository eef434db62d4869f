"""The whole check as a value: what is wrong, who rings on which line, and how the neighbours are."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.console.explain import report, report_json
from shared.console.explain.explanation import RoutingContext
from shared.console.explain.report import Report
from shared.core.directory import reader
from shared.core.directory.model import Directory, Problem, Severity
from shared.core.health import Finding, Health
from shared.core.routing.decide import LastResort
from tests.support.tables import ANNA, BO, BOT, LINE, SECOND_LINE, route, target

NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
WELL = Finding("Signing keys", Health.OK, "2 are at hand")
ILL = Finding("Table calls", Health.ERROR, "the app may not write it", "give it the role")


def rules(*made: dict[str, Any]) -> RoutingContext:
    directory = reader.read_directory((target(ANNA, Name="Anna Berg"), target(BO, "sales")), made, BOT)
    return RoutingContext(directory, LastResort(BOT), "https://bot.contoso.com")


def callers_by_line(found: Report) -> list[tuple[str, list[str]]]:
    return [(line.id, [answer.question.caller for answer in line.answers]) for line in found.lines]


def test_each_line_has_an_answer_for_each_rule_about_its_callers() -> None:
    made = [route(SECOND_LINE), route(LINE, "+43"), route("any", "anonymous"), route(LINE), route("any", "+1")]

    found = report.build_report(NOW, [WELL], rules(*made))

    assert callers_by_line(found) == [
        ("any", ["any", "+1", "anonymous"]),
        (LINE, ["any", "+43"]),
        (SECOND_LINE, ["any"]),
    ]


def test_where_no_rule_covers_every_call_the_default_is_shown() -> None:
    found = report.build_report(NOW, [], rules())

    assert callers_by_line(found) == [("any", ["any"])]
    assert found.lines[0].answers[0].rings[0].name == "Anna Berg"


def test_one_line_can_be_asked_for_alone() -> None:
    made = rules(route(LINE), route(SECOND_LINE))

    assert callers_by_line(report.build_report(NOW, [], made, SECOND_LINE)) == [(SECOND_LINE, ["any"])]


def test_a_line_shows_who_rings_for_callers_that_only_any_lines_rules_name() -> None:
    made = rules(route(LINE), route("any", "+43", Ring="reject"), route(SECOND_LINE, "+1"))

    found = report.build_report(NOW, [], made, LINE)

    assert callers_by_line(found) == [(LINE, ["any", "+43"])]
    assert [answer.route.name for answer in found.lines[0].answers] == [f"{LINE}/any", "any/+43"]


def test_a_line_without_a_rule_shows_who_rings_for_it_all_the_same() -> None:
    found = report.build_report(NOW, [], rules(route(LINE)), BO)

    assert callers_by_line(found) == [(BO, ["any"])]
    assert found.lines[0].answers[0].route.name == "any/any"


def test_only_the_first_rules_are_answered_and_the_rest_counted() -> None:
    many = rules(*(route(caller=f"+{number}") for number in range(1000, 1250)))

    found, of_line = report.build_report(NOW, [], many), report.build_report(NOW, [], many, "any")

    assert (sum(len(line.answers) for line in found.lines), found.unshown) == (200, 51)
    assert (sum(len(line.answers) for line in of_line.lines), of_line.unshown) == (251, 0)


@pytest.mark.parametrize(("many", "days"), [(25, 8), (26, 2), (200, 2), (201, 1)])
def test_the_more_rules_the_less_far_ahead_changes_are_looked_for(many: int, days: int) -> None:
    made = rules(route(), *(route(caller=f"+{number}") for number in range(1000, 1000 + many - 1)))

    (line,) = report.build_report(NOW, [], made, "any").lines

    assert {answer.horizon.days for answer in line.answers} == {days}


def test_where_no_table_was_ever_read_only_the_findings_are_told() -> None:
    found = report.build_report(NOW, [ILL], None)

    assert (found.directory, found.lines, found.problems, found.errors) == (None, (), (), 1)


def test_problems_have_the_errors_first_and_are_counted_with_the_findings() -> None:
    warning = Problem(Severity.WARNING, "routes", "any/any", "Timeout", "15 to 90")
    error = Problem(Severity.ERROR, "targets", "default/7", "RowKey", "neither")
    cautious = Finding("Settings", Health.WARNING, "no fallback", "set one")

    found = Report(NOW, (WELL, ILL, cautious), Directory(problems=(warning, error)))

    assert found.problems == (error, warning)
    assert (found.errors, found.warnings) == (2, 2)


@pytest.mark.parametrize("is_read", [True, False])
def test_as_json_it_is_all_there(*, is_read: bool) -> None:
    made = rules(route(LINE, "any", Ring="slaes", Name="Sales"))

    told = report_json.as_json(report.build_report(NOW, [ILL, WELL], made if is_read else None))

    assert json.loads(json.dumps(told)) == told
    assert told["doctor"] == [
        {"part": "Table calls", "health": "error", "said": "the app may not write it", "do": "give it the role"},
        {"part": "Signing keys", "health": "ok", "said": "2 are at hand", "do": None},
    ]
    assert told["directory"] == (made.directory.fingerprint if is_read else None)
    assert [line["line"] for line in told["lines"]] == (["any", LINE] if is_read else [])
    assert {(problem["column"], problem["name"]) for problem in told["problems"] if problem["level"] == "error"} == (
        {("Ring", "Sales")} if is_read else set()
    )
