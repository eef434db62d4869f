"""Doubt a table that suddenly reads empty: that is rarely meant, and what it held goes on counting for a while."""

from collections.abc import Collection

from shared.core.directory.model import Directory, Problem, Severity, snapshot


def emptied_tables(read: Directory, before: Directory) -> tuple[str, ...]:
    """Name the tables in which there was something, and now is nothing. Where routes are switched off, it is meant."""
    gone = {
        "targets": before.lists and not read.lists,
        "routes": before.routes and not read.routes and not read.has_routes_off,
        "holidays": not before.holidays.is_empty and read.holidays.is_empty,
    }
    return tuple(table for table, is_gone in gone.items() if is_gone)


def keep(tables: Collection[str], read: Directory, before: Directory) -> Directory:
    """Take these tables as they were before, and the others as they were read.

    Who is on duty and away comes with `targets` and `routes`: ids and zones stand there. The problems are those of
    before with a notice for each table: what was read has many that only the emptiness makes.
    """
    targets, routes, holidays = (before if table in tables else read for table in _TABLES)
    earlier = (problem for problem in before.problems if problem not in _NOTICES.values())
    return snapshot(
        targets.lists,
        routes.routes,
        (*(_NOTICES[table] for table in tables), *earlier),
        lines=routes.lines,
        holidays=holidays.holidays,
        default_route=read.default_route,
        protected=routes.protected,
        names=routes.names,
        roster=read.roster if targets is routes is read else before.roster,
    )


_TABLES = ("targets", "routes", "holidays")
_NOTICES = {
    table: Problem(
        Severity.ERROR,
        table,
        "*",
        "RowKey",
        "the table suddenly reads empty: what it had before counts for ten minutes more; write the rows again",
    )
    for table in _TABLES
}
