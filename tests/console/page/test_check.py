"""The page: everything that the check knows, escaped, with nothing from elsewhere."""

import base64
import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any, override
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.console.explain import question, report
from shared.console.explain.explanation import RoutingContext
from shared.console.explain.last_day import LastDay
from shared.console.explain.report import Report
from shared.console.page.check import page
from shared.console.page.markup import code, tag
from shared.console.page.style import POLICY, STYLE
from shared.console.page.words import counted, nobody, time_until
from shared.core.directory import reader
from shared.core.directory.model import Directory, Problem, Severity, Target, TargetKind
from shared.core.directory.reader import RouteDefaults
from shared.core.health import Finding, Health
from shared.core.record.line_counts import LineCounts, PastCall
from shared.core.routing.decide import LastResort
from shared.core.routing.decisions import Leave, Reject, RejectReason, Why
from tests.support.tables import ANNA, BO, BOT, LINE, SECOND_LINE, absence, route, shift, target

SUNDAY = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
WELL = Finding("Signing keys", Health.OK, "2 are at hand")
HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>&amp;'\x00\u202e\ud800"
_VOID = {"input", "meta"}


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


def rules(
    targets: list[dict[str, Any]], routes: list[dict[str, Any]], **tables: list[dict[str, Any]]
) -> RoutingContext:
    vienna = RouteDefaults(ZoneInfo("Europe/Vienna"), "AT")
    directory = reader.read_directory(targets, routes, BOT, (), vienna, **tables)
    return RoutingContext(directory, LastResort(BOT), "https://bot.contoso.com")


def of(
    targets: list[dict[str, Any]], routes: list[dict[str, Any]], last_day: LastDay | None = None, **options: Any
) -> Seen:
    found = report.build_report(SUNDAY, [WELL], rules(targets, routes), **options)
    return Seen(page(replace(found, last_day=last_day)))


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

    assert f"Line {LINE[:8]}ringsAny callerOpen Mo-Fr 08:00-17:00Rings, from list nightBo{BO}" in text
    assert "Does not ring+436641234567disabled" in text
    assert "ChangesMonday 23 November 2026, 08:00 CET, in 15 h 30 min" in text
    assert "Then: Anna Berg, from list default" in text
    assert "Numbers from +43RingsNo one rings: the caller hears busy, as a rule says." in text


def test_a_line_is_called_by_its_name() -> None:
    assert f"Sales ({LINE[:8]})" in of([target(ANNA)], [route(LINE, Name="Sales")]).text


def test_a_change_to_nobody_and_to_several_is_told_too() -> None:
    numbers = [f"+43664123456{digit}" for digit in (7, 8, 9)]
    people = [target(ANNA, Hours="Su"), target(BO, "night"), *(target(number, "day") for number in numbers)]
    open_by_day = route(LINE, Ring="day", Hours="Mo-Fr 08:00-17:00", Closed="night")

    text = of(people, [route(Empty="reject"), open_by_day]).text

    assert "Then: No one rings: the caller hears busy, as a rule says." in text
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

    assert "2 more rules are not shown: ask below, or add line=" in of([target(ANNA)], made, most=2).text
    assert "1 more rule is not shown: ask below" in of([target(ANNA)], made, line="any", most=3).text


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

    assert not {"script", "img", "link", "iframe", "object"} & set(seen.tags)
    assert {name for name, _ in seen.attributes} <= {
        "lang",
        "charset",
        "name",
        "content",
        "class",
        "id",
        "href",
        "datetime",
        *{"for", "value", "type", "placeholder", "inputmode", "method", "action", "selected"},
        *{"scope", "role", "aria-label", "aria-hidden"},
    }
    assert all((value or "#").startswith("#") for name, value in seen.attributes if name in {"href", "action"})
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


ONCALL = [
    target(ANNA, "oncall", Name="Anna Berg"),
    target(BO, "oncall", Name="Bo Lind"),
    target("+436641234567", "desk", Name="Desk"),
]
LINES = [
    route(LINE, Name="Zebra", Ring="desk", Empty="desk"),
    route(SECOND_LINE, Name="Emergency", Ring="oncall", Empty="oncall", Protected="yes"),
    route("any", "+4366412349", Ring="reject"),
]


def with_rota(who: str, **options: Any) -> Seen:
    context = rules(ONCALL, LINES, shifts=[shift("oncall", "2026-11-16T08:00", who)])
    return Seen(page(report.build_report(SUNDAY, [WELL], context, **options)))


def test_a_line_for_which_no_one_rings_is_the_headline_and_stands_first() -> None:
    seen = with_rota("nobody")

    assert f"No one rings for Emergency ({SECOND_LINE[:8]})." in seen.text
    lines = seen.text[seen.text.index("Of several rules") :]
    assert lines.index("Emergency") < lines.index("Zebra")
    assert "Emergency (8729bdce)no one ringsprotectedNo one rings from now on." in lines
    assert "The rota puts nobody on duty: name somebody in shifts." in lines
    assert ("class", "card line silent") in seen.attributes


