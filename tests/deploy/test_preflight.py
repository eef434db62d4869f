"""What is missing is said before anything is changed."""

import pytest

from tests.support.azure import BOT, SETTINGS, Azure, changes

_ACCOUNT = {
    "environmentName": "AzureCloud",
    "id": "0b1f6471-1bf0-4dda-aec3-cb9272f09590",
    "name": "Telephony",
    "tenantId": "632899f8-2ea1-4604-8413-27bd2892079f",
    "user": {"name": "anna@contoso.com", "type": "user"},
}
_FIRST_STEP = "group: make the resource group"
_MISSING = [
    pytest.param("az-version", {"azure-cli": "2.59.0"}, "az is 2.59.0, 2.60 or later is needed: az upgrade", id="az"),
    pytest.param("func-version", "3.0.3904", "func is 3.0.3904, 4.0.7030 or later is needed", id="func-3"),
    pytest.param("func-version", "4.0.6821", "func is 4.0.6821, 4.0.7030 or later is needed: npm", id="func"),
    pytest.param("func-version", "", "install Azure Functions Core Tools 4", id="func-says-nothing"),
    pytest.param("roles", ["Reader"], "you need Owner or Contributor on the subscription", id="no-role"),
    pytest.param("roles", ["Contributor"], "User Access Administrator", id="may-not-give-roles"),
    pytest.param("roles", ["User Access Administrator"], "Owner or Contributor", id="may-only-give-roles"),
    pytest.param(
        "providers", ["Microsoft.Web"], "az provider register --namespace Microsoft.BotService", id="provider"
    ),
    pytest.param("locations", [{"name": "eastus"}], "not offered in westeurope; it is in eastus", id="location"),
    pytest.param("directory", [], "Privileged Role Administrator", id="directory-role"),
    pytest.param("account", {**_ACCOUNT, "environmentName": "AzureUSGovernment"}, "az cloud set", id="cloud"),
    pytest.param(
        "account",
        {**_ACCOUNT, "user": {"name": BOT, "type": "servicePrincipal"}},
        "EDITORS=me needs a person",
        id="no-person",
    ),
]


@pytest.mark.parametrize(("name", "answer", "said"), _MISSING)
def test_what_is_missing_is_said_and_nothing_is_changed(azure: Azure, name: str, answer: object, said: str) -> None:
    azure.will_answer(name, answer)

    code = azure.up("--yes")

    assert code == 3
    (missing,) = {line for line in azure.said if line.startswith("  missing: ") and said in line}
    assert said in missing
    assert azure.said[-1] == "Nothing was changed."
    assert list(changes(azure.commands)) == []


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("az account get-access-token *", "sign in: az login"),
        ("az account show *", "sign in: az login"),
        ("az group exists *", "the resource group cannot be asked for"),
        ("az provider list *", "providers cannot be read"),
        ("az functionapp list-flexconsumption-locations *", "the regions of Flex Consumption cannot be read"),
        ("az ad signed-in-user show *", "EDITORS=me cannot be used"),
        ("func --version", "npm install -g azure-functions-core-tools@4"),
        ("az version *", "install the Azure CLI"),
    ],
)
def test_a_check_that_fails_is_missing_itself(azure: Azure, pattern: str, said: str) -> None:
    azure.will_fail(pattern)

    assert azure.up("--yes") == 3
    assert [line for line in azure.said if line.startswith("  missing: ") and said in line]
    assert list(changes(azure.commands)) == []


@pytest.mark.parametrize("tool", ["az", "func", "bash"])
def test_a_tool_that_is_not_there_is_missing_once(azure: Azure, tool: str) -> None:
    azure.is_without(tool)

    assert azure.up("--yes") == 3
    assert len([line for line in azure.said if line.endswith(f"({tool} is not on PATH)")]) == 1


def test_who_is_not_signed_in_hears_that_alone(azure: Azure) -> None:
    azure.will_fail("az a*")

    assert azure.up("--yes") == 3
    assert len([line for line in azure.said if line.startswith("  missing: ")]) == 1


def test_all_that_is_missing_is_said_at_once(azure: Azure) -> None:
    azure.will_answer("roles", ["Reader"])
    azure.will_answer("locations", [{"name": "eastus"}])
    azure.is_without("func")

    azure.up("--yes")

    assert len([line for line in azure.said if line.startswith("  missing: ")]) == 4


@pytest.mark.parametrize("subscription", ["Telephony", "telephony", "0B1F6471-1bf0-4dda-aec3-cb9272f09590", ""])
def test_the_right_subscription_goes_by_its_name_or_id(azure: Azure, subscription: str) -> None:
    (azure.folder / "made" / "group").touch()

    assert azure.run("preview", *SETTINGS, f"BOT_APP_ID={BOT}", f"SUBSCRIPTION={subscription}") == 0


