"""Time zones and countries, as people write them."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.schedule import time_zones


@pytest.mark.parametrize("text", ["Europe/Vienna", "europe/vienna", "EUROPE/VIENNA"])
def test_a_zone_in_any_letter_case(text: str) -> None:
    assert time_zones.time_zone(text) == ZoneInfo("Europe/Vienna")


@pytest.mark.parametrize("text", ["UTC", "utc", "Etc/UTC", "Z"])
def test_utc_needs_no_file(text: str) -> None:
    assert time_zones.time_zone(text) is UTC


@pytest.mark.parametrize(
    "text", ["Wien", "Europe", "localtime", "Factory", "../Europe/Vienna", "/etc/localtime", "", "Europe/Vienna\0"]
)
def test_what_is_no_zone(text: str) -> None:
    assert time_zones.time_zone(text) is None


@pytest.mark.parametrize(
    ("text", "example"),
    [
        ("Europe/Wienna", "Europe/Vienna"),
        ("Vienna", "Europe/Vienna"),
        ("new york", "America/New_York"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("GMT+1", "Europe/Vienna"),
        ("UTC-5", "America/New_York"),
        ("Etc/GMT+5", "America/New_York"),
        ("+01:00", "Europe/Vienna"),
        ("+5:30", "Asia/Kolkata"),
        ("+13:00", "Pacific/Tongatapu"),
        ("UTC+5:45", "Asia/Kathmandu"),
        ("UTC-3:30", "America/St_Johns"),
        ("UTC-12", "Europe/Vienna"),
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Amsterdam"),
        ("(UTC-05:00) Eastern Time (US & Canada)", "America/New_York"),
        ("Wien", "Europe/Vienna"),
        ("Z\u00fcrich", "Europe/Zurich"),
        ("Austria", "Europe/Vienna"),
        ("germany", "Europe/Berlin"),
        ("AT", "Europe/Vienna"),
        ("AKST", "America/Anchorage"),
        ("NZDT", "Pacific/Auckland"),
        ("AWST", "Australia/Perth"),
        ("SGT", "Asia/Singapore"),
        ("MSK", "Europe/Moscow"),
        ("China Standard Time", "Asia/Shanghai"),
        ("Turkey Standard Time", "Europe/Istanbul"),
        ("Eastern Time", "America/New_York"),
        ("BST", "Europe/London"),
        ("EST", "America/New_York"),
        ("CET", "Europe/Vienna"),
        ("cest", "Europe/Vienna"),
        ("", "Europe/Vienna"),
    ],
)
def test_a_zone_that_may_have_been_meant_or_an_example(text: str, example: str) -> None:
    assert time_zones.closest_time_zone(text) == example


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("GMT+1", "an offset such as GMT+1 has no daylight saving; write a city: Europe/Vienna"),
        ("+01:00", "an offset such as +01:00 has no daylight saving; write a city: Europe/Vienna"),
        (
            "Etc/GMT+5",
            (
                "Etc/GMT+5 is UTC-5, for its sign is turned round, and has no daylight saving; "
                "write a city: America/New_York"
            ),
        ),
        (
            "Etc/GMT-1",
            "Etc/GMT-1 is UTC+1, for its sign is turned round, and has no daylight saving; write a city: Europe/Vienna",
        ),
        ("BST", "BST is no city, and says nothing of when clocks change; write a city: Europe/London"),
        ("EST", "EST is no city, and says nothing of when clocks change; write a city: America/New_York"),
        ("UTC-12", "an offset such as UTC-12 has no daylight saving; write a city, such as Europe/Vienna"),
        ("Etc/GMT", "Etc/GMT is no city, and says nothing of when clocks change; write a city: Europe/London"),
        ("Greenwich", "Greenwich is no city, and says nothing of when clocks change; write a city: Europe/London"),
        ("GMT0", "GMT0 is no city, and says nothing of when clocks change; write a city: Europe/London"),
        ("Etc/GMT+0", "Etc/GMT+0 is no city, and says nothing of when clocks change; write a city: Europe/London"),
        ("UTC+0", "an offset such as UTC+0 has no daylight saving; write a city: Europe/London, or UTC"),
        (
            "(UTC+01:00) Vienna",
            "an offset such as (UTC+01:00) Vienna has no daylight saving; write a city: Europe/Vienna",
        ),
        ("Europe/Vienna", ""),
        ("UTC", ""),
        ("Nowhere", ""),
    ],
)
def test_a_name_that_is_a_trap_says_why_and_which_city_is_meant(text: str, said: str) -> None:
    assert time_zones.time_zone_trap(text) == said


@pytest.mark.parametrize(
    ("text", "code"),
    [("AT", "AT"), ("at", "AT"), ("XX", None), ("Austria", None), ("", None), ("ÄT", None), ("1T", None)],
)
def test_a_country_by_its_code(text: str, code: str | None) -> None:
    assert time_zones.country(text) == code


@given(text=st.text(max_size=20))
def test_no_text_raises(text: str) -> None:
    assert time_zones.closest_time_zone(text)
    time_zones.time_zone(text)
    time_zones.country(text)