def test_a_line_that_will_be_silent_stands_before_those_that_ring() -> None:
    context = rules(ONCALL, LINES[:2], away=[absence("Desk", "2026-11-25", Until="2026-11-26")])

    foreseen = Seen(page(report.build_report(SUNDAY, [WELL], context))).text

    assert "No one rings Wed 25 Nov 00:00 to Fri 00:00." in foreseen
    lines = foreseen[foreseen.index("Of several rules") :]
    assert lines.index("Zebra") < lines.index("Emergency")


def test_several_silent_lines_are_counted_in_the_headline() -> None:
    text = of([], [route(LINE, Name="A"), route(SECOND_LINE, Name="B")]).text

    assert text.strip().startswith(f"No one rings for A ({LINE[:8]}) and 1 other line. Call Redirect")


def test_people_off_duty_are_folded_away_and_rules_that_override_a_line_are_told() -> None:
    text = with_rota("Bo Lind").text

    assert f"Does not ring1 not on dutyAnna Berg{ANNA}" in text
    assert "1 rule of any line can override this one" in text
    assert "any/+4366412349: callers whose number begins with +4366412349: turned away" in text
    assert text.count("can override this one") == 1  # the other line is protected


def test_many_rules_that_override_a_line_are_counted() -> None:
    many = [route("any", f"+4{number}", Ring="reject") for number in range(100, 125)]

    assert "25 rules of any line can override this one" in of(ONCALL, [*LINES[:1], *many]).text
    assert "and 5 more" in of(ONCALL, [*LINES[:1], *many]).text


def test_seven_days_are_a_table_with_a_row_for_each_line() -> None:
    seen = with_rota("Bo Lind, Anna Berg")

    table = seen.text[seen.text.index("Who rings on each line in the next seven days") :]
    assert seen.tags.count("table") == seen.tags.count("caption") == 1
    assert [value for name, value in seen.attributes if name == "scope"] == ["col"] * 8 + ["row"] * 2
    assert "LineSun 22 NovMon 23 NovTue 24 NovWed 25 NovThu 26 NovFri 27 NovSat 28 Nov" in table
    assert "Sun 22 Nov16:30-24:00 Anna Berg, Bo LindMon 23 Novall day Anna Berg, Bo Lind" in table


@pytest.mark.parametrize(
    ("hour", "zone", "first", "last"),
    [
        pytest.param(2, "America/New_York", "Thu 19 Nov", "Thu 26 Nov", id="yesterday-elsewhere"),
        pytest.param(12, "America/New_York", "Fri 20 Nov", "Thu 26 Nov", id="the-same-day"),
        pytest.param(12, "Pacific/Auckland", "Fri 20 Nov", "Fri 27 Nov", id="tomorrow-elsewhere"),
    ],
)
def test_lines_whose_days_differ_stand_under_their_days(hour: int, zone: str, first: str, last: str) -> None:
    routes = [
        route(LINE, Name="Here", Ring="desk", Empty="desk", TimeZone="Europe/Vienna"),
        route(SECOND_LINE, Name="There", Ring="desk", Empty="desk", TimeZone=zone),
    ]

    html = page(report.build_report(datetime(2026, 11, 20, hour, tzinfo=UTC), [WELL], rules(ONCALL, routes))).decode()

    heads = re.findall(r'role="columnheader">(\w+ \d+ \w+)<', html)
    cells = re.findall(r'class="day"[^>]*>([^<]*)<', html)
    assert (heads[0], heads[-1]) == (first, last)
    assert cells == heads * 2
    assert html.count(">over<") == len(heads) - 7  # of a day that has not begun here, or is past there


def test_in_seven_days_each_kind_has_its_words_and_many_lines_are_counted() -> None:
    routes = [
        route(LINE, Ring="none", Empty="desk"),
        route(SECOND_LINE, Ring="none", Empty="none"),
        *(route(f"00000000-0000-4000-8000-{number:012}", Ring="reject") for number in range(40)),
    ]

    seen = of(ONCALL, routes)

    assert "all day NO ONE RINGS" in seen.text
    assert "all day spare: Desk" in seen.text
    assert "all day closed on purpose" in seen.text
    assert "2 more lines are not shown: python -m tools.week shows all." in seen.text
    assert ("class", "kind nobody") in seen.attributes


