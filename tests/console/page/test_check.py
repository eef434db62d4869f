"""The page: everything that the check knows, escaped, with nothing from elsewhere."""

import base64
import hashlib
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any, override
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.console.explain import report
from shared.console.explain.explanation import RoutingContext
from shared.console.explain.report import Report
from shared.console.page.check import page
from shared.console.page.markup import code, tag
from shared.console.page.style import POLICY, STYLE
from shared.console.page.words import counted, time_until
from shared.core.directory import reader
from shared.core.directory.model import Directory, Problem, Severity
from shared.core.directory.reader import RouteDefaults
from shared.core.health import Finding, Health
from shared.core.routing.decide import LastResort
from tests.support.tables import ANNA, BO, BOT, LINE, route, target

SUNDAY = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
WELL = Finding("Signing keys", Health.OK, "2 are at hand")
HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>&amp;'\x00\u202e\ud800"
_VOID = {"meta"}


class Seen(HTMLParser):
    """What a browser makes of the page; fails where an element is not closed."""

    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html.decode())
        assert self._open == []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self._open += [] if tag in _VOID else [tag]

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    @override
    def handle_data(self, data: str) -> None:
        self.text += data if "style" not in self._open else ""


def rules(targets: list[dict[str, Any]], routes: list[dict[str, Any]]) -> RoutingContext:
    directory = reader.read_directory(targets, routes, BOT, (), RouteDefaults(ZoneInfo("Europe/Vienna"), "AT"))
    return RoutingContext(directory, LastResort(BOT), "https://bot.contoso.com")


def of(targets: list[dict[str, Any]], routes: list[dict[str, Any]], **options: Any) -> Seen:
    return Seen(page(report.build_report(SUNDAY, [WELL], rules(targets, routes), **options)))


@pytest.mark.parametrize(
    ("levels", "healths", "verdict"),
    [
        ([], [Health.OK], "All is well."),
        ([Severity.ERROR], [Health.OK], "1 error."),
        ([Severity.WARNING, Severity.WARNING], [Health.OK], "2 warnings."),
        ([Severity.ERROR], [Health.ERROR, Health.WARNING], "2 errors and 1 warning."),
    ],
)
def test_the_headline_is_the_verdict(levels: list[Severity], healths: list[Health], verdict: str) -> None:
    problems = tuple(Problem(level, "targets", f"default/{n}", "RowKey", "wrong") for n, level in enumerate(levels))
    findings = tuple(Finding("Part", health, "said", "" if health is Health.OK else "do it") for health in healths)

    html = page(Report(SUNDAY, findings, Directory(problems=problems)))

    assert f"<h1>{verdict}</h1>" in html.decode()
    assert ("do it" in Seen(html).text) is any(health is not Health.OK for health in healths)


def test_each_problem_names_table_row_and_column_and_errors_come_first() -> None:
    text = of([target("0664123456"), target(ANNA)], [route(Timeout=5)]).text

    assert "targets, row default/0664123456, column RowKey" in text
    assert "routes, row any/any, column Timeout" in text
    assert text.index("column RowKey") < text.index("column Timeout")


def test_a_line_tells_who_rings_who_does_not_and_what_changes_when() -> None:
    people = [
        target(ANNA, Name="Anna Berg"),
        target(BO, "night", Name="Bo"),
        target("+436641234567", "night", Enabled="no"),
    ]
    hours = {"Hours": "Mo-Fr 08:00-17:00", "Closed": "night"}

    text = of(people, [route(LINE, "any", **hours), route(LINE, "+43", Ring="reject")]).text

    assert f"Line {LINE}Any callerOpen Mo-Fr 08:00-17:00Rings, from list nightBo{BO}" in text
    assert "Does not ring+436641234567disabled" in text
    assert "ChangesMonday 23 November 2026, 08:00 CET, in 15 h 30 min" in text
    assert "Then: Anna Berg, from list default" in text
    assert "Numbers from +43RingsNobody: turned away by a rule (busy)." in text


def test_a_line_is_called_by_its_name() -> None:
    assert f"Sales {LINE}Any caller" in of([target(ANNA)], [route(LINE, Name="Sales")]).text


def test_a_change_to_nobody_and_to_several_is_told_too() -> None:
    numbers = [f"+43664123456{digit}" for digit in (7, 8, 9)]
    people = [target(ANNA, Hours="Su"), target(BO, "night"), *(target(number, "day") for number in numbers)]
    open_by_day = route(LINE, Ring="day", Hours="Mo-Fr 08:00-17:00", Closed="night")

    text = of(people, [route(Empty="reject"), open_by_day]).text

    assert "Then: turned away by a rule (busy)" in text
    assert "Then: +436641234567 and 2 others, from list day" in text


