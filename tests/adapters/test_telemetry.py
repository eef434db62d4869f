"""One line an event, that a query can parse and that holds nothing personal, whatever the facts are."""

import asyncio
import json
import logging
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.adapters import telemetry
from shared.core.record.record import Outcome, State


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


def said(caplog: pytest.LogCaptureFixture, **facts: object) -> dict[str, Any]:
    """Say one event within an invocation, and read its line back."""
    with caplog.at_level(logging.INFO, telemetry.LOGGER), telemetry.invocation():
        telemetry.event("call.ended", **facts)
    (line,) = lines(caplog)
    return dict(json.loads(line))


def test_an_event_is_one_compact_line_that_begins_with_its_name(caplog: pytest.LogCaptureFixture) -> None:
    said(caplog, call="c-1", targets=3, ms=1.5, cold=False)

    assert lines(caplog) == ['{"event":"call.ended","call":"c-1","targets":3,"ms":1.5,"cold":false}']


def test_what_is_not_known_is_left_out_and_what_is_empty_is_not(caplog: pytest.LogCaptureFixture) -> None:
    assert said(caplog, a=None, b="", c=0, d=False, e={"f": None}) == {
        "event": "call.ended",
        "b": "",
        "c": 0,
        "d": False,
        "e": {},
    }


@pytest.mark.parametrize(
    ("value", "written"),
    [
        pytest.param(datetime(2026, 11, 22, 12, tzinfo=UTC), "2026-11-22T12:00:00+00:00", id="a-time"),
        pytest.param(date(2026, 11, 22), "2026-11-22", id="a-day"),
        pytest.param(State.DONE, "done", id="a-state"),
        pytest.param(Outcome.NO_ANSWER, "no_answer", id="an-outcome"),
        pytest.param({"row": {"day": date(2026, 11, 22), "n": 1}}, {"row": {"day": "2026-11-22", "n": 1}}, id="a-row"),
        pytest.param("on" + " on" * 5000, "on" + " on" * 666, id="a-long-text"),
        pytest.param("no answer from Anna, +436641234567", "no answer from …67", id="what-may-stand-there-alone"),
        pytest.param({"row": {"caller": "Anna Berg"}}, {"row": {"caller": "…"}}, id="what-may-stand-there-within"),
        pytest.param("on\r\noff\x1b[31m\x00\u2028", "on…off…[31…", id="control-characters"),
        pytest.param(b"Anna", "…'", id="bytes"),
        pytest.param(float("nan"), "nan", id="no-number"),
        pytest.param(float("-inf"), "-inf", id="a-number-without-end"),
    ],
)
def test_every_value_is_written_as_json_has_it(caplog: pytest.LogCaptureFixture, value: object, written: Any) -> None:
    assert said(caplog, value=value)["value"] == written


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from("abc"), st.text() | st.integers(-(2**70), 2**70) | st.floats() | st.binary()))
def test_whatever_the_facts_are_it_is_one_line_of_plain_json(
    caplog: pytest.LogCaptureFixture, facts: dict[str, Any]
) -> None:
    caplog.clear()

    said(caplog, **facts)

    (line,) = lines(caplog)
    assert (line.isascii(), line.isprintable()) == (True, True)
    assert set(json.loads(line, parse_constant=pytest.fail)) == {"event", *facts}


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("call.redirected", logging.INFO),
        ("call.ended", logging.INFO),
        ("app.alive", logging.INFO),
        ("caller.refused", logging.WARNING),
        ("storage.away", logging.WARNING),
        ("directory.stale", logging.WARNING),
        ("call.failed", logging.ERROR),
        ("call.unrecorded", logging.ERROR),
        ("directory.emptied", logging.ERROR),
        ("graph.token_failed", logging.ERROR),
        ("settings.wrong", logging.ERROR),
        ("internal.error", logging.ERROR),
    ],
)
def test_the_level_says_whether_someone_must_act(caplog: pytest.LogCaptureFixture, name: str, level: int) -> None:
    with caplog.at_level(logging.INFO, telemetry.LOGGER), telemetry.invocation():
        telemetry.event(name)

    assert [record.levelno for record in caplog.records] == [level]


# Where it goes


def test_outside_of_an_invocation_the_line_goes_to_stdout(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.INFO, telemetry.LOGGER):
        telemetry.event("directory.changed", new="12345678")

    assert capsys.readouterr().out == '{"event":"directory.changed","new":"12345678"}\n'
    assert lines(caplog) == []


def test_a_coroutine_is_an_invocations(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    async def work() -> None:
        telemetry.event("call.ignored")

    with caplog.at_level(logging.INFO, telemetry.LOGGER):
        asyncio.run(work())

    assert (lines(caplog), capsys.readouterr().out) == (['{"event":"call.ignored"}'], "")


def test_an_invocation_ends_with_its_block_also_within_another_and_after_a_fault(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.INFO, telemetry.LOGGER):
        with telemetry.invocation():
            with telemetry.invocation():
                telemetry.event("inner")
            telemetry.event("outer")
        with pytest.raises(LookupError), telemetry.invocation():
            raise LookupError
        telemetry.event("after")

    assert lines(caplog) == ['{"event":"inner"}', '{"event":"outer"}']
    assert capsys.readouterr().out == '{"event":"after"}\n'


def test_the_libraries_keep_their_requests_to_themselves() -> None:
    telemetry.quiet_libraries()

    for name in ("azure.core.pipeline.policies.http_logging_policy", "urllib3.connectionpool", "msal.token_cache"):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)
    assert logging.getLogger(telemetry.LOGGER).isEnabledFor(logging.INFO)


# Faults of our own


def broken(secret: str) -> None:
    raise ValueError(f"the number is {secret}") from LookupError(secret)


def test_a_fault_is_told_by_its_kind_and_its_place_and_never_by_its_text(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, telemetry.LOGGER), telemetry.invocation():
        try:
            broken("+441234567890")
        except ValueError as error:
            telemetry.internal_error(error)

    (line,) = lines(caplog)
    event = json.loads(line)
    assert (event["event"], event["kind"]) == ("internal.error", "ValueError")
    assert event["places"].startswith("test_telemetry.py:")
    assert event["places"].split(" < ")[0].endswith(" broken")
    assert "4567890" not in line
    assert caplog.records[0].exc_info is None


def test_a_fault_that_was_never_raised_has_no_place(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, telemetry.LOGGER), telemetry.invocation():
        telemetry.internal_error(ValueError("+441234567890"))

    assert lines(caplog) == ['{"event":"internal.error","kind":"ValueError","places":""}']
