"""Who calls, in every form in which an exchange was seen to write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.caller_id import has_number, is_withheld, number, number_prefix
from shared.core.ids import phone_number

SEATTLE = "+14255550123"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(SEATTLE, id="as-graph-promises-it"),
        pytest.param("tel:+14255550123", id="a-tel-uri"),
        pytest.param("TEL:+1-425-555-0123", id="a-tel-uri-with-separators-in-capitals"),
        pytest.param("tel://+14255550123", id="a-tel-uri-with-slashes"),
        pytest.param("4:+14255550123", id="the-calling-platforms-own"),
        pytest.param("4:14255550123", id="the-calling-platforms-own-without-its-plus"),
        pytest.param("sip:+14255550123@sbc.example.com;user=phone", id="a-sip-uri"),
        pytest.param("SIPS:+14255550123@sbc.example.com:5061;transport=tls;user=phone", id="a-sips-uri-with-a-port"),
        pytest.param("sip:+14255550123;phone-context=example.com@sbc.example.com;user=phone", id="with-parameters"),
        pytest.param("sip:+14255550123?Subject=x", id="a-sip-uri-without-a-host"),
        pytest.param('"Anna" <sip:+14255550123@sbc.example.com>;tag=7', id="a-name-before-it"),
        pytest.param("<tel:+14255550123>", id="in-brackets"),
        pytest.param("callto:tel:+14255550123", id="a-link-of-lync"),
        pytest.param("+14255550123@sbc.example.com", id="a-host-and-no-scheme"),
        pytest.param("14255550123@sbc.example.com", id="a-host-and-no-plus"),
        pytest.param("0014255550123", id="the-international-prefix"),
        pytest.param("00 1 (425) 555-0123", id="the-international-prefix-and-separators"),
        pytest.param("+0014255550123", id="a-plus-and-the-international-prefix"),
        pytest.param("01114255550123", id="north-americas-international-prefix"),
        pytest.param("14255550123", id="digits-only"),
        pytest.param("1 (425) 555-0123", id="digits-and-separators"),
        pytest.param("+14255550123;ext=12", id="an-extension"),
        pytest.param("+1 425 555 0123 ext. 12", id="an-extension-in-words"),
        pytest.param("+1 425 555 0123 (x12)", id="an-extension-in-brackets"),
        pytest.param("+14255550123x12", id="an-extension-in-a-letter"),
        pytest.param("+14255550123,,12#", id="an-extension-after-pauses"),
        pytest.param("+14255550123p12", id="an-extension-after-a-pause-in-a-letter"),
        pytest.param("sip:+14255550123:secret@sbc.example.com", id="a-sip-uri-with-a-password"),
        pytest.param("tel:4255550123;phone-context=+1", id="a-local-number-and-its-context"),
        pytest.param("sip:5550123;phone-context=+1-425@sbc.example.com;user=phone", id="a-context-with-an-area-code"),
        pytest.param("+1.425.555.0123", id="dots"),
        pytest.param("+1\u2011425\u2013555\u20140123", id="hyphens-and-dashes"),
        pytest.param("\u202a+14255550123\u202c", id="invisible-signs-around-it"),
        pytest.param("\u200btel:\u200b+1425\u200b5550123", id="invisible-signs-inside"),
        pytest.param("%2B14255550123", id="a-plus-escaped"),
        pytest.param("tel:%2b1%20425%205550123", id="a-plus-and-blanks-escaped"),
        pytest.param("\uff0b\uff11\uff14\uff12\uff15\uff15\uff15\uff15\uff10\uff11\uff12\uff13", id="wide-digits"),
        pytest.param("+\u0661\u0664\u0662\u0665\u0665\u0665\u0665\u0660\u0661\u0662\u0663", id="arabic-digits"),
        pytest.param("  '+14255550123'\n", id="quotes-and-blanks"),
    ],
)
def test_every_form_of_one_number_is_one_number(text: str) -> None:
    assert (number(text), is_withheld(text), has_number(text)) == (SEATTLE, False, True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("436641234567", "+436641234567", id="digits-only-of-another-country"),
        pytest.param("sip:00441632960123@sbc;user=phone", "+441632960123", id="a-prefix-in-a-sip-uri"),
        pytest.param("011441632960123", "+441632960123", id="dialled-from-north-america"),
    ],
)
def test_numbers_of_other_countries(text: str, expected: str) -> None:
    assert number(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("0664123456", id="a-national-number"),
        pytest.param("2065550123", id="ten-digits-are-seattle-or-egypt"),
        pytest.param("01142345678", id="eleven-digits-after-011-are-sheffield"),
        pytest.param("11312345678", id="eleven-digits-that-are-not-north-america"),
        pytest.param("tel:0664123456;phone-context=+43", id="a-trunk-zero-after-a-context"),
        pytest.param("+43 (0)664 1234567", id="a-trunk-zero-in-brackets"),
        pytest.param("1234", id="an-extension"),
        pytest.param("+911", id="an-emergency-number"),
        pytest.param("+1-800-FLOWERS", id="letters-on-a-telephones-keys"),
        pytest.param("98da8a1a-1b87-452c-a713-65d3f10b1253", id="an-object-id"),
        pytest.param("9" * 300, id="far-too-long"),
    ],
)
def test_what_would_be_a_guess_is_no_number_and_not_withheld_either(text: str) -> None:
    assert (number(text), is_withheld(text), has_number(text)) == (None, False, True)


@pytest.mark.parametrize(
    "text",
    [
        *("Anonymous", "RESTRICTED", "private", "Unavailable", "unknown", "withheld", "Blocked", "Private Number"),
        *("No Caller ID", "no-caller-id", "Out of Area", "not available", "tel:anonymous", "4:Anonymous"),
        pytest.param("sip:anonymous@anonymous.invalid", id="rfc-3323"),
        pytest.param("SIP:Anonymous@Anonymous.Invalid:5060;user=phone", id="rfc-3323-in-capitals"),
        pytest.param('"Anonymous" <sip:c8oqz84zk7z@anonymous.invalid>', id="a-pseudonym-at-the-host-of-rfc-3323"),
        pytest.param("sip:+14255550123@anonymous.invalid;user=phone", id="a-number-at-the-host-of-rfc-3323"),
        pytest.param("sip:unavailable@unknown.invalid", id="3gpp"),
        pytest.param("sip:anonymous@192.0.2.1", id="at-an-exchange"),
        pytest.param("sip:restricted@sbc.example.com;user=phone", id="another-word-at-an-exchange"),
        pytest.param("+266696687", id="anonymous-on-the-keys"),
        pytest.param("7378742833", id="restricted-on-the-keys"),
        pytest.param("+86282452253", id="unavailable-on-the-keys"),
        *("0", "0000000000", "+000"),
        pytest.param("00000000-0000-0000-0000-000000000000", id="nobodys-object-id"),
        pytest.param("\u200bAnonymous\u202c", id="invisible-signs-around-it"),
        pytest.param("\uff21nonymous", id="a-wide-letter"),
    ],
)
def test_whatever_says_withheld_is_withheld(text: str) -> None:
    assert is_withheld(text)


@pytest.mark.parametrize(
    "text",
    ["Anna Berg", "sip:anna.berg@contoso.com;user=phone", "Anna 2", "-", "+", "?", "P", "geheim", "sip:@sbc", ""],
)
def test_a_name_or_a_sign_is_no_number_at_all(text: str) -> None:
    assert (number(text), has_number(text)) == (None, False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("+1425", "+1425", id="as-it-is"),
        pytest.param("001425", "+1425", id="the-international-prefix"),
        pytest.param("tel:+1425", "+1425", id="a-tel-uri"),
        pytest.param("4:+1 425", "+1425", id="the-calling-platforms-own"),
        pytest.param("1425", None, id="digits-only-could-be-any-countrys"),
        pytest.param("0664", None, id="a-national-number"),
        pytest.param("anonymous", None, id="a-word"),
    ],
)
def test_the_beginning_of_a_number_for_a_rule(text: str, expected: str | None) -> None:
    assert number_prefix(text) == expected


@given(st.text() | st.from_regex(r"(sip:|tel:|00|\+)[0-9 .;@<>x,%-]{0,40}"))
def test_whatever_comes_a_number_is_e164_and_reads_as_itself(text: str) -> None:
    found = number(text)

    assert isinstance(is_withheld(text), bool)
    assert found is None or (phone_number(found) == found == number(found) and has_number(text))
