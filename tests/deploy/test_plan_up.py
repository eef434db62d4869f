"""A deployment, from the checks to the last words, against stand-ins for az and func."""

import json

import pytest

from tests.support.azure import BOT, HOST, SETTINGS, Azure, changes

_ALL = {
    *("group", "registration", "principal", "consent", "resources", "credential", "code", "alerts"),
    *("rows-targets", "rows-routes"),
}
# A shell pattern for each step that must not fail, in the order of the plan, and what the person reads.
_STEPS = [
    pytest.param("az group create *", "group", id="group"),
    pytest.param("az rest *applications(uniqueName=*", "registration", id="registration"),
    pytest.param("az rest *appRoleAssignedTo*", "registration", id="consent"),
    pytest.param("az deployment group list *", "first time", id="first-time"),
    pytest.param("az deployment group what-if *", "what-if", id="what-if"),
    pytest.param("az deployment group create *", "resources", id="resources"),
    pytest.param("az deployment group show *", "outputs", id="outputs"),
    pytest.param("az rest *federatedIdentityCredentials*", "credential", id="credential"),
    pytest.param("func azure functionapp publish *", "publish", id="publish"),
    pytest.param("az functionapp keys list *", "key", id="key"),
]
_ORDER = [
    *("group", "registration", "first time", "what-if", "resources", "outputs", "credential", "publish", "alerts"),
    *("rows", "teams", "key", "check"),
]


def test_a_first_deployment_makes_all_of_it_and_says_what_is_left(azure: Azure) -> None:
    code = azure.up()

    assert code == 0, azure.output
    assert azure.made == _ALL
    assert azure.asked == ["Deploy this? Type yes: "]
    assert f"https://{HOST}/api/calls" in azure.output
    consent = f"https://login.microsoftonline.com/632899f8-2ea1-4604-8413-27bd2892079f/adminconsent?client_id={BOT}"
    assert consent in azure.output
    assert f"New-CsOnlineApplicationInstance -UserPrincipalName line@YOUR-DOMAIN -ApplicationId {BOT}" in azure.output
    assert "@{SkuId = $sku}" in azure.output
    assert azure.slept == []


def test_what_if_is_shown_and_agreed_to_before_anything_is_deployed(azure: Azure) -> None:
    azure.reply = "no"

    code = azure.up()

    assert code == 5
    assert azure.matching("deployment group what-if")
    assert azure.matching("deployment group create") == []
    assert azure.output.endswith("Nothing was deployed. The group and the registration stay.")


def test_where_nobody_can_answer_nothing_is_deployed(azure: Azure) -> None:
    azure.reply = EOFError

    assert azure.up() == 5
    assert azure.matching("deployment group create") == []
    assert "--yes" in azure.output


def test_a_second_deployment_makes_nothing_twice(azure: Azure) -> None:
    azure.up("--yes")
    before = len(azure.commands)

    code = azure.up("--yes")

    assert code == 0
    assert azure.asked == []
    again = azure.commands[before:]
    assert [command for command in again if "group create --name" in command or "entity insert" in command] == []
    (create,) = [command for command in again if "deployment group create" in command]
    assert "alertsEnabled" not in create


@pytest.mark.parametrize(("pattern", "step"), _STEPS)
def test_a_step_that_fails_stops_there_and_the_next_run_ends_the_work(azure: Azure, pattern: str, step: str) -> None:
    azure.will_fail(pattern)

    assert azure.up("--yes") == 1

    stop = azure.output.split("\n\n")[-1]
    assert stop.startswith(f"{step} failed: ")
    assert "it was told to fail" in azure.output or step in {"group", "what-if", "resources", "publish"}  # az says it
    assert "make deploy` again" in stop
    assert list(dict.fromkeys(_begun(azure))) == _ORDER[: _ORDER.index(step) + 1]

    azure.works_again()

    assert azure.up("--yes") == 0, azure.output
    assert azure.made == _ALL


def _begun(azure: Azure) -> list[str]:
    return [name for name in (line.partition(":")[0] for line in azure.said) if name in _ORDER]


