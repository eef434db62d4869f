"""Alerts are off until the code is there: an app without code gives no sign of life."""

import pytest

from tests.support.azure import Azure


def test_alerts_are_off_until_the_code_is_there(azure: Azure) -> None:
    azure.up("--yes")

    order = [
        "off" if "alertsEnabled=false" in command else "published" if "publish" in command else "on"
        for command in azure.commands
        if "deployment group create" in command or "functionapp publish" in command
    ]
    assert order == ["off", "published", "on"]


def test_alerts_stay_off_until_a_later_run_publishes_the_code(azure: Azure) -> None:
    azure.will_fail("func azure functionapp publish *")
    azure.up("--yes")
    assert azure.up("--yes") == 1
    assert "alerts" not in azure.made
    assert all("alertsEnabled=false" in command for command in azure.matching("deployment group create"))
    azure.works_again()
    before = len(azure.commands)

    assert azure.up("--yes") == 0

    kinds = ("alertsEnabled=false", "functionapp publish", "deployment group create")
    again = [next((kind for kind in kinds if kind in command), "") for command in azure.commands[before:]]
    assert [kind for kind in again if kind] == list(kinds)
    assert "alerts" in azure.made


@pytest.mark.parametrize(("alerts", "creates"), [(None, 1), (True, 1), (False, 2)])
def test_alerts_are_as_the_last_deployment_left_them(azure: Azure, alerts: object, creates: int) -> None:
    azure.will_answer("deployments", [{"alerts": alerts}])

    assert azure.up("--yes") == 0
    assert len(azure.matching("deployment group create")) == creates


def test_alerts_that_a_person_turned_off_stay_off(azure: Azure) -> None:
    azure.up("--yes", "PARAMETERS=alertsEnabled=false timeZone=Europe/Vienna")

    (create,) = azure.matching("deployment group create")
    assert create.count("alertsEnabled") == 1
    assert "timeZone=Europe/Vienna" in create
