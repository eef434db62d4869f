"""What no template can do: printed at the end, where the end fails, and on demand."""

import pytest

from tests.support.azure import BOT, SETTINGS, Azure, changes

_CONSENT = f"https://login.microsoftonline.com/632899f8-2ea1-4604-8413-27bd2892079f/adminconsent?client_id={BOT}"
_PARTS = (
    _CONSENT,
    "New-TeamsApp",
    f"New-CsOnlineApplicationInstance -UserPrincipalName line@YOUR-DOMAIN -ApplicationId {BOT}",
)


def test_they_are_printed_alone(azure: Azure) -> None:
    azure.up("--yes")
    before = len(azure.commands)

    assert azure.run("next-steps", *SETTINGS) == 0

    assert [part for part in _PARTS if part not in azure.output] == []
    assert list(changes(azure.commands[before:])) == []
    assert list((azure.project / "dist").glob("*.zip"))


def test_they_are_the_same_at_the_end_and_alone(azure: Azure) -> None:
    azure.up("--yes")
    at_the_end = azure.output.rpartition("\n\nThe webhook")[2]

    azure.run("next-steps", *SETTINGS)

    assert azure.output.rpartition("\n\nThe webhook")[2] == at_the_end


def test_without_a_deployment_there_are_none(azure: Azure) -> None:
    assert azure.run("next-steps", *SETTINGS) == 3
    assert "there is no resource group call-redirect" in azure.output
    (azure.folder / "made" / "group").touch()

    assert azure.run("next-steps", *SETTINGS) == 1
    assert "there is no deployment call-redirect-callredirect in call-redirect to be seen" in azure.output


def test_a_dry_run_of_them_runs_nothing(azure: Azure) -> None:
    assert azure.run("next-steps", *SETTINGS, "--dry-run") == 0
    assert azure.commands == []
    assert "az deployment group show" in azure.output


@pytest.mark.parametrize("pattern", ["az functionapp keys list *", ""])
def test_they_are_printed_where_the_end_fails(azure: Azure, pattern: str) -> None:
    azure.will_fail(pattern)
    azure.answers = [OSError()]

    assert azure.up("--yes") == 1

    assert [part for part in _PARTS if part not in azure.output] == []
    assert list((azure.project / "dist").glob("*.zip"))
    assert azure.output.split("\n\n")[-1].startswith(("key failed", "check failed"))


def test_they_are_printed_where_there_is_no_key(azure: Azure) -> None:
    azure.will_answer("key", "")

    assert azure.up("--yes") == 1
    assert _CONSENT in azure.output


@pytest.mark.parametrize("pattern", ["az deployment group create *", "func azure *"])
def test_they_are_not_printed_where_no_code_is_there(azure: Azure, pattern: str) -> None:
    azure.will_fail(pattern)

    assert azure.up("--yes") == 1
    assert _CONSENT not in azure.output
