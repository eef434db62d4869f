"""Foreign JSON, whatever it holds, reads as what it is or as absent."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.json_reader import Json, parse_json
from shared.core.refusals import Unreadable


def test_a_reader_knows_its_path() -> None:
    body = parse_json(b'{"value": [{}, {"resourceData": {"id": 7}}]}')

    second = list(body["value"].items())[1]

    assert second["resourceData"]["id"].path == "body.value[1].resourceData.id"
    assert [member.path for _, member in second.members()] == ["body.value[1].resourceData"]


def test_a_key_is_found_in_any_letter_case_but_its_own_first() -> None:
    body = parse_json(b'{"subCode": 1, "SUBCODE": 2, "State": "x"}')

    assert body["SUBCODE"].value == 2
    assert body["subcode"].value == 1
    assert body["state"].value == "x"


@pytest.mark.parametrize("value", [None, True, 1, 1.5, "text", [], [{"a": 1}]])
def test_what_is_no_object_has_no_members(value: Any) -> None:
    reader = Json(value, "body")

    assert reader["a"].value is None
    assert not list(reader.members())
    assert not reader.is_object


@pytest.mark.parametrize("value", [None, True, 1, 1.5, "text", {}, {"0": 1}])
def test_what_is_no_list_has_no_items(value: Any) -> None:
    reader = Json(value, "body")

    assert not list(reader.items())
    assert not reader.is_list


def test_text_is_text_and_nothing_else() -> None:
    assert Json(" Incoming ", "body").text == " Incoming "
    assert [Json(value, "body").text for value in (None, 1, True, ["a"], {"a": 1})] == [""] * 5


def test_a_word_is_folded() -> None:
    assert Json(" Terminated ", "body").word == "terminated"
    assert Json(7, "body").word == ""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(200, 200, id="a-number"),
        pytest.param(0, 0, id="zero"),
        pytest.param("200", 200, id="a-number-as-text"),
        pytest.param(" -7 ", -7, id="blanks-and-a-sign"),
        pytest.param(True, None, id="true-is-no-number"),
        pytest.param(2.5, None, id="a-fraction"),
        pytest.param("2.5", None, id="a-fraction-as-text"),
        pytest.param("", None, id="no-text"),
        pytest.param("0x10", None, id="not-decimal"),
        pytest.param(None, None, id="nothing"),
        pytest.param([200], None, id="a-list"),
        pytest.param(2**31 - 1, 2**31 - 1, id="the-highest-that-a-cell-holds"),
        pytest.param(-(2**31), -(2**31), id="the-lowest-that-a-cell-holds"),
        pytest.param(2**31, None, id="more-than-a-cell-holds"),
        pytest.param(str(2**31), None, id="more-than-a-cell-holds-as-text"),
        pytest.param(-(2**31) - 1, None, id="less-than-a-cell-holds"),
        pytest.param("9" * 5000, None, id="five-thousand-digits"),
    ],
)
def test_a_whole_number_of_32_bits(value: Any, expected: int | None) -> None:
    assert Json(value, "body").number == expected


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="cut-short"),
        pytest.param(b"\xff\xfe\xff", id="not-utf-8"),
        pytest.param(b"[" * 100_000, id="nested-too-deep"),
        pytest.param(b'{"a":' * 100_000, id="objects-nested-too-deep"),
        pytest.param(b"9" * 5000, id="a-number-of-five-thousand-digits"),
        pytest.param(b"<html></html>", id="a-page"),
    ],
)
def test_what_is_no_json_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable, match="not JSON"):
        parse_json(body)


def test_a_byte_order_mark_does_no_harm() -> None:
    assert parse_json(b'\xef\xbb\xbf{"a": 1}')["a"].value == 1


@given(st.binary())
def test_any_bytes_are_read_or_unreadable(body: bytes) -> None:
    try:
        reader = parse_json(body)
    except Unreadable:
        return

    assert reader.path == "body"
    assert repr(reader.value) == repr(json.loads(body))
