"""The end of a deployment: the Teams app's package, and what the app says of itself."""

import json
import zipfile
from pathlib import Path

import pytest

from deploy import teams_app
from tests.support.azure import BOT, HOST, WELL, Azure

_SICK = {**WELL, "errors": 1, "doctor": [{"part": "Entra", "health": "error", "said": "no token", "do": "consent"}]}


def test_an_app_that_wakes_up_late_is_asked_again(azure: Azure) -> None:
    azure.answers = [TimeoutError(), (503, {}), (401, {}), (200, WELL)]

    assert azure.up("--yes") == 0
    assert len(azure.fetched) == 4


@pytest.mark.parametrize("answer", [OSError("the-secret"), (502, "<html>"), (200, [])])
def test_an_app_that_never_answers_is_a_failure(azure: Azure, answer: tuple[int, object] | OSError) -> None:
    azure.answers = [answer]

    assert azure.up("--yes") == 1
    assert len(azure.fetched) == 9
    assert "check failed" in azure.output
    assert "the-secret" not in azure.output


def test_an_app_that_gets_well_in_time_is_well(azure: Azure) -> None:
    azure.answers = [(200, _SICK), (200, _SICK), (200, WELL)]

    assert azure.up("--yes") == 0


def test_what_the_app_finds_wrong_is_told_with_the_last_words(azure: Azure) -> None:
    problem = {"level": "error", "table": "targets", "row": "default/0664", "column": "RowKey", "message": "needs a +"}
    azure.answers = [(200, {**_SICK, "problems": [problem]})]

    code = azure.up("--yes")

    assert code == 4
    assert "error: Entra: no token: consent" in azure.output
    assert "error: targets, row default/0664, column RowKey: needs a +" in azure.output
    assert "adminconsent" in azure.output


def test_the_teams_package_is_whole_and_of_this_deployment(azure: Azure) -> None:
    azure.up("--yes", 'DEVELOPER=The "Line" team')

    (path,) = (azure.project / "dist").glob("*.zip")
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["manifest.json", "color.png", "outline.png"]
        manifest = json.loads(archive.read("manifest.json"))
    (bot,) = manifest["bots"]
    assert (bot["botId"], bot["supportsCalling"], bot["supportsVideo"]) == (BOT, True, False)
    assert manifest["id"] == BOT
    assert manifest["validDomains"] == [HOST]
    assert manifest["developer"]["name"] == 'The "Line" team'
    assert manifest["$schema"].startswith("https://")


def test_a_package_that_cannot_be_finished_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        teams_app.write(tmp_path / "teams.zip", "{}", tmp_path)

    assert list(tmp_path.iterdir()) == []
