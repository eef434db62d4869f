"""When a token expires, in the forms that have been met: each is the same moment."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.tokens.token_expiry import with_plain_expiry

NOW = 1_497_970_800.0  # 2017-06-20T15:00:00Z
TWO_HOURS = 7200


def expires(said: dict[str, Any]) -> tuple[object, object]:
    plain = json.loads(with_plain_expiry(json.dumps(said), NOW))
    return plain.get("expires_on"), plain.get("expires_in")


@pytest.mark.parametrize(
    "said",
    [
        1_497_978_000,
        1_497_978_000.0,
        1_497_978_000_000,
        "1497978000",
        " 1497978000 ",
        "1497978000.0",
        "1497978000000",
        "2017-06-20T17:00:00Z",
        "2017-06-20T17:00:00",
        "2017-06-20T17:00:00.1Z",
        "2017-06-20T17:00:00.1234567Z",
        "2017-06-20T17:00:00.123456789+00:00",
        "2017-06-20T19:00:00.1234567+02:00",
        "2017-06-20 17:00:00 +00:00",
        "2017-06-20 17:00:00+00:00",
        "06/20/2017 05:00:00 PM +00:00",
        "6/20/2017 5:00:00 PM +00:00",
        "6/20/2017 5:00:00\u202fPM +00:00",
        "06/20/2017 17:00:00 +00:00",
        "06/20/2017 17:00:00 PM +00:00",
        "06/20/2017 17:00:00.1234567 +00:00",
        "06/20/2017 05:00:00 PM",
        "06/20/2017 07:00:00 PM +02:00",
        "06/20/2017 05:00:00 pm Z",
        "Tue, 20 Jun 2017 17:00:00 GMT",
    ],
)
def test_every_form_is_the_same_moment(said: object) -> None:
    on, lasts = expires({"access_token": "eyJ", "expires_on": said})

    assert on == "1497978000"
    assert lasts == str(TWO_HOURS)


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("09/14/2017 00:00:00 PM +00:00", "1505390400"),
        ("09/14/2017 12:00:00 PM +00:00", "1505390400"),
        ("09/14/2017 12:00:00 AM +00:00", "1505347200"),
        ("09/14/2017 00:00:00 AM +00:00", "1505347200"),
    ],
)
def test_noon_and_midnight_are_told_apart(said: str, moment: str) -> None:
    assert expires({"expires_on": said})[0] == moment


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        pytest.param({"expires_in": 7200}, "7200", id="alone"),
        pytest.param({"expires_in": "7200"}, "7200", id="as-text"),
        pytest.param({"expires_in": 7200.9}, "7200", id="with-a-part"),
        pytest.param({"expires_in": 7200, "expires_on": None}, "7200", id="beside-nothing"),
        pytest.param({"expires_in": 7200, "expires_on": ""}, "7200", id="beside-a-blank"),
        pytest.param({"expires_in": 7200, "expires_on": "tomorrow"}, "7200", id="beside-what-nobody-can-read"),
        pytest.param({"expires_in": 86_400, "expires_on": "1497978000"}, "7200", id="the-shorter-of-two"),
        pytest.param({"expires_in": 3600, "expires_on": "1497978000"}, "3600", id="the-shorter-of-two-again"),
    ],
)
def test_seconds_count_too(said: dict[str, Any], seconds: str) -> None:
    assert expires(said)[1] == seconds


@pytest.mark.parametrize(
    "said", ["tomorrow", "", None, True, [], {}, "nan", float("inf"), "13/20/2017 05:00:00 PM", "9" * 400]
)
def test_what_is_no_moment_is_left_as_it_came(said: object) -> None:
    answer = json.dumps({"access_token": "eyJ", "expires_on": said})

    assert with_plain_expiry(answer, NOW) == answer


@given(st.one_of(st.text(max_size=40), st.floats(), st.integers(), st.none()), st.one_of(st.text(), st.floats()))
def test_no_value_at_all_raises(on: object, lasts: object) -> None:
    with_plain_expiry(json.dumps({"expires_on": on, "expires_in": lasts}), NOW)
