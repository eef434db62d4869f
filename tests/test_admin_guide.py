"""docs/admin-guide.md does what it shows: each recipe's rows have no mistake, and ring whom it says, when it says."""

import re
import shlex
from datetime import datetime
from pathlib import Path

import pytest

from shared.console.explain import explanation, question
from shared.console.explain.explanation import RoutingContext
from shared.console.explain.question import Question
from shared.core.directory.model import Directory
from tests.support.paths import ROOT
from tools import csv_rows, rota, table_source
from tools.table_source import Tables

TEXT = (ROOT / "docs" / "admin-guide.md").read_text(encoding="utf-8")
INTRODUCTION, *PARTS = re.split(r"^### ", TEXT.partition("## Recipes")[2], flags=re.MULTILINE)
RECIPES = {part.partition("\n")[0]: part for part in PARTS}


def files(text: str) -> dict[str, str]:
    return dict(re.findall(r"^`(\w+\.csv)`\n```csv\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


def directory(recipe: str) -> Directory:
    shown = files(INTRODUCTION) | files(recipe)
    rows = {Path(name).stem: [one.row for one in csv_rows.read(text)] for name, text in shown.items()}
    return table_source.directory(Tables(rows), table_source.settings({"TIME_ZONE": "Europe/Vienna"}))


def calls(recipe: str) -> list[list[str]]:
    lines = recipe.partition("| call |")[2].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_there_are_six_recipes() -> None:
    assert list(RECIPES) == ["A rota", "A swap", "A vacation", "Night from now on", "An emergency line", "Two sites"]


@pytest.mark.parametrize("title", RECIPES)
def test_a_recipes_rows_have_no_mistake(title: str) -> None:
    assert [one.message for one in directory(RECIPES[title]).problems] == []


@pytest.mark.parametrize(
    ("title", "call", "at", "rings"), [(title, *row) for title, recipe in RECIPES.items() for row in calls(recipe)]
)
def test_a_recipe_rings_whom_it_says(title: str, call: str, at: str, rings: str) -> None:
    tables = directory(RECIPES[title])
    called, _, caller = call.partition(" from ")
    asked = Question(
        question.parse_called(called, tables.names),
        question.parse_caller(caller),
        datetime.fromisoformat(at),
    )
    last_resort = table_source.last_resort(table_source.settings({}))

    found = explanation.explain(asked, RoutingContext(tables, last_resort, ""))

    assert (", ".join(sorted(one.name for one in found.rings)) or "no one") == rings


def test_the_rota_of_a_quarter_is_made_as_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (line,) = re.findall(r"^\.venv/bin/python -m tools\.rota (.*)$", TEXT, re.MULTILINE)

    assert rota.main(shlex.split(line)) == 0

    rows = [one.row for one in csv_rows.read(Path("shifts.csv").read_text("utf-8-sig"))]
    assert (len(rows), rows[8]["RowKey"], rows[8]["Who"]) == (13, "2027-01-25T08:00", "Anna")


def test_every_link_leads_somewhere() -> None:
    for link in re.findall(r"\]\(([^)]+)\)", TEXT):
        assert (ROOT / "docs" / link.partition("#")[0]).is_file(), link
