"""The names of lines, as a deployment takes them."""

import json
import shlex
from pathlib import Path

import pytest

from deploy.settings import settings
from tests.support.commands import Run
from tests.support.tables import LINE, SECOND_LINE
from tools import line_names

GIVEN = {"RESOURCE_GROUP": "call-redirect", "LOCATION": "westeurope", "FALLBACK_TARGETS": "+436641234567"}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(monkeypatch, capsys)


def test_each_line_that_has_a_name_is_there_by_its_id(tmp_path: Path, run: Run) -> None:
    routes = tmp_path / "routes.csv"
    rows = (f"{LINE.upper()},any,Jörg's “desk”", f"{SECOND_LINE},any,", "any,any,Everything else")
    routes.write_text("PartitionKey\tRowKey\tName\n" + "\n".join(rows).replace(",", "\t"), encoding="utf-8")

    shown = run(line_names.main, routes)

    (word,) = shlex.split(shown.stdout)  # as deploy/settings.env is read
    name, _, value = word.partition("=")
    assert (shown.returncode, name, json.loads(value)) == (0, "lineNames", {LINE: "Jörg's “desk”"})
    assert settings(GIVEN | {"PARAMETERS": shown.stdout}, {}).parameters == (word,)


def test_a_file_that_is_none_is_said(tmp_path: Path, run: Run) -> None:
    shown = run(line_names.main, tmp_path / "routes.csv")

    assert (shown.returncode, shown.stdout) == (2, "")
    assert "routes.csv" in shown.stderr
