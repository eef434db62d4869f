"""Which rules of `any` win over a line's own, and for whom: a longer caller counts before the line."""

from collections.abc import Iterator

from shared.core.directory.model import ANONYMOUS, ANY, REJECT, Directory, Route
from shared.core.light_dataclass import dataclass

MOST = 20  # told one by one


@dataclass(frozen=True, slots=True)
class Overrides:
    """The first of these rules, and how many there are."""

    rules: tuple[Route, ...] = ()
    count: int = 0


def overrides(line: str, directory: Directory, caller: str = ANY) -> Overrides:
    """Give them for one line; none for a protected one. A `caller` other than `any` leaves those that concern it."""
    if line == ANY or line in directory.protected or line not in directory.lines:
        return Overrides()
    found = list(_winning(line, caller, directory))
    return Overrides(tuple(sorted(found, key=lambda route: route.caller)[:MOST]), len(found))


def callers_text(route: Route) -> str:
    """Say whom a rule concerns: "callers whose number begins with +4366412349"."""
    if route.caller in {ANY, ANONYMOUS}:
        return "every caller" if route.caller == ANY else "callers without a number"
    return (
        f"callers whose number begins with {route.caller}" if route.caller.startswith("+") else f"caller {route.caller}"
    )


def effect_text(route: Route) -> str:
    """Say what a rule does: "turned away", "ring list sales"."""
    return "turned away" if route.ring == REJECT else f"ring list {route.ring}"


def _winning(line: str, asked: str, directory: Directory) -> Iterator[Route]:
    for (called, caller), route in directory.routes.items():
        is_meant = asked in {ANY, caller} or (asked[:1] == "+" and caller.startswith(asked))
        if called == ANY and caller != ANY and is_meant and (line, caller) not in directory.routes:
            yield route
