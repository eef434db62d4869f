metadata description = 'The bot\'s app registration, its proof without a secret, and its permission. entra.sh does the same with az.'

extension microsoftGraphV1

targetScope = 'resourceGroup'

@description('Name of the app registration, as people see it.')
@minLength(1)
@maxLength(120)
param displayName string = 'Call Redirect'

@description('Name of the app registration by which it is found again. It cannot be changed.')
@minLength(1)
@maxLength(120)
param uniqueName string = 'call-redirect'

@description('Object (principal) id of the function\'s identity, an output of main.bicep. Empty: no credential yet.')
@maxLength(36)
param identityPrincipalId string = ''

var graphAppId = '00000003-0000-0000-c000-000000000000'
var callsInitiateAll = '284383ee-7f6e-4e40-a2a8-e85dcb029101'
var isUsGovernment = environment().name == 'AzureUSGovernment'
var issuer = uri(environment().authentication.loginEndpoint, '${tenant().tenantId}/v2.0')

resource graph 'Microsoft.Graph/servicePrincipals@v1.0' existing = {
  appId: graphAppId
}

resource app 'Microsoft.Graph/applications@v1.0' = {
  displayName: displayName
  uniqueName: uniqueName
  signInAudience: 'AzureADMyOrg'
  requiredResourceAccess: [
    {
      resourceAppId: graphAppId
      resourceAccess: [
        {
          id: callsInitiateAll
          type: 'Role'
        }
      ]
    }
  ]
}

resource credential 'Microsoft.Graph/applications/federatedIdentityCredentials@v1.0' = if (!empty(identityPrincipalId)) {
  name: '${app.uniqueName}/function'
  description: 'The managed identity of the function app.'
  issuer: issuer
  subject: identityPrincipalId
  audiences: [
    isUsGovernment ? 'api://AzureADTokenExchangeUSGov' : 'api://AzureADTokenExchange'
  ]
}

resource servicePrincipal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: app.appId
}

resource mayAnswerCalls 'Microsoft.Graph/appRoleAssignedTo@v1.0' = {
  appRoleId: callsInitiateAll
  principalId: servicePrincipal.id
  resourceId: graph.id
}

@description('Application (client) id: botAppId of main.bicep.')
output botAppId string = app.appId

@description('Home tenant: botTenantId of main.bicep.')
output botTenantId string = tenant().tenantId
