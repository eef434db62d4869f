"""The app registration: one tenant, one permission, and a credential that names the right cloud."""

import json
import os
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shared.settings.clouds import GLOBAL, USGOV
from tests.infra.reading import INFRA, read

_SCRIPT = INFRA / "entra.sh"
_GRAPH_APP = "00000003-0000-0000-c000-000000000000"
_CALLS_INITIATE_ALL = "284383ee-7f6e-4e40-a2a8-e85dcb029101"
_TENANT = "0d7a1c40-0000-4000-8000-000000000002"
_IDENTITY = "0d7a1c40-0000-4000-8000-000000000003"
_APP = "0d7a1c40-0000-4000-8000-000000000004"
_PRINCIPAL = "0d7a1c40-0000-4000-8000-000000000005"
_RESOURCE = "0d7a1c40-0000-4000-8000-000000000006"

# Stands in for az: writes each command down, and answers what the script asks for.
_AZ = """#!/usr/bin/env bash
printf '%s\\0' "$@" >> "$AZ_LOG"
printf '\\n\\0' >> "$AZ_LOG"
case "$*" in
"cloud show --query name"*) echo "$AZ_CLOUD" ;;
*activeDirectory*) echo "$AZ_LOGIN" ;;
*microsoftGraphResourceId*) echo "$AZ_GRAPH/" ;;
"account show"*) echo "$AZ_TENANT" ;;
*appRoleAssignments*) echo "$AZ_GRANTED" ;;
*"--query appId"*) echo "$AZ_APP" ;;
*"appId='00000003-0000-0000-c000-000000000000'"*"--query id"*) echo "$AZ_RESOURCE" ;;
*"--query id"*) echo "$AZ_PRINCIPAL" ;;
esac
"""

with_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")


@dataclass(frozen=True, slots=True)
class _Asked:
    method: str
    url: str
    headers: str
    body: Any


@dataclass(frozen=True, slots=True)
class _Az:
    """The script, and what it does with az in one cloud."""

    folder: Path
    cloud: str
    login: str
    graph: str
    granted: str = "0"
    odd: tuple[tuple[str, str], ...] = ()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        az = self.folder / "az"
        az.write_text(_AZ)
        az.chmod(az.stat().st_mode | stat.S_IXUSR)
        return subprocess.run(  # noqa: S603 - our own script
            ["bash", str(_SCRIPT), *arguments],  # noqa: S607 - the bash that PATH has
            env={
                "PATH": f"{self.folder}:{os.defpath}",
                "AZ_LOG": str(self.folder / "log"),
                "AZ_CLOUD": self.cloud,
                "AZ_LOGIN": self.login,
                "AZ_GRAPH": self.graph,
                "AZ_TENANT": _TENANT,
                "AZ_GRANTED": self.granted,
                "AZ_APP": _APP,
                "AZ_PRINCIPAL": _PRINCIPAL,
                "AZ_RESOURCE": _RESOURCE,
            }
            | dict(self.odd),
            capture_output=True,
            text=True,
            check=False,
        )

    def asked(self) -> list[_Asked]:
        calls = (self.folder / "log").read_text().split("\n\0")
        return [_asked(call.rstrip("\0").split("\0")) for call in calls if call.startswith("rest\0")]


@pytest.fixture
def public(tmp_path: Path) -> _Az:
    return _Az(tmp_path, "AzureCloud", GLOBAL.login, GLOBAL.graph)


@pytest.fixture
def government(tmp_path: Path) -> _Az:
    return _Az(tmp_path, "AzureUSGovernment", USGOV.login, USGOV.graph)


def test_the_template_registers_one_tenants_app_with_one_permission() -> None:
    file = read(INFRA / "entra.bicep")
    app = file.resources["app"].body

    assert file.variables["graphAppId"] == f"'{_GRAPH_APP}'"
    assert file.variables["callsInitiateAll"] == f"'{_CALLS_INITIATE_ALL}'"
    assert app["signInAudience"] == "'AzureADMyOrg'"
    assert app["requiredResourceAccess"] == [
        {"resourceAppId": "graphAppId", "resourceAccess": [{"id": "callsInitiateAll", "type": "'Role'"}]}
    ]
    assert file.resources["mayAnswerCalls"].body == {
        "appRoleId": "callsInitiateAll",
        "principalId": "servicePrincipal.id",
        "resourceId": "graph.id",
    }


def test_the_templates_credential_is_of_the_cloud_it_is_deployed_to() -> None:
    file = read(INFRA / "entra.bicep")
    credential = file.resources["credential"].body

    assert file.variables["isUsGovernment"] == "environment().name == 'AzureUSGovernment'"
    assert file.variables["issuer"] == "uri(environment().authentication.loginEndpoint, '${tenant().tenantId}/v2.0')"
    assert credential["issuer"] == "issuer"
    assert credential["subject"] == "identityPrincipalId"
    assert credential["audiences"] == [f"isUsGovernment ? '{USGOV.assertion_audience}' : '{GLOBAL.assertion_audience}'"]


