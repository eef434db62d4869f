"""What a log may hold of a record."""

from dataclasses import replace
from datetime import date

from shared.core.ids import CallId
from shared.core.record import redaction
from shared.core.record.record import CallKey, Outcome, Record, State

ANNA = "98da8a1a-1b87-452c-a713-65d3f10b1253"
RECORD = Record(key=CallKey(date(2026, 11, 22), CallId("call-1")), state=State.DONE)


def test_the_keys_the_state_and_what_is_known() -> None:
    record = replace(RECORD, attempts=2, forwarding=False)

    expected = {"day": date(2026, 11, 22), "call": "call-1", "state": State.DONE, "attempts": 2, "forwarding": False}
    assert redaction.redacted_row(record) == expected


def test_of_numbers_two_digits_and_of_addresses_nothing() -> None:
    record = replace(
        RECORD,
        caller="sip:anna.berg@contoso.com",
        called="+33 6 12 34 56 78",
        route="any/+4312345",
        rung=f"{ANNA} +12345678901",
        skipped="+12345678902: disabled",
        answered_by="4:+12345678903",
    )

    hidden = {
        name: text for name, text in redaction.redacted_row(record).items() if name not in {"day", "call", "state"}
    }

    assert hidden == {
        "caller": "….com",
        "called": "…78",
        "route": "any/…45",
        "rung": f"{ANNA} …01",
        "skipped": "…02: disabled",
        "answered_by": "4:…03",
    }


def test_names_and_microsofts_own_words_stay_out() -> None:
    record = replace(RECORD, called_name="Anna Berg", message="Anna Berg declined")

    assert {"called_name", "message"}.isdisjoint(redaction.redacted_row(record))


def test_a_long_text_is_cut() -> None:
    assert len(str(redaction.redacted_row(replace(RECORD, skipped="on " * 100_000))["skipped"])) == 2_000


def test_a_caller_that_is_a_name_and_a_list_named_like_a_number_stay_out() -> None:
    record = replace(RECORD, caller="Anna Berg", caller_kind="Anna", list="+436641234567", outcome=Outcome.NO_ANSWER)

    row = redaction.redacted_row(record)

    assert (row["caller"], row["caller_kind"], row["list"], row["outcome"]) == ("…", "…", "…1839", "no_answer")
