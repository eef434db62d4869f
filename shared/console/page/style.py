"""How the page looks: light and dark, from a phone to a wide screen, and on paper."""

import hashlib
from base64 import b64encode

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #f5f4f0; --card: #fffefc; --ink: #20242a; --soft: #5b626b; --rule: #e1ded6; --code: #f0eee8;
  --ok: #1b6b50; --ok-back: #dff0e7; --warning: #785000; --warning-back: #faecc6;
  --error: #a02429; --error-back: #fae0de; --accent: #235d86;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --card: #1c2024; --ink: #e8e6e1; --soft: #a4abb3; --rule: #30363c; --code: #272c31;
    --ok: #86d4b0; --ok-back: #17372b; --warning: #f0c878; --warning-back: #3b2f12;
    --error: #ffa29b; --error-back: #451f1f; --accent: #8fc3e8;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
body { border-top: .3rem solid var(--ok); }
.worst-warning { border-color: var(--warning); }
.worst-error { border-color: var(--error); }
header, main, footer { max-width: 74rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.5rem; }
h1, h2, h3, h4, p, ul, dl, dd { margin: 0; padding: 0; }
ul { list-style: none; }
.app { color: var(--soft); font-size: .85rem; letter-spacing: .04em; }
h1 { font-size: clamp(1.6rem, 1.1rem + 2.4vw, 2.3rem); line-height: 1.2; font-weight: 650; letter-spacing: -.015em; }
.facts { color: var(--soft); margin-top: .5rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .3rem 1.5rem; margin-top: 1.25rem; }
a { color: var(--accent); text-underline-offset: .2em; text-decoration-thickness: 1px; }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 2px; }
section { margin-top: 2.75rem; }
h2 { font-size: 1.2rem; font-weight: 650; letter-spacing: -.005em; }
h2 + * { margin-top: .7rem; }
h2 + .lead { margin: .2rem 0 .9rem; }
.lead, .none { color: var(--soft); text-wrap: pretty; }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: .75rem; }
.card > * + * { border-top: 1px solid var(--rule); }
.card + .card { margin-top: 1rem; }
h3 { font-size: 1rem; font-weight: 650; padding: .75rem 1.1rem; }
.entry { display: grid; gap: .2rem 1rem; padding: .75rem 1.1rem; }
.badge {
  justify-self: start; align-self: start; min-width: 5.2rem; text-align: center; border-radius: 1rem;
  font-size: .8rem; font-weight: 600; line-height: 1; padding: .4rem .7rem;
}
.ok { color: var(--ok); background: var(--ok-back); }
.warning { color: var(--warning); background: var(--warning-back); }
.error { color: var(--error); background: var(--error-back); }
.place, .remedy, .who small, dt, .then { color: var(--soft); }
.place { font-size: .9rem; }
.part { font-weight: 600; }
.remedy b, .then b { color: var(--ink); font-weight: 600; }
code { font: .86em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.place code { color: var(--ink); }
h4 { font-size: 1rem; font-weight: 600; }
.open { color: var(--soft); font-size: .8rem; line-height: 1.7; }
.open code { display: block; font-size: .85rem; }
.rule { display: grid; gap: .6rem 1.5rem; padding: 1rem 1.1rem; }
.rule dl { display: grid; gap: .75rem 1.5rem; }
dt { font-size: .8rem; line-height: 1.7; }
.who + .who { margin-top: .2rem; }
.who small { display: block; font-size: .85rem; line-height: 1.4; }
.who small code { font-size: .78rem; }
.quiet .who { color: var(--soft); }
details { margin-top: .2rem; }
summary { cursor: pointer; color: var(--accent); }
footer { color: var(--soft); font-size: .9rem; padding-top: 2.5rem; padding-bottom: 3rem; }
footer p + p { margin-top: .3rem; }
.line h3 { display: flex; flex-wrap: wrap; gap: .3rem .75rem; align-items: center; }
.plain { border: 1px solid var(--rule); color: var(--soft); }
.silent { border-color: var(--error); border-left-width: .4rem; }
.gap { padding: .6rem 1.1rem; }
.overrides { padding: .6rem 1.1rem; margin: 0; }
.overrides li { margin-top: .2rem; color: var(--soft); }
section > details { margin-top: .8rem; }
.week { width: 100%; border-collapse: collapse; background: var(--card); border: 1px solid var(--rule); }
.week caption { text-align: start; color: var(--soft); padding-bottom: .7rem; }
.week th, .week td { border: 1px solid var(--rule); padding: .5rem .55rem; text-align: start; vertical-align: top; }
.week thead th { font-size: .85rem; }
.week tbody th { font-weight: 650; }
.week th small { display: block; font-weight: 400; color: var(--soft); font-size: .75rem; }
.week td { font-size: .82rem; line-height: 1.4; }
.week .day { display: none; }
.hours { display: block; color: var(--soft); font-size: .75rem; }
.kind { border-left: .3rem solid var(--ok); padding-left: .45rem; }
.kind + .kind { margin-top: .4rem; }
.kind.spare { border-left-style: double; border-color: var(--warning); }
.kind.last-resort { border-left-style: dashed; border-color: var(--warning); }
.kind.closed { border-left-style: dotted; border-color: var(--rule); color: var(--soft); }
.kind.nobody { border-left-width: .7rem; border-color: var(--error); background: var(--error-back); font-weight: 700; }
.kind.nobody, .kind.nobody .hours { color: var(--error); }
.ask { display: flex; flex-wrap: wrap; gap: .8rem 1.2rem; align-items: end; padding: 1rem 1.1rem; }
.ask > * + * { border: 0; }
.field { display: grid; gap: .2rem; min-width: 0; flex: 1 1 13rem; }
label { font-size: .85rem; color: var(--soft); }
input, select, button { font: inherit; color: var(--ink); background: var(--paper); }
input, select, button { border: 1px solid var(--soft); border-radius: .4rem; padding: .4rem .6rem; }
input, select { width: 100%; min-width: 0; }
input::placeholder { color: var(--soft); opacity: 1; }
button { color: var(--card); background: var(--accent); border-color: var(--accent); font-weight: 600; }
button { cursor: pointer; }
:is(input, select, button, summary):focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.unclear { margin-top: .8rem; padding: .6rem 1.1rem; border-radius: .5rem; }
.answer { margin-top: 1rem; }
@media (max-width: 60rem) {
  .week, .week tbody, .week tr, .week th, .week td { display: block; }
  .week thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .week caption { display: block; }
  .week th, .week td { border-width: 0 0 1px; }
  .week td { display: grid; grid-template-columns: 4.6rem minmax(0, 1fr); column-gap: .6rem; }
  .week .day { display: block; grid-row: 1 / span 12; font-weight: 600; }
  .week td .kind { grid-column: 2; }
}
@media (min-width: 44rem) {
  .entry { grid-template-columns: 6rem minmax(0, 1fr); }
  .entry > .badge { grid-row: 1 / span 3; margin-top: .05rem; }
  .entry > :not(.badge) { grid-column: 2; }
  .rule dl { grid-template-columns: minmax(0, 5fr) minmax(0, 5fr) minmax(0, 4fr); }
}
@media (min-width: 60rem) {
  .rule { grid-template-columns: 12rem minmax(0, 1fr); }
}
@page { size: A4 landscape; margin: 12mm; }
@media print {
  :root {
    --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --rule: #bbb; --code: #fff; --accent: #000;
    --ok: #000; --ok-back: #fff; --warning: #000; --warning-back: #fff; --error: #000; --error-back: #fff;
  }
  body { font-size: 10pt; }
  nav, .ask, #ask, #ask + .lead { display: none; }
  .kind.nobody { outline: 2px solid #000; }
  .week tr { break-inside: avoid; }
  .badge { border: 1px solid #000; }
  .rule, .entry { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}
"""

# https://www.w3.org/TR/CSP3/: nothing is loaded or run, and only this style is applied.
POLICY = (
    "default-src 'none'; "
    f"style-src 'sha256-{b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
