"""From and Until, as people write them and as the clock on the wall has them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.core.schedule import validity

VIENNA = ZoneInfo("Europe/Vienna")


def wall(*parts: int) -> datetime:
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - a wall clock, of as many parts as a case needs


@pytest.mark.parametrize(
    ("at", "early", "late"),
    [
        pytest.param(wall(2026, 12, 24, 7, 59), True, False, id="before"),
        pytest.param(wall(2026, 12, 24, 8), False, True, id="at-the-moment"),
        pytest.param(wall(2026, 12, 24, 8, 1), False, True, id="after"),
    ],
)
def test_a_moment_begins_and_ends_on_the_wall_clock_of_the_zone(at: datetime, *, early: bool, late: bool) -> None:
    moment, now = wall(2026, 12, 24, 8), at.replace(tzinfo=VIENNA)

    assert validity.is_before(moment, now, VIENNA) is early
    assert validity.is_after(moment, now, VIENNA) is late


@pytest.mark.parametrize(
    ("moment", "earliest", "latest"),
    [
        pytest.param(wall(2026, 10, 25, 2, 30), (0, 30), (1, 30), id="the-hour-that-autumn-has-twice"),
        pytest.param(wall(2026, 3, 29, 2, 30), (0, 30), (1, 30), id="the-hour-that-spring-leaves-out"),
        pytest.param(wall(2026, 3, 29, 12), (10, 0), (10, 0), id="any-other"),
        pytest.param(datetime(2026, 10, 25, 2, 30, tzinfo=UTC), (2, 30), (2, 30), id="one-of-its-own-offset"),
    ],
)
def test_a_doubtful_moment_begins_early_and_ends_late(
    moment: datetime, earliest: tuple[int, int], latest: tuple[int, int]
) -> None:
    day = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)

    assert validity.earliest_moment(moment, VIENNA) == day + timedelta(hours=earliest[0], minutes=earliest[1])
    assert validity.latest_moment(moment, VIENNA) == day + timedelta(hours=latest[0], minutes=latest[1])
