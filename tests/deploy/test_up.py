"""A deployment, from the checks to the last words, against stand-ins for az and func."""

import json
import zipfile
from pathlib import Path

import pytest

from deploy import teams_app
from tests.support.azure import BOT, HOST, SETTINGS, WELL, Azure, changes

_ALL = {
    *("group", "registration", "principal", "consent", "resources", "credential", "code", "alerts"),
    *("rows-targets", "rows-routes"),
}
# A shell pattern for each step that must not fail, in the order of the plan, and what the person reads.
_STEPS = [
    pytest.param("az group create *", "group", id="group"),
    pytest.param("az rest *applications(uniqueName=*", "registration", id="registration"),
    pytest.param("az rest *appRoleAssignedTo*", "registration", id="consent"),
    pytest.param("az functionapp list *", "first time", id="first-time"),
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
_SICK = {**WELL, "errors": 1, "doctor": [{"part": "Entra", "health": "error", "said": "no token", "do": "consent"}]}


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


def test_alerts_are_off_until_the_code_is_there(azure: Azure) -> None:
    azure.up("--yes")

    order = [
        "off" if "alertsEnabled=false" in command else "published" if "publish" in command else "on"
        for command in azure.commands
        if "deployment group create" in command or "functionapp publish" in command
    ]
    assert order == ["off", "published", "on"]


def test_alerts_that_a_person_turned_off_stay_off(azure: Azure) -> None:
    azure.up("--yes", "PARAMETERS=alertsEnabled=false timeZone=Europe/Vienna")

    (create,) = azure.matching("deployment group create")
    assert create.count("alertsEnabled") == 1
    assert "timeZone=Europe/Vienna" in create


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


def test_a_remote_build_that_fails_twice_is_followed_by_a_build_here(azure: Azure) -> None:
    azure.will_fail("func *--build remote*")

    code = azure.up("--yes")

    assert code == 0
    assert [command.rpartition(" ")[2] for command in azure.matching("functionapp publish")] == [
        *("remote", "remote"),
        "local",
    ]
    assert "plan B" in azure.output


def test_a_key_that_is_not_there_yet_is_asked_for_again(azure: Azure) -> None:
    azure.will_fail("az functionapp keys list *", times=2)

    assert azure.up("--yes") == 0
    assert azure.slept == [20.0, 20.0]


def test_a_role_that_does_not_work_yet_is_waited_for(azure: Azure) -> None:
    azure.will_fail("az storage entity query *", times=3)

    assert azure.up("--yes") == 0
    assert {"rows-targets", "rows-routes"} <= azure.made
    assert azure.slept == [20.0, 20.0, 20.0]


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


def test_the_key_is_in_no_command_and_no_line(azure: Azure, capfd: pytest.CaptureFixture[str]) -> None:
    azure.up("--yes")

    assert [headers["x-functions-key"] for _, headers in azure.fetched] == ["the-function-key"]
    assert azure.fetched[0][0] == f"https://{HOST}/api/check"
    assert "the-function-key" not in azure.output + "".join(azure.commands) + "".join(capfd.readouterr())


def test_a_secret_of_the_environment_reaches_azure_and_no_line(azure: Azure) -> None:
    azure.environment["MISSED_CALL_WEBHOOK"] = "https://contoso.com/hook?sig=the-key"

    azure.up("--dry-run")
    dry = azure.output
    azure.will_fail("az deployment group create *")
    assert azure.up("--yes") == 1

    assert '"missedCallWebhook=$MISSED_CALL_WEBHOOK"' in dry
    assert azure.matching("missedCallWebhook=https://contoso.com/hook?sig=the-key")
    assert "the-key" not in dry + azure.output


def test_a_key_in_an_unexpected_place_is_not_quoted(azure: Azure) -> None:
    azure.up("--yes")
    azure.will_answer("account", "the-secret")

    code = azure.up("--yes")

    assert code == 3
    assert "not what was expected" in azure.output
    assert "the-secret" not in azure.output


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

    (path,) = (azure.project / "dist").iterdir()
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
    for part in ("az group create", "what-if", "func azure functionapp publish", "--build local", "entity insert"):
        assert part in azure.output
    assert "'fallbackTargets=[\"+12345678901\"]'" in azure.output


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
