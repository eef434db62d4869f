"""Which ids may go into a URL, a row key or a redirect."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.ids import call_id, guid, number_prefix, object_id, phone_number

ANNA = "98da8a1a-1b87-452c-a713-65d3f10b1253"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("491f0b00-ffff-4bc9-a43e-b226498ec22a", id="a-guid"),
        pytest.param("a", id="one-letter"),
        pytest.param("call_1.part-2", id="dots-and-underscores-inside"),
        pytest.param("9" * 128, id="the-longest"),
    ],
)
def test_a_plain_call_id_is_kept_as_it_is(text: str) -> None:
    assert call_id(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(ANNA.upper(), ANNA, id="a-guid-in-capitals"),
        pytest.param("491F0b00-FFFF-4bc9-a43e-b226498ec22a", "491f0b00-ffff-4bc9-a43e-b226498ec22a", id="mixed"),
        pytest.param("57DAB8B1894C409AB240BD8BEAE78896", "57dab8b1894c409ab240bd8beae78896", id="without-hyphens"),
        pytest.param("Call-1", "Call-1", id="no-guid-keeps-its-case"),
        pytest.param("57DAB8B1-894C409AB240BD8BEAE78896", "57DAB8B1-894C409AB240BD8BEAE78896", id="half-hyphenated"),
    ],
)
def test_a_guid_is_one_call_in_any_letter_case(text: str, expected: str) -> None:
    assert call_id(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(" 491f0b00", id="a-blank-before"),
        pytest.param("491f0b00\n", id="a-line-end-behind"),
        pytest.param("a\r\nHost: evil.example", id="a-header-in-it"),
        pytest.param("a/redirect", id="a-slash"),
        pytest.param("a\\b", id="a-backslash"),
        pytest.param("a%2fb", id="a-percent-sign"),
        pytest.param("..", id="two-dots"),
        pytest.param("a..b", id="two-dots-inside"),
        pytest.param(".a", id="a-dot-before"),
        pytest.param("-a", id="a-hyphen-before"),
        pytest.param("a?x=1", id="a-query"),
        pytest.param("a#b", id="a-fragment"),
        pytest.param("a\x00b", id="a-nul"),
        pytest.param("a\u0661", id="an-arabic-digit"),
        pytest.param("\uff41", id="a-wide-letter"),
        pytest.param("a\ud800", id="half-a-character"),
        pytest.param("a" * 129, id="one-too-long"),
        pytest.param("a" * 10_000, id="far-too-long"),
    ],
)
def test_any_other_call_id_is_refused(text: str) -> None:
    assert call_id(text) is None


@given(st.text())
def test_a_call_id_can_stand_in_a_url_and_a_row_key(text: str) -> None:
    found = call_id(text)

    assert found is None or (re.fullmatch(r"[\w.-]{1,128}", found, re.ASCII) and ".." not in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(ANNA, ANNA, id="as-it-is"),
        pytest.param(f"  {ANNA.upper()}\n", ANNA, id="blanks-and-capitals"),
        pytest.param(ANNA[:-1], None, id="one-digit-short"),
        pytest.param(ANNA + "0", None, id="one-digit-too-many"),
        pytest.param(f"{{{ANNA}}}", None, id="in-braces"),
        pytest.param(ANNA.replace("-", ""), None, id="without-hyphens"),
        pytest.param(ANNA.replace("9", "g"), None, id="not-hexadecimal"),
        pytest.param(ANNA.replace("9", "\u0669"), None, id="arabic-digits"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_an_id_in_lower_case(text: str, expected: str | None) -> None:
    assert (guid(text), object_id(text)) == (expected, expected)


def test_the_nil_guid_is_nobodys() -> None:
    nil = "00000000-0000-0000-0000-000000000000"

    assert (guid(nil), object_id(nil)) == (nil, None)
    assert object_id(f"{nil[:-1]}1") == f"{nil[:-1]}1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("+12345678901", "+12345678901", id="as-it-is"),
        pytest.param(" +43 664 123-45.67 ", "+436641234567", id="blanks-hyphens-dots"),
        pytest.param("+43 (664) 123/4567", "+436641234567", id="brackets-and-a-slash"),
        pytest.param("+43\u00a0664\u00a01234567", "+436641234567", id="blanks-that-do-not-break"),
        pytest.param("\u202a+43 664 1234567\u202c", "+436641234567", id="copied-with-invisible-signs"),
        pytest.param("+43\u200b664\u20111234567", "+436641234567", id="hyphens-that-do-not-break"),
        pytest.param("\uff0b436641234567", "+436641234567", id="a-wide-plus"),
        pytest.param("+1234567", "+1234567", id="seven-digits"),
        pytest.param("+123456789012345", "+123456789012345", id="fifteen-digits"),
        pytest.param("+123456", None, id="six-digits"),
        pytest.param("+1234567890123456", None, id="sixteen-digits"),
        pytest.param("0664123456", None, id="no-country-code"),
        pytest.param("436641234567", None, id="no-plus"),
        pytest.param("++436641234567", None, id="two-pluses"),
        pytest.param("+0436641234567", None, id="a-country-code-of-zero"),
        pytest.param("+43 (0)664 1234567", None, id="a-trunk-zero-in-brackets"),
        pytest.param("+43 ( 0 ) 664 1234567", None, id="a-trunk-zero-and-blanks-in-brackets"),
        pytest.param("+43 (0664) 1234567", None, id="a-trunk-zero-before-the-area-code-in-brackets"),
        pytest.param("+43 664 CALLME", None, id="letters"),
        pytest.param("+43\u0661\u0662\u0663\u0664\u0665\u0666", None, id="arabic-digits"),
        pytest.param("+43664\n1234567", None, id="a-line-end-inside"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_a_phone_number_in_e164(text: str, expected: str | None) -> None:
    assert phone_number(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("+4", "+4", id="one-digit"),
        pytest.param("+43 (664)-12", "+4366412", id="separators"),
        pytest.param("+123456789012345", "+123456789012345", id="a-whole-number"),
        pytest.param("+1234567890123456", None, id="longer-than-any-number"),
        pytest.param("+43 (0)664", None, id="a-trunk-zero-in-brackets"),
        pytest.param("+", None, id="a-plus-alone"),
        pytest.param("43", None, id="no-plus"),
        pytest.param("+43*", None, id="a-wildcard"),
    ],
)
def test_the_beginning_of_a_number(text: str, expected: str | None) -> None:
    assert number_prefix(text) == expected
