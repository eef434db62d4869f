metadata description = 'The workbook: how many calls came, what became of them, where the time went, and what went wrong.'

@description('Name of the workbook, as the portal shows it.')
@minLength(1)
@maxLength(100)
param displayName string

@description('Azure region.')
@minLength(1)
@maxLength(40)
param location string

@description('Tags of the resource.')
param tags object

@description('Resource id of the workspace that is asked.')
@minLength(1)
@maxLength(500)
param workspaceId string

@description('Time zone of hours and days, at first: whoever looks can choose another.')
@minLength(1)
@maxLength(64)
param timeZone string

@description('What people call the lines, by their ids. A line that is not among them is shown by 8 digits of its id.')
param lineNames object

@description('Object id of the app\'s identity, whose own writes are no edits.')
@minLength(36)
@maxLength(36)
param appPrincipalId string

// One row for each call: what several queries begin with.
var calls = replace(loadTextContent('../kql/calls.kql'), '["LINE_ID", "LINE_NAME"]', string(flatten(map(items(lineNames), line => [line.key, line.value]))))

var workspaceType = 'microsoft.operationalinsights/workspaces'

var panels = [
  {
    name: 'headline'
    title: 'Calls (milliseconds from arrival to redirect; the caller\'s window is 15 s)'
    visualization: 'table'
    query: '${calls}${loadTextContent('../kql/workbook/headline.kql')}'
  }
  {
    name: 'outcomes'
    title: 'How calls ended, hour by hour'
    visualization: 'barchart'
    query: '${calls}${loadTextContent('../kql/workbook/outcomes.kql')}'
  }
  {
    name: 'lines'
    title: 'By called line'
    visualization: 'table'
    query: '${calls}${loadTextContent('../kql/workbook/lines.kql')}'
  }
  {
    name: 'unanswered-hours'
    title: 'When callers reach nobody'
    visualization: 'table'
    query: '${calls}${loadTextContent('../kql/workbook/unanswered-hours.kql')}'
  }
  {
    name: 'targets'
    title: 'By target: who was rung, and who answered'
    visualization: 'table'
    query: '${calls}${loadTextContent('../kql/workbook/targets.kql')}'
  }
  {
    name: 'missed'
    title: 'Missed calls, and why'
    visualization: 'table'
    query: '${calls}${loadTextContent('../kql/workbook/missed.kql')}'
  }
  {
    name: 'steps'
    title: 'Where the time goes (ms)'
    visualization: 'table'
    query: loadTextContent('../kql/workbook/steps.kql')
  }
  {
    name: 'graph-errors'
    title: 'What Graph and Entra refused, and what to do'
    visualization: 'table'
    query: loadTextContent('../kql/workbook/graph-errors.kql')
  }
  {
    name: 'cold-and-warm'
    title: 'Cold and warm (ms)'
    visualization: 'table'
    query: loadTextContent('../kql/workbook/cold-and-warm.kql')
  }
  {
    name: 'forms'
    title: 'Forms of Microsoft\'s tokens'
    visualization: 'barchart'
    query: loadTextContent('../kql/workbook/forms.kql')
  }
  {
    name: 'directory-changes'
    title: 'Changes of the directory'
    visualization: 'table'
    query: loadTextContent('../kql/workbook/directory-changes.kql')
  }
  {
    name: 'row-edits'
    title: 'Who edited which row'
    visualization: 'table'
    query: replace(loadTextContent('../kql/workbook/row-edits.kql'), 'APP_PRINCIPAL_ID', appPrincipalId)
  }
]

var choices = {
  type: 9
  name: 'parameters'
  content: {
    version: 'KqlParameterItem/1.0'
    style: 'pills'
    queryType: 0
    resourceType: workspaceType
    parameters: [
      {
        id: guid(workspaceId, 'time-range')
        version: 'KqlParameterItem/1.0'
        name: 'TimeRange'
        label: 'Time'
        type: 4
        isRequired: true
        value: {
          durationMs: 86400000
        }
        typeSettings: {
          selectableValues: [
            {
              durationMs: 3600000
            }
            {
              durationMs: 86400000
            }
            {
              durationMs: 604800000
            }
            {
              durationMs: 2592000000
            }
          ]
          allowCustom: true
        }
      }
      {
        id: guid(workspaceId, 'time-zone')
        version: 'KqlParameterItem/1.0'
        name: 'TimeZone'
        label: 'Time zone'
        type: 1
        isRequired: true
        value: timeZone
      }
    ]
  }
}

var queries = [for panel in panels: {
  type: 3
  name: panel.name
  content: {
    version: 'KqlItem/1.0'
    title: panel.title
    query: panel.query
    size: 0
    queryType: 0
    resourceType: workspaceType
    visualization: panel.visualization
    timeContextFromParameter: 'TimeRange'
    noDataMessage: 'Nothing in this time.'
  }
}]

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'workbook', displayName)
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: displayName
    category: 'workbook'
    sourceId: workspaceId
    serializedData: string({
      version: 'Notebook/1.0'
      items: concat([choices], queries)
      fallbackResourceIds: [
        workspaceId
      ]
    })
  }
}

@description('Resource id of the workbook.')
output id string = workbook.id
