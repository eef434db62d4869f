metadata description = 'The Azure Bot, and the Teams channel that sends it calls.'

@description('Name of the bot.')
@minLength(2)
@maxLength(64)
param name string

@description('Tags of the resources.')
param tags object

@description('Pricing tier.')
@allowed(['F0', 'S1'])
param sku string

@description('Application (client) id of the bot\'s app registration.')
@minLength(36)
@maxLength(36)
param appId string

@description('Home tenant of the bot\'s app registration.')
@minLength(36)
@maxLength(36)
param tenantId string

@description('https address that ringing calls are posted to.')
@minLength(9)
@maxLength(300)
param callingWebhook string

@description('Microsoft\'s name for the Teams deployment that calls come from.')
@allowed(['CommercialDeployment', 'GCCModerateDeployment'])
param teamsDeployment string

resource bot 'Microsoft.BotService/botServices@2022-09-15' = {
  name: name
  location: 'global'
  tags: tags
  kind: 'azurebot'
  sku: {
    name: sku
  }
  properties: {
    displayName: name
    description: 'Redirects calls to the people in a table.'
    // A bot has to have an address for messages. This one takes none: the app answers them with an error.
    endpoint: callingWebhook
    msaAppType: 'SingleTenant'
    msaAppId: appId
    msaAppTenantId: tenantId
    disableLocalAuth: true
    publicNetworkAccess: 'Enabled'
  }
}

resource teams 'Microsoft.BotService/botServices/channels@2022-09-15' = {
  parent: bot
  name: 'MsTeamsChannel'
  location: 'global'
  properties: {
    channelName: 'MsTeamsChannel'
    properties: {
      isEnabled: true
      enableCalling: true
      callingWebhook: callingWebhook
      incomingCallRoute: 'graphPma'
      deploymentEnvironment: teamsDeployment
      acceptedTerms: true
    }
  }
}
