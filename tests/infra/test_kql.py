"""Each query is right KQL, asks for events that the app writes and for facts that they have, and is used."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import TypedDict

import pytest

from tests.infra.events import written
from tests.infra.reading import INFRA, ROOT, read
from tests.infra.workspace import NAMES, text

pytestmark = pytest.mark.slow

_QUERIES = {name: text(name) for name in NAMES}
_SCHEMA = json.loads((INFRA / "kql" / "schema.json").read_text(encoding="utf-8"))
_EVENTS = {
    name: facts if isinstance(facts, dict) else _SCHEMA["events"][facts] for name, facts in _SCHEMA["events"].items()
}
_SOURCES = [ROOT / "function_app.py", *sorted((ROOT / "shared").rglob("*.py"))]
_CONVERSIONS = {"string": "tostring", "long": "tolong", "bool": "tobool", "dynamic": "tostring"}
_PARSED = (
    r"AppTraces\n"
    r"""( *)\| extend start = indexof\(Message, '\{"event":"'\)\n"""
    r"\1\| where start >= 0\n"
    r"\1\| extend e = parse_json\(substring\(Message, start\)\)\n"
    r"\1\| extend event = tostring\(e\.event\)\n"
)


def _has_checker() -> bool:
    node = shutil.which("node")
    if node is None:
        return False
    look = [node, "-e", "require.resolve('@kusto/language-service-next/package.json')"]
    done = subprocess.run(look, cwd=Path(__file__).parent, capture_output=True, check=False)  # noqa: S603 - ours
    return done.returncode == 0


class _Report(TypedDict):
    """What kusto.js says of a query; `fields` are those of the event, each with the function that converts it."""

    found: list[str]
    fields: list[tuple[str, str]]
    strings: list[str]


with_checker = pytest.mark.skipif(not _has_checker(), reason="npm's @kusto/language-service-next is not installed")


def test_the_schema_has_the_events_that_the_app_writes() -> None:
    found = {(name, fact) for name, facts in written(_SOURCES).items() for fact in facts}

    assert found == {(name, fact) for name, facts in _EVENTS.items() for fact in facts}


def test_the_schema_has_the_types_of_a_calls_record() -> None:
    found = {(name, fact): kind for name, facts in written(_SOURCES).items() for fact, kind in facts.items() if kind}

    assert found == {(name, fact): _EVENTS[name][fact] for name, fact in found}
    assert found["call.redirected", "gate_ms"] == "long"


def test_an_event_is_found_however_it_is_written(tmp_path: Path) -> None:
    source = tmp_path / "source.py"
    source.write_text(
        "class State:\n    LEFT = 'left'\n    DONE = 'done'\n"
        "class Record:\n    code: int | None\n"
        "class Refusal:\n    event = 'caller.refused'\n"
        "course.ends(State.LEFT, decision)\n"
        "self._events('a.b', one=1)\n"
        "event('a.b', two=record.code)\n"
        "self.events(f'call.{record.state}', three=3)\n"
        "telemetry.event(refusal.event, why='')\n"
        "events()\n"
    )

    assert written([source]) == {
        "a.b": {"one": None, "two": "long"},
        "call.left": {"three": None},
        "caller.refused": {"why": None},
    }


@with_checker
def test_azures_own_editor_finds_nothing_wrong() -> None:
    reports = _checked(_QUERIES)

    assert {name: report["found"] for name, report in reports.items() if report["found"]} == {}
    assert set(reports) == set(_QUERIES)


@with_checker
def test_queries_read_what_their_events_hold() -> None:
    misread = {name: _misread(report) for name, report in _checked(_QUERIES).items()}

    assert {name: facts for name, facts in misread.items() if facts} == {}


@with_checker
def test_wrong_kql_is_found() -> None:
    slips = [
        ("alerts/redirect-slow.kql", "summarize Calls", "sumarize Calls"),
        ("alerts/redirect-slow.kql", "P95 > 5000", "P94 > 5000"),
        ("alerts/server-errors.kql", "ResultCode startswith", "ResultCod startswith"),
        ("alerts/redirect-slow.kql", "percentile(Ms, 95)", "percentil(Ms, 95)"),
    ]

    reports = _checked({slip: _with(query, right, slip) for query, right, slip in slips})

    assert [slip for _, _, slip in slips if not reports[slip]["found"]] == []


@with_checker
def test_a_misread_event_is_found() -> None:
    slips = [
        ("alerts/redirect-slow.kql", "e.ms", "e.millis"),
        ("alerts/redirect-slow.kql", "call.redirected", "call.redirectd"),
        ("alerts/redirect-slow.kql", "tolong(e.ms)", "tobool(e.ms)"),
        ("alerts/strangers-refused.kql", "e.why", "e.hint"),
        ("alerts/directory-problem.kql", 'e["table"]', 'e["tabel"]'),
        ("workbook/steps.kql", "e.gate_ms", "e.gateMs"),
    ]

    reports = _checked({slip: _with(query, right, slip) for query, right, slip in slips})

    assert [slip for _, _, slip in slips if not _misread(reports[slip])] == []


@pytest.mark.parametrize("folder", ["alerts", "workbook"])
def test_every_query_is_used_and_every_used_one_is_there(folder: str) -> None:
    module = (INFRA / "modules" / f"{folder}.bicep").read_text(encoding="utf-8")

    loaded = re.findall(r"loadTextContent\('\.\./kql/([\w/.-]+)'\)", module)

    assert sorted(loaded) == sorted(["calls.kql", *(name for name in _QUERIES if name.startswith(f"{folder}/"))])


@pytest.mark.parametrize("name", [name for name in _QUERIES if "AppTraces" in _QUERIES[name]])
def test_queries_read_a_line_in_one_way_whatever_stands_before_it(name: str) -> None:
    assert _QUERIES[name].startswith("// ")
    assert len(re.findall(_PARSED, _QUERIES[name])) == _QUERIES[name].count("AppTraces")


def test_each_panel_shows_its_own_query() -> None:
    panels = read(INFRA / "modules" / "workbook.bicep").variables["panels"]

    assert isinstance(panels, list)
    for panel in panels:
        assert isinstance(panel, dict)
        name = f"workbook/{str(panel['name'])[1:-1]}.kql"
        loaded = f"loadTextContent('../kql/{name}')"
        begins_with_calls = "\nCalls\n" in _QUERIES[name]
        assert panel["query"] in (
            {f"'${{calls}}${{{loaded}}}'"}
            if begins_with_calls
            else {loaded, f"replace({loaded}, 'APP_PRINCIPAL_ID', appPrincipalId)"}
        )
        assert ("APP_PRINCIPAL_ID" in _QUERIES[name]) == ("appPrincipalId" in str(panel["query"]))


def _with(query: str, right: str, slip: str) -> str:
    assert right in _QUERIES[query]
    return _QUERIES[query].replace(right, slip)


def _checked(queries: dict[str, str]) -> dict[str, _Report]:
    done = subprocess.run(
        ["node", "kusto.js"],  # noqa: S607 - the node that PATH has
        cwd=Path(__file__).parent,
        input=json.dumps({"tables": _SCHEMA["tables"], "queries": queries}),
        capture_output=True,
        text=True,
        check=True,
    )
    reports: dict[str, _Report] = json.loads(done.stdout)
    return reports


def _misread(report: _Report) -> list[str]:
    """Give the events that do not exist, and the facts that none of the query's events has, or of another type."""
    events = [text for text in report["strings"] if re.fullmatch(r"[a-z]+\.[a-z_]+", text)]
    unknown = [event for event in events if event not in _EVENTS]
    ways: dict[str, set[str]] = {"event": {"tostring"}}
    for event in events:
        for fact, kind in _EVENTS.get(event, {}).items():
            ways.setdefault(fact, set()).add(_CONVERSIONS[kind])
    return unknown + [
        fact for fact, way in report["fields"] if fact not in ways or way not in ways[fact] | {"tostring"}
    ]
