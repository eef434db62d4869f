"""Who rings when, as a person at a terminal reads it."""

from pathlib import Path

import pytest

from tests.support.commands import Run
from tests.support.tables import LINE
from tools import week

TARGETS = """\
PartitionKey,RowKey,Name
support,+43660000004,Support desk
oncall,+43660000001,Gerd Maier
oncall,+43660000003,Ivo Jurić
"""
ROUTES = f"""\
PartitionKey,RowKey,Name,Ring,Hours,Closed,Empty,TimeZone
{LINE},any,Support,support,Mo-Fr 08:00-17:00,oncall,oncall,Europe/Vienna
"""
SHIFTS = """\
PartitionKey,RowKey,Who
oncall,2026-10-19T08:00,Gerd Maier
oncall,2026-10-25T02:30,Ivo Jurić
"""
GAP, WHY = f"NOBODY RINGS for Support ({LINE[:8]})", "Ivo Jurić is on duty, and away: name a substitute in shifts"
LEGEND = (
    "~ the Empty list rings   ! FALLBACK_TARGETS ring   - closed on purpose   # nobody rings: the caller hears busy"
)
AWAY = "PartitionKey,RowKey,Until\nIvo Jurić,2026-10-26,2026-10-26\n"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(monkeypatch, capsys)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    texts = {"targets.csv": TARGETS, "routes.csv": ROUTES, "shifts.csv": SHIFTS, "away.csv": AWAY}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return [tmp_path / name for name in texts]


def test_days_are_shown_exactly_and_gaps_come_first(files: list[Path], run: Run) -> None:
    shown = run(week.main, *files, "--from", "2026-10-24", "--days", "3")

    assert (shown.returncode, shown.stderr) == (1, "")
    assert shown.stdout.splitlines() == [
        f"{GAP} Mon 26 Oct 00:00 to 08:00: {WHY}",
        f"{GAP} Mon 26 Oct 17:00 to Tue 00:00: {WHY}",
        "",
        f"Support ({LINE[:8]}) (times of Europe/Vienna)",
        "  Sat 24 Oct  00:00-24:00  Gerd Maier",
        "  Sun 25 Oct  00:00-02:30 CEST  Gerd Maier",
        "              02:30 CEST-24:00  Ivo Jurić",
        "# Mon 26 Oct  00:00-08:00  NOBODY RINGS",
        "              08:00-17:00  Support desk",
        "#             17:00-24:00  NOBODY RINGS",
        "",
        LEGEND,
    ]


def test_without_a_gap_it_ends_with_0_and_begins_now(files: list[Path], run: Run) -> None:
    shown = run(week.main, *files[:2])

    assert (shown.returncode, shown.stderr) == (0, "")
    assert "NOBODY" not in shown.stdout


@pytest.mark.parametrize("wrong", [("--days", "0"), ("--days", "36"), ("--from", "soon")])
def test_what_cannot_be_shown_is_refused(files: list[Path], wrong: tuple[str, str]) -> None:
    with pytest.raises(SystemExit):
        week.main([*map(str, files), *wrong])


def test_a_file_that_is_no_table_is_refused(tmp_path: Path, run: Run) -> None:
    assert run(week.main, tmp_path / "people.csv").returncode == 2
