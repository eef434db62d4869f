"""From and Until, as people write them and as the clock on the wall has them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.schedule import validity

VIENNA = ZoneInfo("Europe/Vienna")


def wall(*parts: int) -> datetime:
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - a wall clock, of as many parts as a case needs


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        pytest.param("2026-12-24", wall(2026, 12, 24), wall(2026, 12, 25), id="a-day-is-included"),
        pytest.param("20261224", wall(2026, 12, 24), wall(2026, 12, 25), id="a-day-that-was-cast-to-a-number"),
        pytest.param("2026-12-24T08:00", wall(2026, 12, 24, 8), wall(2026, 12, 24, 8), id="a-time"),
        pytest.param("2026-12-24 08:00:00", wall(2026, 12, 24, 8), wall(2026, 12, 24, 8), id="a-time-behind-a-blank"),
        pytest.param(
            "2026-12-24T08:00+01:00",
            datetime(2026, 12, 24, 7, tzinfo=UTC),
            datetime(2026, 12, 24, 7, tzinfo=UTC),
            id="a-time-with-its-offset",
        ),
        pytest.param("24.12.2026", None, None, id="a-day-of-another-form"),
        pytest.param("tomorrow", None, None, id="a-word"),
        pytest.param("", None, None, id="nothing"),
        pytest.param("9999-12-31", None, None, id="the-end-of-days"),
        pytest.param("0001-01-01T00:00", None, None, id="the-first-day"),
    ],
)
def test_what_is_read(text: str, begin: datetime | None, end: datetime | None) -> None:
    assert validity.parse_from(text) == begin
    assert validity.parse_until(text) == end


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
    ],
)
def test_a_doubtful_moment_begins_early_and_ends_late(
    moment: datetime, earliest: tuple[int, int], latest: tuple[int, int]
) -> None:
    day = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)

    assert validity.earliest_moment(moment, VIENNA) == day + timedelta(hours=earliest[0], minutes=earliest[1])
    assert validity.latest_moment(moment, VIENNA) == day + timedelta(hours=latest[0], minutes=latest[1])


@given(
    text=st.text(max_size=30)
    | st.datetimes().map(str)
    | st.dates().map(str)
    | st.datetimes(timezones=st.just(UTC)).map(str)
)
def test_no_text_raises(text: str) -> None:
    for moment in (validity.parse_from(text), validity.parse_until(text)):
        if moment is not None:
            assert validity.earliest_moment(moment, VIENNA) <= validity.latest_moment(moment, VIENNA)
