metadata description = 'The storage account: people\'s tables, the app\'s tables, and the app\'s package. It has no keys to lose.'

@description('Name of the storage account: lower-case letters and digits.')
@minLength(3)
@maxLength(24)
param name string

@description('Azure region.')
@minLength(1)
@maxLength(40)
param location string

@description('Tags of the resource.')
param tags object

@description('Keep three copies in three availability zones, not in one.')
param zoneRedundant bool

@description('Object id of the app\'s identity.')
@minLength(36)
@maxLength(36)
param appPrincipalId string

@description('Object id of who edits the directory\'s tables. Empty: nobody is given the role.')
@maxLength(36)
param editorsObjectId string

@description('What editorsObjectId is. Empty: Azure looks by itself.')
@allowed(['', 'Group', 'User', 'ServicePrincipal'])
param editorsType string

@description('Resource id of the workspace that the audit goes to.')
@minLength(1)
@maxLength(500)
param workspaceId string

@description('Log who writes and deletes table rows.')
param auditTableWrites bool

var storageBlobDataOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
var storageTableDataReader = '76199698-9eea-4c19-bc75-cec21354c6b6'
var storageTableDataContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'

var directoryTableNames = ['targets', 'routes', 'holidays', 'shifts', 'away']
var appTableNames = ['calls', 'problems', 'state']
var editedTableNames = empty(editorsObjectId) ? [] : directoryTableNames

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'
  }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    isLocalUserEnabled: false
    minimumTlsVersion: 'TLS1_2'
    publicNetworkAccess: 'Enabled'
    supportsHttpsTrafficOnly: true
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: {
      enabled: true
      days: 7
    }
    containerDeleteRetentionPolicy: {
      enabled: true
      days: 7
    }
  }
}

resource packages 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = {
  parent: blobs
  name: 'packages'
  properties: {
    publicAccess: 'None'
  }
}

resource tables 'Microsoft.Storage/storageAccounts/tableServices@2025-06-01' = {
  parent: account
  name: 'default'
}

resource directoryTables 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-06-01' = [for table in directoryTableNames: {
  parent: tables
  name: table
}]

resource appTables 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-06-01' = [for table in appTableNames: {
  parent: tables
  name: table
}]

resource appOwnsBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, appPrincipalId, storageBlobDataOwner)
  scope: account
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageBlobDataOwner)
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource appReadsDirectory 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (table, i) in directoryTableNames: {
  name: guid(account.id, table, appPrincipalId, storageTableDataReader)
  scope: directoryTables[i]
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageTableDataReader)
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}]

resource appWritesItsTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (table, i) in appTableNames: {
  name: guid(account.id, table, appPrincipalId, storageTableDataContributor)
  scope: appTables[i]
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageTableDataContributor)
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}]

resource editorsWriteDirectory 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (table, i) in editedTableNames: {
  name: guid(account.id, table, editorsObjectId, storageTableDataContributor)
  scope: directoryTables[i]
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageTableDataContributor)
    principalId: editorsObjectId
    principalType: empty(editorsType) ? null : editorsType
  }
}]

resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (auditTableWrites) {
  name: 'who-edited-which-row'
  scope: tables
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'StorageWrite'
        enabled: true
      }
      {
        category: 'StorageDelete'
        enabled: true
      }
    ]
  }
}

@description('Name of the storage account.')
output name string = account.name

@description('Address of the tables.')
output tablesEndpoint string = account.properties.primaryEndpoints.table

@description('Address of the blobs.')
output blobEndpoint string = account.properties.primaryEndpoints.blob

@description('Container of the app\'s package.')
output packageContainer string = packages.name
