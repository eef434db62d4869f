"""Where alerts speak and what queries count: their figures, and their words, which are the app's own."""

import json
import re
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from shared.core.directory.model import Severity
from shared.core.record.record import Outcome
from tests.infra.events import words
from tests.infra.reading import INFRA, ROOT, Value, read

_ALERT_FACTS = "severity", "every", "over", "resolves"
_ALERTS = {
    "redirect-failed": ("1", "PT5M", "PT15M", "true"),
    "redirect-slow": ("2", "PT15M", "PT30M", "true"),
    "authorisation-broken": ("1", "PT5M", "PT15M", "true"),
    "server-errors": ("1", "PT5M", "PT15M", "true"),
    "strangers-refused": ("3", "PT15M", "PT30M", "true"),
    "directory-problem": ("2", "PT15M", "PT15M", "false"),
    "heartbeat-missing": ("1", "PT15M", "PT30M", "true"),
}
_TAKEN = {
    # Which rows each query takes, besides that a line holds an event.
    "alerts/authorisation-broken.kql": [
        (
            'event in ("graph.token_failed", "call.failed", "call.rejected", "call.left", "keys.unavailable",'
            ' "keys.refetched")'
        ),
        (
            'event in ("graph.token_failed", "keys.unavailable")'
            ' or (event startswith "call." and Status in (401, 403))'
            ' or (event == "keys.refetched" and not(tobool(e.ok)))'
        ),
        'event != "keys.refetched" or Times >= 3',
    ],
    "alerts/directory-problem.kql": [
        'event in ("directory.problem", "directory.emptied", "directory.stale", "storage.away")',
        'event != "directory.problem" or tostring(e.level) == "error"',
        'event != "storage.away" or tostring(e.step) == "directory"',
        'event != "storage.away" or Times >= 3',
    ],
    "alerts/heartbeat-missing.kql": ['event == "app.alive"', "SignsOfLife == 0"],
    "alerts/redirect-failed.kql": [
        'event in ("call.failed", "call.rejected", "call.left")',
        'Outcome in ("failed", "late")',
        'Outcome == "failed" or Calls >= 3',
    ],
    "alerts/redirect-slow.kql": ['event == "call.redirected"', "P95 > 5000"],
    "alerts/server-errors.kql": [
        'event in ("internal.error", "settings.wrong", "call.unrecorded")',
        'ResultCode startswith "5" and ResultCode != "503"',
    ],
    "alerts/strangers-refused.kql": ['event == "caller.refused"', "Times > 50"],
    "workbook/cold-and-warm.kql": ['event == "call.redirected"'],
    "workbook/directory-changes.kql": [
        'event in ("directory.changed", "directory.problem", "directory.emptied", "directory.stale")'
    ],
    "workbook/graph-errors.kql": [
        'event in ("call.redirected", "call.rejected", "call.left", "call.failed", "graph.token_failed")',
        "Status >= 400 or isnotempty(Hint)",
    ],
    "workbook/headline.kql": [
        'event in ("call.redirected", "call.rejected", "call.left", "call.failed", "call.ended")',
        "Came > 0",
    ],
    "workbook/lines.kql": [
        'event in ("call.redirected", "call.rejected", "call.left", "call.failed", "call.ended")',
        "Came > 0",
    ],
    "workbook/outcomes.kql": [
        'event in ("call.redirected", "call.rejected", "call.left", "call.failed", "call.ended")'
    ],
    "workbook/row-edits.kql": [
        'Category in ("StorageWrite", "StorageDelete")',
        'Table in ("targets", "routes", "holidays")',
    ],
    "workbook/steps.kql": ['event == "call.redirected"'],
}
_QUERIES = {
    path.relative_to(INFRA / "kql").as_posix(): path.read_text(encoding="utf-8")
    for path in sorted((INFRA / "kql").rglob("*.kql"))
}
_TEXT = r'"[^"]*"'
_OPERATOR = r"(?:[=!]=|[=!]~|!?in~?|!?has\w*|!?contains\w*|!?startswith\w*|!?endswith\w*)"
_COMPARED = re.compile(rf"(tostring\(e\.\w+\)|\w+) {_OPERATOR} (\({_TEXT}(?:, {_TEXT})*\)|{_TEXT})")

each_query = pytest.mark.parametrize("name", _QUERIES)


def test_each_alert_asks_its_own_query_as_often_as_it_is_meant_to() -> None:
    rules = read(INFRA / "modules" / "alerts.bicep").variables["rules"]

    assert isinstance(rules, list)
    by_key = {_bare(rule["key"]): rule for rule in rules if isinstance(rule, dict)}
    assert {key: tuple(_bare(rule[fact]) for fact in _ALERT_FACTS) for key, rule in by_key.items()} == _ALERTS
    assert [key for key, rule in by_key.items() if f"/alerts/{key}.kql'" not in str(rule["query"])] == []


