"""The whole check as a value: what is wrong in the tables, who rings now, and how the app's neighbours are."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from shared.console.explain import explanation
from shared.console.explain.explanation import Explanation, RoutingContext
from shared.console.explain.forecast import HORIZON
from shared.console.explain.question import Question
from shared.core.build_id import BUILD_ID
from shared.core.directory.model import ANY, Directory, Problem, Severity
from shared.core.health import Finding, Health

MOST_RULES = 200  # on the page that asks for no line
MOST_RULES_OF_A_LINE = 1000
# To foresee nothing for a rule of 25 people with hours takes 7 ms a day: the more rules, the less far ahead.
_HORIZONS = ((25, HORIZON), (MOST_RULES, timedelta(days=2)), (MOST_RULES_OF_A_LINE, timedelta(days=1)))


@dataclass(frozen=True, slots=True)
class LineReport:
    """A called line, `any` for whatever is called, with an answer for each caller rule."""

    id: str
    answers: tuple[Explanation, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """`directory` is absent where the tables were never read; `line` is the one that was asked for.

    `unshown` counts the rules that are not among `lines`.
    """

    at: datetime
    findings: tuple[Finding, ...]
    directory: Directory | None = None
    lines: tuple[LineReport, ...] = ()
    unshown: int = 0
    line: str = ""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The tables' problems, errors first."""
        found = self.directory.problems if self.directory else ()
        return tuple(sorted(found, key=lambda problem: problem.level is not Severity.ERROR))

    @property
    def errors(self) -> int:
        found = [problem for problem in self.problems if problem.level is Severity.ERROR]
        return len(found) + self._of(Health.ERROR)

    @property
    def warnings(self) -> int:
        found = [problem for problem in self.problems if problem.level is Severity.WARNING]
        return len(found) + self._of(Health.WARNING)

    def _of(self, health: Health) -> int:
        return sum(finding.health is health for finding in self.findings)


def build_report(
    at: datetime, findings: Iterable[Finding], rules: RoutingContext | None, line: str = "", *, most: int | None = None
) -> Report:
    """Put the check together; `line` narrows it to one called line, with every caller that any rule names for it.

    `rules` are absent where no table was ever read.
    """
    parts = tuple(findings)
    if rules is None:
        return Report(at, parts, line=line)
    chosen = _rules(rules.directory, line)
    shown = chosen[: most or (MOST_RULES_OF_A_LINE if line else MOST_RULES)]
    rules = replace(rules, horizon=next(horizon for many, horizon in _HORIZONS if len(shown) <= many))
    return Report(
        at=at,
        findings=parts,
        directory=rules.directory,
        lines=_lines(shown, partial(_answer, rules, at), rules.directory.names),
        unshown=len(chosen) - len(shown),
        line=line,
    )


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
                "message": problem.message,
            }
            for problem in report.problems
        ],
        "lines": [
            {
                "line": line.id,
                "name": line.name or None,
                "rules": [explanation.as_json(answer) for answer in line.answers],
            }
            for line in report.lines
        ],
        "unshown": report.unshown,
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


def _answer(rules: RoutingContext, at: datetime, rule: tuple[str, str]) -> Explanation:
    return explanation.explain(Question(*rule, at), rules)


def _rules(directory: Directory, line: str) -> list[tuple[str, str]]:
    """Give the line and caller of every rule, `any` line first; where no rule covers every call, the default does.

    For one line, those of any line count as well: whoever has no rule of the line's own is rung by them.
    """
    keys = {*directory.routes, (ANY, ANY)}
    if line:
        keys = {(line, caller) for called, caller in keys if called in {line, ANY}}
    return sorted(keys, key=_place)


def _place(key: tuple[str, str]) -> tuple[bool, str, bool, str]:
    line, caller = key
    return line != ANY, line, caller != ANY, caller


def _lines(
    rules: Sequence[tuple[str, str]], ask: Callable[[tuple[str, str]], Explanation], names: Mapping[str, str]
) -> tuple[LineReport, ...]:
    answers: dict[str, list[Explanation]] = {}
    for rule in rules:
        answers.setdefault(rule[0], []).append(ask(rule))
    return tuple(LineReport(line, tuple(found), names.get(line, "")) for line, found in answers.items())
