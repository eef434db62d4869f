metadata description = 'Call Redirect: the function app, its tables, its bot, and what watches over them.'

targetScope = 'resourceGroup'

@description('Short name of this deployment: lower-case letters and digits only. All resource names are made of it.')
@minLength(2)
@maxLength(16)
param name string = 'callredirect'

@description('Azure region of everything but the bot, which is global. Flex Consumption has to be offered there.')
@minLength(1)
@maxLength(40)
param location string = resourceGroup().location

@description('Tags of every resource.')
param tags object = {}

@description('Application (client) id of the bot\'s app registration: an output of entra.bicep and of entra.sh.')
@minLength(36)
@maxLength(36)
param botAppId string

@description('Home tenant of the bot\'s app registration.')
@minLength(36)
@maxLength(36)
param botTenantId string = tenant().tenantId

@description('Tenants whose calls are taken. Empty: the bot\'s home tenant alone.')
@maxLength(100)
param allowedTenantIds string[] = []

@description('Object ids of users, or phone numbers that start with +, that ring when nothing else can.')
@minLength(1)
@maxLength(25)
param fallbackTargets string[]

@description('What a call gets when not even the fallback targets can ring: rejected with one of the first three reasons, or left ringing.')
@allowed(['busy', 'none', 'forbidden', 'ring'])
param unroutable string = 'busy'

@description('Microsoft\'s cloud in which the calls are.')
@allowed(['global', 'usgov', 'usgovdod'])
param cloud string = environment().name == 'AzureUSGovernment' ? 'usgov' : 'global'

@description('How old the directory of targets and routes may be, in seconds.')
@minValue(0)
@maxValue(3600)
param configTtlSeconds int = 30

@description('IANA time zone of hours on routes that name none, such as Europe/Vienna.')
@minLength(1)
@maxLength(64)
param timeZone string = 'UTC'

@description('Country whose public holidays count on routes that name none: two letters, such as AT. Empty: none.')
@maxLength(2)
param holidayCountry string = ''

@description('Days that records of calls are kept.')
@minValue(1)
@maxValue(3650)
param callRetentionDays int = 90

@description('https address to be told of each call that nobody answered. Empty: nobody is told.')
@maxLength(2000)
@secure()
param missedCallWebhook string = ''

@description('What such a message is.')
@allowed(['card', 'json'])
param missedCallFormat string = 'card'

@description('How much of the caller such a message says.')
@allowed(['full', 'masked', 'none'])
param missedCallCaller string = 'masked'

@description('A time such as 07:30, in timeZone: from then on, the same address is told how the calls of the day before ended. Empty: it is not.')
@maxLength(5)
param missedCallDaily string = ''

@description('Instances that are always warm for HTTP. With 0, the first call after a pause can come too late.')
@minValue(0)
@maxValue(100)
param alwaysReadyInstances int = 1

@description('Calls that one instance takes at a time.')
@minValue(1)
@maxValue(1000)
param perInstanceConcurrency int = 100

