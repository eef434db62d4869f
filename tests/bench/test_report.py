"""The page and the picture that the bench writes."""

from pathlib import Path

import pytest

from bench import plot, report
from bench.goals import Contender
from bench.report import Result
from tests.support.paths import ROOT

_MEASURED: dict[Contender, dict[str, list[float]]] = {
    "empty": {"cold": [100.0, 120.0, 90.0], "memory": [30.0, 30.0, 30.0]},
    "usual": {"cold": [1000.0, 900.0, 1100.0], "rate": [50.0, 60.0, 70.0]},
    "ours": {"cold": [400.0, 300.0, 500.0], "rate": [150.0, 120.0, 140.0], "memory": [40.0, 41.0, 42.0]},
    "azurite": {"rate": [99.0]},
}
_RESULT = Result("2026-11-28 10:00 UTC", "A machine", 600, _MEASURED, [])


def _row(page: str, begin: str) -> list[str]:
    (line,) = [line for line in page.splitlines() if line.startswith(f"| {begin}")]
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


def test_a_figure_stands_with_its_spread_for_each_app() -> None:
    page = report.page(_RESULT)

    assert _row(page, "start to first redirect, cold, ms") == [
        "100 (90 to 120)",
        "1,000 (900 to 1,100)",
        "400 (300 to 500)",
        "",
    ]
    assert _row(page, "calls a second, 8 at once, /s") == ["", "60 (50 to 70)", "140 (120 to 150)", "99"]


@pytest.mark.parametrize(
    ("goal", "seen"),
    [
        ("start to first redirect, cold: ≤ 2 × an empty function", ["4.00 (2.50 to 5.56)", "not met"]),
        ("start to first redirect, cold: ≤ 0.45 × the usual stack", ["0.40 (0.33 to 0.45)", "met"]),
        ("calls a second, 8 at once: ≥ 4 × the usual stack", ["2.00 (2.00 to 3.00)", "not met"]),
        ("memory after the first call: ≤ 1.65 × an empty function", ["1.37 (1.33 to 1.40)", "met"]),
        ("CPU for each call, 8 at once: ≤ 0.35 × the usual stack", ["", "not measured"]),
    ],
)
def test_a_goal_stands_with_its_verdict(goal: str, seen: list[str]) -> None:
    assert _row(report.page(_RESULT), goal) == seen


def test_the_page_names_the_machine_and_the_rounds() -> None:
    assert report.page(_RESULT).startswith("2026-11-28 10:00 UTC, 3 rounds. A machine.\n")


def test_several_processes_stand_below_where_they_were_measured() -> None:
    scaling = [{"processes": 2, "rate": 400.4, "memory": 128.2, "bench": 0.12}]

    page = report.page(Result("", "", 0, _MEASURED, scaling))

    assert _row(page, "2 ") == ["400", "128", "12%"]


def test_a_result_comes_back_from_its_file() -> None:
    assert Result.from_json(_RESULT.to_json()) == _RESULT


def test_the_page_takes_the_place_of_the_one_before() -> None:
    begin, end = report.BEGIN, report.END

    assert report.replaced(f"a\n{begin}old\n{end}z\n", "new\n") == f"a\n{begin}new\n{end}z\n"


def test_the_documentation_shows_the_last_run(tmp_path: Path) -> None:
    documentation = (ROOT / "docs/performance.md").read_text(encoding="utf-8")
    results = ROOT / "bench/results"
    result = Result.from_json((results / "latest.json").read_text(encoding="utf-8"))

    plot.draw(result, tmp_path / "drawn.svg")

    assert report.replaced(documentation, report.page(result)) == documentation
    assert (tmp_path / "drawn.svg").read_bytes() == (results / "latest.svg").read_bytes()


@pytest.mark.parametrize("documentation", ["", report.BEGIN, report.END, report.END + report.BEGIN])
def test_a_documentation_without_a_place_is_left_alone(documentation: str) -> None:
    with pytest.raises(ValueError, match="no place"):
        report.replaced(documentation, "new\n")
