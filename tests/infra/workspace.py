"""A Log Analytics workspace on this machine: the queries of infra/kql run on DuckDB, over lines that the app logged."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import duckdb_kql

from tests.infra.reading import INFRA

ZONE = ZoneInfo("Europe/Vienna")
NAMES = sorted(
    path.relative_to(INFRA / "kql").as_posix() for path in (INFRA / "kql").rglob("*.kql") if path.parent.name != "kql"
)
LINE_NAMES = {"a" * 8 + "-1000-4000-8000-000000000000": 'Sales\'s "desk"'}  # as a deployment was given them
CALLS = (
    (INFRA / "kql" / "calls.kql")
    .read_text(encoding="utf-8")
    .replace(
        '["LINE_ID", "LINE_NAME"]',
        json.dumps([text for line, name in LINE_NAMES.items() for text in (line.upper(), name)]),
    )
)
_COLUMNS = {
    "AppTraces": ("TimeGenerated", "Message"),
    "AppRequests": ("TimeGenerated", "Name", "ResultCode", "OperationId"),
    "StorageTableLogs": (
        "TimeGenerated",
        "Category",
        "Uri",
        "OperationName",
        "RequesterUpn",
        "RequesterObjectId",
        "StatusText",
        "CallerIpAddress",
    ),
}
# What the translator does not know, for what is asked here: no clock is changed in the days that are played.
_STAND_INS = """
let url_decode = (text: string) { replace_string(replace_string(text, "%27", "'"), "%20", " ") };
let datetime_utc_to_local = (moment: datetime, zone: string) { moment + HOURSh };
"""


@dataclass(frozen=True, slots=True)
class Line:
    """What was logged, and when."""

    at: datetime
    text: str


def text(name: str) -> str:
    """Give a query as it is deployed: after what it is built on, where it asks for `Calls`."""
    query = (INFRA / "kql" / name).read_text(encoding="utf-8")
    return (CALLS if re.search(r"(?m)^Calls$", query) else "") + query


class Workspace:
    """Holds rows of tables, in UTC, as they were ingested; a text that is not there is ""."""

    def __init__(self, lines: Iterable[Line] = (), **tables: Iterable[Mapping[str, object]]) -> None:
        self._connection = duckdb_kql.connect()
        rows = {"AppTraces": [{"TimeGenerated": line.at, "Message": line.text} for line in lines], **tables}
        for table, columns in _COLUMNS.items():
            kinds = ", ".join(f"{name} {'TIMESTAMP' if name == 'TimeGenerated' else 'VARCHAR'}" for name in columns)
            self._connection.execute(f"CREATE TABLE {table} ({kinds})")
            held = [[_naive(row.get(name, "")) for name in columns] for row in rows.get(table, ())]
            if held:
                marks = ", ".join("?" * len(columns))
                self._connection.executemany(f"INSERT INTO {table} VALUES ({marks})", held)  # noqa: S608 - names of ours

    def ask(self, name: str, **replaced: str) -> list[dict[str, Any]]:
        """Run a query of infra/kql, given by its path below that folder; `replaced` is what Bicep puts into it."""
        query = text(name)
        for placeholder, value in replaced.items():
            assert placeholder in query
            query = query.replace(placeholder, value)
        return self.run(query)

    def columns(self, name: str) -> list[str]:
        return list(self._run(text(name)).columns)

    def run(self, query: str) -> list[dict[str, Any]]:
        found = self._run(query)
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]

    def _run(self, query: str) -> Any:
        hours = datetime(2026, 11, 23, tzinfo=ZONE).utcoffset()
        assert hours is not None
        stand_ins = _STAND_INS.replace("HOURS", str(int(hours.total_seconds() // 3600)))
        return duckdb_kql.kql(self._connection, stand_ins + query)


def _naive(value: object) -> object:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value
