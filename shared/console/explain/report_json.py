"""Write the check as a program reads it."""

from typing import Any

from shared.console.explain import explanation, last_day
from shared.console.explain.report import Report
from shared.core.build_id import BUILD_ID
from shared.core.directory.model import Directory


def as_json(report: Report) -> dict[str, Any]:
    """Give what `GET /api/check` answers to a program."""
    return {
        "at": report.at.isoformat(),
        "build": BUILD_ID,
        "errors": report.errors,
        "warnings": report.warnings,
        "directory": report.directory.fingerprint if report.directory else None,
        "problems": [
            {
                "level": problem.level.value,
                "table": problem.table,
                "row": problem.row,
                "column": problem.column,
                "name": problem.name or None,
                "message": problem.message,
            }
            for problem in report.problems
        ],
        "lines": [
            {
                "line": line.id,
                "name": line.text,
                "protected": line.is_protected,
                "now": line.now.value if line.now else None,
                "gaps": [{"begins": gap.begins.isoformat(), "ends": gap.ends.isoformat()} for gap in line.gaps],
                "rules": [explanation.as_json(answer) for answer in line.answers],
            }
            for line in report.lines
        ],
        "unshown": report.unshown,
        "last_day": last_day.as_json(report.last_day, report.directory or Directory(), report.line),
        "doctor": [
            {
                "part": finding.part,
                "health": finding.health.value,
                "said": finding.said,
                "do": finding.remedy or None,
            }
            for finding in report.findings
        ],
    }
