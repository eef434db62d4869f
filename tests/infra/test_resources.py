"""Every resource is what it is meant to be: who changes one on purpose changes it here as well.

Values are as Bicep has them: `"'Hot'"` is a string, `"true"` a bool, `"location"` a name.
"""

from pathlib import Path

import pytest

from tests.infra.reading import FILES, INFRA, Resource, Value, read


def _role(
    role: str,
    scope: str,
    named_after: str,
    principal: str,
    *,
    kind: str = "'ServicePrincipal'",
    loop: str | None = None,
) -> Resource:
    """Give the assignment of a role; two that have one name are one, so it is named after all that tells them apart."""
    return Resource(
        "Microsoft.Authorization/roleAssignments@2022-04-01",
        {
            "name": f"guid({named_after}, {principal}, {role})",
            "scope": scope,
            "properties": {
                "roleDefinitionId": f"subscriptionResourceId('Microsoft.Authorization/roleDefinitions', {role})",
                "principalId": principal,
                "principalType": kind,
            },
        },
        loop,
    )


_RESOURCES: dict[str, dict[str, Resource]] = {
    "main.bicep": {},
    "modules/identity.bicep": {
        "identity": Resource(
            "Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30",
            {"name": "name", "location": "location", "tags": "tags"},
        ),
    },
    "modules/monitoring.bicep": {
        "workspace": Resource(
            "Microsoft.OperationalInsights/workspaces@2025-07-01",
            {
                "name": "workspaceName",
                "location": "location",
                "tags": "tags",
                "properties": {
                    "sku": {"name": "'PerGB2018'"},
                    "retentionInDays": "retentionDays",
                    "workspaceCapping": {"dailyQuotaGb": "dailyQuotaGb"},
                    "features": {"disableLocalAuth": "true", "enableLogAccessUsingOnlyResourcePermissions": "true"},
                },
            },
        ),
        "appInsights": Resource(
            "Microsoft.Insights/components@2020-02-02",
            {
                "name": "appInsightsName",
                "location": "location",
                "tags": "tags",
                "kind": "'web'",
                "properties": {
                    "Application_Type": "'web'",
                    "WorkspaceResourceId": "workspace.id",
                    "IngestionMode": "'LogAnalytics'",
                    "SamplingPercentage": "100",
                    "DisableLocalAuth": "true",
                },
            },
        ),
        "publishes": _role("monitoringMetricsPublisher", "appInsights", "appInsights.id", "publisherPrincipalId"),
    },
    "modules/storage.bicep": {
        "account": Resource(
            "Microsoft.Storage/storageAccounts@2025-06-01",
            {
                "name": "name",
                "location": "location",
                "tags": "tags",
                "kind": "'StorageV2'",
                "sku": {"name": "zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'"},
                "properties": {
                    "accessTier": "'Hot'",
                    "allowBlobPublicAccess": "false",
                    "allowCrossTenantReplication": "false",
                    "allowSharedKeyAccess": "false",
                    "defaultToOAuthAuthentication": "true",
                    "isLocalUserEnabled": "false",
                    "minimumTlsVersion": "'TLS1_2'",
                    "publicNetworkAccess": "'Enabled'",
                    "supportsHttpsTrafficOnly": "true",
                },
            },
        ),
        "blobs": Resource(
            "Microsoft.Storage/storageAccounts/blobServices@2025-06-01",
            {
                "parent": "account",
                "name": "'default'",
                "properties": {
                    "deleteRetentionPolicy": {"enabled": "true", "days": "7"},
                    "containerDeleteRetentionPolicy": {"enabled": "true", "days": "7"},
                },
            },
        ),
        "packages": Resource(
            "Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01",
            {"parent": "blobs", "name": "'packages'", "properties": {"publicAccess": "'None'"}},
        ),
        "tables": Resource(
            "Microsoft.Storage/storageAccounts/tableServices@2025-06-01", {"parent": "account", "name": "'default'"}
        ),
        "directoryTables": Resource(
            "Microsoft.Storage/storageAccounts/tableServices/tables@2025-06-01",
            {"parent": "tables", "name": "table"},
            loop="table in directoryTableNames",
        ),
        "appTables": Resource(
            "Microsoft.Storage/storageAccounts/tableServices/tables@2025-06-01",
            {"parent": "tables", "name": "table"},
            loop="table in appTableNames",
        ),
        "appOwnsBlobs": _role("storageBlobDataOwner", "account", "account.id", "appPrincipalId"),
        "appReadsDirectory": _role(
            "storageTableDataReader",
            "directoryTables[i]",
            "account.id, table",
            "appPrincipalId",
            loop="(table, i) in directoryTableNames",
        ),
        "appWritesItsTables": _role(
            "storageTableDataContributor",
            "appTables[i]",
            "account.id, table",
            "appPrincipalId",
            loop="(table, i) in appTableNames",
        ),
        "editorsWriteDirectory": _role(
            "storageTableDataContributor",
            "directoryTables[i]",
            "account.id, table",
            "editorsObjectId",
            kind="editorsType",
            loop="(table, i) in editedTableNames",
        ),
        "audit": Resource(
            "Microsoft.Insights/diagnosticSettings@2021-05-01-preview",
            {
                "name": "'who-edited-which-row'",
                "scope": "tables",
                "properties": {
                    "workspaceId": "workspaceId",
                    "logs": [
                        {"category": "'StorageWrite'", "enabled": "true"},
                        {"category": "'StorageDelete'", "enabled": "true"},
                    ],
                },
            },
            condition="auditTableWrites",
        ),
    },
    "modules/function.bicep": {
        "appInsights": Resource(
            "Microsoft.Insights/components@2020-02-02", {"name": "appInsightsName"}, is_existing=True
        ),
        "plan": Resource(
            "Microsoft.Web/serverfarms@2025-03-01",
            {
                "name": "planName",
                "location": "location",
                "tags": "tags",
                "kind": "'functionapp'",
                "sku": {"name": "'FC1'", "tier": "'FlexConsumption'"},
                "properties": {"reserved": "true", "zoneRedundant": "zoneRedundant"},
            },
        ),
        "site": Resource(
            "Microsoft.Web/sites@2025-03-01",
            {
                "name": "name",
                "location": "location",
                "tags": "tags",
                "kind": "'functionapp,linux'",
                "identity": {"type": "'UserAssigned'", "userAssignedIdentities": {"${identityId}": {}}},
                "properties": {
                    "serverFarmId": "plan.id",
                    "httpsOnly": "true",
                    "publicNetworkAccess": "'Enabled'",
                    "functionAppConfig": (
                        "rollingUpdate ? any(union(functionAppConfig, rollingUpdateConfig)) : functionAppConfig"
                    ),
                    "siteConfig": {
                        "minTlsVersion": "'1.2'",
                        "scmMinTlsVersion": "'1.2'",
                        "http20Enabled": "true",
                        "cors": {"allowedOrigins": [], "supportCredentials": "false"},
                    },
                },
            },
        ),
        "settings": Resource(
            "Microsoft.Web/sites/config@2025-03-01",
            {
                "parent": "site",
                "name": "'appsettings'",
                "properties": {
                    "union()": [
                        "appSettings",
                        {
                            "AzureWebJobsStorage__credential": "'managedidentity'",
                            "AzureWebJobsStorage__clientId": "identityClientId",
                            "AzureWebJobsStorage__blobServiceUri": "blobEndpoint",
                            "APPLICATIONINSIGHTS_CONNECTION_STRING": "appInsights.properties.ConnectionString",
                            "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": (
                                "'ClientId=${identityClientId};Authorization=AAD'"
                            ),
                        },
                    ]
                },
            },
        ),
        "ftpBasicAuth": Resource(
            "Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01",
            {"parent": "site", "name": "'ftp'", "properties": {"allow": "false"}},
        ),
        "scmBasicAuth": Resource(
            "Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01",
            {"parent": "site", "name": "'scm'", "properties": {"allow": "false"}},
        ),
    },
    "modules/bot.bicep": {
        "bot": Resource(
            "Microsoft.BotService/botServices@2022-09-15",
            {
                "name": "name",
                "location": "'global'",
                "tags": "tags",
                "kind": "'azurebot'",
                "sku": {"name": "sku"},
                "properties": {
                    "displayName": "name",
                    "description": "'Redirects calls to the people in a table.'",
                    "endpoint": "callingWebhook",
                    "msaAppType": "'SingleTenant'",
                    "msaAppId": "appId",
                    "msaAppTenantId": "tenantId",
                    "disableLocalAuth": "true",
                    "publicNetworkAccess": "'Enabled'",
                },
            },
        ),
        "teams": Resource(
            "Microsoft.BotService/botServices/channels@2022-09-15",
            {
                "parent": "bot",
                "name": "'MsTeamsChannel'",
                "location": "'global'",
                "properties": {
                    "channelName": "'MsTeamsChannel'",
                    "properties": {
                        "isEnabled": "true",
                        "enableCalling": "true",
                        "callingWebhook": "callingWebhook",
                        "incomingCallRoute": "'graphPma'",
                        "deploymentEnvironment": "teamsDeployment",
                        "acceptedTerms": "true",
                    },
                },
            },
        ),
    },
    "modules/alerts.bicep": {
        "people": Resource(
            "Microsoft.Insights/actionGroups@2023-01-01",
            {
                "name": "'ag-${name}-${suffix}'",
                "location": "'global'",
                "tags": "tags",
                "properties": {
                    "enabled": "true",
                    "groupShortName": "take(name, 12)",
                    "emailReceivers": {
                        "(email, i) in emails": {
                            "name": "'email-${i}'",
                            "emailAddress": "email",
                            "useCommonAlertSchema": "true",
                        }
                    },
                },
            },
        ),
        "alerts": Resource(
            "Microsoft.Insights/scheduledQueryRules@2023-12-01",
            {
                "name": "'${name}-${rule.key}-${suffix}'",
                "location": "location",
                "tags": "tags",
                "kind": "'LogAlert'",
                "properties": {
                    "displayName": "'${name}: ${rule.title}'",
                    "description": "rule.description",
                    "enabled": "alertsEnabled",
                    "severity": "rule.severity",
                    "scopes": ["workspaceId"],
                    "evaluationFrequency": "rule.every",
                    "windowSize": "rule.over",
                    "criteria": {
                        "allOf": [
                            {
                                "query": "rule.query",
                                "timeAggregation": "'Count'",
                                "operator": "'GreaterThan'",
                                "threshold": "0",
                                "failingPeriods": {"numberOfEvaluationPeriods": "1", "minFailingPeriodsToAlert": "1"},
                            }
                        ]
                    },
                    "autoMitigate": "rule.resolves",
                    "skipQueryValidation": "true",
                    "actions": {"actionGroups": ["people.id"]},
                },
            },
            loop="rule in rules",
        ),
    },
    "modules/workbook.bicep": {
        "workbook": Resource(
            "Microsoft.Insights/workbooks@2023-06-01",
            {
                "name": "guid(resourceGroup().id, 'workbook', displayName)",
                "location": "location",
                "tags": "tags",
                "kind": "'shared'",
                "properties": {
                    "displayName": "displayName",
                    "category": "'workbook'",
                    "sourceId": "workspaceId",
                    "serializedData": {
                        "string()": [
                            {
                                "version": "'Notebook/1.0'",
                                "items": {"concat()": [["timeRange"], "queries"]},
                                "fallbackResourceIds": ["workspaceId"],
                            }
                        ]
                    },
                },
            },
        ),
    },
    "entra.bicep": {
        "graph": Resource("Microsoft.Graph/servicePrincipals@v1.0", {"appId": "graphAppId"}, is_existing=True),
        "app": Resource(
            "Microsoft.Graph/applications@v1.0",
            {
                "displayName": "displayName",
                "uniqueName": "uniqueName",
                "signInAudience": "'AzureADMyOrg'",
                "requiredResourceAccess": [
                    {"resourceAppId": "graphAppId", "resourceAccess": [{"id": "callsInitiateAll", "type": "'Role'"}]}
                ],
            },
        ),
        "credential": Resource(
            "Microsoft.Graph/applications/federatedIdentityCredentials@v1.0",
            {
                "name": "'${app.uniqueName}/function'",
                "description": "'The managed identity of the function app.'",
                "issuer": "issuer",
                "subject": "identityPrincipalId",
                "audiences": ["isUsGovernment ? 'api://AzureADTokenExchangeUSGov' : 'api://AzureADTokenExchange'"],
            },
            condition="!empty(identityPrincipalId)",
        ),
        "servicePrincipal": Resource("Microsoft.Graph/servicePrincipals@v1.0", {"appId": "app.appId"}),
        "mayAnswerCalls": Resource(
            "Microsoft.Graph/appRoleAssignedTo@v1.0",
            {"appRoleId": "callsInitiateAll", "principalId": "servicePrincipal.id", "resourceId": "graph.id"},
        ),
    },
}

