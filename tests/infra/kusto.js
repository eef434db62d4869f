// Checks KQL as Azure's own editor does. In on stdin: {tables: {name: {column: type}}, queries: {name: text}}.
// Out: for each query its diagnostics, the fields it reads of the event `e`, and its string literals.
const path = require('path')
const folder = path.dirname(require.resolve('@kusto/language-service-next/package.json'))
require(path.join(folder, 'bridge.min.js'))
require(path.join(folder, 'Kusto.Language.Bridge.min.js'))
const { GlobalState, KustoCode, Symbols } = Kusto.Language

const { tables, queries } = JSON.parse(require('fs').readFileSync(0, 'utf8'))
const symbols = Object.entries(tables).map(([name, columns]) => {
  const schema = Object.entries(columns).map(([column, type]) => `['${column}']: ${type}`).join(', ')
  return new Symbols.TableSymbol.$ctor7(name, `(${schema})`, null)
})
const globals = GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor('workspace', symbols))

function* nodes(node) {
  yield node
  for (let i = 0; i < node.ChildCount; i++) {
    const child = node.GetChild(i)
    if (child) yield* nodes(child)
  }
}

function list(items) {
  return Array.from({ length: items.Count }, (_, i) => items.getItem(i))
}

function report(text) {
  const code = KustoCode.ParseAndAnalyze(text, globals)
  const fields = []
  const strings = []
  for (const node of nodes(code.Syntax)) {
    // e.row, or e["table"]
    const isPath = node instanceof Kusto.Language.Syntax.PathExpression
    const isElement = node instanceof Kusto.Language.Syntax.ElementExpression
    if ((isPath || isElement) && node.Expression.ToString().trim() === 'e') {
      let outer = node.Parent
      while (outer && !(outer instanceof Kusto.Language.Syntax.FunctionCallExpression)) outer = outer.Parent
      fields.push([node.Selector.ToString().replace(/[\[\]"\s]/g, ''), outer ? outer.Name.ToString().trim() : ''])
    }
    if (node instanceof Kusto.Language.Syntax.LiteralExpression && typeof node.LiteralValue === 'string') {
      strings.push(node.LiteralValue)
    }
  }
  const found = list(code.GetDiagnostics()).map((one) => `${one.Severity} at ${one.Start}: ${one.Message}`)
  return { found, fields, strings }
}

const answer = Object.fromEntries(Object.entries(queries).map(([name, text]) => [name, report(text)]))
process.stdout.write(JSON.stringify(answer))
