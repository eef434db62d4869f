"""What the rows of `routes` say of a line as a whole: its name, and whether it is protected."""

from collections.abc import Collection, Mapping

from shared.core.directory import cells
from shared.core.directory.cells import InvalidCell, quoted
from shared.core.directory.diagnostics import Diagnostics, TableRow
from shared.core.directory.model import ANONYMOUS, ANY, REJECT, Route
from shared.core.directory.people import folded

type Keys = tuple[str, str]

_LISTS = {"Ring": "ring", "Closed": "closed", "Empty": "empty"}


def is_protected(entry: TableRow, line: str) -> bool:
    """Tell whether a row protects its line: also where Protected is unclear, for somebody wrote something there."""
    try:
        said = "Protected" in entry.cells and cells.boolean(entry.cells, "Protected")
    except InvalidCell as unclear:
        entry.error("Protected", f"{unclear}; treated as true")
        said = True
    if said and line == ANY:
        entry.warn("Protected", "protects one line, and any is no line; ignored: write it on a row of the line")
        return False
    return bool(said)


def judge_protected(
    protected: Collection[str], routes: Mapping[Keys, Route], rows: Mapping[Keys, str], diagnostics: Diagnostics
) -> None:
    """Warn where a protected line turns callers away by a rule of its own, and where its own rules leave some out."""
    for keys, route in routes.items():
        if route.line in protected:
            for column, name in _LISTS.items():
                if getattr(route, name) == REJECT:
                    diagnostics.warn("routes", rows[keys], column, _turned_away(route.caller))
    for line in sorted(protected):
        if (line, ANY) not in routes:
            message = (
                "a protected line without a row for any caller: for callers whom none of its rows fits, default rings"
            )
            diagnostics.warn("routes", f"{line}/{ANY}", "RowKey", message)


def line_names(names: Mapping[Keys, str], rows: Mapping[Keys, str], diagnostics: Diagnostics) -> Mapping[str, str]:
    """Give each line's name, of its `any` row before its others; two lines of one name are an error, and have none."""
    found: dict[str, str] = {}
    for (line, caller), name in names.items():
        if caller == ANY or line not in found:
            found[line] = name
    owners: dict[str, str] = {}
    twins: set[str] = set()
    for line, name in found.items():
        if (first := owners.setdefault(folded(name), line)) != line:
            twins |= {first, line}
            key = next(keys for keys in names if keys[0] == line)
            message = f"line {first} is called {quoted(name)} too: neither can be asked for by name; rename one of them"
            diagnostics.error("routes", rows[key], "Name", message)
    return {line: name for line, name in found.items() if line not in twins}


def _turned_away(caller: str) -> str:
    if caller == ANONYMOUS:
        return "a protected line turns callers without a number away: emergency centres may call back without one"
    who = "every caller" if caller == ANY else f"callers from {quoted(caller)}"
    return f"a protected line turns {who} away; take reject out unless that is meant"
