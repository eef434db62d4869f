"""The whole check as a value: what is wrong in the tables, who rings now, and how the app's neighbours are."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial

from shared.console.explain import explanation, question
from shared.console.explain.explanation import Explanation, RoutingContext
from shared.console.explain.forecast import HORIZON
from shared.console.explain.last_day import LastDay
from shared.console.explain.overrides import Overrides, overrides
from shared.console.explain.question import Question
from shared.core.coverage import gaps
from shared.core.coverage.stretches import Kind, Stretch, call_on, line_stretches, lines_of
from shared.core.directory.line_names import rule_line_text
from shared.core.directory.model import ANY, Directory, Problem, Severity
from shared.core.health import Finding, Health
from shared.core.json_reader import Json
from shared.core.light_dataclass import dataclass
from shared.core.refusals import InvalidQuestion
from shared.core.routing.decide import choose_route

MOST_RULES = 200  # on the page that asks for no line
MOST_RULES_OF_A_LINE = 1000
_NO_OVERRIDES = Overrides()
# To foresee nothing for a rule of 25 people with hours takes 7 ms a day: the more rules, the less far ahead.
_HORIZONS = ((25, HORIZON), (MOST_RULES, timedelta(days=2)), (MOST_RULES_OF_A_LINE, timedelta(days=1)))


@dataclass(frozen=True, slots=True)
class LineReport:
    """A called line, `any` for whatever is called, with an answer for each caller rule.

    `stretches` say who rings from now on for callers whom no rule names; they are empty where nobody asks for `any`.
    """

    id: str
    answers: tuple[Explanation, ...]
    text: str = ""
    zone: tzinfo = UTC
    is_protected: bool = False
    stretches: tuple[Stretch, ...] = ()
    overrides: Overrides = _NO_OVERRIDES

    @property
    def now(self) -> Kind | None:
        return self.stretches[0].kind if self.stretches else None

    @property
    def gaps(self) -> list[Stretch]:
        return gaps.gaps_of(self.stretches)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked in the page's form, as it was typed, and the answer; `unclear` says what is wrong with it."""

    called: str = ""
    caller: str = ""
    at: str = ""
    answer: Explanation | None = None
    unclear: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """`directory` is absent where the tables were never read; `line` is the one that was asked for.

    `unshown` counts the rules that are not among `lines`. `last_day` is absent where the calls were not read.
    """

    at: datetime
    findings: tuple[Finding, ...]
    directory: Directory | None = None
    lines: tuple[LineReport, ...] = ()
    unshown: int = 0
    line: str = ""
    ahead: tuple[Problem, ...] = ()
    asked: Asked | None = None
    last_day: LastDay | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The tables' problems, errors first, and by what they do to calls."""
        found = self.directory.problems if self.directory else ()
        return tuple(sorted((*self.ahead, *found), key=_effect))

    @property
    def silent(self) -> tuple[LineReport, ...]:
        """The lines for which nobody rings now, and not on purpose."""
        return tuple(line for line in self.lines if line.now is Kind.NOBODY)

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
    at: datetime,
    findings: Iterable[Finding],
    rules: RoutingContext | None,
    line: str = "",
    *,
    most: int | None = None,
    asked: Asked | None = None,
) -> Report:
    """Put the check together; `line` narrows it to one called line, with every caller that any rule names for it.

    `rules` are absent where no table was ever read.
    """
    parts = tuple(findings)
    if rules is None:
        return Report(at, parts, line=line, asked=asked)
    directory, until = rules.directory, at + gaps.AHEAD
    known = [line] if line else lines_of(directory)
    stretches = {one: line_stretches(one, directory, rules.last_resort, at, until) for one in known}
    ahead = gaps.problems(gaps.outlook(stretches, directory, until), directory)
    chosen = _rules(directory, line)
    shown = chosen[: most or (MOST_RULES_OF_A_LINE if line else MOST_RULES)]
    rules = replace(rules, horizon=next(horizon for many, horizon in _HORIZONS if len(shown) <= many))
    return Report(
        at=at,
        findings=parts,
        directory=directory,
        lines=tuple(_line_report(one, stretches, directory) for one in _lines(shown, partial(_answer, rules, at))),
        unshown=len(chosen) - len(shown),
        line=line,
        ahead=tuple(ahead),
        asked=asked,
    )


def answered(fields: Mapping[str, str], now: datetime, rules: RoutingContext) -> Asked:
    """Answer what was typed into the page's form: `called`, `caller` and `at`."""
    called, caller, at = (fields.get(name, "").strip() for name in ("called", "caller", "at"))
    try:
        wanted = Question(
            question.parse_called(called, rules.directory.names),
            question.parse_caller(caller),
            question.parse_at(Json(at, "at"), now),
        )
    except InvalidQuestion as unclear:
        return Asked(called, caller, at, unclear=unclear.message)
    return Asked(called, caller, at, explanation.explain(wanted, rules))


def _effect(problem: Problem) -> tuple[bool, bool, bool, bool]:
    """Order by what is worst for callers: nobody rings, a whole list is out, a row is out, a cell is ignored."""
    is_whole_list = problem.table == "targets" and "/" not in problem.row
    return (
        problem.level is not Severity.ERROR,
        problem.table != gaps.TABLE,
        not is_whole_list,
        problem.column not in {"PartitionKey", "RowKey"},
    )


def _answer(rules: RoutingContext, at: datetime, rule: tuple[str, str]) -> Explanation:
    return explanation.explain(Question(*rule, at), rules)


def _line_report(line: LineReport, stretches: Mapping[str, tuple[Stretch, ...]], directory: Directory) -> LineReport:
    return replace(
        line,
        text=rule_line_text(line.id, directory),
        zone=choose_route(call_on(line.id), directory).zone,
        is_protected=line.id in directory.protected,
        stretches=stretches.get(line.id, ()),
        overrides=overrides(line.id, directory),
    )


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


def _lines(rules: Sequence[tuple[str, str]], ask: Callable[[tuple[str, str]], Explanation]) -> tuple[LineReport, ...]:
    answers: dict[str, list[Explanation]] = {}
    for rule in rules:
        answers.setdefault(rule[0], []).append(ask(rule))
    return tuple(LineReport(line, tuple(found)) for line, found in answers.items())
