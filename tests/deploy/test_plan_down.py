"""Taking a deployment away: nothing goes that a person has not seen and named."""

import pytest

from tests.support.azure import BOT, Azure


def test_the_group_goes_when_its_name_is_typed(azure: Azure) -> None:
    azure.up("--yes")
    azure.reply = "call-redirect"

    code = azure.down()

    assert code == 0
    assert azure.matching("az group delete") == ["az group delete --name call-redirect --yes"]
    assert f"az ad app delete --id {BOT}" in azure.output


@pytest.mark.parametrize("reply", ["yes", "", "call-redirec", "Call-Redirect"])
def test_any_other_answer_deletes_nothing(azure: Azure, reply: str) -> None:
    azure.up("--yes")
    azure.reply = reply

    assert azure.down() == 5
    assert azure.matching("az group delete") == []
    assert azure.output.endswith("Nothing was deleted.")


def test_what_goes_is_shown_before_the_question(azure: Azure, capfd: pytest.CaptureFixture[str]) -> None:
    azure.up("--yes")
    azure.reply = ""

    azure.down()

    assert "Microsoft.Web/sites  func-callredirect-x7k2qp" in capfd.readouterr().out


def test_nobody_has_to_be_asked_or_to_wait(azure: Azure) -> None:
    azure.up("--yes")

    assert azure.down("--yes", "--no-wait") == 0
    assert azure.asked == []
    assert azure.matching("az group delete") == ["az group delete --name call-redirect --yes --no-wait"]


def test_a_group_that_is_gone_is_nothing_to_delete(azure: Azure) -> None:
    azure.up("--yes")
    azure.down("--yes")

    code = azure.down("--yes")

    assert code == 0
    assert len(azure.matching("az group delete")) == 1
    assert "nothing to delete" in azure.output
    assert "applications(uniqueName='call-redirect-callredirect-" in azure.output
    assert "az ad app delete --id ID" in azure.output


@pytest.mark.parametrize(
    ("pattern", "step"),
    [("az deployment group show *", "ours"), ("az resource list *", "contents"), ("az group delete *", "delete")],
)
def test_each_step_that_fails_stops_it(azure: Azure, pattern: str, step: str) -> None:
    azure.up("--yes")
    azure.will_fail(pattern)

    assert azure.down("--yes") == 1
    assert f"\n{step} failed: " in azure.output
    assert "resources" in azure.made

    azure.works_again()

    assert azure.down("--yes") == 0
    assert "resources" not in azure.made


def test_somebody_elses_group_is_not_deleted(azure: Azure) -> None:
    (azure.folder / "made" / "group").touch()

    assert azure.down("--yes") == 1
    assert "there is no deployment call-redirect-callredirect in call-redirect" in azure.output
    assert azure.matching("az group delete") == []


def test_what_a_first_run_left_that_stopped_early_is_named(azure: Azure) -> None:
    azure.will_fail("az deployment group create *")
    azure.up("--yes")
    (name,) = {command.partition("uniqueName='")[2].partition("'")[0] for command in azure.matching("uniqueName")}
    azure.works_again()

    assert azure.down("--yes") == 1
    assert "az group delete --name 'call-redirect'" in azure.output
    assert f"the bot's app registration, {name}." in azure.output
    assert f"https://graph.microsoft.com/v1.0/applications(uniqueName='{name}')" in azure.output
    assert "az ad app delete --id ID" in azure.output


def test_a_registration_of_others_is_not_named_for_deletion(azure: Azure) -> None:
    (azure.folder / "made" / "group").touch()

    assert azure.down("--yes", f"BOT_APP_ID={BOT}") == 1
    assert "az ad app delete" not in azure.output


def test_a_dry_run_deletes_nothing(azure: Azure) -> None:
    assert azure.down("--dry-run") == 0
    assert azure.commands == []
    assert "az group delete --name call-redirect --yes" in azure.output


def test_who_is_not_signed_in_deletes_nothing(azure: Azure) -> None:
    azure.up("--yes")
    azure.will_fail("az account get-access-token *")

    assert azure.down("--yes") == 3
    assert azure.matching("az group delete") == []
