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
@media (min-width: 44rem) {
  .entry { grid-template-columns: 6rem minmax(0, 1fr); }
  .entry > .badge { grid-row: 1 / span 3; margin-top: .05rem; }
  .entry > :not(.badge) { grid-column: 2; }
  .rule dl { grid-template-columns: minmax(0, 5fr) minmax(0, 5fr) minmax(0, 4fr); }
}
@media (min-width: 60rem) {
  .rule { grid-template-columns: 12rem minmax(0, 1fr); }
}
@media print {
  :root {
    --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --rule: #bbb; --code: #fff; --accent: #000;
    --ok: #000; --ok-back: #fff; --warning: #000; --warning-back: #fff; --error: #000; --error-back: #fff;
  }
  body { font-size: 10pt; }
  nav { display: none; }
  .badge { border: 1px solid #000; }
  .rule, .entry { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}
"""

# https://www.w3.org/TR/CSP3/: nothing is loaded or run, and only this style is applied.
POLICY = (
    "default-src 'none'; "
    f"style-src 'sha256-{b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
