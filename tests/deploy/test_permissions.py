"""What a person's roles allow: read where that can be, told where it is too little, and left out on demand."""

import pytest

from tests.support.azure import BOT, Azure

_SERVICE = {
    "environmentName": "AzureCloud",
    "id": "0b1f6471-1bf0-4dda-aec3-cb9272f09590",
    "name": "Telephony",
    "tenantId": "632899f8-2ea1-4604-8413-27bd2892079f",
    "user": {"name": BOT, "type": "servicePrincipal"},
}


@pytest.mark.parametrize("pattern", ["az role assignment list *", "az rest *transitiveMemberOf*"])
def test_rights_that_cannot_be_read_are_noted_only(azure: Azure, pattern: str) -> None:
    azure.will_fail(pattern)

    assert azure.up("--yes") == 0
    assert [line for line in azure.said if line.startswith("  note: ")]


def test_roles_are_asked_of_the_group_where_it_is_there(azure: Azure) -> None:
    azure.up("--yes")
    azure.up("--yes")

    first, second = azure.matching("role assignment list")
    assert " --scope /subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590 " in first
    assert " --scope /subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/call-redirect " in second


@pytest.mark.parametrize("roles", [["Owner"], []])
def test_a_service_principal_is_checked_by_its_app_id(azure: Azure, roles: list[str]) -> None:
    azure.will_answer("account", _SERVICE)
    azure.will_answer("roles", roles)

    assert azure.up("--yes", "EDITORS=", f"BOT_APP_ID={BOT}", "ENTRA=leave") == 0
    assert f"--assignee {BOT}" in azure.matching("role assignment list")[0]
    assert azure.matching("signed-in-user") == []


def test_a_service_principal_with_too_few_roles_is_told_so(azure: Azure) -> None:
    azure.will_answer("account", _SERVICE)
    azure.will_answer("roles", ["Contributor"])

    assert azure.up("--yes", "EDITORS=", f"BOT_APP_ID={BOT}", "ENTRA=leave") == 3


@pytest.mark.parametrize(("name", "answer"), [("roles", ["Telephony operator"]), ("directory", []), ("roles", [])])
def test_rights_that_are_not_found_can_be_skipped(azure: Azure, name: str, answer: object) -> None:
    azure.will_answer(name, answer)
    assert azure.up("--yes") == 3
    assert all("ARGS=--skip-rights" in line for line in azure.said if line.startswith("  missing: "))

    assert azure.up("--yes", "--skip-rights") == 0
    assert azure.made >= {"resources", "code"}


def test_skipped_rights_are_not_asked_for(azure: Azure) -> None:
    azure.up("--yes", "--skip-rights", "EDITORS=")

    assert [azure.matching(part) for part in ("role assignment", "transitiveMemberOf", "signed-in-user")] == [
        [],
        [],
        [],
    ]


def test_roles_of_the_directory_count_by_a_group_too(azure: Azure) -> None:
    azure.up("--yes")

    (asked,) = azure.matching("directoryRole")
    assert "/v1.0/me/transitiveMemberOf/microsoft.graph.directoryRole?" in asked
