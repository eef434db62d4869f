"""What a report adds to the style of the check page: plots, tables, and how they go onto paper."""

from shared.console.page.style import STYLE

REPORT_STYLE = (
    STYLE
    + """
:root {
  --answered: #2e8b68; --gave-up: #b07d12; --missed: #bf3a40; --turned-away: #5d7f9e; --unclear: #8b8578;
  --heat-1: #fdebe9; --heat-2: #f8d4d0; --heat-3: #f2b5af; --heat-4: #ea958d;
}
@media (prefers-color-scheme: dark) {
  :root {
    --answered: #4fb38b; --gave-up: #d3a23a; --missed: #e0636a; --turned-away: #7ea4c6; --unclear: #8f8a80;
    --heat-1: #2c2021; --heat-2: #452425; --heat-3: #602a2b; --heat-4: #7b3032;
  }
}
.is-answered { fill: var(--answered); background: var(--answered); }
.is-gave-up { fill: var(--gave-up); background: var(--gave-up); }
.is-missed { fill: var(--missed); background: var(--missed); }
.is-turned-away { fill: var(--turned-away); background: var(--turned-away); }
.is-unclear { fill: var(--unclear); background: var(--unclear); }
.is-plain { fill: var(--accent); }
rect { stroke: var(--card); stroke-width: 1; }
.plot { display: block; width: 100%; height: auto; }
.plot text { fill: var(--soft); font-size: 12px; }
.grid { stroke: var(--rule); }
.card { padding: 1rem 1.1rem; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; font-size: .9rem; margin-bottom: .6rem; }
.swatch { display: inline-block; width: .8rem; height: .8rem; border-radius: .2rem; margin-right: .4rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .75rem; margin-top: 1.5rem; }
.tiles div { background: var(--card); border: 1px solid var(--rule); border-radius: .75rem; padding: .8rem 1rem; }
.tiles dd { font-size: 1.5rem; font-weight: 650; line-height: 1.3; }
.scroll { overflow-x: auto; }
.scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; overflow-wrap: normal; }
caption { text-align: left; color: var(--soft); padding-bottom: .5rem; }
th, td { padding: .35rem .5rem; text-align: right; border-bottom: 1px solid var(--rule); vertical-align: baseline; }
thead th { font-weight: 600; color: var(--soft); font-size: .82rem; vertical-align: bottom; }
th:first-child, td:first-child, .left { text-align: left; }
td.left { white-space: nowrap; }
tbody th { font-weight: 600; }
.heat td { text-align: center; padding: .3rem .15rem; line-height: 1.2; border: 1px solid var(--paper); }
.heat small { display: block; font-size: .72rem; }
.heat-1 { background: var(--heat-1); } .heat-2 { background: var(--heat-2); }
.heat-3 { background: var(--heat-3); } .heat-4 { background: var(--heat-4); }
details { margin-top: .8rem; }
@media print {
  @page { margin: 14mm; }
  :root { --missed: #bf3a40; --answered: #2e8b68; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .scroll { overflow: visible; }
  details::details-content { content-visibility: visible; display: block; }
  summary { display: none; }
  tr, .tiles div, svg, .legend { break-inside: avoid; }
  section { margin-top: 1.5rem; }
}
"""
)