@description('The most instances that may run.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 100

@description('Memory of an instance, in MB.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Spread the app and its storage over availability zones. There are two always-ready instances then, at least.')
param zoneRedundant bool = false

@description('Replace instances one after the other when code is published, so that no call in flight is cut off. In preview.')
param rollingUpdate bool = false

@description('Object id of the group (or user) that edits targets, routes, holidays, shifts and away. Empty: nobody is given the role.')
@maxLength(36)
param editorsObjectId string = ''

@description('What editorsObjectId is. Empty: Azure looks by itself.')
@allowed(['', 'Group', 'User', 'ServicePrincipal'])
param editorsType string = ''

@description('Pricing tier of the bot. Teams is a standard channel: F0 is free and unlimited there.')
@allowed(['F0', 'S1'])
param botSku string = 'F0'

@description('Microsoft\'s name for the Teams deployment that calls come from.')
@allowed(['CommercialDeployment', 'GCCModerateDeployment'])
param teamsDeployment string = 'CommercialDeployment'

@description('E-mail addresses that alerts are sent to.')
@maxLength(20)
param alertEmails string[] = []

@description('Whether alerts are evaluated. Turn them off until the code is published for the first time: no heartbeat is an alert.')
param alertsEnabled bool = true

@description('What people call the lines, by their ids, for the workbook and the alerts. A line that is not among them is shown by 8 digits of its id.')
param lineNames object = {}

@description('Ids of called lines (users or resource accounts) that get calls all day and night: an alert says when one has had none for silentAfter.')
@maxLength(50)
param neverSilentLines string[] = []

@description('How long a line of neverSilentLines may have no call.')
@allowed(['PT1H', 'PT2H', 'PT3H', 'PT6H', 'P1D'])
param silentAfter string = 'PT6H'

@description('Days that telemetry is kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Gigabytes of telemetry a day, after which no more is taken until the next day. -1: no limit.')
@minValue(-1)
@maxValue(1000)
param logDailyQuotaGb int = 5

@description('Log who writes and deletes table rows. The app\'s own writes to calls are logged with them.')
param auditTableWrites bool = true

@description('https address that Microsoft reaches the app by, where it is not the app\'s own: a custom domain. Empty: the app\'s own.')
@maxLength(200)
param publicBaseUrl string = ''

@description('Overrides the address of Microsoft Graph that goes with the cloud. Empty: no override.')
@maxLength(200)
param graphUrl string = ''

@description('Overrides the address of Microsoft Entra that goes with the cloud. Empty: no override.')
@maxLength(200)
param loginUrl string = ''

@description('Overrides where the keys are published that sign Microsoft\'s notifications in the legacy form. Empty: no override.')
@maxLength(10)
param openIdMetadataUrls string[] = []

@description('Overrides who may issue the tokens of Microsoft\'s notifications in the legacy form. Empty: no override.')
@maxLength(10)
param tokenIssuers string[] = []

@description('The forms of the tokens of Microsoft\'s notifications that are taken, legacy and entra. Empty: both.')
@maxLength(2)
param tokenForms string[] = []

@description('The app ids of Microsoft\'s calling service, whom Entra may sign notifications for: each of them can send any notification. Empty: the one that Microsoft\'s SDK trusts.')
@maxLength(10)
param callerAppIds string[] = []

// A storage account takes no other characters, and would say so in the middle of the deployment. Every module is named
// by the suffix, so that a name is refused before anything is made.
var wrongInName = filter(range(0, length(name)), i => !contains('abcdefghijklmnopqrstuvwxyz0123456789', substring(name, i, 1)))
var rightName = empty(wrongInName) ? name : fail('The parameter name takes lower-case letters a to z and digits only: a storage account is named by it.')
var suffix = take(uniqueString(resourceGroup().id, rightName), 6)
var baseUrl = empty(publicBaseUrl) ? 'https://${function.outputs.hostName}' : publicBaseUrl
var callingWebhook = '${baseUrl}/api/calls'

module identity 'modules/identity.bicep' = {
  name: 'identity-${suffix}'
  params: {
    name: 'id-${name}-${suffix}'
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring-${suffix}'
  params: {
    workspaceName: 'log-${name}-${suffix}'
    appInsightsName: 'appi-${name}-${suffix}'
    location: location
    tags: tags
    retentionDays: logRetentionDays
    dailyQuotaGb: logDailyQuotaGb
    publisherPrincipalId: identity.outputs.principalId
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage-${suffix}'
  params: {
    name: take('st${name}${suffix}', 24)
    location: location
    tags: tags
    zoneRedundant: zoneRedundant
    appPrincipalId: identity.outputs.principalId
    editorsObjectId: editorsObjectId
    editorsType: editorsType
    workspaceId: monitoring.outputs.workspaceId
    auditTableWrites: auditTableWrites
  }
}

module function 'modules/function.bicep' = {
  name: 'function-${suffix}'
  params: {
    name: 'func-${name}-${suffix}'
    planName: 'asp-${name}-${suffix}'
    location: location
    tags: tags
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    appInsightsName: monitoring.outputs.appInsightsName
    blobEndpoint: storage.outputs.blobEndpoint
    packageContainer: storage.outputs.packageContainer
    alwaysReadyInstances: alwaysReadyInstances
    perInstanceConcurrency: perInstanceConcurrency
    maximumInstanceCount: maximumInstanceCount
    instanceMemoryMB: instanceMemoryMB
    zoneRedundant: zoneRedundant
    rollingUpdate: rollingUpdate
    missedCallWebhook: missedCallWebhook
    appSettings: {
      BOT_APP_ID: botAppId
      BOT_TENANT_ID: botTenantId
      ALLOWED_TENANT_IDS: join(allowedTenantIds, ' ')
      CLOUD: cloud
      MANAGED_IDENTITY_CLIENT_ID: identity.outputs.clientId
      TABLES_ENDPOINT: storage.outputs.tablesEndpoint
      PUBLIC_BASE_URL: publicBaseUrl
      CONFIG_TTL_SECONDS: string(configTtlSeconds)
      FALLBACK_TARGETS: join(fallbackTargets, ' ')
      UNROUTABLE: unroutable
      TIME_ZONE: timeZone
      HOLIDAY_COUNTRY: holidayCountry
      RETENTION_DAYS: string(callRetentionDays)
      MISSED_CALL_FORMAT: missedCallFormat
      MISSED_CALL_CALLER: missedCallCaller
      MISSED_CALL_DAILY: missedCallDaily
      WARM_UP: 'true'
      GRAPH_URL: graphUrl
      LOGIN_URL: loginUrl
      OPENID_METADATA_URLS: join(openIdMetadataUrls, ' ')
      TOKEN_ISSUERS: join(tokenIssuers, ' ')
      TOKEN_FORMS: join(tokenForms, ' ')
      CALLER_APP_IDS: join(callerAppIds, ' ')
    }
  }
}

module bot 'modules/bot.bicep' = {
  name: 'bot-${suffix}'
  params: {
    name: 'bot-${name}-${suffix}'
    tags: tags
    sku: botSku
    appId: botAppId
    tenantId: botTenantId
    callingWebhook: callingWebhook
    teamsDeployment: teamsDeployment
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts-${suffix}'
  params: {
    name: name
    suffix: suffix
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    emails: alertEmails
    alertsEnabled: alertsEnabled
    lineNames: lineNames
    neverSilentLines: neverSilentLines
    silentAfter: silentAfter
  }
}

module workbook 'modules/workbook.bicep' = {
  name: 'workbook-${suffix}'
  params: {
    displayName: 'Call Redirect (${name})'
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    timeZone: timeZone
    lineNames: lineNames
    appPrincipalId: identity.outputs.principalId
  }
}

@description('Where `func azure functionapp publish` sends the code.')
output functionAppName string = function.outputs.name

@description('Host name of the function app.')
output functionHostName string = function.outputs.hostName

@description('Where Microsoft Graph posts ringing calls.')
output callingWebhook string = callingWebhook

@description('The storage account whose tables people edit.')
output storageAccountName string = storage.outputs.name

@description('Address of the tables.')
output tablesEndpoint string = storage.outputs.tablesEndpoint

@description('Client id of the app\'s managed identity.')
output identityClientId string = identity.outputs.clientId

@description('Object id of the app\'s managed identity: the subject of the federated credential.')
output identityPrincipalId string = identity.outputs.principalId

@description('The Application Insights component.')
output appInsightsName string = monitoring.outputs.appInsightsName

@description('The workbook.')
output workbookId string = workbook.outputs.id