def test_the_wrong_subscription_is_not_deployed_to(azure: Azure) -> None:
    assert azure.up("--yes", "SUBSCRIPTION=Payroll") == 3
    assert "az account set --subscription 'Payroll'" in azure.output


@pytest.mark.parametrize("command", [("preview",), ("preview", f"BOT_APP_ID={BOT}")])
def test_a_preview_needs_a_bot_and_a_group(azure: Azure, command: tuple[str, ...]) -> None:
    assert azure.run(*command, *SETTINGS) in {2, 3}
    assert azure.matching("what-if") == []


def test_every_check_is_told_as_it_begins(azure: Azure) -> None:
    azure.up("--yes")

    told = [line.strip().partition(":")[0] for line in azure.said[1 : azure.said.index(_FIRST_STEP)]]
    assert told == [
        *(
            "az",
            "func",
            "log-in",
            "subscription",
            "group",
            "you",
            "rights",
            "providers",
            "location",
            "bicep",
            "bash",
            "directory",
        )
    ]


@pytest.mark.parametrize(
    ("pattern", "asked"),
    [
        ("az version *", 0),
        ("az account show --output *", 2),
        ("az role assignment list *", 5),  # a check that a deployment can do without
        ("az provider list *", 6),
    ],
)
def test_a_tool_that_gives_no_answer_is_asked_no_more(azure: Azure, pattern: str, asked: int) -> None:
    azure.will_hang(pattern)
    azure.check_seconds = 1.0

    assert azure.up("--yes") == 3

    (missing,) = [line for line in azure.said if line.startswith("  missing: ")]
    assert missing.startswith("  missing: az gives no answer: try az ")
    assert missing.endswith("(no end after 1 s)")
    assert len([command for command in azure.commands if command.startswith("az ")]) == asked + 1
    assert list(changes(azure.commands)) == []


@pytest.mark.parametrize(("version", "code"), [("2.75.0", 3), ("2.76.0", 0), ("2.100.0", 0)])
def test_a_preview_needs_an_az_with_validation_levels(azure: Azure, version: str, code: int) -> None:
    (azure.folder / "made" / "group").touch()
    azure.will_answer("az-version", {"azure-cli": version})

    assert azure.run("preview", *SETTINGS, f"BOT_APP_ID={BOT}") == code
    assert ("2.76 or later is needed" in azure.output) == (code == 3)


def test_a_deployment_over_zones_needs_a_region_that_has_them(azure: Azure) -> None:
    azure.will_answer("zones", [{"name": "northeurope"}])

    assert azure.up("--yes") == 0
    assert azure.up("--yes", "PARAMETERS=zoneRedundant=true") == 3
    assert "over availability zones is not offered in westeurope; it is in northeurope" in azure.output
    assert azure.up("--yes", "PARAMETERS=zoneRedundant=true", "LOCATION=northeurope") == 0


def test_bicep_that_is_not_there_yet_is_fetched_before_anything_is_made(azure: Azure) -> None:
    azure.will_fail(
        "az bicep version", words='ERROR: Bicep CLI not found. Install it now by running "az bicep install".'
    )

    assert azure.up("--yes") == 0
    order = [command for command in azure.commands if "bicep install" in command or "group create" in command]
    assert order[0] == "az bicep install"


@pytest.mark.parametrize("command", ["up", "preview"])
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Error while attempting to download Bicep CLI: <urlopen error [SSL: CERTIFICATE_VERIFY_FAILED]", "opens TLS"),
        ("Error while attempting to download Bicep CLI: <urlopen error Tunnel connection failed: 407", "HTTPS_PROXY"),
        ("Error while attempting to retrieve the latest Bicep version: timed out.", "az cannot install Bicep"),
    ],
)
def test_bicep_that_cannot_be_fetched_is_missing_with_the_way_round(
    azure: Azure, command: str, words: str, said: str
) -> None:
    (azure.folder / "made" / "group").touch()
    azure.will_fail("az bicep *", words=words)

    assert azure.run(command, *SETTINGS, f"BOT_APP_ID={BOT}") == 3
    (missing,) = [line for line in azure.said if line.startswith("  missing: ")]
    assert said in missing
    assert "az config set bicep.use_binary_from_path=true" in missing
    assert list(changes(azure.commands)) == []


@pytest.mark.parametrize(
    ("version", "code"), [("4.0.7029", 3), ("4.0.7030", 0), ("4.1.0", 0), ("4.15.1", 0), ("5.0.0", 0)]
)
def test_func_knows_flex_consumption_and_python_313(azure: Azure, version: str, code: int) -> None:
    azure.will_answer("func-version", version)

    assert azure.up("--yes") == code
    assert ("4.0.7030 or later is needed" in azure.output) == (code == 3)
