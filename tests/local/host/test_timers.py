"""The local host's timers: which moments a schedule names, and that what is due runs."""

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.host.timers import UnreadSchedule, schedule, seconds_between
from local.processes import running_host

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)  # a Sunday
APP = """
import azure.functions as func

app = func.FunctionApp()


@app.timer_trigger("timer", "{schedule}", use_monitor=False)
def heartbeat(timer: func.TimerRequest) -> None:
    print('{{"event": "heartbeat.run"}}', flush=True)
"""


@pytest.mark.parametrize(
    ("text", "moment", "matches"),
    [
        pytest.param("* * * * * *", NOON, True, id="always"),
        pytest.param("0 */10 * * * *", NOON, True, id="every-ten-minutes"),
        pytest.param("0 */10 * * * *", NOON.replace(minute=5), False, id="between"),
        pytest.param("0 */10 * * * *", NOON.replace(second=1), False, id="a-second-later"),
        pytest.param("0 10 3-6 * * *", NOON.replace(hour=6, minute=10), True, id="a-range-with-its-end"),
        pytest.param("0 10 3-6 * * *", NOON.replace(hour=7, minute=10), False, id="after-a-range"),
        pytest.param("0 0 8-18/5 * * *", NOON.replace(hour=13), True, id="a-range-with-a-step"),
        pytest.param("0 0 2/5 * * *", NOON, True, id="from-one-on-with-a-step"),
        pytest.param("0 0,30 * * * *", NOON.replace(minute=30), True, id="a-list"),
        pytest.param("0 0 12 22 11 *", NOON, True, id="a-date"),
        pytest.param("0 0 12 23 11 *", NOON, False, id="another-date"),
        pytest.param("0 0 12 * * 0", NOON, True, id="sunday-is-0"),
        pytest.param("0 0 12 * * 7", NOON, True, id="sunday-is-7"),
        pytest.param("0 0 12 * * 1-5", NOON, False, id="weekdays"),
    ],
)
def test_a_schedule_names_its_moments(text: str, moment: datetime, *, matches: bool) -> None:
    assert schedule(text).matches(moment) is matches


@pytest.mark.parametrize(
    "text",
    ["", "* * * * *", "0 0 0 * * MON", "%SCHEDULE%", "60 * * * * *", "0 5-1 * * * *", "*/0 * * * * *", "00:10:00"],
)
def test_a_schedule_that_is_not_read_is_refused(text: str) -> None:
    with pytest.raises(UnreadSchedule):
        schedule(text)


def test_no_second_is_missed_or_comes_twice() -> None:
    looks = [NOON + timedelta(milliseconds=300 * count) for count in range(20)]

    seen = [moment for since, until in itertools.pairwise(looks) for moment in seconds_between(since, until)]

    assert seen == [NOON + timedelta(seconds=count) for count in range(1, 6)]


def test_what_was_due_while_the_machine_slept_is_not_made_up_for() -> None:
    woken = list(seconds_between(NOON, NOON + timedelta(hours=8)))

    assert len(woken) == 60
    assert woken[-1] == NOON + timedelta(hours=8)


def test_a_clock_that_goes_back_runs_nothing() -> None:
    assert list(seconds_between(NOON, NOON - timedelta(hours=1))) == []


def test_a_timer_runs_when_it_is_due(tmp_path: Path) -> None:
    (tmp_path / "function_app.py").write_text(APP.format(schedule="* * * * * *"))

    with running_host({}, app=tmp_path, options=["--timers"]) as host:
        assert host.wait_for_event("heartbeat.run", within=10)
        assert "  heartbeat: timerTrigger * * * * * *" in host.printed


def test_a_timer_whose_schedule_is_not_read_is_named_and_the_host_goes_on(tmp_path: Path) -> None:
    (tmp_path / "function_app.py").write_text(APP.format(schedule="%NIGHT%"))

    with running_host({}, app=tmp_path, options=["--timers"]) as host:
        assert host.wait_until(lambda: any("heartbeat does not run by itself" in line for line in host.log), 10)
        assert host.process.poll() is None
