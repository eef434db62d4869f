"""Hours that mean something else than they look: each says what will happen and how to write what was meant."""

import pytest

from shared.core.schedule.hours_spans import OPEN_END, SUN
from shared.core.schedule.hours_warnings import (
    COMMENT_IS_OPEN,
    NEVER,
    NIGHT_BEFORE_OFF,
    NIGHT_CUT,
    NOT_LAST,
    OFF_IN_FALLBACK,
    REPLACED,
)
from shared.core.schedule.opening_hours import parse_hours


def warnings(text: str, country: str = "AT", days: tuple[str, ...] = ()) -> tuple[str, ...]:
    hours = parse_hours(text, country, days)
    assert not hours.error
    return hours.warnings


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Mo-Su 20:00-06:00; PH off", id="a-holiday"),
        pytest.param("Mo-Fr 20:00-06:00; PH off", id="a-holiday-in-the-week"),
        pytest.param("Mo-Fr 22:00-06:00; Sa off", id="the-day-after-the-last-night"),
        pytest.param("22:00-30:00; Dec 24 off", id="a-date"),
        pytest.param("Mo-Fr 22:00-06:00, Su 22:00-06:00, PH off", id="with-commas"),
        pytest.param("20:00-06:00; easter off", id="a-date-that-moves"),
    ],
)
def test_off_ends_the_night_before_at_midnight(text: str) -> None:
    assert NIGHT_BEFORE_OFF in warnings(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Mo-Su 20:00-06:00; PH 00:00-06:00", id="the-way-that-the-message-names"),
        pytest.param("Mo-Fr 08:00-17:00; PH off", id="no-night"),
        pytest.param("PH off; Mo-Fr 20:00-06:00", id="off-comes-first"),
        pytest.param("Mo-Th 20:00-06:00; Su off", id="no-night-before-it"),
        pytest.param("Mo-Fr 20:00-24:00; PH off", id="a-night-that-ends-at-midnight"),
        pytest.param("20:00-06:00 || PH off", id="behind-a-fallback"),
    ],
)
def test_a_night_that_no_off_ends_is_none(text: str) -> None:
    assert NIGHT_BEFORE_OFF not in warnings(text)


@pytest.mark.parametrize(
    ("text", "is_said"),
    [
        ("Mo-Fr 08:00-12:00; Mo-Fr 13:00-17:00", True),
        ("Mo-Fr 08:00-12:00; Fr 13:00-17:00", True),
        ("08:00-12:00; 13:00-17:00", True),
        ("Mo-Fr 08:00-12:00,13:00-17:00", False),
        ("Mo-Fr 08:00-12:00, Mo-Fr 13:00-17:00", False),
        ("Mo-Fr 08:00-17:00; Fr 08:00-13:00", False),
        ("Mo-Th 08:00-12:00; Fr 13:00-17:00", False),
        ("Mo-Fr 08:00-12:00; Dec 24 13:00-14:00", False),
        ("Mo-Fr 08:00-12:00 || 13:00-17:00", False),
        ("Mo-Fr 20:00-06:00; Sa 10:00-12:00", False),
        ("Mo-Fr 08:00-12:00; Fr off", False),
    ],
)
def test_hours_that_a_later_rule_takes_the_place_of(text: str, *, is_said: bool) -> None:
    assert (REPLACED in warnings(text)) is is_said


@pytest.mark.parametrize("text", ["sunrise-sunset", "Mo-Fr (dawn+01:00)-18:00", "08:00-DUSK"])
def test_the_suns_times_are_not_computed(text: str) -> None:
    assert warnings(text) == (SUN,)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("week 49-53/8 Mo 08:00-10:00", "/8"),
        ("week 02-53/60 Mo 08:00-10:00", "/60"),
        ("2020-2030/20 Mo 08:00-10:00", "/20"),
    ],
)
def test_a_part_that_the_parser_drops_is_named(text: str, part: str) -> None:
    (said,) = warnings(text)

    assert said.startswith(f"`{part}` is not understood")