def test_who_the_last_resort_rings_is_said() -> None:
    context = rules([], [route(LINE)])
    spare = Target(TargetKind.PHONE, "+4312345678", "Spare")
    rings = replace(context, last_resort=LastResort(BOT, (spare,)))

    text = Seen(page(report.build_report(SUNDAY, [WELL], rings))).text

    assert "all day last resort: Spare" in text
    assert "last resort" in text[: text.index("Seven days", 200)]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (
            {"called": "emergency", "caller": "+43 664", "at": "2026-12-01T20:00"},
            "At Tuesday 1 December 2026, 20:00 CET, by",
        ),
        ({"called": LINE, "caller": "+4366412349"}, "No one rings: the caller hears busy, as a rule says."),
        ({"called": "Emergancy"}, "did you mean Emergency?"),
        ({"caller": "0664 1234"}, "caller is neither"),
        ({"at": "<soon>"}, "at is not a time"),
    ],
)
def test_the_form_is_answered_and_keeps_what_was_typed(form: dict[str, str], expected: str) -> None:
    context = rules(ONCALL, LINES)
    asked = report.answered(question.parse_form(urlencode(form).encode()), SUNDAY, context)

    seen = Seen(page(report.build_report(SUNDAY, [WELL], context, asked=asked)))

    assert expected in seen.text
    assert all(("value", form[name]) in seen.attributes for name in ("caller", "at") if name in form)


def test_a_problem_names_the_person_and_what_is_worst_for_callers_comes_first() -> None:
    people = [*ONCALL, target("0664 123", "oncall", Name="Cy Falk"), target(BO, "gone", Enabled="no", Hours="x")]

    text = of(people, [*LINES, route(Ring="none", Empty="none", Timeout="x")]).text

    assert "Cy Falk: a phone number must start with +" in text
    problems = text[text.index("Refresh") :].partition("Who rings now")[0]
    order = ["nobody in this list can ring", "Cy Falk", "'x' is not a number", "nobody rings for any other line"]
    assert sorted(order, key=problems.index) == order


def test_many_problems_are_folded() -> None:
    text = of([target(f"0664 {number}") for number in range(1000, 1015)], []).text

    assert "and 5 more" in text


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        (Reject(RejectReason.BUSY, Why.NO_TARGET, "any/any"), "No one rings: the caller hears busy."),
        (
            Reject(RejectReason.NONE, Why.CLOSED, "any/any"),
            "No one rings: the caller is turned away, for the line is closed.",
        ),
        (Leave(Why.NO_TARGET, "any/any"), "No one rings: the caller hears it ring until they give up."),
    ],
)
def test_that_no_one_rings_is_said_as_the_caller_notices_it(decision: Reject | Leave, said: str) -> None:
    assert nobody(decision) == said


def counted_calls(*calls: tuple[str, str], name: str = "PstnAppInstance") -> LastDay:
    counts = LineCounts()
    for line, outcome in calls:
        counts.add(PastCall(SUNDAY, line, name, outcome))
    return LastDay(counts)


@pytest.mark.parametrize(
    ("day", "says"),
    [
        pytest.param(None, "Not read: the table of calls did not answer in time.", id="not-read"),
        pytest.param(LastDay(), "More than 5,000 calls", id="too-many"),
        pytest.param(counted_calls(), "No calls.", id="none"),
    ],
)
def test_where_past_calls_are_not_counted_the_page_says_so(day: LastDay | None, says: str) -> None:
    text = of(ONCALL, LINES, last_day=day).text

    assert text.partition("The last 24 hours")[2].partition("The last 24 hours")[2].startswith(says)


def test_past_calls_are_shown_by_line_and_class() -> None:
    day = counted_calls((LINE, "busy"), (LINE, "answered"), (LINE, "late"), (SECOND_LINE, "closed"), ("", ""))
    text = of(ONCALL, LINES, last_day=day).text

    names = {LINE: f"Zebra ({LINE[:8]})", SECOND_LINE: f"Emergency ({SECOND_LINE[:8]})"}
    for shown in (
        f"{names[LINE]}: 3 calls1 answered, 1 gave up, 1 missed",
        f"{names[SECOND_LINE]}: 1 call1 turned away",
        "PstnAppInstance: 1 call1 unclear",
    ):
        assert shown in text
    assert text.index(names[LINE] + ": 3") < text.index(names[SECOND_LINE] + ": 1")


def test_past_calls_of_many_lines_are_cut_and_those_of_one_line_are_its_own() -> None:
    day = counted_calls(*((f"{number:08x}-0000-4000-8000-000000000000", "busy") for number in range(42)), (LINE, ""))

    assert "3 more lines are not shown." in of(ONCALL, LINES, last_day=day).text
    alone = of(ONCALL, LINES, last_day=day, line=LINE).text
    assert "1 call1 unclear" in alone
    assert "1 missed" not in alone


def test_a_hostile_name_of_a_past_call_is_text() -> None:
    day = counted_calls((BO, "busy"), name=HOSTILE)

    assert "img" not in of(ONCALL, LINES, last_day=day).tags