_VARIABLES: dict[str, dict[str, Value]] = {
    "main.bicep": {
        "suffix": "take(uniqueString(resourceGroup().id, name), 6)",
        "baseUrl": "empty(publicBaseUrl) ? 'https://${function.outputs.hostName}' : publicBaseUrl",
        "callingWebhook": "'${baseUrl}/api/calls'",
    },
    "modules/identity.bicep": {},
    "modules/monitoring.bicep": {"monitoringMetricsPublisher": "'3913510d-42f4-4e42-8a64-420c390055eb'"},
    "modules/storage.bicep": {
        "storageBlobDataOwner": "'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'",
        "storageTableDataReader": "'76199698-9eea-4c19-bc75-cec21354c6b6'",
        "storageTableDataContributor": "'0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'",
        "directoryTableNames": ["'targets'", "'routes'", "'holidays'"],
        "appTableNames": ["'calls'", "'problems'", "'state'"],
        "editedTableNames": {"empty(editorsObjectId) ?": [], ":": "directoryTableNames"},
    },
    "modules/function.bicep": {
        "alwaysReadyCount": "zoneRedundant ? max(alwaysReadyInstances, 2) : alwaysReadyInstances",
        "functionAppConfig": {
            "deployment": {
                "storage": {
                    "type": "'blobContainer'",
                    "value": "'${blobEndpoint}${packageContainer}'",
                    "authentication": {
                        "type": "'UserAssignedIdentity'",
                        "userAssignedIdentityResourceId": "identityId",
                    },
                }
            },
            "runtime": {"name": "'python'", "version": "'3.13'"},
            "scaleAndConcurrency": {
                "alwaysReady": {
                    "alwaysReadyCount == 0 ?": [],
                    ":": [{"name": "'http'", "instanceCount": "alwaysReadyCount"}],
                },
                "instanceMemoryMB": "instanceMemoryMB",
                "maximumInstanceCount": "maximumInstanceCount",
                "triggers": {"http": {"perInstanceConcurrency": "perInstanceConcurrency"}},
            },
        },
        "rollingUpdateConfig": {"siteUpdateStrategy": {"type": "'RollingUpdate'"}},
    },
    "modules/bot.bicep": {},
    "modules/alerts.bicep": {},
    "modules/workbook.bicep": {
        "workspaceType": "'microsoft.operationalinsights/workspaces'",
        "timeRange": {
            "type": "9",
            "name": "'parameters'",
            "content": {
                "version": "'KqlParameterItem/1.0'",
                "style": "'pills'",
                "queryType": "0",
                "resourceType": "workspaceType",
                "parameters": [
                    {
                        "id": "guid(workspaceId, 'time-range')",
                        "version": "'KqlParameterItem/1.0'",
                        "name": "'TimeRange'",
                        "label": "'Time'",
                        "type": "4",
                        "isRequired": "true",
                        "value": {"durationMs": "86400000"},
                        "typeSettings": {
                            "selectableValues": [
                                {"durationMs": "3600000"},
                                {"durationMs": "86400000"},
                                {"durationMs": "604800000"},
                                {"durationMs": "2592000000"},
                            ],
                            "allowCustom": "true",
                        },
                    }
                ],
            },
        },
        "queries": {
            "panel in panels": {
                "type": "3",
                "name": "panel.name",
                "content": {
                    "version": "'KqlItem/1.0'",
                    "title": "panel.title",
                    "query": "panel.query",
                    "size": "0",
                    "queryType": "0",
                    "resourceType": "workspaceType",
                    "visualization": "panel.visualization",
                    "timeContextFromParameter": "'TimeRange'",
                    "noDataMessage": "'Nothing in this time.'",
                },
            }
        },
    },
    "entra.bicep": {
        "graphAppId": "'00000003-0000-0000-c000-000000000000'",
        "callsInitiateAll": "'284383ee-7f6e-4e40-a2a8-e85dcb029101'",
        "isUsGovernment": "environment().name == 'AzureUSGovernment'",
        "issuer": "uri(environment().authentication.loginEndpoint, '${tenant().tenantId}/v2.0')",
    },
}
_HELD_BY_OTHER_TESTS = {"rules", "panels"}  # test_alerts.py, test_kql.py

each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(INFRA).as_posix())


@pytest.mark.parametrize(("file", "symbol"), [(file, symbol) for file, found in _RESOURCES.items() for symbol in found])
def test_a_resource_is_what_it_is_meant_to_be(file: str, symbol: str) -> None:
    assert read(INFRA / file).resources.get(symbol) == _RESOURCES[file][symbol]


@each_file
def test_there_is_no_other_resource(path: Path) -> None:
    assert read(path).resources.keys() == _RESOURCES[_name(path)].keys()


@each_file
def test_what_resources_are_made_of_is_what_it_is_meant_to_be(path: Path) -> None:
    variables = read(path).variables

    assert {name: one for name, one in variables.items() if name not in _HELD_BY_OTHER_TESTS} == _VARIABLES[_name(path)]


@each_file
def test_main_and_entra_go_to_a_resource_group_and_modules_where_main_goes(path: Path) -> None:
    assert read(path).target_scope == (None if path.parent.name == "modules" else "resourceGroup")


def _name(path: Path) -> str:
    return path.relative_to(INFRA).as_posix()
