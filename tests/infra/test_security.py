"""What the deployment must not lose: roles as narrow as they are, no keys, no basic authentication, no old settings."""

import re
from collections.abc import Iterator

import pytest

from tests.infra.reading import FILES, INFRA, Value, parsed, read

_ROLES = {
    "storageBlobDataOwner": "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
    "storageTableDataReader": "76199698-9eea-4c19-bc75-cec21354c6b6",
    "storageTableDataContributor": "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
    "monitoringMetricsPublisher": "3913510d-42f4-4e42-8a64-420c390055eb",
}
# https://learn.microsoft.com/azure/azure-functions/functions-app-settings#flex-consumption-plan-deprecations
_NOT_ON_FLEX = (
    "ENABLE_ORYX_BUILD",
    "FUNCTIONS_EXTENSION_VERSION",
    "FUNCTIONS_MAX_HTTP_CONCURRENCY",
    "FUNCTIONS_WORKER_PROCESS_COUNT",
    "FUNCTIONS_WORKER_RUNTIME",
    "PYTHON_THREADPOOL_THREAD_COUNT",
    "SCM_DO_BUILD_DURING_DEPLOYMENT",
    "TZ",
    "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING",
    "WEBSITE_CONTENTOVERVNET",
    "WEBSITE_CONTENTSHARE",
    "WEBSITE_RUN_FROM_PACKAGE",
    "WEBSITE_TIME_ZONE",
    "WEBSITE_VNET_ROUTE_ALL",
    "alwaysOn",
    "containerSize",
    "ftpsState",
    "functionAppScaleLimit",
    "healthCheckPath",
    "isReserved",
    "linuxFxVersion",
    "preWarmedInstanceCount",
    "use32BitWorkerProcess",
    "windowsFxVersion",
)


_ALWAYS_READY = """\
alwaysReadyCount == 0 ? [] : [
      {
        name: 'http'
        instanceCount: alwaysReadyCount
      }
    ]"""


def _module(name: str, symbol: str) -> dict[str, Value]:
    return read(INFRA / "modules" / f"{name}.bicep").resources[symbol].body


def _at(body: Value, *path: str) -> Value:
    for key in path:
        assert isinstance(body, dict)
        body = body[key]
    return body


def _assignments() -> Iterator[tuple[str, str | None, str, str, str, str]]:
    for path in FILES:
        file = read(path)
        for one in file.resources.values():
            if one.type.startswith("Microsoft.Authorization/roleAssignments@"):
                role = str(_at(one.body, "properties", "roleDefinitionId"))
                found = re.fullmatch(
                    r"subscriptionResourceId\('Microsoft.Authorization/roleDefinitions', (\w+)\)", role
                )
                assert found, role
                assert str(_at(one.body, "name")).endswith(f", {found[1]})")
                yield (
                    path.stem,
                    one.loops_over,
                    str(_at(one.body, "scope")),
                    found[1],
                    str(_at(one.body, "properties", "principalId")),
                    str(_at(one.body, "properties", "principalType")),
                )


def test_a_role_has_the_id_of_its_name() -> None:
    named = {
        name: value.strip("'")
        for path in FILES
        for name, value in read(path).variables.items()
        if isinstance(value, str) and re.fullmatch(r"'[0-9a-f-]{36}'", value) and path.name != "entra.bicep"
    }

    assert named == _ROLES


def test_every_role_is_given_where_it_is_needed_and_nowhere_else() -> None:
    app = "'ServicePrincipal'"

    assert set(_assignments()) == {
        ("monitoring", None, "appInsights", "monitoringMetricsPublisher", "publisherPrincipalId", app),
        ("storage", None, "account", "storageBlobDataOwner", "appPrincipalId", app),
        ("storage", "directoryTableNames", "directoryTables[i]", "storageTableDataReader", "appPrincipalId", app),
        ("storage", "appTableNames", "appTables[i]", "storageTableDataContributor", "appPrincipalId", app),
        (
            "storage",
            "editedTableNames",
            "directoryTables[i]",
            "storageTableDataContributor",
            "editorsObjectId",
            "editorsType",
        ),
    }


