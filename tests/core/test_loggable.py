"""What may stand in a log line: a list of what is allowed, so that no name and no number has to be recognised."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.known_words import KNOWN_WORDS
from shared.core.loggable import loggable, loggable_text
from tests.support.paths import ROOT

ANNA = "98da8a1a-1b87-452c-a713-65d3f10b1253"
THUMBPRINT = "PuHgLnEM-M1VlxSzy10BT6hF_aE"


@pytest.mark.parametrize(
    "text",
    [
        "neither an object id (8-4-4-4-12 hex digits) nor a phone number starting with +; the row is left out",
        "not like `Mo-Fr 08:00-17:00`; ignored, always on",
        "is not like 2026-12-24 or 2026-12-24T08:00; ignored",
        "rings at most 25; not rung:",
        "BOT_APP_ID is not an id (8-4-4-4-12 hex digits); FALLBACK_TARGETS (entry 2) is missing",
        "body.value[0].resourceData: the call has no plain id",
        "no answer from Graph (ReadTimeout)",
        "HttpResponseError 503",
        "ServiceRequestError",
        "AnswerTooLarge",
        "the app's calls of this month are used up (10,000)",
        "262145 bytes",
        f"no key '{THUMBPRINT}' is published",
        "https://login.microsoftonline.com/error?code=7000215 says what it means",
        "AADSTS7002137",
        f"{ANNA} {ANNA.upper()}",
        "any/anonymous",
        "no_answer",
        "invalid_client",
        "any/+43",
        "",
    ],
)
def test_our_own_words_ids_and_codes_stay(text: str) -> None:
    assert loggable_text(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("+436641234567", "…67", id="a-number"),
        pytest.param("default/+33 6 12 34 56 78", "default/…78", id="a-number-in-pairs"),
        pytest.param("+43\u2013664\u2014123\u2212456", "…56", id="dashes-of-every-kind"),
        pytest.param("\uff0b43664123456", "…56", id="a-wide-plus"),
        pytest.param("+43\u200b664\u200b123\u200b456", "…56", id="invisible-blanks"),
        pytest.param("\u202a+43 664 123456\u202c", "…56…", id="invisible-signs-around-it"),
        pytest.param("+43 (0)664/123.456", "…56", id="brackets-a-slash-and-a-dot"),
        pytest.param("\uff10\uff16\uff16\uff14\uff11\uff12\uff13", "…23", id="wide-digits"),
        pytest.param("\u0660\u0666\u0666\u0664\u0661", "…41", id="arabic-digits"),
        pytest.param("+4312345678 +4398765432", "…78 …32", id="two-numbers"),
        pytest.param("+43\n664\n123", "…23", id="line-ends"),
        pytest.param("0664_12_34", "…34", id="underscores"),
        pytest.param(f"+4312345678 {ANNA}", f"…78 {ANNA}", id="a-number-and-an-object-id"),
        pytest.param(f"{ANNA}/+4312345", f"{ANNA}/…45", id="the-name-of-a-route"),
        pytest.param("any/+431", "any/…31", id="a-beginning-of-three-digits"),
        pytest.param("+4312345678: beyond 25, +4312345679: disabled", "…78: beyond 25, …79: disabled", id="skipped"),
        pytest.param("4:+436641234567", "4:…67", id="an-address-of-the-calling-platform"),
        pytest.param("Anna Berg", "…", id="a-name"),
        pytest.param("Zoë", "…", id="a-letter-beyond-ascii"),
        pytest.param("An\u200bna", "An…", id="a-name-with-an-invisible-blank"),
        pytest.param("sip:anna.berg@example.com", "….com", id="an-address"),
        pytest.param("no such list: 'Anna'; did you mean Bo?", "no such list: '…'; did you mean …?", id="a-quote"),
        pytest.param('the same target as "o\'Brien"; rung once', 'the same target as "o\'…"; rung once', id="quotes"),
        pytest.param("a\r\nb\x1b[31mc\x00\x7f\x9b\u2028d", "a…[31…", id="control-characters"),
        pytest.param("\ud800", "…", id="half-a-character"),
        pytest.param("'AnnaBergAnnaBergAnnaBerg' key", "'…' key", id="a-quote-that-is-no-thumbprint"),
    ],
)
def test_whatever_else_people_wrote_does_not(text: str, expected: str) -> None:
    assert loggable_text(text) == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        pytest.param("call", "Call-1.b", "Call-1.b", id="the-id-of-a-call"),
        pytest.param("call", "+436641234567", "…67", id="what-is-no-id-of-a-call"),
        pytest.param("chain", "57DAB8B1894C409AB240BD8BEAE78896", "57DAB8B1894C409AB240BD8BEAE78896", id="a-chain"),
        pytest.param("chain", "436641234567", "…67", id="a-chain-of-digits"),
        pytest.param("chain", "Anna-Berg", "…", id="a-chain-with-a-name"),
        pytest.param("request_id", "Anna", "…", id="a-request-id-with-a-name"),
        pytest.param("directory", "12345678", "12345678", id="a-fingerprint"),
        pytest.param("message", "12345678", "…78", id="the-same-elsewhere"),
        pytest.param("code", "7505", "7505", id="a-code"),
        pytest.param("code", "UnknownError", "UnknownError", id="a-code-in-a-word"),
        pytest.param("code", "AnnaBerg", "…", id="a-code-with-a-name"),
        pytest.param("provider", "127.0.0.1:12345", "127.0.0.1:12345", id="a-host"),
        pytest.param(
            "places", "flow.py:123 Flow._end < a.py:1 <lambda>", "flow.py:123 Flow._end < a.py:1 <lambda>", id="p"
        ),
        pytest.param("list", "sales night", "sales night", id="a-list-of-known-words"),
        pytest.param("list", "+436641234567", "…1839", id="a-list-named-like-a-number"),
        pytest.param("list", "Anna Berg", "…3dcb", id="a-list-named-like-a-person"),
        pytest.param("list", "…3dcb", "…3dcb", id="a-list-that-was-masked-before"),
        pytest.param("row", "Anna Berg/+436641234567", "…3dcb/…67", id="the-row-of-a-target"),
        pytest.param("row", "any/+4312345", "any/…45", id="the-row-of-a-route"),
        pytest.param("row", "default", "default", id="a-row-without-a-key"),
        pytest.param("caller", "Anna Berg", "…", id="a-caller"),
        pytest.param("caller_kind", "Anna", "…", id="a-kind-that-nobody-knows"),
        pytest.param("message", "on" + " on" * 5_000, "on" + " on" * 666, id="a-long-text"),
    ],
)
def test_a_fact_of_one_form(name: str, text: str, expected: str) -> None:
    assert loggable(name, text) == expected


NAMES = ("call", "message", "route", "caller", "why", "hint", "code", "chain", "request_id", "provider", "places")
SEPARATORS = st.sampled_from(["", " ", "-", ".", "/", " (", ") ", "\u00a0", "\u2013", "\u200b", "\t", "_", "\uff0e"])


@given(
    name=st.sampled_from(NAMES), digits=st.lists(st.sampled_from("0123456789"), min_size=6, max_size=15), data=st.data()
)
def test_however_a_number_is_written_two_digits_are_left(name: str, digits: list[str], data: st.DataObject) -> None:
    written = digits[0] + "".join(data.draw(SEPARATORS) + digit for digit in digits[1:])

    shown = loggable(name, f"default +{written} x")

    assert shown == f"default …{''.join(digits[-2:])} x"


@given(st.text(), st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True), st.text())
def test_a_number_is_never_readable_whatever_stands_around_it(before: str, number: str, after: str) -> None:
    assert number[1:] not in loggable("message", f"{before}{number}{after}")


@given(st.sampled_from(NAMES[1:9]) | st.sampled_from(["list", "row"]), st.text())
def test_whatever_comes_each_word_that_stays_is_known(name: str, text: str) -> None:
    shown = loggable(name, text)

    assert shown.replace("…", "").isascii()
    words = re.findall(r"[^\W\d_]+", re.sub(r"…[0-9a-f]{4}", "", shown))
    assert {word for word in words if word.lower() not in KNOWN_WORDS} == set()


# A sentence of ours that lost a word in the log would puzzle whoever reads it.

_NOT_FOR_LOGS = {"time_zones.py", "time_zone_names.py", "known_words.py", "caller_id.py", "loggable.py"}
_NOT_KNOWN = {"contoso", "jan", "sharedkey"}  # of an example; a month that is a name; what comes before a signature
_SENTENCE = re.compile(r"[A-Za-z,;:] [A-Za-z(]|^ ?[a-z]+ $|[a-z]+ $")
_NAME = re.compile(r"[a-z]+(?:_[a-z]+)+|[A-Z]+(?:_[A-Z]+)+")


def test_every_word_of_our_own_is_known() -> None:
    words = {
        word.lower()
        for path in sorted((ROOT / "shared").rglob("*.py"))
        if path.name not in _NOT_FOR_LOGS and "console" not in path.parts
        for text in _texts(path)
        if _SENTENCE.search(text) or _NAME.fullmatch(text)
        for word in re.findall(r"[A-Za-z]+", text)
    }

    assert " ".join(sorted(words - KNOWN_WORDS - _NOT_KNOWN)) == "", "words for shared/core/known_words.py"
    assert KNOWN_WORDS.isdisjoint({"anna", "berg", "bo", "jan", "contoso"})


def _texts(path: Path) -> Iterator[str]:
    """Give the texts in a source but for docstrings, and patterns, which have backslashes."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield from [] if "\\" in node.value else [node.value]
