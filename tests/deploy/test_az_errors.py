"""What az says is wrong, read by its code: what lasts stops at once, and only a new role is waited for."""

import pytest

from deploy import az_errors
from deploy.az_errors import Wait
from tests.support.azure import BOT, Azure, changes

# As az prints it: it hides storage's codes behind sentences.
_NEW_ROLE = """ERROR:
You do not have the required permissions needed to perform this operation.
Depending on your operation, you may need to be assigned one of the following roles:
    "Storage Table Data Contributor"
    "Storage Table Data Reader"

If you want to use the old authentication method and allow querying for the right account key, please use the
"--auth-mode" parameter and "key" value."""
_FIREWALL = """ERROR:
The request may be blocked by network rules of storage account. Please check network rule set using 'az storage
account show -n accountname --query networkRuleSet'."""
_MFA = "ERROR: AADSTS50076: Due to a configuration change made by your administrator, you must use multi-factor."


@pytest.mark.parametrize(
    ("said", "code", "wait"),
    [
        (_NEW_ROLE, "do not have the required permissions needed to perform this operation", Wait.ROLE),
        ("(AuthorizationPermissionMismatch) This request is not", "AuthorizationPermissionMismatch", Wait.ROLE),
        (_FIREWALL, "blocked by network rules", Wait.USELESS),
        ("ErrorCode:AuthorizationFailure", "AuthorizationFailure", Wait.USELESS),
        (_MFA, "AADSTS50076", Wait.USELESS),
        ("AADSTS7000222: The provided client secret keys", "AADSTS7000222", Wait.USELESS),
        ("AADSTS1234567: who knows", "AADSTS1234567", Wait.USELESS),
        ("(AuthorizationFailed) The client 'x' with object id", "AuthorizationFailed", Wait.USELESS),
        ('Forbidden({"error":{"code":"Authorization_RequestDenied"', "Authorization_RequestDenied", Wait.USELESS),
        ("(RequestDisallowedByPolicy) Resource 'x' was disallowed", "RequestDisallowedByPolicy", Wait.USELESS),
        ("Operation returned an invalid status 'Forbidden'", "Forbidden", Wait.USELESS),
        ("status code 403", "403", Wait.USELESS),
        ("Please run 'az login' to setup account.", "run 'az login", Wait.USELESS),
        ("<urlopen error [SSL: CERTIFICATE_VERIFY_FAILED]", "CERTIFICATE_VERIFY_FAILED", Wait.USELESS),
        ("(RequestDisallowedByAzure) Resource 'x' was", "RequestDisallowedByAzure", Wait.USELESS),
        ("(LocationNotAvailableForResourceType) The", "LocationNotAvailableForResourceType", Wait.USELESS),
        ("(SkuNotAvailable) The requested size", "SkuNotAvailable", Wait.USELESS),
        ("'Authorization failed for template resource 'x'", "Authorization failed for template", Wait.USELESS),
        ("(RoleAssignmentUpdateNotPermitted) Tenant ID,", "RoleAssignmentUpdateNotPermitted", Wait.USELESS),
        ("ErrorCode:PublicAccessNotPermitted", "PublicAccessNotPermitted", Wait.USELESS),
        ("(Caused by NameResolutionError(", "NameResolutionError", Wait.BUSY),
        (
            "ERROR: The subscription of 'x' doesn't exist in cloud",
            "The subscription of 'x' doesn't exist",
            Wait.USELESS,
        ),
        ("resulted in challenge with result: InteractionRequired", "InteractionRequired", Wait.USELESS),
        ("TokenCreatedWithOutdatedPolicies", "OutdatedPolicies", Wait.USELESS),
        ("SSLError(SSLCertVerificationError(", "SSLCertVerificationError", Wait.USELESS),
        ("(DeploymentActive) Unable to edit", "DeploymentActive", Wait.BUSY),
        ("(ServiceUnavailable) The service", "ServiceUnavailable", Wait.BUSY),
        ("(PrincipalNotFound) Principal x does not exist", "PrincipalNotFound", Wait.ROLE),
    ],
)
def test_a_code_says_whether_waiting_helps(said: str, code: str, wait: Wait) -> None:
    cause = az_errors.cause(said)

    assert cause is not None
    assert (cause.code, cause.wait) == (code, wait)
    assert cause.meaning


@pytest.mark.parametrize("said", ["", "ERROR: (Odd) something", "4030 and AADSTS", "it was told to fail"])
def test_what_has_no_code_has_no_cause(said: str) -> None:
    assert az_errors.cause(said) is None


@pytest.mark.parametrize("verb", ["query", "insert"])
def test_a_new_role_is_waited_for_with_progress(azure: Azure, verb: str) -> None:
    azure.will_fail(f"az storage entity {verb} *", times=3, words=_NEW_ROLE)

    assert azure.up("--yes") == 0
    assert {"rows-targets", "rows-routes"} <= azure.made
    assert azure.slept == [20.0] * 3
    waits = [line for line in azure.said if "again in 20 s" in line]
    assert [line.rpartition("(")[2] for line in waits] == ["1 of 8)", "2 of 8)", "3 of 8)"]