@pytest.mark.parametrize(
    "text",
    [
        "week 1-53/2 Mo 08:00-10:00",
        "week 1-53/1 Mo 08:00-10:00",
        "Mo-Fr 8:00-12:00, 13:00-17:00",
        "Dec 24, Dec 25 off",
        "Dec 25-26 off",
        "Su[1-2] 10:00-11:00",
        "2026+ Mo 10:00-11:00",
        "Mo-Fr 0:00-24:00",
        "24/7",
        "open",
        "MO-FR 08:00-17:00 open",
        "easter -2 days-easter +1 day off",
        "PH +2 days 10:00-11:00",
        'Mo-Fr 08:00-17:00 "week/8 sunset 10:00+"',
        "Fr-Mo 17:00-08:00",
        "Dec-Feb 10:00-12:00",
        "Su-Sa 10:00-12:00",
        "11:00-02:00",
        "Mo-Fr 00:00-00:00",
        "Mo-Su 16:00-08:00",
        "Feb 29 off",
        "Dec 24-Jan 6 off",
        "Oct-Mar 10:00-12:00",
        "Mo-Fr 00:00-06:00",
        "Mo-Fr 05:00-14:00",
        "Fr 22:00-26:00",
        'Mo-Fr 08:00-17:00 "by appointment"',
        "Jan-Jun off",
        "Mo-Fr off",
        "PH 08:00-10:00",
    ],
)
def test_what_means_what_it_looks_like_gets_no_warning(text: str) -> None:
    assert warnings(text) in {
        (),
        ("a comma and a blank begin another rule, and days alone mean all day: write Mo,We without a blank",),
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Mo-Fr 9:00-5:00", "09:00-05:00 is 20 hours a day, past midnight: write 09:00-17:00 if that is meant"),
        ("Mo-Fr 08:30-04:30", "08:30-04:30 is 20 hours a day, past midnight: write 08:30-16:30 if that is meant"),
        ("12:00-08:00", "12:00-08:00 is 20 hours a day, past midnight: write 12:00-20:00 if that is meant"),
        ("23:00-23:00", "23:00-23:00 is all day and all night: write 00:00-24:00 if that is meant"),
        ("Tu-Mo 10:00-11:00", "Tu-Mo goes around to every day: turn it round?"),
        ("Feb-Jan 10:00-11:00", "Feb-Jan goes around to every month: turn it round?"),
        ("Mo-Fr 10:00+", OPEN_END),
        ("Feb 30 off", "there is no Feb 30"),
        ("Mo-Fr 10:00-11:00/30", "the step of `10:00-11:00/30` counts for nothing: it rings all that time"),
        ("Mo-Fr 10:00-11:00/01:30", "the step of `10:00-11:00/01:30` counts for nothing: it rings all that time"),
        ("Mo-Fr 08:00-17:00 || PH off", OFF_IN_FALLBACK),
        ("Mo-Fr 08:00-17:00 || off", OFF_IN_FALLBACK),
        ("Mo-Fr 12:30-04:30", "12:30-04:30 is 16 hours a day, past midnight: write 12:30-16:30 if that is meant"),
        ("Mo-Fr 13:00-05:00", "13:00-05:00 is 16 hours a day, past midnight: write 13:00-17:00 if that is meant"),
        ("Mo-Fr 1:00-5:00", "01:00-05:00 is in the night: write 13:00-17:00 if that is meant"),
        ("Mo-Fr 8:00-12:00,1:00-5:00", "01:00-05:00 is in the night: write 13:00-17:00 if that is meant"),
        ("Mo-Fr 08:00-48:00", "08:00-48:00 is 40 hours, into the days after: write one time span for each day"),
        ("Dec 26-Dec 24 10:00-11:00", "Dec 26-Dec 24 goes around nearly all the year: turn it round?"),
        ("Jan 6-Jan 2 10:00-11:00", "Jan 6-Jan 2 goes around nearly all the year: turn it round?"),
        ("Mo-Fr 22:00-26:00; Sa 09:00-12:00", NIGHT_CUT),
        ('"by appointment"', COMMENT_IS_OPEN),
        ('Mo-Fr 08:00-17:00 || "by appointment"', COMMENT_IS_OPEN),
        ("24/7; off", NEVER),
        ("Mo-Fr 08:00-17:00; off", NEVER),
        ("Mo-Fr 08:00-17:00; 24/7 off", NEVER),
        ("Mo-Fr 08:00-17:00; Mo-Fr off", NEVER),
        ("Mo-Fr off; Sa-Su off", NEVER),
        ("off", NEVER),
    ],
)
def test_what_it_will_do_and_how_to_write_it(text: str, said: str) -> None:
    assert warnings(text) == (said,)


@pytest.mark.parametrize(
    ("text", "country", "days", "is_said"),
    [
        ("Mo-Fr 08:00-17:00; PH off", "DE", (), True),
        ("Mo-Fr 08:00-17:00; PH off", "CH", (), True),
        ("Mo-Fr 08:00-17:00; PH off", "NZ", (), True),
        ("Mo-Fr 08:00-17:00; PH off", "BA", (), True),
        ("Mo-Fr 08:00-17:00; PH off", "DE", ("2026 Aug 15",), False),
        ("Mo-Fr 08:00-17:00", "DE", (), False),
        ("Mo-Fr 08:00-17:00; PH off", "AT", (), False),
    ],
)
def test_regional_holidays_are_not_in_a_countrys_days(
    text: str, country: str, days: tuple[str, ...], *, is_said: bool
) -> None:
    assert any(f"holidays of all {country}" in said for said in warnings(text, country, days)) is is_said


def test_several_surprises_are_all_said() -> None:
    assert warnings("PH off; Mo-Fr 9:00-5:00") == (
        NOT_LAST,
        "09:00-05:00 is 20 hours a day, past midnight: write 09:00-17:00 if that is meant",
    )
