"""Rotas and absences, resolved once, say the same as the rows looked at one by one."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from shared.core.schedule.local_times import moment_of
from shared.core.schedule.rota import Absence, Intervals, Shift, intervals, rota

VIENNA = ZoneInfo("Europe/Vienna")
BEGIN = datetime(2026, 10, 24, tzinfo=UTC)
WALLS = st.integers(0, 200).map(lambda steps: BEGIN.replace(tzinfo=None) + timedelta(minutes=15 * steps))
SHIFTS = st.lists(
    st.builds(
        lambda begins, who, hours: Shift(begins, frozenset(who), hours and begins + timedelta(hours=hours)),
        WALLS,
        st.sampled_from(["a", "b", "c", ""]),
        st.sampled_from([None, None, 2, 7, 30]),
    ),
    unique_by=lambda shift: (shift.begins, shift.ends is None),
)
ABSENCES = st.lists(
    st.builds(
        lambda begins, hours: Absence(begins, hours and begins + timedelta(hours=hours)),
        WALLS,
        st.sampled_from([0.25, 1, 5, 20, None]),
    )
)
MOMENTS = st.integers(-20, 300).map(lambda steps: BEGIN + timedelta(minutes=15 * steps))


def plainly(shifts: list[Shift], now: datetime) -> frozenset[str] | None:
    """Say who is on duty by looking at every shift."""
    begun = [shift for shift in shifts if moment_of(shift.begins, VIENNA) <= now]
    swaps = [shift for shift in begun if shift.ends and now < moment_of(shift.ends, VIENNA)]
    base = [shift for shift in begun if shift.ends is None]
    found = max(swaps or base, key=lambda shift: (moment_of(shift.begins, VIENNA), shift.begins), default=None)
    return found.who if found else None


@given(shifts=SHIFTS, now=MOMENTS)
def test_a_rota_is_what_its_rows_say(shifts: list[Shift], now: datetime) -> None:
    assert rota(shifts, VIENNA).on_duty(now) == plainly(shifts, now)


@given(absences=ABSENCES, now=MOMENTS)
def test_absences_together_are_what_each_of_them_says(absences: list[Absence], now: datetime) -> None:
    found = intervals(absences, VIENNA)

    assert found.contain(now) is any(
        moment_of(one.begins, VIENNA) <= now and (one.ends is None or now < moment_of(one.ends, VIENNA))
        for one in absences
    )
    assert list(found.begins) == sorted(set(found.begins))


def test_what_spring_leaves_out_is_no_absence() -> None:
    leapt_over = Absence(*(datetime(2026, 3, 29, 2, minute) for minute in (15, 45)))  # noqa: DTZ001 - on the wall

    assert intervals([leapt_over], VIENNA) == Intervals((), ())
