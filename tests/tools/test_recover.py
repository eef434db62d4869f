"""Rows out of lines: whatever a log did to them, each comes back whole, but for its numbers."""

import contextlib
import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.data.tables import TableServiceClient
from hypothesis import given
from hypothesis import strategies as st

from local.azurite import Azurite
from local.microsoft.exchange.call_script import IncomingCall
from local.processes import running_host
from shared.adapters import telemetry
from shared.adapters.call_memory import MemoryCalls
from shared.call.journal import Journal
from shared.core.budgets import Budgets
from shared.core.errors import StorageUnavailable
from shared.core.ids import CallId, call_id
from shared.core.loggable import loggable
from shared.core.record.claim_status import StoredRecord
from shared.core.record.record import FACT_NAMES, CallKey, Outcome, Record, State
from tests.support.clock import NOON, MovableClock
from tests.support.nowhere import NOWHERE, STORAGE_NOWHERE
from tests.support.stack import BASE_URL, running_stack
from tools.log_lines import Unreadable, records
from tools.recover import main, recovered

TODAY = NOON.date()
ANNA = "98da8a1a-1b87-452c-a713-65d3f10b1253"
WHOLE = Record(
    key=CallKey(TODAY, CallId("491f0b00-ffff-4bc9-a43e-b226498ec22a")),
    state=State.DONE,
    received_at=NOON,
    claimed_at=NOON + timedelta(microseconds=1),
    owner="22bfd41f-550e-477d-8789-f6f7bd2a5e8b",
    tenant="632899f8-2ea1-4604-8413-27bd2892079f",
    call_tenant="99999999-9999-4999-8999-999999999999",
    called="7629bdce-046c-4903-86b4-a8f718277e1a",
    called_name="Sales",
    caller="+12345678901",
    caller_kind="phone",
    chain_id="b226498e-ffff-4bc9-a43e-491f0b00c22a",
    route="any/+4312345",
    list="sales",
    rung=f"{ANNA} +12345678901",
    skipped="+12345678902: disabled",
    timeout=45,
    forwarding=False,
    directory="0badcafe",
    cold=True,
    gate_ms=0,
    directory_ms=1,
    token_ms=2,
    graph_ms=3,
    redirect_ms=7,
    attempts=2,
    graph_status=202,
    graph_code="8523",
    request_id="2f1a1100-b174-40a0-aba7-0b405e01ed92",
    hint='it says "no", and a \\ too',
    outcome=Outcome.ANSWERED,
    answered_by="+12345678901",
    answered_kind="phone",
    ring_seconds=12,
    seconds=12,
    ended_at=NOON + timedelta(seconds=12),
    code=200,
    subcode=-1,
    message="Ended, by 12345678901.",
)
MASKED = replace(
    WHOLE,
    called_name=None,
    caller="…01",
    route="any/…45",
    rung=f"{ANNA} …01",
    skipped="…02: disabled",
    answered_by="…01",
    message=None,
)


class AwayTable:
    def insert(self, record: Record) -> str | None:
        raise StorageUnavailable(f"no insert of {record.key}")

    def read(self, key: CallKey) -> StoredRecord | None:
        raise StorageUnavailable(f"no read of {key}")

    def replace(self, record: Record, etag: str) -> str | None:
        raise StorageUnavailable(f"no replacement of {record.key} {etag}")


def logged(record: Record) -> str:
    """Give the line that the app writes where the table is away."""
    journal = Journal(AwayTable(), MemoryCalls(), MovableClock(), telemetry.event, Budgets(), lambda: 0.0)
    with contextlib.redirect_stdout(io.StringIO()) as said:
        journal.close(record, None, arrived=0.0)
    return said.getvalue()


def as_csv(text: str) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(["2026-11-22T12:00:00Z", text.strip(), "3"])
    return out.getvalue()


def as_json(text: str) -> str:
    return json.dumps({"timestamp": "2026-11-22T12:00:00Z", "message": text.strip(), "severityLevel": 3})


@pytest.mark.parametrize(
    "wrapped",
    [
        pytest.param(lambda line: line, id="as-the-app-writes-it"),
        pytest.param(lambda line: f"2026-11-22T12:00:00Z [Error] {line.strip()} (sampled)", id="in-other-text"),
        pytest.param(lambda line: json.dumps(json.loads(line), indent=None), id="with-blanks-in-it"),
        pytest.param(as_csv, id="csv"),
        pytest.param(as_json, id="json"),
        pytest.param(lambda line: json.dumps([[line.strip()]], ensure_ascii=False), id="json-of-a-query"),
        pytest.param(lambda line: as_csv(as_json(line)), id="json-in-csv"),
        pytest.param(lambda line: as_json(as_csv(line)), id="csv-in-json"),
        pytest.param(lambda line: as_json(as_json(line)), id="json-in-json"),
        pytest.param(lambda line: as_csv(as_csv(line)), id="csv-in-csv"),
    ],
)
def test_every_column_comes_back_whatever_the_line_is_wrapped_in(wrapped: Any) -> None:
    assert list(records(wrapped(logged(WHOLE)))) == [MASKED]


