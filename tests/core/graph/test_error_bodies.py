"""Graph's error bodies and its Retry-After, in every form that they have been seen in."""

import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.core.graph.error_bodies import error_code, request_id, retry_after

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


def error(**members: Any) -> bytes:
    return json.dumps({"error": members}).encode()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(error(code="7505", message="mismatch"), "7505", id="in-the-code"),
        pytest.param(error(code=8522), "8522", id="as-a-number"),
        pytest.param(
            error(code="UnknownError", message='{"errorCode":"7503","message":"not registered"}'),
            "7503",
            id="in-json-inside-the-message",
        ),
        pytest.param(
            error(code="UnknownError", message='{"ErrorCode": 7503}'), "7503", id="as-a-number-in-json-inside"
        ),
        pytest.param(error(code="8522", message='{"message":"no code in here"}'), "8522", id="json-inside-without-one"),
        pytest.param(error(code="8522", message='["7503"]'), "8522", id="a-list-inside"),
        pytest.param(error(code="BadRequest", message="not {json"), "BadRequest", id="a-word"),
        pytest.param(error(code="8522", message="[" * 100_000), "8522", id="deep-nesting-inside"),
        pytest.param(error(code="8522", message="\ud800"), "8522", id="half-a-character-inside"),
        pytest.param(error(code="NotFound", innerError={"code": "8522"}), "8522", id="a-number-in-the-inner-error"),
        pytest.param(error(code="7505", innerError={"code": "NotFound"}), "7505", id="a-word-in-the-inner-error"),
        pytest.param(error(code="", innerError={"code": "NotFound"}), "NotFound", id="the-inner-error-alone"),
        pytest.param(error(code="Call of +436641234567 to Anna"), "", id="a-number-and-a-name"),
        pytest.param(error(code="436641234567"), "", id="a-number"),
        pytest.param(error(code="x436641234567"), "", id="a-number-in-a-word"),
        pytest.param(error(message="no code"), "", id="no-code"),
        pytest.param(error(code=True), "", id="a-boolean"),
        pytest.param(error(code=["7505"]), "", id="a-list"),
        pytest.param(error(code="7505\r\nX: y"), "", id="a-header-in-it"),
        pytest.param(error(code="\x1b[2J"), "", id="a-terminals-escape"),
        pytest.param(error(code="x" * 60), "x" * 60, id="the-longest"),
        pytest.param(error(code="x" * 61), "", id="too-long"),
        pytest.param(b'{"error": "text"}', "", id="an-error-that-is-text"),
        pytest.param(b"[]", "", id="no-object"),
        pytest.param(b"", "", id="nothing"),
        pytest.param(b"<html>", "", id="a-page"),
        pytest.param(b"\xff", "", id="no-text"),
    ],
)
def test_the_code_that_counts(body: bytes, expected: str) -> None:
    assert error_code(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(error(innerError={"request-id": "8f0a-1"}), "8f0a-1", id="where-it-stands"),
        pytest.param(error(innererror={"Request-Id": "8f0a-1"}), "8f0a-1", id="in-another-letter-case"),
        pytest.param(error(innerError={"request-id": "a\r\nb"}), "", id="a-header-in-it"),
        pytest.param(error(innerError={"request-id": "x" * 60}), "x" * 60, id="the-longest"),
        pytest.param(error(innerError={"request-id": "x" * 61}), "", id="too-long"),
        pytest.param(error(innerError=[]), "", id="no-object"),
        pytest.param(b"{", "", id="no-json"),
    ],
)
def test_the_id_that_support_asks_for(body: bytes, expected: str) -> None:
    assert request_id(body) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("3507c8e5-9560-45bc-b034-4c090262635c", "3507c8e5-9560-45bc-b034-4c090262635c"),
        ("\x1b[31m", ""),
        ("Bearer a.b.c", ""),
        ("436641234567", ""),
    ],
)
def test_an_id_of_the_header_is_taken_where_it_looks_like_one(header: str, expected: str) -> None:
    assert request_id(b"", header) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        pytest.param(None, None, id="none"),
        pytest.param("1", 1.0, id="seconds"),
        pytest.param(" 2.5 ", 2.5, id="a-fraction"),
        pytest.param("0", 0.0, id="zero"),
        pytest.param("-1", None, id="negative"),
        pytest.param("1_0", None, id="as-python-writes-a-number"),
        pytest.param("0\x1f", None, id="a-control-character-behind"),
        pytest.param("\x1c1", None, id="a-control-character-before"),
        pytest.param("inf", None, id="infinity"),
        pytest.param("nan", None, id="nan"),
        pytest.param("1e999", None, id="more-than-a-double-holds"),
        pytest.param("Sun, 22 Nov 2026 12:00:07 GMT", 7.0, id="a-date"),
        pytest.param("Sun, 22 Nov 2026 13:00:07 +0100", 7.0, id="a-date-with-an-offset"),
        pytest.param("Sun, 22 Nov 2026 12:00:07 -0000", 7.0, id="a-date-of-no-place"),
        pytest.param("Sun, 22 Nov 2026 11:00:00 GMT", 0.0, id="a-date-that-is-past"),
        pytest.param("soon", None, id="rubbish"),
        pytest.param("", None, id="nothing"),
        pytest.param("Sun, 22 Nov 2026 99:00:00 GMT", None, id="no-such-hour"),
        pytest.param("Sun, 22 Nov 99999999999999999999 12:00:00 GMT", None, id="a-year-of-twenty-digits"),
        pytest.param("Sun, 22 Nov 2026 12:00:00 +99999999999999999999", None, id="an-offset-of-twenty-digits"),
    ],
)
def test_how_long_graph_asks_us_to_wait(header: str | None, expected: float | None) -> None:
    assert retry_after(header, NOW) == expected


@given(
    st.binary()
    | st.dictionaries(
        st.just("error"),
        st.recursive(
            st.text() | st.integers(),
            lambda inner: st.dictionaries(
                st.sampled_from(["code", "message", "errorCode", "innerError", "request-id"]), inner
            ),
        ),
    ).map(lambda body: json.dumps(body).encode())
)
def test_whatever_body_comes_its_code_fits_one_line(body: bytes) -> None:
    assert all(text.isprintable() and len(text) <= 60 for text in (error_code(body), request_id(body)))


DATES = st.from_regex(r"\A(Mon, )?\d{1,3} (Jan|Nov|x) \d{1,22} \d{1,2}:\d\d:\d\d( [+-]\d{1,22}| GMT)?\Z")


@given(st.text() | DATES | st.integers().map(str) | st.floats().map(str))
@example("Sun, 22 Nov 2026 12:00:00 " + "9" * 5000)
def test_whatever_header_comes_the_wait_is_finite_or_unknown(header: str) -> None:
    seconds = retry_after(header, NOW)

    assert seconds is None or (math.isfinite(seconds) and seconds >= 0)
