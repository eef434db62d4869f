"""The rows that empty tables begin with: whoever is in FALLBACK_TARGETS rings for every call."""

import functools
import json
from collections.abc import Iterator

from deploy.settings import Settings
from deploy.steps import Facts, Found, Run

# An edit dialog offers only the columns that a row has: so these rows have all of them, blank where nothing is said.
_BLANK = "Hours", "From", "Until"
_NOTE = "Note=from FALLBACK_TARGETS at the first deployment"
_ROUTE = (
    *("PartitionKey=any", "RowKey=any", "Ring=default", "Hours=", "Closed=", "Empty=", "TimeZone=", "Country="),
    *("Timeout=", "Pick=all", "Forwarding=", "Enabled=true", "Note=every call that no other route takes"),
)
_HINT = (
    "you cannot edit the tables yet: the role Storage Table Data Contributor can take ten minutes to work. "
    "Until there are rows, FALLBACK_TARGETS rings; `make deploy` again writes them"
)


def plan(settings: Settings) -> Iterator[Run]:
    """Ask each table whether it is empty, and write the rows where it is: a table with rows is people's."""
    for table, rows in (("targets", targets(settings)), ("routes", (_ROUTE,))):
        fact = f"{table.upper()}_EMPTY"
        yield Run(
            name="rows",
            purpose=f"is the table {table} empty",
            command=(*_entity("query", table), "--num-results", "1", "--output", "json"),
            remedy=_HINT,
            learn=functools.partial(_emptiness, fact),
            gives=(fact,),
            tries=2 if settings.editors else 1,
            # A role that this deployment gave takes minutes; without one, waiting is of no use.
            role_tries=9 if settings.editors else 1,
            pause=10.0,
            essential=False,
        )
        for row in rows:
            yield Run(
                name="rows",
                purpose=f"write the first rows of {table}",
                command=(*_entity("insert", table), "--if-exists", "replace", "--output", "none", "--entity", *row),
                remedy=f"not every first row of {table} was written: add the others by hand",
                only_if=(fact, "true"),
                tries=2,
                role_tries=9 if settings.editors else 1,
                pause=10.0,
                essential=False,
            )


def targets(settings: Settings) -> tuple[tuple[str, ...], ...]:
    """Give a row of the list `default` for each fallback target, as az takes it."""
    return tuple(
        (
            *("PartitionKey=default", f"RowKey={key}", f"Kind={'phone' if key.startswith('+') else 'user'}"),
            *("Name=", "Enabled=true", "Order=100", *(f"{column}=" for column in _BLANK), _NOTE),
        )
        for key in settings.fallback_targets
    )


def _emptiness(fact: str, text: str) -> Facts:
    items = json.loads(text)["items"]
    if not isinstance(items, list):
        raise TypeError("not a list")
    return {fact: "false" if items else "true"}


def _entity(verb: str, table: str) -> tuple[str | Found, ...]:
    return (
        *("az", "storage", "entity", verb, "--table-name", table),
        *("--account-name", Found("$STORAGE"), "--auth-mode", "login"),
    )