def test_no_column_was_forgotten() -> None:
    assert [name for name in FACT_NAMES if getattr(WHOLE, name) is None] == []


def test_lines_hold_no_number() -> None:
    line = logged(WHOLE)

    assert [number for number in ("12345678901", "12345678902", "4312345", "Sales") if number in line] == []


texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=40)  # as telemetry writes them
moments = st.datetimes(timezones=st.just(UTC))
whole_numbers = st.integers(-(2**31), 2**31 - 1)
_BY_KIND = {str: texts, int: whole_numbers, bool: st.booleans(), datetime: moments, Outcome: st.sampled_from(Outcome)}


some_names = st.sets(st.sampled_from([name for name in FACT_NAMES if name != "called_name"]), max_size=5)


@st.composite
def some_records(draw: st.DrawFn) -> Record:
    facts: dict[str, Any] = {name: draw(_BY_KIND[type(getattr(WHOLE, name))]) for name in sorted(draw(some_names))}
    key = CallKey(draw(st.dates()), CallId(draw(st.text("aZ09_-.", max_size=20).filter(call_id))))
    return Record(key=key, state=draw(st.sampled_from(State)), **facts)


@given(some_records())
def test_whatever_a_record_holds_its_line_is_read(record: Record) -> None:
    for line in (logged(record), as_csv(logged(record)), as_json(logged(record))):
        (found,) = records(line)

        assert isinstance(found, Record)
        assert (found.key, found.state) == (record.key, record.state)
        for name in set(FACT_NAMES) - {"called_name", "message"}:
            held = getattr(record, name)
            assert getattr(found, name) == (loggable(name, held) if type(held) is str else held)


@given(st.text())
def test_no_line_at_all_is_an_exception(text: str) -> None:
    for line in (text, f'{{"event":"call.unrecorded","row":{text}', f'{{""event"":""call.unrecorded""{text}'):
        assert all(isinstance(found, Record | Unreadable) for found in records(line))


def test_a_text_that_is_too_long_for_a_line_is_cut_and_the_line_is_not() -> None:
    (found,) = records(logged(replace(WHOLE, skipped='"' * 10_000, hint="\\" * 10_000)))

    assert isinstance(found, Record)
    assert (found.skipped, found.hint) == ('"' * 2_000, "\\" * 2_000)
    assert found.ended_at == WHOLE.ended_at


def test_all_that_stand_in_one_line_are_found() -> None:
    other = replace(MASKED, key=CallKey(TODAY, CallId("another")))

    assert list(records(json.dumps([logged(MASKED), logged(other)]))) == [MASKED, other]


def event(**row: object) -> str:
    shortest = {"day": "2026-11-22", "call": "c-1", "state": "done"}
    return json.dumps({"event": "call.unrecorded", "row": shortest | row})


@pytest.mark.parametrize(
    ("line", "why"),
    [
        pytest.param(logged(WHOLE)[:300], "cut off", id="cut-off"),
        pytest.param(as_csv(logged(WHOLE))[:300], "cut off", id="cut-off-in-csv"),
        pytest.param(as_json(logged(WHOLE))[:300], "cut off", id="cut-off-in-json"),
        pytest.param("| where message has 'call.unrecorded'", "not there", id="only-its-name"),
        pytest.param('{"event":"call.unrecorded"}', "no row", id="no-row"),
        pytest.param('{"event":"call.unrecorded","row":[]}', "no row", id="a-list"),
        pytest.param(r'{"\"event"\":"\"call.unrecorded"\","row":{}}', "quotes", id="quotes-of-nobody"),
        pytest.param(event(colour="red"), "colour", id="a-column-of-another-version"),
        pytest.param(event(day="22.11.2026"), "day", id="day"),
        pytest.param(event(day=None), "day", id="no-day"),
        pytest.param(event(call="../targets"), "plain id", id="call"),
        pytest.param(event(call=7), "call", id="no-text"),
        pytest.param(event(state="gone"), "state", id="state"),
        pytest.param(event(outcome="gone"), "outcome", id="outcome"),
        pytest.param(event(attempts="2"), "attempts", id="a-text-for-a-number"),
        pytest.param(event(attempts=True), "attempts", id="a-truth-for-a-number"),
        pytest.param(event(forwarding=1), "forwarding", id="a-number-for-a-truth"),
        pytest.param(event(hint=1), "hint", id="a-number-for-a-text"),
        pytest.param(event(ended_at="soon"), "ended_at", id="moment"),
        pytest.param(event(ended_at="2026-11-22T12:00:00"), "ended_at", id="a-moment-of-no-zone"),
    ],
)
def test_what_cannot_be_read_says_why(line: str, why: str) -> None:
    (found,) = records(line)

    assert isinstance(found, Unreadable)
    assert why in found.why


