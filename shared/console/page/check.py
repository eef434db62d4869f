"""Lay the whole check out as one page: the verdict, the tables' problems, who rings now, the app's neighbours."""

from datetime import UTC

from shared.console.explain.report import Report
from shared.console.page.lines import lines
from shared.console.page.markup import Html, code, joined, tag
from shared.console.page.style import STYLE
from shared.console.page.words import counted, moment
from shared.core.build_id import BUILD_ID
from shared.core.directory.model import Problem
from shared.core.health import Finding, Health

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
    sections = (("tables", "The tables"), ("lines", "Who rings now"), ("app", "The app"))
    return tag(
        "header",
        tag("p", "Call Redirect: the check", class_="app"),
        tag("h1", _verdict(report)),
        tag("p", _facts(report), class_="facts"),
        tag("nav", tag("ul", *(tag("li", tag("a", name, href=f"#{anchor}")) for anchor, name in sections))),
    )


def _worst(report: Report) -> str:
    return "error" if report.errors else "warning" if report.warnings else "ok"


def _verdict(report: Report) -> str:
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
    return tag("main", _problems(report), _lines(report), _doctor(report.findings))


def _problems(report: Report) -> Html:
    if report.directory is None:
        body = tag("p", "They cannot be read: see below, at The app.", class_="none")
    elif not report.problems:
        body = tag("p", "Nothing is wrong in them.", class_="none")
    else:
        body = tag("ul", *map(_problem, report.problems), class_="card")
    return tag("section", tag("h2", "The tables", id="tables"), body)


def _problem(problem: Problem) -> Html:
    place = joined(code(problem.table), ", row ", code(problem.row), ", column ", code(problem.column))
    return tag(
        "li",
        tag("span", problem.level.value, class_=f"badge {problem.level.value}"),
        tag("p", tag("bdi", problem.message)),
        tag("p", place, class_="place"),
        class_="entry",
    )


def _lines(report: Report) -> Html:
    lead = "Of several rules that fit a call, the one with the longest caller counts, and then the called line's own."
    return tag(
        "section",
        tag("h2", "Who rings now", id="lines"),
        tag("p", lead, class_="lead"),
        *lines(report.lines, report.at),
        _unshown(report),
    )


def _unshown(report: Report) -> Html | None:
    if not report.unshown:
        return None
    rest = counted(report.unshown, "more rule is", "more rules are")
    how = "ask POST /api/who for one call." if report.line else "add line= and the line's id to the address."
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
        tag("p", "About one call, at any time: ", code("POST /api/who"), ". Nothing is sent to anyone."),
    )