def test_who_is_picked_by_chance_stands_beside_those_who_could_be() -> None:
    people = [target(ANNA, Name="Anna"), target(BO, Name="Bo"), target("+436641234567", Name="Cy", Enabled="no")]

    text = of(people, [route(Pick="random")]).text

    rings, silent = text[text.index("Rings one of these by chance") :].split("Does not ring")[:2]
    assert all(name in rings for name in ("Anna", "Bo"))
    assert "Cy" in silent
    assert "not picked" not in text


@pytest.mark.parametrize(
    ("caller", "heading"),
    [
        ("any", "Any caller"),
        ("anonymous", "Callers without a number"),
        ("+43", "Numbers from +43"),
        (BO, f"Caller {BO}"),
    ],
)
def test_a_rule_is_headed_by_its_callers(caller: str, heading: str) -> None:
    assert heading in of([target(ANNA)], [route("any", caller)]).text


def test_many_people_are_folded() -> None:
    seen = of([target(f"+4366400000{number}") for number in range(10, 18)], [])

    assert "details" in seen.tags
    assert "and 2 more" in seen.text


def test_what_is_not_shown_is_counted_with_the_way_to_it() -> None:
    made = [route(caller=f"+{number}") for number in range(10, 13)]

    assert "2 more rules are not shown: add line=" in of([target(ANNA)], made, most=2).text
    assert "1 more rule is not shown: ask POST /api/who" in of([target(ANNA)], made, line="any", most=3).text


def test_tables_that_were_never_read_are_no_empty_tables() -> None:
    text = Seen(page(Report(SUNDAY, (WELL,)))).text

    assert "never read" in text


@pytest.mark.parametrize("hostile", [HOSTILE, "<b>", "&", "</style>", "<!--", "'\""])
def test_nothing_that_people_write_becomes_markup(hostile: str) -> None:
    people = [
        target(ANNA, hostile, Name=hostile),
        target(hostile, "default", Name=hostile),
        target(BO, Enabled=hostile),
    ]
    found = report.build_report(
        SUNDAY, [Finding(hostile, Health.ERROR, hostile, hostile)], rules(people, [route(Ring=hostile)])
    )

    seen = Seen(page(found))

    assert {"script", "img"}.isdisjoint(seen.tags)
    assert seen.tags.count("style") == 1
    assert hostile.strip().split("\x00")[0] in " ".join(seen.text.split("\x00"))
    assert not [name for name, _ in seen.attributes if name.startswith("on")]


@given(st.text(), st.text())
def test_any_text_at_all_is_shown_as_it_is(name: str, value: str) -> None:
    class Plain(HTMLParser):
        text = ""

        @override
        def handle_data(self, data: str) -> None:
            self.text += data

    parser = Plain(convert_charrefs=True)
    parser.feed(tag("p", name, title=value).text)
    parser.close()

    assert parser.text == name


def test_elements_are_made_of_what_is_there() -> None:
    assert (
        tag("p", None, "a < b", tag("meta", name="x"), class_='"').text
        == '<p class="&quot;">a &lt; b<meta name="x"></p>'
    )
    assert code("<").text == "<code><bdi>&lt;</bdi></code>"


def test_nothing_is_loaded_run_or_styled_from_elsewhere() -> None:
    html = page(report.build_report(SUNDAY, [WELL], rules([target(ANNA)], [])))

    seen = Seen(html)

    assert not {"script", "img", "link", "iframe", "form", "object"} & set(seen.tags)
    assert {name for name, _ in seen.attributes} <= {
        "lang",
        "charset",
        "name",
        "content",
        "class",
        "id",
        "href",
        "datetime",
    }
    assert all((value or "").startswith("#") for name, value in seen.attributes if name == "href")
    assert "url(" not in STYLE
    assert "@import" not in STYLE


def test_the_policy_lets_exactly_this_style_in() -> None:
    (style,) = re.findall(r"<style>(.*?)</style>", page(Report(SUNDAY, ())).decode(), re.DOTALL)

    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in POLICY
    assert POLICY.startswith("default-src 'none'; ")


@pytest.mark.parametrize(
    ("wait", "said"),
    [
        (timedelta(seconds=5), "in 1 minute"),
        (timedelta(minutes=59), "in 59 minutes"),
        (timedelta(hours=1), "in 1 hour"),
        (timedelta(hours=3, minutes=20), "in 3 h 20 min"),
        (timedelta(hours=23, minutes=59, seconds=50), "in 24 hours"),
        (timedelta(days=1, hours=5), "in 1 day"),
        (timedelta(days=6, hours=23), "in 6 days"),
    ],
)
def test_a_wait_is_said_as_people_do(wait: timedelta, said: str) -> None:
    assert time_until(wait) == said


def test_things_are_counted_as_people_do() -> None:
    assert [counted(0, "list"), counted(1, "list"), counted(2, "list")] == ["0 lists", "1 list", "2 lists"]
    assert counted(2, "rule is", "rules are") == "2 rules are"