@pytest.mark.parametrize("line", ["", "{}", '{"event":"call.failed","call":"c-1"}', "call unrecorded"])
def test_other_lines_are_passed_over(line: str) -> None:
    assert list(records(line)) == []


def test_a_masked_number_never_takes_the_place_of_a_real_one() -> None:
    kept = replace(WHOLE, state=State.REDIRECTED, outcome=None, answered_by=None, ended_at=None)

    assert recovered(kept, MASKED, TODAY) == replace(WHOLE, answered_by="…01")


def test_a_record_that_is_further_stays_and_is_filled() -> None:
    kept = Record(key=WHOLE.key, state=State.DONE, outcome=Outcome.BUSY, caller="+12345678901")

    record = recovered(kept, replace(MASKED, state=State.REDIRECTED, outcome=None), TODAY)

    assert (record.state, record.outcome, record.caller) == (State.DONE, Outcome.BUSY, "+12345678901")
    assert record.route == "any/…45"


@pytest.mark.parametrize(
    ("state", "outcome", "day", "expected"),
    [
        pytest.param(State.REDIRECTED, None, TODAY - timedelta(1), (State.REDIRECTED, None), id="it-may-end-yet"),
        pytest.param(State.REDIRECTED, None, TODAY - timedelta(2), (State.DONE, Outcome.UNKNOWN), id="it-is-over"),
        pytest.param(State.FAILED, Outcome.LATE, TODAY - timedelta(9), (State.DONE, Outcome.LATE), id="it-was-late"),
    ],
)
def test_a_row_of_a_day_that_tidy_has_passed_is_closed(
    state: State, outcome: Outcome | None, day: date, expected: tuple[State, Outcome | None]
) -> None:
    lost = Record(key=CallKey(day, CallId("c-1")), state=state, outcome=outcome)

    record = recovered(None, lost, TODAY)

    assert (record.state, record.outcome) == expected


def test_the_end_of_a_call_that_was_closed_already_is_still_taken() -> None:
    day = TODAY - timedelta(2)
    begun = recovered(
        None, replace(MASKED, key=CallKey(day, WHOLE.key.call), state=State.REDIRECTED, outcome=None), TODAY
    )

    ended = recovered(begun, replace(MASKED, key=begun.key), TODAY)

    assert (begun.outcome, ended.outcome) == (Outcome.UNKNOWN, Outcome.ANSWERED)


@pytest.fixture
def tables(server: Azurite) -> Iterator[TableServiceClient]:
    with TableServiceClient.from_connection_string(server.connection_string) as tables:
        tables.delete_table("calls")
        yield tables


def rows(tables: TableServiceClient) -> list[dict[str, Any]]:
    tables.create_table_if_not_exists("calls")
    return [dict(row) for row in tables.get_table_client("calls").list_entities()]


