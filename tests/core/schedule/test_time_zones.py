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


@pytest.mark.parametrize("text", ["Wien", "Europe", "../Europe/Vienna", "/etc/localtime", "", "Europe/Vienna\0"])
def test_what_is_no_zone(text: str) -> None:
    assert time_zones.time_zone(text) is None


@pytest.mark.parametrize(
    ("text", "example"),
    [
        ("Europe/Wienna", "Europe/Vienna"),
        ("Vienna", "Europe/Vienna"),
        ("new york", "America/New_York"),
        ("W. Europe Standard Time", "Europe/Vienna"),
        ("", "Europe/Vienna"),
    ],
)
def test_a_zone_that_may_have_been_meant_or_an_example(text: str, example: str) -> None:
    assert time_zones.closest_time_zone(text) == example


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