def test_the_app_reads_peoples_tables_and_writes_its_own() -> None:
    file = read(INFRA / "modules" / "storage.bicep")

    assert file.variables["directoryTableNames"] == ["'targets'", "'routes'", "'holidays'"]
    assert file.variables["appTableNames"] == ["'calls'", "'problems'", "'state'"]
    assert file.variables["editedTableNames"] == "empty(editorsObjectId) ? [] : directoryTableNames"
    assert file.resources["directoryTables"].loops_over == "directoryTableNames"
    assert file.resources["appTables"].loops_over == "appTableNames"


def test_the_storage_account_has_no_keys_and_no_public_blobs() -> None:
    properties = _at(_module("storage", "account"), "properties")
    assert isinstance(properties, dict)

    assert (
        properties
        | {
            "allowSharedKeyAccess": "false",
            "allowBlobPublicAccess": "false",
            "allowCrossTenantReplication": "false",
            "defaultToOAuthAuthentication": "true",
            "isLocalUserEnabled": "false",
            "supportsHttpsTrafficOnly": "true",
            "minimumTlsVersion": "'TLS1_2'",
        }
        == properties
    )
    assert _at(_module("storage", "packages"), "properties", "publicAccess") == "'None'"


def test_edits_of_rows_are_logged() -> None:
    audit = _module("storage", "audit")

    assert audit["scope"] == "tables"
    assert _at(audit, "properties", "logs") == [
        {"category": "'StorageWrite'", "enabled": "true"},
        {"category": "'StorageDelete'", "enabled": "true"},
    ]


def test_telemetry_takes_entra_tokens_alone() -> None:
    assert _at(_module("monitoring", "workspace"), "properties", "features", "disableLocalAuth") == "true"
    assert _at(_module("monitoring", "appInsights"), "properties", "DisableLocalAuth") == "true"
    assert _at(_module("monitoring", "appInsights"), "properties", "SamplingPercentage") == "100"


def test_the_app_is_reached_by_modern_https_and_from_no_other_site() -> None:
    properties = _at(_module("function", "site"), "properties")

    assert _at(properties, "httpsOnly") == "true"
    assert _at(properties, "siteConfig", "minTlsVersion") == "'1.2'"
    assert _at(properties, "siteConfig", "scmMinTlsVersion") == "'1.2'"
    assert _at(properties, "siteConfig", "cors") == {"allowedOrigins": [], "supportCredentials": "false"}


@pytest.mark.parametrize("way", ["ftp", "scm"])
def test_nobody_publishes_with_a_password(way: str) -> None:
    policy = _module("function", f"{way}BasicAuth")

    assert policy == {"parent": "site", "name": f"'{way}'", "properties": {"allow": "false"}}


def test_the_app_runs_as_measured() -> None:
    file = read(INFRA / "modules" / "function.bicep")
    config = file.variables["functionAppConfig"]

    assert _at(config, "runtime") == {"name": "'python'", "version": "'3.13'"}
    assert _at(config, "scaleAndConcurrency") == {
        "alwaysReady": _ALWAYS_READY,
        "instanceMemoryMB": "instanceMemoryMB",
        "maximumInstanceCount": "maximumInstanceCount",
        "triggers": {"http": {"perInstanceConcurrency": "perInstanceConcurrency"}},
    }
    assert file.variables["alwaysReadyCount"] == ("zoneRedundant ? max(alwaysReadyInstances, 2) : alwaysReadyInstances")
    assert _module("function", "plan")["sku"] == {"name": "'FC1'", "tier": "'FlexConsumption'"}
    assert _at(_module("function", "plan"), "properties") == {"reserved": "true", "zoneRedundant": "zoneRedundant"}


