"""What the deployment must not lose: no keys, no basic authentication, no old settings."""

import re

import pytest

from tests.infra.reading import FILES, INFRA, Value, read

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


def _module(name: str, symbol: str) -> dict[str, Value]:
    return read(INFRA / "modules" / f"{name}.bicep").resources[symbol].body


def _at(body: Value, *path: str) -> Value:
    for key in path:
        assert isinstance(body, dict)
        body = body[key]
    return body


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


def test_the_app_has_one_identity_and_proves_itself_by_it_alone() -> None:
    site, settings = _module("function", "site"), _at(_module("function", "settings"), "properties", "union()")
    config = read(INFRA / "modules" / "function.bicep").variables["functionAppConfig"]

    assert site["identity"] == {"type": "'UserAssigned'", "userAssignedIdentities": {"${identityId}": {}}}
    assert isinstance(settings, list)
    assert settings[-1] == {
        "MISSED_CALL_WEBHOOK": "missedCallWebhook",
        "AzureWebJobsStorage__credential": "'managedidentity'",
        "AzureWebJobsStorage__clientId": "identityClientId",
        "AzureWebJobsStorage__blobServiceUri": "blobEndpoint",
        "APPLICATIONINSIGHTS_CONNECTION_STRING": "appInsights.properties.ConnectionString",
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": "'ClientId=${identityClientId};Authorization=AAD'",
    }
    assert isinstance(config, dict)
    assert _at(config, "deployment", "storage", "authentication") == {
        "type": "'UserAssignedIdentity'",
        "userAssignedIdentityResourceId": "identityId",
    }


def test_the_bot_is_of_one_tenant_and_has_no_key() -> None:
    properties = _at(_module("bot", "bot"), "properties")

    assert _at(properties, "msaAppType") == "'SingleTenant'"
    assert _at(properties, "disableLocalAuth") == "true"
    assert _at(properties, "endpoint") == "callingWebhook"
    assert _at(_module("bot", "teams"), "properties", "properties", "callingWebhook") == "callingWebhook"


def test_edits_of_tables_leave_a_trace() -> None:
    storage = read(INFRA / "modules" / "storage.bicep").resources["audit"]

    logs = _at(storage.body, "properties", "logs")
    assert isinstance(logs, list)
    assert logs == [{"category": f"'Storage{kind}'", "enabled": "true"} for kind in ("Write", "Delete")]
    assert (storage.body["scope"], storage.condition) == ("tables", "auditTableWrites")


@pytest.mark.parametrize("way", ["ftp", "scm"])
def test_nobody_publishes_with_a_password(way: str) -> None:
    policy = _module("function", f"{way}BasicAuth")

    assert policy == {"parent": "site", "name": f"'{way}'", "properties": {"allow": "false"}}


def test_a_rolling_update_is_the_only_thing_that_the_compiler_does_not_see() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in FILES)

    assert re.findall(r"\bany\((?!\)).*", source) == [
        "any(union(functionAppConfig, rollingUpdateConfig)) : functionAppConfig"
    ]
    assert "#disable-next-line" not in source


def test_no_key_is_asked_for() -> None:
    ways = r"\blist[A-Z]\w*\(|InstrumentationKey"

    assert [path.name for path in FILES if re.search(ways, path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("name", _NOT_ON_FLEX)
def test_no_file_has_a_setting_that_flex_consumption_has_left_behind(name: str) -> None:
    holders = [path.name for path in FILES if re.search(rf"\b{name}\b", path.read_text(encoding="utf-8"))]

    assert holders == []


def test_no_address_of_one_cloud_is_written_down() -> None:
    hosts = r"core\.windows\.net|microsoftonline|azurewebsites|graph\.microsoft\.|usgovcloudapi"

    assert [path.name for path in FILES if re.search(hosts, path.read_text(encoding="utf-8"))] == []
