"""Opening hours as people write them: what they mean, what surprises in them, and the two doubtful hours of a year."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.schedule import hours_hints as hints
from shared.core.schedule import opening_hours

VIENNA, NEW_YORK, KOLKATA = (ZoneInfo(name) for name in ("Europe/Vienna", "America/New_York", "Asia/Kolkata"))
MONDAY, SATURDAY, SUNDAY = (datetime(2026, 11, day, 12, 0) for day in (23, 21, 22))  # noqa: DTZ001 - wall clocks
NATIONAL_DAY = datetime(2026, 10, 26, 12, 0)  # noqa: DTZ001 - a Monday, and a public holiday in Austria
COMPANY_DAY = ("2026 Nov 23",)
NO_SCHOOL = "school holidays (SH) are not known anywhere: name the days"
CUT = "a later rule ends a night at midnight: write a comma and a blank before it instead of the semicolon"
NOT_LAST = "PH off is not the last rule: a later one wins over it"
NO_COUNTRY = "public holidays (PH) are not known here: set a Country such as AT"
BLANK = "a comma and a blank begin another rule, and days alone mean all day: write Mo,We without a blank"


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute)  # noqa: DTZ001 - a wall clock


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "wall", "is_open"),
    [
        pytest.param("", MONDAY, True, id="nothing-is-always"),
        pytest.param("Mo-Fr 08:00-17:00", MONDAY, True, id="inside"),
        pytest.param("Mo-Fr 08:00-17:00", SATURDAY, False, id="another-day"),
        pytest.param("Mo-Fr 08:00-17:00", local(2026, 11, 23, 17), False, id="the-end-does-not-count"),
        pytest.param("Mo-Fr 08:00-17:00", local(2026, 11, 23, 8), True, id="the-beginning-counts"),
        pytest.param("Mo-Fr 22:00-06:00", local(2026, 11, 21, 5), True, id="over-midnight"),
        pytest.param("Mo-Fr 08:00-17:00; PH off", NATIONAL_DAY, False, id="a-public-holiday"),
        pytest.param("PH off", MONDAY, True, id="only-off-means-always-but-not-then"),
        pytest.param("PH off", NATIONAL_DAY, False, id="and-not-then"),
        pytest.param("Su off", MONDAY, True, id="only-a-day-off"),
        pytest.param("Su off", SUNDAY, False, id="and-not-on-it"),
        pytest.param("Su off; PH off; Dec 24 off", MONDAY, True, id="several-that-are-only-off"),
        pytest.param('Su off "closed; really"', MONDAY, True, id="only-off-with-a-comment"),
        pytest.param("PH off || Su off", MONDAY, True, id="only-off-in-a-fallback"),
        pytest.param("Su off; Mo 10:00-11:00", MONDAY, False, id="not-only-off"),
        pytest.param("PH off; Mo-Fr 08:00-17:00", NATIONAL_DAY, True, id="the-later-rule-wins"),
        pytest.param("off", MONDAY, False, id="off-and-nothing-else-is-never"),
        pytest.param("Mo-Fr 08:00-17:00 unknown", MONDAY, True, id="unknown-is-open"),
        pytest.param(" Mo-Fr  08:00-17:00 ; ", MONDAY, True, id="blanks-and-a-semicolon-are-forgiven"),
        pytest.param("Mo\u2013Fr 08:00\u201417:00", SATURDAY, False, id="dashes-are-forgiven"),
        pytest.param("Mo-Fr 08:00-17:00; ph off", NATIONAL_DAY, False, id="small-ph-is-forgiven"),
        pytest.param("mo-fr 08:00-17:00", SATURDAY, False, id="small-days-are-forgiven"),
        pytest.param("1900-2000 Mo", MONDAY, False, id="a-rule-of-the-last-century"),
    ],
)
def test_what_a_text_means(text: str, wall: datetime, *, is_open: bool) -> None:
    read = opening_hours.parse_hours(text, "AT")

    assert read.open_at(wall) is is_open
    assert read.error == ""


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("Mo-Fr 8-17", f"not like `Mo-Fr 08:00-17:00` (at '8-17': {hints.MINUTES})", id="in-the-middle"),
        pytest.param("Mo-", f"not like `Mo-Fr 08:00-17:00` (at its end: {hints.TO_THE_END})", id="at-its-end"),
        pytest.param("Mo,\u202a\u2066", f"not like `Mo-Fr 08:00-17:00` (at '??': {hints.WORDS})", id="invisible"),
        pytest.param("Mo," * 400, "longer than 1000 characters", id="too-long"),
    ],
)
def test_what_cannot_be_read_is_open_and_says_where(text: str, error: str) -> None:
    read = opening_hours.parse_hours(text)

    assert read.error == f"{error}; ignored, always on"
    assert read.open_at(SUNDAY)
    assert read.next_change(SUNDAY) is None


@pytest.mark.parametrize(
    ("text", "rest", "hint"),
    [
        ("Monday to Friday", "Monday to Friday", hints.WORDS),
        ("Mo,Mi,Fr 08:00-17:00", "Mi,Fr 08:00-17:00", hints.WORDS),
        ("Mo-Fr 08:00-17:00 Uhr", "Uhr", hints.WORDS),
        ("Mo-Fr 08:00-17:00; holidays off", "holidays off", hints.HOLIDAYS),
        ("Mo-Fr 08:00-17:00; Feiertag off", "Feiertag off", hints.HOLIDAYS),
        ("Mo-Fr 08:00-17:00 PH closed", "PH closed", hints.HOLIDAYS),
        ("24x7", "24x7", hints.ALWAYS),
        ("Mo-Fr 24h", "24h", hints.ALWAYS),
        ("always", "always", hints.ALWAYS),
        ("Mo-Fr 9am-5pm", "9am-5pm", hints.TWELVE_HOURS),
        ("Mo-Fr 9 to 5 p.m.", "9 to 5 p.m.", hints.TWELVE_HOURS),
        ("Mo-Fr 9:00-5:00pm", "pm", hints.TWELVE_HOURS),
        ("2026-12-24 off", "2026-12-24 off", hints.DATES),
        ("24.12. off", "24.12. off", hints.DATES),
        ("12/24 off", "12/24 off", hints.DATES),
        ("24. Dezember off", "24. Dezember off", hints.DATES),
        ("Mo-Fr 08:00-12:00 and 13:00-17:00", "and 13:00-17:00", hints.TWO_SPANS),
        ("Mo-Fr 08:00-12:00 & 13:00-17:00", "& 13:00-17:00", hints.TWO_SPANS),
        ("Mo to Fr 08:00-17:00", "to Fr 08:00-17:00", hints.HYPHEN),
        ("Mo-Fr 08:00 bis 17:00", "bis 17:00", hints.HYPHEN),
        ("Fr 08:00-Mo 06:00", "Mo 06:00", hints.SEVERAL_DAYS),
        ("Mo-Fr 0800-1700", "0800-1700", hints.MINUTES),
        ("Mo-Fr 08.00-17.00", "08.00-17.00", hints.MINUTES),
        ("Mo-Fr 08h00-17h00", "08h00-17h00", hints.MINUTES),
        ("Mo-Fr 08:00:00-17:00:00", ":00-17:00:00", hints.MINUTES),
        ("Mo-Fr: 08:00-17:00", ": 08:00-17:00", hints.NO_COLON),
        ("Mo-Fr -17:00", "-17:00", hints.TO_THE_END),
        ("Mo-Fr 08:00-", "", hints.TO_THE_END),
    ],
)
def test_a_text_that_cannot_be_read_is_told_how_to_be_written(text: str, rest: str, hint: str) -> None:
    read = opening_hours.parse_hours(text)

    where = f"at {rest[:20]!r}" if rest else "at its end"
    assert read.error == f"not like `{opening_hours.EXAMPLE}` ({where}: {hint}); ignored, always on"


def test_blanks_around_a_hyphen_mean_nothing() -> None:
    assert str(opening_hours.parse_hours("Mo - Fr 08:00 \u2013 17:00").rules) == "Mo-Fr 08:00-17:00"


@pytest.mark.parametrize(
    ("text", "country", "days", "warnings"),
    [
        pytest.param("Mo-Fr 08:00-17:00; PH off", "AT", (), (), id="none"),
        pytest.param("PH off", "AT", (), (), id="only-off-is-none"),
        pytest.param("Mo-Fr 08:00-17:00; PH off", "", (), (NO_COUNTRY,), id="no-country"),
        pytest.param("Mo-Fr 08:00-17:00; PH off", "", COMPANY_DAY, (), id="the-companys-own-days-are-enough"),
        pytest.param('Mo-Fr 08:00-17:00 "PH off"', "", (), (), id="a-comment-says-nothing"),
        pytest.param("PH off; Mo-Fr 08:00-17:00", "AT", (), (NOT_LAST,), id="not-last"),
        pytest.param("Mo-Fr 08:00-17:00; PH off; Su off", "AT", (), (), id="off-after-off"),
        pytest.param("Mo-Fr 08:00-17:00; PH off || unknown", "AT", (), ("unknown counts as open",), id="a-fallback"),
        pytest.param("PH off; Mo off; PH 10:00-12:00", "AT", (), (NOT_LAST,), id="holidays-twice"),
        pytest.param("Mo-Fr 08:00-17:00; PH, Su off", "AT", (), (NOT_LAST, BLANK)[1:], id="a-blank-in-a-list"),
        pytest.param("Mo-Fr 08:00-12:00, Fr 13:00-17:00", "AT", (), (), id="a-blank-after-times"),
        pytest.param("off", "AT", (), ("never open",), id="never"),
        pytest.param("Mo-Fr 08:00-17:00; SH off", "AT", (), (NO_SCHOOL,), id="school-holidays"),
        pytest.param("Mo-Fr 20:00-06:00; Sa,Su 20:00-08:00", "AT", (), (CUT,), id="a-night-that-is-cut"),
        pytest.param("Sa,Su 20:00-32:00; Mo-Fr 20:00-06:00", "AT", (), (CUT,), id="a-night-that-is-cut-by-the-week"),
        pytest.param("Mo-Fr 20:00-06:00, Sa,Su 20:00-08:00", "AT", (), (), id="a-night-that-is-added-to"),
        pytest.param("Mo-Th 20:00-06:00; Sa 08:00-12:00", "AT", (), (), id="a-night-that-nothing-follows"),
        pytest.param(
            "Mo-Fr 08:00-17:00; Jan-Jun PH off",
            "AT",
            COMPANY_DAY,
            ("the days of the table holidays count only where PH stands first or among days of the week",),
            id="a-rule-that-cannot-take-days",
        ),
    ],
)
def test_what_surprises_is_said(text: str, country: str, days: tuple[str, ...], warnings: tuple[str, ...]) -> None:
    assert opening_hours.parse_hours(text, country, days).warnings == warnings


@pytest.mark.parametrize(
    ("text", "noon"),
    [
        pytest.param("Mo-Fr 08:00-17:00", True, id="nowhere-else"),
        pytest.param("Mo-Fr 08:00-17:00; PH off", False, id="off"),
        pytest.param("Mo-Fr 08:00-17:00; PH 13:00-14:00", False, id="hours-of-their-own"),
        pytest.param("Sa 08:00-17:00; PH 11:00-14:00", True, id="open-on-holidays"),
        pytest.param("Sa,PH 08:00-17:00", True, id="among-days-of-the-week"),
        pytest.param("Mo[1],PH off", False, id="after-a-day-with-a-number"),
        pytest.param("PH off", False, id="only-off"),
        pytest.param("PH off; Mo-Fr 08:00-17:00", True, id="where-a-later-rule-wins"),
        pytest.param('Mo-Fr 08:00-17:00; PH off "a, b; c"', False, id="with-a-comment"),
        pytest.param("Mo-Fr 08:00-17:00, PH off", False, id="in-an-additional-rule"),
        pytest.param("Mo 11:00-13:00, PH 08:00-09:00", True, id="beside-the-rule-that-it-adds-to"),
        pytest.param("Mo-Fr 08:00-17:00; PH +3 days off; PH off", False, id="beside-an-offset"),
        pytest.param("Mo-Fr 08:00-17:00; PH -1 day off", True, id="an-offset-is-of-the-countrys-days-alone"),
        pytest.param("Jan-Jun PH off", True, id="not-in-a-rule-of-months"),
        pytest.param("Mo-Fr 08:00-17:00; Jan-Jan Th[1] -400 days,PH off", True, id="not-where-it-cannot-be-written"),
    ],
)
def test_a_company_holiday_counts_wherever_it_says_ph(text: str, noon: bool) -> None:  # noqa: FBT001 - a table's column
    read = opening_hours.parse_hours(text, "AT", COMPANY_DAY)

    assert read.error == ""
    assert read.open_at(MONDAY) is noon
    assert read.open_at(MONDAY + timedelta(days=1)) is opening_hours.parse_hours(text, "AT").open_at(
        MONDAY + timedelta(days=1)
    )


def test_a_company_holiday_begins_and_ends_at_midnight() -> None:
    read = opening_hours.parse_hours("24/7; PH off", "", COMPANY_DAY)

    assert [read.open_at(local(2026, 11, day, hour, minute)) for day, hour, minute in _AROUND] == [
        True,
        False,
        False,
        True,
    ]


_AROUND = ((22, 23, 59), (23, 0, 0), (23, 23, 59), (24, 0, 0))


@pytest.mark.parametrize(("code", "is_known"), [("AT", True), ("US", True), ("XX", False), ("at", False)])
def test_which_countries_are_known(code: str, *, is_known: bool) -> None:
    assert opening_hours.knows_country(code) is is_known


def seen(text: str, zone: tzinfo, first: datetime, last: datetime) -> list[datetime]:
    """Find the changes by asking every five minutes."""
    steps = [first + timedelta(minutes=5 * step) for step in range(int((last - first) / timedelta(minutes=5)))]
    said = [(at, opening_hours.parse_hours(text).open_at(opening_hours.wall_clock(at, zone))) for at in steps]
    return [at for (_, before), (at, after) in pairwise(said) if before != after]


SPANS = [
    "01:00-02:30",
    "02:30-04:00",
    "01:30-03:00",
    "02:00-03:00",
    "01:00-01:30",
    "02:15-02:45",
    "22:00-06:00",
    "24/7",
]


@pytest.mark.parametrize("text", SPANS)
@pytest.mark.parametrize(
    ("zone", "night"),
    [
        pytest.param(VIENNA, utc(2026, 3, 28, 20), id="vienna-in-spring"),
        pytest.param(VIENNA, utc(2026, 10, 24, 20), id="vienna-in-autumn"),
        pytest.param(NEW_YORK, utc(2026, 3, 8, 1), id="new-york-in-spring"),
        pytest.param(NEW_YORK, utc(2026, 11, 1, 1), id="new-york-in-autumn"),
    ],
)
def test_the_changes_of_the_two_doubtful_nights_are_those_that_happen(text: str, zone: tzinfo, night: datetime) -> None:
    until = night + timedelta(hours=36)

    found = list(opening_hours.changes(opening_hours.parse_hours(text), zone, night, until))

    assert found == seen(text, zone, night, until)


def test_the_hour_that_autumn_has_twice_is_open_twice() -> None:
    found = list(
        opening_hours.changes(
            opening_hours.parse_hours("02:15-02:45"), VIENNA, utc(2026, 10, 24, 22), utc(2026, 10, 25, 22)
        )
    )

    assert found == [
        utc(2026, 10, 25, 0, 15),
        utc(2026, 10, 25, 0, 45),
        utc(2026, 10, 25, 1, 15),
        utc(2026, 10, 25, 1, 45),
    ]


def test_the_hour_that_spring_leaves_out_opens_nothing() -> None:
    found = list(
        opening_hours.changes(
            opening_hours.parse_hours("02:00-03:00"), VIENNA, utc(2026, 3, 28, 23), utc(2026, 3, 29, 22)
        )
    )

    assert found == []


def test_a_change_at_the_very_moment_of_the_shift_is_found() -> None:
    found = list(
        opening_hours.changes(
            opening_hours.parse_hours("00:00-02:30"), VIENNA, utc(2026, 3, 28, 23, 30), utc(2026, 3, 29, 12)
        )
    )

    assert found == [utc(2026, 3, 29, 1)]


def test_changes_begin_after_one_moment_and_end_before_the_other() -> None:
    read = opening_hours.parse_hours("Mo-Fr 08:00-17:00")

    found = list(opening_hours.changes(read, KOLKATA, utc(2026, 11, 20, 11, 30), utc(2026, 11, 24, 2, 30)))

    assert found == [utc(2026, 11, 23, 2, 30), utc(2026, 11, 23, 11, 30)]


def test_another_comment_is_no_change() -> None:
    read = opening_hours.parse_hours('Mo 08:00-12:00 "a", Mo 12:00-17:00 "b"')

    found = list(opening_hours.changes(read, UTC, utc(2026, 11, 23), utc(2026, 11, 24)))

    assert found == [utc(2026, 11, 23, 8), utc(2026, 11, 23, 17)]


def test_what_lies_more_than_a_year_ahead_is_not_looked_for() -> None:
    assert opening_hours.parse_hours("2099 Jan 01").next_change(MONDAY) is None
    assert opening_hours.parse_hours("2027 Jan 01").next_change(MONDAY) == local(2027, 1, 1)


def test_what_never_changes_has_no_changes() -> None:
    assert (
        list(opening_hours.changes(opening_hours.parse_hours("24/7"), VIENNA, utc(2026, 1, 1), utc(2027, 1, 1))) == []
    )
    assert list(opening_hours.changes(opening_hours.parse_hours(""), VIENNA, utc(2026, 1, 1), utc(2027, 1, 1))) == []


PIECES = st.sampled_from(
    re.findall(
        "[^~]+",
        "Mo~Tu~Fr~Su~Mo-Fr~PH~SH~PH +1 day~Mo[1]~, ~,~; ~ || ~-~ ~off~closed~unknown~24/7~Dec 25~2026 Apr 06~1900-2000"
        '~08:00-17:00~22:00-06:00~sunrise-sunset~10:00+~week 1-53/2~easter~"a; b"~"~Jan-Jun~/~[~2026+~\u2013~\ud800',
    )
)
TEXTS = st.text(max_size=60) | st.lists(PIECES, max_size=12).map(" ".join) | st.lists(PIECES, max_size=12).map("".join)


@given(text=TEXTS, country=st.sampled_from(["", "AT"]), days=st.sampled_from([(), COMPANY_DAY]))
def test_no_text_raises(text: str, country: str, days: tuple[str, ...]) -> None:
    read = opening_hours.parse_hours(text, country, days)

    assert isinstance(read.open_at(MONDAY), bool)
    assert len(read.error) < 200
    for at in opening_hours.changes(read, VIENNA, utc(2026, 10, 23), utc(2026, 10, 27)):
        assert utc(2026, 10, 23) < at < utc(2026, 10, 27)


@given(
    text=st.sampled_from(SPANS),
    at=st.datetimes(local(2026, 1, 1), local(2027, 1, 1)),
    zone=st.sampled_from([VIENNA, NEW_YORK]),
)
def test_between_two_changes_nothing_changes(text: str, at: datetime, zone: ZoneInfo) -> None:
    read, start = opening_hours.parse_hours(text), at.replace(tzinfo=UTC)

    for change in opening_hours.changes(read, zone, start, start + timedelta(days=1)):
        before, after = (
            opening_hours.wall_clock(change + step, zone) for step in (timedelta(microseconds=-1), timedelta())
        )
        assert read.open_at(before) != read.open_at(after)
