"""What to play and to try where the tables hold somebody's own rows: a call to each of the first lines."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from local.demo.examples import FRONT, Example, Sample
from local.demo.phrases import Row, shortened
from local.microsoft.exchange.call_script import BOT

_MOST_CALLS = 3
_LINE_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_PLAIN = re.compile(r"[\w.+-]+", re.ASCII)  # what a shell, and make, take as it is


def own_examples(routes: Iterable[Row]) -> dict[int, Example]:
    """Give a call to each of the first lines that the routes name, or one to the bot itself."""
    found = list(_lines(routes).items())[:_MOST_CALLS]
    return {number: _call(line, name) for number, (line, name) in enumerate(found or [(BOT, "")], 1)}


def own_sample(routes: Iterable[Row], targets: Iterable[Row]) -> Sample:
    line = next(iter(_lines(routes)), BOT)
    keys = ((str(row["PartitionKey"]), str(row["RowKey"])) for row in targets)
    of_list, target = next((pair for pair in keys if all(map(_PLAIN.fullmatch, pair))), ("default", "+436641234567"))
    return Sample(FRONT.name if line == BOT else line, line, of_list, target)


def _lines(routes: Iterable[Row]) -> dict[str, str]:
    """Give the id of each line, and the name that its rows give it, or ""."""
    lines: dict[str, str] = {}
    for row in routes:
        line = str(row["PartitionKey"]).strip().lower()
        if _LINE_ID.fullmatch(line):
            lines[line] = lines.get(line) or str(row.get("Name") or "")
    return lines


def _call(line: str, name: str) -> Example:
    called: Mapping[str, Any] = (
        FRONT.called if line == BOT else {"kind": "applicationInstance", "id": line, "displayName": name or "Line"}
    )
    title = name or ("the bot itself" if line == BOT else f"line {shortened(line)}")
    return Example(title, {"called": called, "everyone": {"picksUp": 1}}, {"State": "done"})
