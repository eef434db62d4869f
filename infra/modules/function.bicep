metadata description = 'The function app: Flex Consumption, Python 3.13, one identity, no keys.'

@description('Name of the function app; its host name is made of it.')
@minLength(2)
@maxLength(60)
param name string

@description('Name of the plan.')
@minLength(1)
@maxLength(60)
param planName string

@description('Azure region.')
@minLength(1)
@maxLength(40)
param location string

@description('Tags of the resources.')
param tags object

@description('Resource id of the app\'s identity.')
@minLength(1)
@maxLength(500)
param identityId string

@description('Client id of the app\'s identity.')
@minLength(36)
@maxLength(36)
param identityClientId string

@description('Application Insights component in this resource group.')
@minLength(1)
@maxLength(255)
param appInsightsName string

@description('Address of the storage account\'s blobs, with a slash at its end.')
@minLength(1)
@maxLength(200)
param blobEndpoint string

@description('Container of the app\'s package.')
@minLength(3)
@maxLength(63)
param packageContainer string

@description('Instances that are always warm for HTTP.')
@minValue(0)
@maxValue(100)
param alwaysReadyInstances int

@description('Calls that one instance takes at a time.')
@minValue(1)
@maxValue(1000)
param perInstanceConcurrency int

@description('The most instances that may run.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int

@description('Memory of an instance, in MB.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int

@description('Spread instances over availability zones.')
param zoneRedundant bool

@description('Replace instances one after the other when code is published.')
param rollingUpdate bool

@description('https address to be told of each call that nobody answered. Empty: nobody is told.')
@maxLength(2000)
@secure()
param missedCallWebhook string

@description('What the app itself reads, by name, but for its secret: what-if shows nothing of an object with a secret in it.')
param appSettings object

var alwaysReadyCount = zoneRedundant ? max(alwaysReadyInstances, 2) : alwaysReadyInstances

var functionAppConfig = {
  deployment: {
    storage: {
      type: 'blobContainer'
      value: '${blobEndpoint}${packageContainer}'
      authentication: {
        type: 'UserAssignedIdentity'
        userAssignedIdentityResourceId: identityId
      }
    }
  }
  runtime: {
    name: 'python'
    version: '3.13'
  }
  scaleAndConcurrency: {
    alwaysReady: alwaysReadyCount == 0 ? [] : [
      {
        name: 'http'
        instanceCount: alwaysReadyCount
      }
    ]
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    triggers: {
      http: {
        perInstanceConcurrency: perInstanceConcurrency
      }
    }
  }
}

// Azure's published types do not have this property yet: any() keeps the compiler from warning of it, and of it alone.
var rollingUpdateConfig = {
  siteUpdateStrategy: {
    type: 'RollingUpdate'
  }
}

resource appInsights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: appInsightsName
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource site 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: 'Enabled'
    functionAppConfig: rollingUpdate ? any(union(functionAppConfig, rollingUpdateConfig)) : functionAppConfig
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      http20Enabled: true
      cors: {
        allowedOrigins: []
        supportCredentials: false
      }
    }
  }
}

resource settings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: site
  name: 'appsettings'
  properties: union(appSettings, {
    MISSED_CALL_WEBHOOK: missedCallWebhook
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: identityClientId
    AzureWebJobsStorage__blobServiceUri: blobEndpoint
    APPLICATIONINSIGHTS_CONNECTION_STRING: appInsights.properties.ConnectionString
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  })
}

resource ftpBasicAuth 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: site
  name: 'ftp'
  properties: {
    allow: false
  }
}

resource scmBasicAuth 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: site
  name: 'scm'
  properties: {
    allow: false
  }
}

@description('Name of the function app.')
output name string = site.name

@description('Host name of the function app.')
output hostName string = site.properties.defaultHostName
