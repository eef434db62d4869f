"""Times as people, spreadsheets and tools write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.schedule import local_times


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("2026-11-30", "2026-11-30T00:00", "2026-12-01T00:00"),
        ("30.11.2026", "2026-11-30T00:00", "2026-12-01T00:00"),
        ("2026-11-30T08:00", "2026-11-30T08:00", "2026-11-30T08:00"),
        ("2026-11-30 8:00:30", "2026-11-30T08:00:30", "2026-11-30T08:00:30"),
        ("30.11.2026 08:00", "2026-11-30T08:00", "2026-11-30T08:00"),
        ("3. 1. 2027, 8.30 Uhr", "2027-01-03T08:30", "2027-01-03T08:30"),
        ("2026-11-30T24:00", "2026-12-01T00:00", "2026-12-01T00:00"),
        ("2026-11-30T08:00+01:00", "2026-11-30T08:00+01:00", "2026-11-30T08:00+01:00"),
        ("2026-11-30T08:00Z", "2026-11-30T08:00+00:00", "2026-11-30T08:00+00:00"),
        ("20261130", "2026-11-30T00:00", "2026-12-01T00:00"),
        ("2026-W49-1", "2026-11-30T00:00", "2026-12-01T00:00"),
        ("2026/11/30 8:00", "2026-11-30T08:00", "2026-11-30T08:00"),
        ("2026\u201311\u201130 08:00", "2026-11-30T08:00", "2026-11-30T08:00"),
        ("30.11.2026 8 Uhr", "2026-11-30T08:00", "2026-11-30T08:00"),
        ("2026-11-30T08:00:00.0000000Z", "2026-11-30T08:00+00:00", "2026-11-30T08:00+00:00"),
        ("2026-11/30", None, None),
        ("30/11/2026 08:00", None, None),
        ("46356.3333", None, None),
        ("9999-12-31", None, None),
        ("0001-01-01T00:00", None, None),
        ("2026-11-30T24:01", None, None),
        ("1026-11-30", None, None),
        ("1026-11-30T24:00", None, None),
        ("1026-11-30T08:00Z", None, None),
        ("30.11.26", None, None),
        ("11/30/2026", None, None),
        ("tomorrow", None, None),
        ("", None, None),
    ],
)
def test_how_a_time_may_be_written(text: str, begin: str | None, end: str | None) -> None:
    wanted = [one and datetime.fromisoformat(one) for one in (begin, end)]

    assert [local_times.parse_begin(text), local_times.parse_end(text)] == wanted


@given(
    text=st.text(max_size=30)
    | st.datetimes().map(str)
    | st.dates().map(str)
    | st.datetimes(timezones=st.just(UTC)).map(str)
)
def test_no_text_raises(text: str) -> None:
    begins, ends = local_times.parse_begin(text), local_times.parse_end(text)

    assert (begins is None) == (ends is None)
    assert begins is None or ends is None or begins <= ends