@pytest.mark.parametrize("alert", _ALERTS)
def test_no_moment_is_left_unasked_and_azure_takes_the_times(alert: str) -> None:
    _, every, over, _ = _ALERTS[alert]

    assert _minutes(every) <= _minutes(over)
    assert {_minutes(every), _minutes(over)} <= {5, 10, 15, 30, 45, 60}


def test_no_event_at_all_is_a_row_of_the_heartbeats_query() -> None:
    assert "\n| summarize SignsOfLife = count()\n" in _QUERIES["alerts/heartbeat-missing.kql"]  # with "by": no row


def test_three_heartbeats_have_to_be_missing() -> None:
    beats = re.search(
        r'timer_trigger\("timer", "0 \*/(\d+) \* \* \* \*"', (ROOT / "function_app.py").read_text("utf-8")
    )

    assert beats
    assert _minutes(_ALERTS["heartbeat-missing"][2]) == 3 * int(beats[1])


@each_query
def test_a_query_takes_the_rows_that_it_is_meant_to(name: str) -> None:
    taken = re.findall(r"(?ms)^\| where (.*?)$(?!\n    )", _QUERIES[name])

    assert [re.sub(r"\s+", " ", one) for one in taken if one != "start >= 0"] == _TAKEN[name]


@each_query
def test_a_percentile_is_the_one_that_it_is_called(name: str) -> None:
    asked = re.findall(r"(\w+) = percentile\(.*?, ([\d.]+)\)", _QUERIES[name])

    assert [column for column, _ in asked] == [f"P{share}" for _, share in asked]
    assert len(asked) == _QUERIES[name].count("percentile")


def test_the_headline_measures_by_the_callers_window_of_15_s() -> None:
    assert 'P99OfTheWindow = strcat(round(100.0 * P99 / 15000, 1), " %")' in _QUERIES["workbook/headline.kql"]


@each_query
def test_a_query_compares_with_words_that_the_app_and_azure_have(name: str) -> None:
    assert _foreign(_QUERIES[name]) == []


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("alerts/redirect-failed.kql", '("failed", "late")', '("fialed", "late")'),
        ("alerts/redirect-failed.kql", 'Outcome == "failed"', 'Outcome =="failed"'),
        ("alerts/redirect-failed.kql", "Outcome in (", "Result in ("),
        ("alerts/directory-problem.kql", '"error"', '"eror"'),
        ("alerts/directory-problem.kql", '"directory"\n', '"directories"\n'),
        ("alerts/server-errors.kql", '"503"', '"5O3"'),
        ("alerts/authorisation-broken.kql", '"call."', '"calls."'),
        ("workbook/headline.kql", '"answered"', '"answerd"'),
        ("workbook/lines.kql", '"declined"', '"refused"'),
        ("workbook/row-edits.kql", '"StorageDelete"', '"StorageDeletes"'),
        ("workbook/row-edits.kql", '"routes"', '"calls"'),
    ],
)
def test_a_foreign_word_is_found(name: str, right: str, wrong: str) -> None:
    assert right in _QUERIES[name]

    assert _foreign(_QUERIES[name].replace(right, wrong))


def _foreign(query: str) -> list[str]:
    """Give what a query compares with that cannot come, and what it compares in a way that is not read here."""
    alike = dict(re.findall(r"(\w+) = tostring\(e\.(\w+)\)", query))
    known = _words()
    compared = [
        (alike.get(one[1], one[1].removeprefix("tostring(e.").removesuffix(")")), one[0], word)
        for one in _COMPARED.finditer(query)
        for word in re.findall(r'"([^"]*)"', one[2])
    ]
    unread = re.sub(_COMPARED, "", query)
    return [
        *(f"{fact}: {word}" for fact, how, word in compared if not _can_come(word, known.get(fact, set()), how)),
        *re.findall(rf"{_OPERATOR}\s*\(?\".*", unread),
    ]


def _can_come(word: str, known: set[str], how: str) -> bool:
    return any(one.startswith(word) for one in known) if "startswith" in how else word in known


def _words() -> dict[str, set[str]]:
    """Give the words that each fact of an event, and each column, can have."""
    storage = read(INFRA / "modules" / "storage.bicep")
    sources = [ROOT / "function_app.py", *sorted((ROOT / "shared").rglob("*.py"))]
    return {
        "event": set(json.loads((INFRA / "kql" / "schema.json").read_text(encoding="utf-8"))["events"]),
        "outcome": set(Outcome),
        "level": set(Severity),
        "step": words(sources, "step"),
        "ResultCode": {str(status.value) for status in HTTPStatus},
        "Category": {_bare(one) for one in _all(storage.resources["audit"].body["properties"], "category")},
        "Table": {_bare(one) for one in storage.variables["directoryTableNames"]},
    }


def _all(value: Value, key: str) -> Iterator[Value]:
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _all(one, key)
    if isinstance(value, dict) and key in value:
        yield value[key]


def _bare(value: Value) -> str:
    return str(value).strip("'")


def _minutes(duration: str) -> int:
    return int(duration.removeprefix("PT").removesuffix("M"))