def test_a_role_that_never_counts_is_waited_for_once(azure: Azure) -> None:
    azure.will_fail("az storage entity query *", words=_NEW_ROLE)

    assert azure.up("--yes") == 0
    assert azure.slept == [20.0] * 8
    assert len([line for line in azure.said if line.startswith("  note: ")]) == 2


def test_without_editors_no_role_is_waited_for(azure: Azure) -> None:
    azure.will_fail("az storage entity query *", words=_NEW_ROLE)

    assert azure.up("--yes", "EDITORS=") == 0
    assert azure.slept == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (_FIREWALL, "the storage account's firewall refuses this machine"),
        (_MFA, "a second factor is asked for"),
        ("AADSTS53003: Access has been blocked by Conditional Access policies.", "Conditional Access forbids it"),
        ("ERROR: (AuthorizationFailed) The client 'x' does not have", "your roles do not allow it"),
        ("ERROR: Operation returned an invalid status 'Forbidden'", "Azure refuses it (403)"),
    ],
)
@pytest.mark.parametrize(
    ("pattern", "code"), [("az storage entity query *", 0), ("az functionapp keys list *", 1), ("az group create *", 1)]
)
def test_what_lasts_is_tried_once_and_explained(azure: Azure, pattern: str, code: int, words: str, said: str) -> None:
    azure.will_fail(pattern, words=words)

    assert azure.up("--yes") == code
    assert azure.slept == []
    assert said in azure.output


def test_a_check_gives_the_meaning_too(azure: Azure) -> None:
    azure.will_fail("az account get-access-token *", words="AADSTS53003: Access has been blocked")

    assert azure.up("--yes") == 3
    (missing,) = [line for line in azure.said if line.startswith("  missing: ")]
    assert "Conditional Access forbids it from here" in missing
    assert "sign in: az login" not in missing


def test_what_az_prints_as_it_goes_is_read_for_its_code(azure: Azure, capfd: pytest.CaptureFixture[str]) -> None:
    azure.will_fail("az deployment group create *", words="ERROR: (RequestDisallowedByPolicy) Resource was disallowed")

    assert azure.up("--yes") == 1
    assert azure.output.split("\n\n")[-1].splitlines()[1].startswith("RequestDisallowedByPolicy: a policy of your")
    assert "(RequestDisallowedByPolicy) Resource was disallowed" in capfd.readouterr().err


def test_the_registration_says_which_role_lacks(azure: Azure) -> None:
    azure.will_fail("az rest *appRoleAssignedTo*", words='Forbidden({"error":{"code":"Authorization_RequestDenied"')

    assert azure.up("--yes", "--skip-rights") == 1
    assert "Privileged Role Administrator does, then run" in azure.output


@pytest.mark.parametrize(
    ("said", "type_"),
    [
        ('{"@odata.type": "#microsoft.graph.group"}', "Group"),
        ('{"@odata.type": "#microsoft.graph.user"}', "User"),
        ('{"@odata.type": "#microsoft.graph.servicePrincipal"}', "ServicePrincipal"),
    ],
)
def test_editors_are_sent_to_azure_as_what_they_are(azure: Azure, said: str, type_: str) -> None:
    azure.will_answer("editors", said)

    assert azure.up("--yes", f"EDITORS={BOT}") == 0
    for command in azure.matching("az deployment group what-if"):
        assert f" editorsObjectId={BOT} editorsType={type_}" in command


@pytest.mark.parametrize(("noun", "type_"), [("group", "Group"), ("user", "User"), ("sp", "ServicePrincipal")])
def test_editors_are_looked_for_one_kind_after_the_other(azure: Azure, noun: str, type_: str) -> None:
    azure.will_answer("editors", "{}")
    azure.will_answer(f"editors-{noun}", "98da8a1a-1b87-452c-a713-65d3f10b1253")

    assert azure.up("--yes", f"EDITORS={BOT}") == 0
    (command,) = azure.matching("az deployment group what-if")
    assert f" editorsObjectId=98da8a1a-1b87-452c-a713-65d3f10b1253 editorsType={type_}" in command


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("{}", "is no group, person or service principal of this tenant"),
        ('{"@odata.type": "#microsoft.graph.application"}', "is an app registration, which gets no roles"),
    ],
)
def test_editors_that_are_nobody_are_missing(azure: Azure, said: str, why: str) -> None:
    azure.will_answer("editors", said)

    assert azure.up("--yes", f"EDITORS={BOT}") == 3
    assert why in azure.output
    assert list(changes(azure.commands)) == []


def test_where_the_directory_may_not_be_read_azure_looks_itself(azure: Azure) -> None:
    azure.will_answer("editors", "{}")
    azure.will_fail("az ad sp show *", words="Insufficient privileges to complete the operation.")

    assert azure.up("--yes", f"EDITORS={BOT}") == 0
    (command,) = azure.matching("az deployment group what-if")
    assert f" editorsObjectId={BOT} editorsType= " in f"{command} "
