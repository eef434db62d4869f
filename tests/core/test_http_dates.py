"""The dates in HTTP's headers, the odd ones too: whatever stands there, nothing is raised."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.http_dates import parse_http_date

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        pytest.param("Sun, 22 Nov 2026 12:00:00 GMT", NOON, id="as-it-should-be"),
        pytest.param("Sun, 22 Nov 2026 14:00:00 +0200", NOON, id="elsewhere"),
        pytest.param("Sun, 22 Nov 2026 12:00:00 -0000", NOON, id="an-unknown-place"),
        pytest.param("", None, id="nothing"),
        pytest.param("soon", None, id="no-date"),
        pytest.param("Sun, 31 Feb 2026 12:00:00 GMT", None, id="no-such-day"),
        pytest.param("Sun, 22 Nov 20262026202620262026 12:00:00 GMT", None, id="a-year-of-twenty-digits"),
        pytest.param("Fri, 31 Dec 9999 23:59:59 -1400", None, id="after-the-last-year"),
        pytest.param("Sun, 22 Nov 2026 12:00:00 +999999999999", None, id="a-zone-of-twelve-digits"),
    ],
)
def test_a_date_is_read_or_is_none(text: str, moment: datetime | None) -> None:
    assert parse_http_date(text) == moment


@given(st.text(max_size=60))
def test_no_text_at_all_raises(text: str) -> None:
    moment = parse_http_date(text)

    assert moment is None or moment.tzinfo is UTC
