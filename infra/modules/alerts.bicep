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

@description('What people call the lines, by their ids. A line that is not among them is shown by 8 digits of its id.')
param lineNames object

@description('Ids of called lines that are never silent. Empty: none is watched.')
@maxLength(50)
param neverSilentLines string[]

@description('How long such a line may have no call.')
@allowed(['PT1H', 'PT2H', 'PT3H', 'PT6H', 'P1D'])
param silentAfter string

// One row for each call: what several queries begin with.
var calls = replace(loadTextContent('../kql/calls.kql'), '["LINE_ID", "LINE_NAME"]', string(flatten(map(items(lineNames), line => [line.key, line.value]))))

// Each tells its mail once while it lasts, and each value of the columns of `by` is an alert of its own.
// A row is seen though it comes five minutes late: `over` is more than `every` by that much.
var rules = [
  {
    key: 'redirect-failed'
    title: 'Calls could not be redirected'
    description: 'Callers reach nobody. The rows say why, with an example and what to do.'
    severity: 1
    every: 'PT5M'
    over: 'PT15M'
    by: []
    isWanted: true
    query: loadTextContent('../kql/alerts/redirect-failed.kql')
  }
  {
    key: 'no-target'
    title: 'Calls that nobody could be rung for'
    description: 'A caller reached nobody: the list is empty, or nobody in it can ring now. Look at the targets of the route in the row.'
    severity: 1
    every: 'PT5M'
    over: 'PT15M'
    by: ['Route', 'Line']
    isWanted: true
    query: loadTextContent('../kql/alerts/no-target.kql')
  }
  {
    key: 'notification-unread'
    title: 'A notification was not read'
    description: 'Something that Microsoft sent was not understood or not received, so a call may be lost. The row says why.'
    severity: 1
    every: 'PT5M'
    over: 'PT15M'
    by: ['event']
    isWanted: true
    query: loadTextContent('../kql/alerts/notification-unread.kql')
  }
  {
    key: 'microsoft-refused'
    title: 'Tokens that claim to be Microsoft\'s were refused'
    description: 'Genuine notifications may be refused, and calls lost: look at whether calls still come, at the reason in the row, and at the check page. A stranger can cause this alert too: what a refused token says of itself is not proved.'
    severity: 1
    every: 'PT5M'
    over: 'PT15M'
    by: ['Reason']
    isWanted: true
    query: loadTextContent('../kql/alerts/microsoft-refused.kql')
  }
  {
    key: 'redirect-slow'
    title: 'Redirecting is slow'
    description: 'Three calls or more, and one in twenty, took more than 5 s from their arrival to their redirect. The caller\'s window is 15 s.'
    severity: 2
    every: 'PT15M'
    over: 'PT30M'
    by: []
    isWanted: true
    query: loadTextContent('../kql/alerts/redirect-slow.kql')
  }
  {
    key: 'message-lost'
    title: 'Messages of missed calls reach nobody'
    description: 'Nobody is told of these calls. The receiver refuses them (the row has its status), or was away for three days: look at MISSED_CALL_WEBHOOK, and whether the workflow is on.'
    severity: 2
    every: 'PT15M'
    over: 'PT30M'
    by: ['event']
    isWanted: true
    query: loadTextContent('../kql/alerts/message-lost.kql')
  }
  {
    key: 'list-refused'
    title: 'Graph refuses a list: some of it rings, or its substitute'
    description: 'Callers are answered, but not by whom they should be: look at the targets of the list that was left out, and at what the row says to do.'
    severity: 2
    every: 'PT15M'
    over: 'PT30M'
    by: ['Route', 'Code']
    isWanted: true
    query: loadTextContent('../kql/alerts/list-refused.kql')
  }
  {
    key: 'authorisation-broken'
    title: 'Authorisation is broken'
    description: 'Entra gives no token, Graph does not take it, or Microsoft\'s signing keys cannot be read.'
    severity: 1
    every: 'PT5M'
    over: 'PT15M'
    by: []
    isWanted: true
    query: loadTextContent('../kql/alerts/authorisation-broken.kql')
  }
  {
    key: 'server-errors'
    title: 'The app fails'
    description: 'Faults of the app\'s own, wrong settings, or ends of calls that could not be recorded.'
    severity: 1
    every: 'PT5M'
    over: 'PT15M'
    by: []
    isWanted: true
    query: loadTextContent('../kql/alerts/server-errors.kql')
  }
  {
    key: 'strangers-refused'
    title: 'Many strangers were refused'
    description: 'Somebody who is not Microsoft posts to the webhook, or Microsoft\'s tokens are no longer accepted.'
    severity: 3
    every: 'PT15M'
    over: 'PT30M'
    by: []
    isWanted: true
    query: loadTextContent('../kql/alerts/strangers-refused.kql')
  }
  {
    key: 'directory-problem'
    title: 'The directory has a problem'
    description: 'A row of targets or routes is wrong, a table was emptied, or the tables cannot be read.'
    severity: 2
    every: 'PT15M'
    over: 'PT30M'
    by: ['Table', 'Row', 'Column']
    isWanted: true
    query: loadTextContent('../kql/alerts/directory-problem.kql')
  }
  {
    key: 'protected-line-silent'
    title: 'Nobody can ring for a protected line'
    description: 'Whoever calls this line hears busy. The check page says who is missing: mend its rows in targets, shifts or away.'
    severity: 0
    every: 'PT15M'
    over: 'PT30M'
    by: ['Line']
    isWanted: true
    query: loadTextContent('../kql/alerts/protected-line-silent.kql')
  }
  {
    key: 'coverage-gap'
    title: 'Nobody will ring for a line'
    description: 'Within 72 hours nobody rings for the line in the row, or a rota runs out within 14 days. The check page says when, and who is missing.'
    severity: 2
    every: 'PT15M'
    over: 'PT30M'
    by: ['What', 'Of']
    isWanted: true
    query: loadTextContent('../kql/alerts/coverage-gap.kql')
  }
  {
    key: 'heartbeat-missing'
    title: 'The app gives no sign of life'
    description: 'The app says every ten minutes that it is alive. It has not for half an hour.'
    severity: 1
    every: 'PT15M'
    over: 'PT30M'
    by: []
    isWanted: true
    query: loadTextContent('../kql/alerts/heartbeat-missing.kql')
  }
  {
    key: 'line-unanswered'
    title: 'A line goes unanswered'
    description: 'Five callers or more reached nobody on this line in three hours, and at least half of all: look at who should ring on it.'
    severity: 3
    every: 'PT30M'
    over: 'PT3H'
    by: ['Line']
    isWanted: true
    query: '${calls}${loadTextContent('../kql/alerts/line-unanswered.kql')}'
  }
  {
    key: 'line-silent'
    title: 'A line is silent'
    description: 'This line is never silent, and had no call: is its number still connected, and its resource account still linked to the bot?'
    severity: 2
    every: 'PT30M'
    over: silentAfter
    by: ['Line']
    isWanted: !empty(neverSilentLines)
    query: replace(loadTextContent('../kql/alerts/line-silent.kql'), '["NEVER_SILENT_LINES"]', string(neverSilentLines))
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
    enabled: alertsEnabled && rule.isWanted
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
          dimensions: map(rule.by, column => {
            name: column
            operator: 'Include'
            values: ['*']
          })
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    autoMitigate: true
    skipQueryValidation: true
    actions: {
      actionGroups: [
        people.id
      ]
    }
  }
}]
