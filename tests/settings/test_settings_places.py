"""Where the lines are, as the settings say it."""

from datetime import UTC, time, tzinfo
from zoneinfo import ZoneInfo

import pytest

from shared.settings.settings import Settings

NEEDED = {
    "BOT_APP_ID": "24701998-1a73-4d42-8085-bf46ed0ae039",
    "BOT_TENANT_ID": "632899f8-2ea1-4604-8413-27bd2892079f",
    "BOT_CLIENT_SECRET": "made up",
    "TABLES_CONNECTION_STRING": "made up",
    "PUBLIC_BASE_URL": "https://bot.contoso.com",
}


@pytest.mark.parametrize(
    ("said", "zone", "country"),
    [
        pytest.param({}, UTC, "", id="nothing"),
        pytest.param({"TIME_ZONE": "UTC", "HOLIDAY_COUNTRY": ""}, UTC, "", id="what-holds-anyway"),
        pytest.param(
            {"TIME_ZONE": "europe/vienna", "HOLIDAY_COUNTRY": "at"},
            ZoneInfo("Europe/Vienna"),
            "AT",
            id="in-any-letters",
        ),
    ],
)
def test_a_place_is_read(said: dict[str, str], zone: tzinfo, country: str) -> None:
    settings = Settings.from_env(NEEDED | said)

    assert (settings.time_zone, settings.holiday_country) == (zone, country)


def test_a_place_that_is_unknown_is_named_and_stops_nothing() -> None:
    settings = Settings.from_env(NEEDED | {"TIME_ZONE": "Vienna", "HOLIDAY_COUNTRY": "Austria"})

    assert (settings.time_zone, settings.holiday_country) == (UTC, "")
    assert [(one.name, one.why) for one in settings.ignored] == [
        ("TIME_ZONE", "is no time zone; did you mean Europe/Vienna?"),
        (
            "HOLIDAY_COUNTRY",
            "is no country whose public holidays are known: write two letters, as AT",
        ),
    ]


def test_a_time_of_the_day_is_read() -> None:
    assert Settings.from_env(NEEDED | {"MISSED_CALL_DAILY": "07:30"}).missed_call_daily == time(7, 30)
