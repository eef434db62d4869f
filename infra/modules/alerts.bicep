metadata description = 'What somebody is told of at once: each rule is a query that gives rows where something is wrong.'

@description('Short name of this deployment.')
@minLength(2)
@maxLength(16)
param name string

@description('End of the resources\' names.')
@maxLength(13)
param suffix string

@description('Azure region.')
@minLength(1)
@maxLength(40)
param location string

@description('Tags of the resources.')
param tags object

@description('Resource id of the workspace that is asked.')
@minLength(1)
@maxLength(500)
param workspaceId string

@description('E-mail addresses that alerts are sent to.')
@maxLength(20)
param emails string[]

@description('Whether the rules are evaluated.')
param alertsEnabled bool

var rules = [
  {
    key: 'redirect-failed'
    title: 'Calls could not be redirected'
    description: 'Callers reach nobody. The rows say why, with an example and what to do.'
    severity: 1
    every: 'PT5M'
    over: 'PT15M'
    resolves: true
    query: loadTextContent('../kql/alerts/redirect-failed.kql')
  }
  {
    key: 'redirect-slow'
    title: 'Redirecting is slow'
    description: 'One call in twenty took more than 5 s from its arrival to its redirect. The caller\'s window is 15 s.'
    severity: 2
    every: 'PT15M'
    over: 'PT30M'
    resolves: true
    query: loadTextContent('../kql/alerts/redirect-slow.kql')
  }
  {
    key: 'authorisation-broken'
    title: 'Authorisation is broken'
    description: 'Entra gives no token, Graph does not take it, or Microsoft\'s signing keys cannot be read.'
    severity: 1
    every: 'PT5M'
    over: 'PT15M'
    resolves: true
    query: loadTextContent('../kql/alerts/authorisation-broken.kql')
  }
  {
    key: 'server-errors'
    title: 'The app fails'
    description: 'Faults of the app\'s own, wrong settings, or ends of calls that could not be recorded.'
    severity: 1
    every: 'PT5M'
    over: 'PT15M'
    resolves: true
    query: loadTextContent('../kql/alerts/server-errors.kql')
  }
  {
    key: 'strangers-refused'
    title: 'Many strangers were refused'
    description: 'Somebody who is not Microsoft posts to the webhook, or Microsoft\'s tokens are no longer accepted.'
    severity: 3
    every: 'PT15M'
    over: 'PT30M'
    resolves: true
    query: loadTextContent('../kql/alerts/strangers-refused.kql')
  }
  {
    key: 'directory-problem'
    title: 'The directory has a problem'
    description: 'A row of targets or routes is wrong, a table was emptied, or the tables cannot be read.'
    severity: 2
    every: 'PT15M'
    over: 'PT15M'
    resolves: false
    query: loadTextContent('../kql/alerts/directory-problem.kql')
  }
  {
    key: 'heartbeat-missing'
    title: 'The app gives no sign of life'
    description: 'The app says every ten minutes that it is alive. It has not for half an hour.'
    severity: 1
    every: 'PT15M'
    over: 'PT30M'
    resolves: true
    query: loadTextContent('../kql/alerts/heartbeat-missing.kql')
  }
]

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${name}-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: take(name, 12)
    emailReceivers: [for (email, i) in emails: {
      name: 'email-${i}'
      emailAddress: email
      useCommonAlertSchema: true
    }]
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for rule in rules: {
  name: '${name}-${rule.key}-${suffix}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: '${name}: ${rule.title}'
    description: rule.description
    enabled: alertsEnabled
    severity: rule.severity
    scopes: [
      workspaceId
    ]
    evaluationFrequency: rule.every
    windowSize: rule.over
    criteria: {
      allOf: [
        {
          query: rule.query
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    autoMitigate: rule.resolves
    skipQueryValidation: true
    actions: {
      actionGroups: [
        people.id
      ]
    }
  }
}]