def test_lines_become_rows_and_a_second_time_nothing(
    server: Azurite, tables: TableServiceClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = replace(WHOLE, key=CallKey(TODAY, CallId("another")))
    log = tmp_path / "lines.log"
    log.write_text(f"started\n{logged(WHOLE)}{as_csv(logged(other))}", encoding="utf-8")
    command = ["--connection-string", server.connection_string, str(log)]

    codes = [main(command), main(command)]

    assert codes == [0, 0]
    assert capsys.readouterr().out.splitlines() == [
        "2 new, 0 filled, 0 already there; could not be read: 0",
        "0 new, 0 filled, 2 already there; could not be read: 0",
    ]
    first, second = rows(tables)
    assert (first["RowKey"], second["RowKey"]) == (WHOLE.key.call, "another")
    assert (first["ReceivedAt"], first["Attempts"], first["Cold"], first["Caller"]) == (NOON, 2, True, "…01")


def test_a_row_that_is_there_is_filled_and_keeps_its_numbers(
    server: Azurite, tables: TableServiceClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    day, call = TODAY.isoformat(), WHOLE.key.call
    claimed = {"PartitionKey": day, "RowKey": call, "State": "claimed", "Caller": "+12345678901"}
    tables.create_table("calls").create_entity(claimed)
    log = tmp_path / "lines.log"
    log.write_text(logged(WHOLE), encoding="utf-8")

    code = main(["--connection-string", server.connection_string, str(log)])

    (row,) = rows(tables)
    assert (code, row["State"], row["Caller"], row["Rung"]) == (0, "done", "+12345678901", f"{ANNA} …01")
    assert "1 filled" in capsys.readouterr().out


def test_a_dry_run_writes_nothing(
    server: Azurite, tables: TableServiceClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "lines.log"
    log.write_text(logged(WHOLE), encoding="utf-8")

    code = main(["--connection-string", server.connection_string, "--dry-run", str(log)])

    assert code == 0
    assert rows(tables) == []
    assert capsys.readouterr().out == "would be: 1 new, 0 filled, 0 already there; could not be read: 0\n"


def test_what_could_not_be_read_is_named_and_the_rest_is_written(
    server: Azurite, tables: TableServiceClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "lines.log"
    log.write_text(f"{logged(WHOLE)[:200]}\n{logged(WHOLE)}", encoding="utf-16")

    code = main(["--connection-string", server.connection_string, str(log)])

    said = capsys.readouterr()
    assert (code, len(rows(tables))) == (1, 1)
    assert said.err == f"{log}, line 1: the object is cut off, or is no JSON\n"
    assert said.out == "1 new, 0 filled, 0 already there; could not be read: 1\n"


def piped(lines: str, environment: Mapping[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.recover", *options]
    wanted = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | dict(environment)
    return subprocess.run(  # noqa: S603 - our own command
        command, input=lines, env=wanted, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_tables_are_asked_for_where_none_are_named() -> None:
    ran = piped("", {})

    assert ran.returncode == 2
    assert "--connection-string" in ran.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param(["--connection-string", "rubbish"], "no storage account", id="no-connection-string"),
        pytest.param(["--endpoint", "http://account.table.core.windows.net"], "https://", id="a-token-in-the-clear"),
    ],
)
def test_a_wrong_address_is_said_before_anything_is_read(
    options: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "lines.log"
    log.write_text(logged(WHOLE), encoding="utf-8")

    code = main([*options, str(log)])

    err = capsys.readouterr().err
    assert (code, err.count("\n")) == (2, 1)
    assert said in err


def test_a_file_that_is_not_there_is_named(server: Azurite, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--connection-string", server.connection_string, "nowhere.log"])

    assert (code, capsys.readouterr().err) == (2, "nowhere.log: No such file or directory\n")


def test_a_storage_that_is_away_ends_it_with_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    closed = STORAGE_NOWHERE
    log = tmp_path / "lines.log"
    log.write_text(logged(WHOLE), encoding="utf-8")

    code = main(["--connection-string", closed, str(log)])

    said = capsys.readouterr()
    assert code == 2
    assert "run it again" in said.err
    assert said.out.startswith("0 new")


def test_without_a_sign_in_the_endpoint_cannot_be_opened(tmp_path: Path) -> None:
    az = tmp_path / "az"
    az.write_text("#!/bin/sh\necho 'Please run az login' >&2; exit 1\n", encoding="utf-8")
    az.chmod(0o755)

    ran = piped(logged(WHOLE), {"PATH": str(tmp_path)}, "--endpoint", f"https://{NOWHERE}")

    assert ran.returncode == 2
    assert "az login" in ran.stderr


def test_the_log_of_a_call_without_storage_becomes_its_record(server: Azurite, tables: TableServiceClient) -> None:
    closed = STORAGE_NOWHERE
    with running_stack() as stack:
        settings = {"TABLES_CONNECTION_STRING": closed, "PUBLIC_BASE_URL": BASE_URL, "FALLBACK_TARGETS": ANNA}
        with running_host(stack.microsoft.settings() | settings) as host:
            stack.microsoft.exchange.delivers_to(host.url)
            call = stack.microsoft.exchange.ring(IncomingCall()).wait(20)  # its record is tried until 12 s
            # The second line, of the end, may still be on its way here when Microsoft has its answer.
            assert host.wait_until(lambda: len(host.events("call.unrecorded")) > 1, 10)
            log = "\n".join(host.log + host.printed)

    ran = piped(log, {"TABLES_CONNECTION_STRING": server.connection_string})

    (row,) = rows(tables)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert (row["RowKey"], row["State"], row["Outcome"]) == (call.id, "done", "answered")
    assert (row["Rung"], row["AnsweredBy"], row["List"]) == (ANNA, ANNA, "FALLBACK_TARGETS")