def test_a_rolling_update_is_the_only_thing_that_the_compiler_does_not_see() -> None:
    file = read(INFRA / "modules" / "function.bicep")
    source = "".join(path.read_text(encoding="utf-8") for path in FILES)

    assert file.variables["rollingUpdateConfig"] == {"siteUpdateStrategy": {"type": "'RollingUpdate'"}}
    assert _at(file.resources["site"].body, "properties", "functionAppConfig") == (
        "rollingUpdate ? any(union(functionAppConfig, rollingUpdateConfig)) : functionAppConfig"
    )
    assert len(re.findall(r"\bany\((?!\))", source)) == 1
    assert "#disable-next-line" not in source


def test_the_app_is_one_identity_everywhere() -> None:
    file = read(INFRA / "modules" / "function.bicep")
    (written,) = re.findall(
        r"(?s)union\(appSettings, (\{.*?\n  \})\)", str(file.resources["settings"].body["properties"])
    )

    assert file.resources["site"].body["identity"] == {
        "type": "'UserAssigned'",
        "userAssignedIdentities": {"${identityId}": {}},
    }
    assert _at(file.variables["functionAppConfig"], "deployment", "storage") == {
        "type": "'blobContainer'",
        "value": "'${blobEndpoint}${packageContainer}'",
        "authentication": {"type": "'UserAssignedIdentity'", "userAssignedIdentityResourceId": "identityId"},
    }
    assert parsed(f"var given = {written}\n".encode()).variables["given"] == {
        "AzureWebJobsStorage__credential": "'managedidentity'",
        "AzureWebJobsStorage__clientId": "identityClientId",
        "AzureWebJobsStorage__blobServiceUri": "blobEndpoint",
        "APPLICATIONINSIGHTS_CONNECTION_STRING": "appInsights.properties.ConnectionString",
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": "'ClientId=${identityClientId};Authorization=AAD'",
    }


def test_main_gives_roles_to_objects_and_tokens_to_clients() -> None:
    modules = read(INFRA / "main.bicep").modules

    assert modules["storage"].params["appPrincipalId"] == "identity.outputs.principalId"
    assert modules["monitoring"].params["publisherPrincipalId"] == "identity.outputs.principalId"
    assert modules["function"].params["identityClientId"] == "identity.outputs.clientId"
    assert modules["function"].params["identityId"] == "identity.outputs.id"
    assert modules["bot"].params["appId"] == "botAppId"
    assert modules["bot"].params["tenantId"] == "botTenantId"


def test_the_bot_sends_teams_calls_to_the_webhook() -> None:
    channel = _module("bot", "teams")

    assert _at(_module("bot", "bot"), "properties") == {
        "displayName": "name",
        "description": "'Redirects calls to the people in a table.'",
        "endpoint": "callingWebhook",
        "msaAppType": "'SingleTenant'",
        "msaAppId": "appId",
        "msaAppTenantId": "tenantId",
        "disableLocalAuth": "true",
        "publicNetworkAccess": "'Enabled'",
    }
    assert (channel["parent"], channel["name"]) == ("bot", "'MsTeamsChannel'")
    assert _at(channel, "properties") == {
        "channelName": "'MsTeamsChannel'",
        "properties": {
            "isEnabled": "true",
            "enableCalling": "true",
            "callingWebhook": "callingWebhook",
            "incomingCallRoute": "'graphPma'",
            "deploymentEnvironment": "teamsDeployment",
            "acceptedTerms": "true",
        },
    }


@pytest.mark.parametrize("name", _NOT_ON_FLEX)
def test_no_file_has_a_setting_that_flex_consumption_has_left_behind(name: str) -> None:
    holders = [path.name for path in FILES if re.search(rf"\b{name}\b", path.read_text(encoding="utf-8"))]

    assert holders == []


def test_no_address_of_one_cloud_is_written_down() -> None:
    hosts = r"core\.windows\.net|microsoftonline|azurewebsites|graph\.microsoft\.|usgovcloudapi"

    assert [path.name for path in FILES if re.search(hosts, path.read_text(encoding="utf-8"))] == []
