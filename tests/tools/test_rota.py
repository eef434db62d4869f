"""A rota made at the command line: the rows of thirteen weeks and eight people, ready to apply."""

import sys
from pathlib import Path

import pytest

from tests.support.commands import Run
from tools import csv_rows, rota

EIGHT = "Gerd Maier, Hana Novák, Ivo Jurić, Jana Weiß, Karl Huber, Lea Moser, Max Gruber, Nina Böhm"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(monkeypatch, capsys)


def test_thirteen_weeks_of_eight_people_begin_on_mondays_at_eight(run: Run) -> None:
    made = run(rota.main, "--list", "oncall", "--first", "2026-11-30T08:00", "--times", 13, "--people", EIGHT)

    rows = [one.row for one in csv_rows.read(made.stdout)]
    assert (made.returncode, len(rows)) == (0, 13)
    assert rows[0] == {"PartitionKey": "oncall", "RowKey": "2026-11-30T08:00", "Who": "Gerd Maier"}
    assert rows[7]["Who"] == "Nina Böhm"
    assert rows[8] == {"PartitionKey": "oncall", "RowKey": "2027-01-25T08:00", "Who": "Gerd Maier"}
    assert rows[12]["RowKey"] == "2027-02-22T08:00"


@pytest.mark.parametrize(
    ("every", "second"),
    [
        ("day", "2026-03-29T08:00"),
        ("daily", "2026-03-29T08:00"),
        ("3 days", "2026-03-31T08:00"),
        ("weekly", "2026-04-04T08:00"),
        ("2 weeks", "2026-04-11T08:00"),
        ("fortnight", "2026-04-11T08:00"),
    ],
)
def test_turns_of_other_lengths_stay_at_the_same_time_on_the_wall(run: Run, every: str, second: str) -> None:
    made = run(
        rota.main, "--list", "a", "--first", "28.3.2026 8:00", "--every", every, "--people", "A", "--people", "B"
    )

    assert [one.row["RowKey"] for one in csv_rows.read(made.stdout)] == ["2026-03-28T08:00", second]


def test_names_with_commas_are_parted_by_semicolons_and_a_file_says_what_comes_next(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "shifts.csv"

    made = run(rota.main, file, "--list", "a", "--first", "2026-11-30", "--people", "Maier, Gerd; Novák, Hana;")

    assert [one.row["Who"] for one in csv_rows.read(file.read_text("utf-8-sig"))] == ["Maier, Gerd", "Novák, Hana"]
    assert "After the last, from 2026-12-07T00:00, Novák, Hana rings on" in made.stdout
    assert made.stdout.endswith(f"{sys.executable} -m tools.tables apply {file}\n")  # not the python on PATH
    nowhere = run(rota.main, tmp_path / "no" / "shifts.csv", "--list", "a", "--first", "2026-11-30", "--people", "A")
    assert (nowhere.returncode, "No such file" in nowhere.stderr) == (2, True)


@pytest.mark.parametrize(
    "wrong",
    [
        ("--first", "soon"),
        ("--first", "2026-11-30T08:00Z"),
        ("--every", "month"),
        ("--every", "0 days"),
        ("--every", "999 weeks"),
        ("--times", "0"),
        ("--times", "1001"),
        ("--people", " , "),
    ],
)
def test_what_makes_no_rota_is_refused(wrong: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    good = {"--list": "a", "--first": "2026-11-30", "--people": "A"}

    with pytest.raises(SystemExit):
        rota.main([word for pair in (good | dict([wrong])).items() for word in pair])
    said = capsys.readouterr().err
    assert wrong[0] in said
    assert "invalid" not in said  # what is said where a reader has no words of its own
