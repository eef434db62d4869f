"""Lay the whole check out as one page: what is wrong, who rings now and in a week, past calls, a form, the app."""

from collections.abc import Iterator
from datetime import UTC

from shared.console.explain.report import LineReport, Report
from shared.console.page.ask import ask
from shared.console.page.last_day import last_day
from shared.console.page.lines import lines, worst_first
from shared.console.page.markup import Html, code, joined, tag
from shared.console.page.style import STYLE
from shared.console.page.week import week
from shared.console.page.words import capital, counted, moment
from shared.core.build_id import BUILD_ID
from shared.core.coverage.gaps import TABLE
from shared.core.directory.line_names import rule_line_text
from shared.core.directory.model import ANY, Directory, Problem
from shared.core.health import Finding, Health

_MOST_PROBLEMS = 12  # shown at once
_ORDER = (Health.ERROR, Health.WARNING, Health.OK)


def page(report: Report) -> bytes:
    """Write the page; times are shown in the zone that they matter in."""
    text = joined(
        tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", name="color-scheme", content="light dark"),
            tag("meta", name="referrer", content="no-referrer"),
            tag("title", f"{_verdict(report)} Call Redirect"),
            tag("style", Html(STYLE)),
        ),
        tag("body", _header(report), _main(report), _footer(), class_=f"worst-{_worst(report)}"),
    ).text
    return f'<!doctype html>\n<html lang="en">{text}</html>\n'.encode("utf-8", "replace")


def _header(report: Report) -> Html:
    sections = (
        ("tables", "What is wrong"),
        ("lines", "Who rings now"),
        ("week", "Seven days"),
        ("calls", "The last 24 hours"),
        ("ask", "Ask about a call"),
        ("app", "The app"),
    )
    return tag(
        "header",
        tag("p", "Call Redirect: the check", class_="app"),
        tag("h1", _verdict(report)),
        tag("p", _facts(report), class_="facts"),
        tag(
            "nav",
            tag(
                "ul",
                *(tag("li", tag("a", name, href=f"#{anchor}")) for anchor, name in sections),
                tag("li", tag("a", "Refresh", href="")),  # its own address, with the key that may be in it
            ),
            aria_label="On this page",
        ),
    )


def _worst(report: Report) -> str:
    return "error" if report.errors else "warning" if report.warnings else "ok"


def _verdict(report: Report) -> str:
    if report.silent:
        names = [line.text for line in report.silent]
        return f"No one rings for {names[0]}{f' and {counted(len(names) - 1, "other line")}' if names[1:] else ''}."
    return _counts(report)


def _counts(report: Report) -> str:
    errors, warnings = report.errors, report.warnings
    if errors and warnings:
        return f"{counted(errors, 'error')} and {counted(warnings, 'warning')}."
    if errors or warnings:
        return f"{counted(errors, 'error')}." if errors else f"{counted(warnings, 'warning')}."
    return "All is well."


def _facts(report: Report) -> Html:
    directory = report.directory
    if directory is None:
        return joined(moment(report.at, UTC), ". The tables were never read.")
    said = (
        f"{counted(len(directory.lists), 'list')} of {counted(directory.target_count, 'target')}",
        counted(len(directory.routes), "route"),
    )
    return joined(
        moment(report.at, directory.default_route.zone),
        f". {', '.join(said)}; directory ",
        code(directory.fingerprint or "none"),
    )


def _main(report: Report) -> Html:
    ordered = worst_first(report.lines)
    return tag(
        "main",
        _problems(report),
        _lines(report, ordered),
        tag("section", tag("h2", "Seven days", id="week"), *week(ordered, report.at)),
        tag("section", tag("h2", "The last 24 hours", id="calls"), *_last_day(report)),
        _ask(report),
        _doctor(report.findings),
    )


def _problems(report: Report) -> Html:
    if report.directory is None:
        body = tag("p", "They cannot be read: see below, at The app.", class_="none")
    elif not report.problems:
        body = tag("p", "Nothing is wrong in them.", class_="none")
    else:
        body = joined(*_folded_problems([_problem(problem) for problem in report.problems]))
    return tag("section", tag("h2", "What is wrong", id="tables"), body)


def _folded_problems(shown: list[Html]) -> Iterator[Html]:
    yield tag("ul", *shown[:_MOST_PROBLEMS], class_="card")
    if rest := shown[_MOST_PROBLEMS:]:
        yield tag("details", tag("summary", f"and {len(rest)} more"), tag("ul", *rest, class_="card"))


def _problem(problem: Problem) -> Html:
    where = (", row ", code(problem.row), ", column ", code(problem.column))
    place = joined(code(problem.table), *where) if problem.table != TABLE else joined("Who rings in the days to come")
    who = joined(tag("b", tag("bdi", problem.name)), ": ") if problem.name else None
    return tag(
        "li",
        tag("span", problem.level.value, class_=f"badge {problem.level.value}"),
        tag("p", who, tag("bdi", problem.message)),
        tag("p", place, class_="place"),
        class_="entry",
    )


def _lines(report: Report, ordered: list[LineReport]) -> Html:
    lead = "Of several rules that fit a call, the one with the longest caller counts, and then the called line's own."
    return tag(
        "section",
        tag("h2", "Who rings now", id="lines"),
        tag("p", lead, class_="lead"),
        *(lines(ordered, report.at, report.directory) if report.directory else ()),
        _unshown(report),
    )


def _last_day(report: Report) -> Iterator[Html]:
    return last_day(report.last_day, report.directory or Directory(), report.line)


def _ask(report: Report) -> Html | None:
    if report.directory is None:
        return None
    every_line = [
        (line, capital(rule_line_text(line, report.directory))) for line in (ANY, *sorted(report.directory.lines))
    ]
    lead = "Who would ring for one call, now or at another time? Nothing is sent to anyone."
    heading = tag("h2", "Ask about a call", id="ask")
    return tag("section", heading, tag("p", lead, class_="lead"), ask(report.asked, every_line))


def _unshown(report: Report) -> Html | None:
    if not report.unshown:
        return None
    rest = counted(report.unshown, "more rule is", "more rules are")
    how = "ask below about one call." if report.line else "ask below, or add line= and the line's id to the address."
    return tag("p", f"{rest} not shown: {how}", class_="none")


def _doctor(findings: tuple[Finding, ...]) -> Html:
    found = sorted(findings, key=lambda finding: _ORDER.index(finding.health))
    return tag("section", tag("h2", "The app", id="app"), tag("ul", *map(_finding, found), class_="card"))


def _finding(finding: Finding) -> Html:
    return tag(
        "li",
        tag("span", finding.health.value, class_=f"badge {finding.health.value}"),
        tag("p", tag("span", finding.part, class_="part"), f": {finding.said}"),
        tag("p", tag("b", "To do: "), finding.remedy, class_="remedy") if finding.remedy else None,
        class_="entry",
    )


def _footer() -> Html:
    return tag(
        "footer",
        tag("p", "The app's code is build ", code(BUILD_ID), "."),
        tag("p", "The same as JSON: ask with ", code("Accept: application/json"), "."),
        tag("p", "About one call, for programs: ", code("POST /api/who"), "."),
    )
