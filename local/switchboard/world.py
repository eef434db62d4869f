"""Show the lines, the people and who would ring now, as the tables and the app have them."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

import requests

from local.demo.examples import FRONT, LINES, Line
from local.demo.tables import NoTables, Tables
from local.microsoft.exchange.call_script import Kind

type Row = Mapping[str, Any]

_TABLES = ("routes", "targets", "holidays", "shifts", "away")
_ANY = "any"
_SECONDS = 6  # the app itself waits for the tables for 4


def read_tables(tables: Tables) -> dict[str, list[Row]] | None:
    """Give all rows of the tables that decide, or nothing where the tables are away."""
    try:
        return {table: tables.rows(table) for table in _TABLES}
    except NoTables:
        return None


def lines(rows: Mapping[str, list[Row]]) -> list[Line]:
    """Give every line that a route names, and the bot itself."""
    names: dict[str, str] = {FRONT.id: ""}
    for row in rows["routes"]:
        if row["PartitionKey"] != _ANY:
            called = str(row["PartitionKey"])
            names[called] = names.get(called) or _name(row)
    return [line(called, name) for called, name in names.items()]


def line(called: str, name: str, kind: Kind = "applicationInstance") -> Line:
    """Give the line of that id, by the name that its rows have, if any."""
    known = next((one for one in LINES.values() if one.id == called), None)
    if known:
        return Line(known.name, known.kind, known.id, name or known.display_name)
    return Line(called, kind, called, name or f"Line {called[:8]}…")


def names(rows: Mapping[str, list[Row]]) -> dict[str, str]:
    """Give the name of each id that can ring, where it has one."""
    return {str(row["RowKey"]): name for row in rows["targets"] if (name := _name(row))}


def people(rows: Mapping[str, list[Row]]) -> list[dict[str, Any]]:
    """Give each row of targets as the page shows it."""
    return [
        {
            "list": str(row["PartitionKey"]),
            "id": str(row["RowKey"]),
            "name": _name(row) or str(row["RowKey"]),
            "kind": str(row.get("Kind") or ("phone" if str(row["RowKey"]).startswith("+") else "user")),
            "enabled": row.get("Enabled") is not False,
        }
        for row in rows["targets"]
    ]


def who_rings(app: str, of: Iterable[Line]) -> dict[str, Any]:
    """Ask the app itself who would ring now on each line; an empty answer where it cannot say."""
    with requests.Session() as session:
        session.trust_env = False  # a proxy of this machine has no business with loopback
        return {line.id: _who(session, app, line) for line in of}


def _name(row: Row) -> str:
    """Give it as the app shows it: without what cannot be printed, such as a sign that turns all after it round."""
    return "".join(sign for sign in str(row.get("Name") or "") if sign.isprintable()).strip()


def _who(session: requests.Session, app: str, line: Line) -> dict[str, Any]:
    try:
        answer = session.post(f"{app}/api/who", json={"called": line.id}, timeout=_SECONDS)
        if answer.status_code == HTTPStatus.BAD_REQUEST:
            return {"decision": "no call can come to this line, for its id is no object id"}
        told = answer.json()
        return {
            "decision": told["decision"],
            "route": told["route"],
            "list": told["list"],
            "rings": told["rings"],
            "skipped": told["skipped"],
            "next": told["next_change"],
            "then": (told.get("then") or {}).get("decision"),
        }
    except (requests.RequestException, ValueError, LookupError):
        return {}
