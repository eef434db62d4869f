"""The whole check as a value: what is wrong in the tables, who rings now, and how the app's neighbours are."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from functools import partial
from typing import Any

from shared.console.explain import explanation
from shared.console.explain.explanation import Answer, Question, Rules
from shared.console.explain.forecast import HORIZON
from shared.core.build_id import BUILD_ID
from shared.core.directory.model import ANY, Directory, Level, Problem

MOST_RULES = 200  # on the page that asks for no line
MOST_RULES_OF_A_LINE = 1000
# To foresee nothing for a rule of 25 people with hours takes 7 ms a day: the more rules, the less far ahead.
_HORIZONS = ((25, HORIZON), (MOST_RULES, timedelta(days=2)), (MOST_RULES_OF_A_LINE, timedelta(days=1)))


class Health(StrEnum):
    """How a part of the app is."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


class Access(Enum):
    """What a table lets the app do."""

    GRANTED = "granted"
    NO_TABLE = "no table"
    DENIED = "denied"


class Unreachable(Exception):
    """Nobody answers there; the text says how it went."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one part, and what a person can do about it."""

    part: str
    health: Health
    said: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A called line, `any` for whatever is called, with an answer for each caller rule."""

    id: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Checkup:
    """`directory` is absent where the tables were never read; `line` is the one that was asked for.

    `unshown` counts the rules that are not among `lines`.
    """

    at: datetime
    findings: tuple[Finding, ...]
    directory: Directory | None = None
    lines: tuple[Line, ...] = ()
    unshown: int = 0
    line: str = ""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The tables' problems, errors first."""
        found = self.directory.problems if self.directory else ()
        return tuple(sorted(found, key=lambda problem: problem.level is not Level.ERROR))

    @property
    def errors(self) -> int:
        found = [problem for problem in self.problems if problem.level is Level.ERROR]
        return len(found) + self._of(Health.ERROR)

    @property
    def warnings(self) -> int:
        found = [problem for problem in self.problems if problem.level is Level.WARNING]
        return len(found) + self._of(Health.WARNING)

    def _of(self, health: Health) -> int:
        return sum(finding.health is health for finding in self.findings)


def check(
    at: datetime, findings: Iterable[Finding], rules: Rules | None, line: str = "", *, most: int | None = None
) -> Checkup:
    """Put the check together; `line` narrows it to one called line, with every caller that any rule names for it.

    `rules` are absent where no table was ever read.
    """
    parts = tuple(findings)
    if rules is None:
        return Checkup(at, parts, line=line)
    chosen = _rules(rules.directory, line)
    shown = chosen[: most or (MOST_RULES_OF_A_LINE if line else MOST_RULES)]
    rules = replace(rules, horizon=next(horizon for many, horizon in _HORIZONS if len(shown) <= many))
    return Checkup(
        at=at,
        findings=parts,
        directory=rules.directory,
        lines=_lines(shown, partial(_answer, rules, at)),
        unshown=len(chosen) - len(shown),
        line=line,
    )


def as_json(checkup: Checkup) -> dict[str, Any]:
    """Give what `GET /api/check` answers to a program."""
    return {
        "at": checkup.at.isoformat(),
        "build": BUILD_ID,
        "errors": checkup.errors,
        "warnings": checkup.warnings,
        "directory": checkup.directory.fingerprint if checkup.directory else None,
        "problems": [
            {
                "level": problem.level.value,
                "table": problem.table,
                "row": problem.row,
                "column": problem.column,
                "message": problem.message,
            }
            for problem in checkup.problems
        ],
        "lines": [
            {"line": line.id, "rules": [explanation.as_json(answer) for answer in line.answers]}
            for line in checkup.lines
        ],
        "unshown": checkup.unshown,
        "doctor": [
            {
                "part": finding.part,
                "health": finding.health.value,
                "said": finding.said,
                "do": finding.remedy or None,
            }
            for finding in checkup.findings
        ],
    }


def _answer(rules: Rules, at: datetime, rule: tuple[str, str]) -> Answer:
    return explanation.answer(Question(*rule, at), rules)


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


def _lines(rules: Sequence[tuple[str, str]], ask: Callable[[tuple[str, str]], Answer]) -> tuple[Line, ...]:
    answers: dict[str, list[Answer]] = {}
    for rule in rules:
        answers.setdefault(rule[0], []).append(ask(rule))
    return tuple(Line(line, tuple(found)) for line, found in answers.items())