def test_a_key_that_is_not_there_yet_is_asked_for_again(azure: Azure) -> None:
    azure.will_fail("az functionapp keys list *", times=2)

    assert azure.up("--yes") == 0
    assert azure.slept == [20.0, 20.0]


@pytest.mark.parametrize("verb", ["query", "insert"])
def test_tables_that_cannot_be_filled_do_not_stop_a_deployment(azure: Azure, verb: str) -> None:
    azure.will_fail(f"az storage entity {verb} *")

    code = azure.up("--yes")

    assert code == 0
    assert "note: " in azure.output
    assert not {"rows-targets", "rows-routes"} & azure.made
    assert azure.fetched


def test_without_editors_there_is_no_waiting_for_a_role(azure: Azure) -> None:
    azure.will_fail("az storage entity query *")

    azure.up("--yes", "EDITORS=")

    assert azure.slept == []
    assert azure.matching("editorsObjectId") == []


def test_ctrl_c_leaves_nothing_half_done_here(azure: Azure) -> None:
    azure.reply = KeyboardInterrupt

    code = azure.up()

    assert code == 130
    assert not (azure.project / "dist").exists()
    assert "goes on from what is there" in azure.output


def test_a_registration_that_is_there_gets_the_credential_once(azure: Azure) -> None:
    azure.up("--yes", f"BOT_APP_ID={BOT}")
    azure.up("--yes", f"BOT_APP_ID={BOT}")

    (create,) = azure.matching("federated-credential create")
    body = json.loads(create.partition("--parameters ")[2])
    assert body["subject"] == "5a1e5000-0000-4000-8000-00000000000c"
    assert body["issuer"] == "https://login.microsoftonline.com/632899f8-2ea1-4604-8413-27bd2892079f/v2.0"
    assert body["audiences"] == ["api://AzureADTokenExchange"]
    assert azure.matching("uniqueName") == []


@pytest.mark.parametrize("verb", ["list", "create"])
def test_a_credential_that_only_an_administrator_may_add_is_said_so(azure: Azure, verb: str) -> None:
    azure.will_fail(f"az ad app federated-credential {verb} *")

    assert azure.up("--yes", f"BOT_APP_ID={BOT}") == 1
    assert "an administrator can add it" in azure.output


def test_a_registration_that_others_look_after_is_left_alone(azure: Azure) -> None:
    azure.up("--yes", f"BOT_APP_ID={BOT}", "ENTRA=leave")

    assert azure.matching("federated-credential") == []
    assert azure.matching("graph.microsoft.com") == []
    assert "code" in azure.made


def test_two_deployments_of_one_tenant_have_two_registrations(azure: Azure) -> None:
    azure.run("up", "--yes", *SETTINGS)
    azure.run("up", "--yes", *SETTINGS, "RESOURCE_GROUP=call-redirect-trial")

    names = {command.partition("uniqueName='")[2].partition("'")[0] for command in azure.matching("uniqueName")}
    assert len(names) == 2


def test_a_dry_run_runs_nothing_and_prints_all_of_it(azure: Azure) -> None:
    code = azure.up("--dry-run")

    assert code == 0
    assert azure.commands == []
    for part in (
        "az group create",
        "what-if",
        "func azure functionapp publish",
        "--build local",
        "entity insert",
        "az bicep version",
    ):
        assert part in azure.output
    assert "'fallbackTargets=[\"+43123456789\"]'" in azure.output


def test_every_command_that_a_deployment_runs_is_in_the_dry_run(azure: Azure) -> None:
    azure.up("--dry-run")
    promised = {" ".join(line.split()[:4]) for line in azure.said if line.startswith(("az", "func"))}

    azure.up("--yes")

    ran = [command for command in azure.commands if "az rest" not in command and "az cloud" not in command]
    assert {" ".join(command.split()[:4]) for command in ran if " --query tenantId" not in command} <= promised


def test_a_preview_changes_nothing(azure: Azure) -> None:
    azure.up("--yes")
    before = len(azure.commands)

    code = azure.run("preview", *SETTINGS, f"BOT_APP_ID={BOT}")

    assert code == 0
    assert azure.matching("what-if")
    assert list(changes(azure.commands[before:])) == []