@with_bash
@pytest.mark.parametrize(("cloud", "facts"), [("public", GLOBAL), ("government", USGOV)])
def test_the_scripts_credential_is_of_the_cloud_that_az_is_in(
    request: pytest.FixtureRequest, cloud: str, facts: Any
) -> None:
    az: _Az = request.getfixturevalue(cloud)

    done = az.run("--identity", _IDENTITY)

    assert done.stdout.splitlines() == [f"BOT_APP_ID={_APP}", f"BOT_TENANT_ID={_TENANT}"]
    (credential,) = (one for one in az.asked() if "federatedIdentityCredentials" in one.url)
    assert credential.url == (
        f"{facts.graph}/v1.0/applications(uniqueName='call-redirect')/federatedIdentityCredentials(name='function')"
    )
    assert credential.body["issuer"] == f"{facts.login}/{_TENANT}/v2.0"
    assert credential.body["subject"] == _IDENTITY
    assert credential.body["audiences"] == [facts.assertion_audience]


@with_bash
def test_the_script_registers_one_tenants_app_and_grants_its_permission(public: _Az) -> None:
    public.run()

    app, principal = (one for one in public.asked() if one.method == "patch")
    (grant,) = (one for one in public.asked() if one.method == "post")
    assert app.body["signInAudience"] == "AzureADMyOrg"
    assert app.body["requiredResourceAccess"] == [
        {"resourceAppId": _GRAPH_APP, "resourceAccess": [{"id": _CALLS_INITIATE_ALL, "type": "Role"}]}
    ]
    assert principal.url == f"{GLOBAL.graph}/v1.0/servicePrincipals(appId='{_APP}')"
    assert {app.headers, principal.headers} == {"Content-Type=application/json Prefer=create-if-missing"}
    assert grant.body == {
        "principalId": _PRINCIPAL,
        "resourceId": _RESOURCE,
        "appRoleId": _CALLS_INITIATE_ALL,
    }


@with_bash
def test_the_script_grants_nothing_twice(tmp_path: Path) -> None:
    az = _Az(tmp_path, "AzureCloud", GLOBAL.login, GLOBAL.graph, granted="1")

    done = az.run()

    assert done.returncode == 0
    assert [one for one in az.asked() if one.method == "post"] == []


@with_bash
@pytest.mark.parametrize(
    "arguments", [["--identity", "the-name-of-it"], ["--display-name", 'a"b'], ["--name", "a'b"], ["--nonsense"]]
)
def test_the_script_refuses_what_cannot_be_right(public: _Az, arguments: list[str]) -> None:
    done = public.run(*arguments)

    assert done.returncode == 2
    assert done.stderr
    assert not (public.folder / "log").exists()


@with_bash
@pytest.mark.parametrize("value", ["", "None", "one two", "0d7a1c40", "null"])
@pytest.mark.parametrize(
    ("name", "lacking", "written"),
    [
        ("AZ_TENANT", "tenant id", 0),
        ("AZ_LOGIN", "address of Microsoft Entra", 0),
        ("AZ_GRAPH", "address of Microsoft Graph", 0),
        ("AZ_RESOURCE", "object id of Microsoft Graph", 0),
        ("AZ_APP", "application id", 1),
        ("AZ_PRINCIPAL", "object id of the service principal", 3),
        ("AZ_GRANTED", "list of granted permissions", 3),
    ],
)
def test_the_script_stops_at_an_answer_that_is_none(
    tmp_path: Path, name: str, lacking: str, written: int, value: str
) -> None:
    az = _Az(tmp_path, "AzureCloud", GLOBAL.login, GLOBAL.graph, odd=((name, value),))

    done = az.run("--identity", _IDENTITY)

    assert done.returncode == 1
    assert done.stdout == ""
    assert f"az gave no {lacking}, so this stops here" in done.stderr
    assert len([one for one in az.asked() if one.method != "get"]) == written


@with_bash
def test_the_script_refuses_a_cloud_without_calling(tmp_path: Path) -> None:
    az = _Az(tmp_path, "AzureChinaCloud", "https://login.example", "https://graph.example")

    done = az.run()

    assert done.returncode == 2
    assert "AzureChinaCloud" in done.stderr
    assert az.asked() == []


def _asked(words: list[str]) -> _Asked:
    def after(flag: str) -> str:
        return words[words.index(flag) + 1] if flag in words else ""

    start = words.index("--headers") + 1 if "--headers" in words else len(words)
    headers = " ".join(word for word in words[start : start + 2] if "=" in word and not word.startswith("-"))
    body = after("--body")
    return _Asked(after("--method"), after("--url"), headers, json.loads(body) if body else None)
