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

var workspaceType = 'microsoft.operationalinsights/workspaces'

var panels = [
  {
    name: 'headline'
    title: 'Calls (milliseconds from arrival to redirect; the caller\'s window is 15 s)'
    visualization: 'table'
    query: loadTextContent('../kql/workbook/headline.kql')
  }
  {
    name: 'outcomes'
    title: 'How calls ended'
    visualization: 'barchart'
    query: loadTextContent('../kql/workbook/outcomes.kql')
  }
  {
    name: 'lines'
    title: 'By line'
    visualization: 'table'
    query: loadTextContent('../kql/workbook/lines.kql')
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
    name: 'directory-changes'
    title: 'Changes of the directory'
    visualization: 'table'
    query: loadTextContent('../kql/workbook/directory-changes.kql')
  }
  {
    name: 'row-edits'
    title: 'Who edited which row'
    visualization: 'table'
    query: loadTextContent('../kql/workbook/row-edits.kql')
  }
]

var timeRange = {
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
      items: concat([timeRange], queries)
      fallbackResourceIds: [
        workspaceId
      ]
    })
  }
}

@description('Resource id of the workbook.')
output id string = workbook.id
