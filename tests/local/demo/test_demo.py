"""`make run` and `make ring`: what is drawn, and that all of it comes up, plays, and goes away."""

import itertools
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import requests

from local import ring
from local.demo import __main__ as run
from local.demo import menu, records
from local.demo.brief import brief
from local.demo.examples import EXAMPLES, LINES, SAMPLE, went_as_expected
from local.demo.stack import Ports, PortTaken
from local.demo.tables import SEED, read_csv
from local.demo.terminal import WIDTH, draw
from local.demo.timeline import Happening, timeline
from local.microsoft.exchange.call_script import BOT
from local.processes import PROJECT, Running, free_port, running
from shared.core.directory import reader
from shared.core.ids import AppId

FIRST, SECOND = "98da8a1a-1b87-452c-a713-65d3f10b1253", "bf5aae9a-d11d-47a8-93b1-782504c9c3f3"
CALL = "f2ab8f91-0000-4000-8000-000000000000"
ADDRESS = f"https://bot.contoso.com/api/calls/2026-11-22/{CALL}"
TARGETS = {FIRST: {"Name": "test user", "Kind": "user"}, SECOND: {"Name": "test user 2", "Kind": "user"}}
RECORD = {
    "PartitionKey": "2026-11-22",
    "RowKey": CALL,
    "State": "done",
    "Outcome": "answered",
    "Caller": "ec040873-8235-45fd-a403-c7259a5a548e",
    "CallerKind": "user",
    "Route": "5a1e5000-0000-4000-8000-000000000001/any",
    "List": "sales",
    "Rung": f"{FIRST} {SECOND}",
    "Forwarding": False,
    "AnsweredBy": SECOND,
    "RedirectMs": 14,
    "GateMs": 1,
    "DirectoryMs": 9,
    "TokenMs": 0,
    "GraphMs": 3,
    "Attempts": 1,
}
ANSWERED = [
    Happening(0.1, "rang", {"caller": "user", "called": LINES["sales"].id}),
    Happening(
        17.2,
        "redirected",
        {
            "targets": [FIRST, SECOND],
            "routingPolicies": ["disableForwarding"],
            "callbackUri": ADDRESS,
            "requestId": "r",
        },
    ),
    Happening(17.3, "ringing", {"target": FIRST}),
    Happening(17.3, "ringing", {"target": SECOND}),
    Happening(23.0, "notified", {"form": "legacy", "status": 202, "took": 22.6}),
    Happening(2017.0, "pickedUp", {"by": SECOND}),
    Happening(2017.1, "ended", {"how": "answered"}),
    Happening(2030.0, "told", {"to": ADDRESS, "form": "entra-v2", "status": 202, "took": 12.9}),
]
DRAWN = """\
     0 ms rings      user ec040873… calls sales (5a1e5000…)
     0 ms notified   POST /api/calls, signed as legacy; 202 after 23 ms
    14 ms decided    route 5a1e5000…/any -> list sales
                     gate 1 ms, directory 9 ms, token 0 ms, Graph 3 ms
    17 ms redirected to 2 at once: test user (user 98da8a1a…), test user 2 (user
                     bf5aae9a…)
                     timeout 60 s, Graph's own; routingPolicies
                     disableForwarding
                     callbackUri
                     https://bot.contoso.com/api/calls/2026-11-22/f2ab8f91…
    17 ms ringing    test user (user 98da8a1a…)
    17 ms ringing    test user 2 (user bf5aae9a…)
  2017 ms picks up   test user 2 (user bf5aae9a…)
  2017 ms ended      answered
  2017 ms notified   POST /api/calls/2026-11-22/f2ab8f91… (entra-v2):
                     terminated; 202 after 13 ms"""


def unwrapped(text: str) -> str:
    return re.sub(r"\n {21}", " ", text)


def drawn(happenings: Sequence[Happening], record: dict[str, Any] | None = None, *, colour: bool = False) -> str:
    return "\n".join(draw(one, colour=colour) for one in timeline(happenings, record, TARGETS))


def test_an_answered_call_is_told_from_ring_to_end() -> None:
    assert drawn(ANSWERED, RECORD) == DRAWN


def test_a_call_without_a_record_is_told_all_the_same() -> None:
    told = drawn(ANSWERED)

    assert "somebody calls sales" in told
    assert "decided" not in told


def test_later_happenings_only_add_lines() -> None:
    answered = next(place for place, one in enumerate(ANSWERED) if one.what == "notified") + 1

    timelines = [timeline(ANSWERED[:length], RECORD, TARGETS) for length in range(answered, len(ANSWERED) + 1)]

    assert all(shorter == longer[: len(shorter)] for shorter, longer in itertools.pairwise(timelines))


def told_briefly(happenings: Sequence[Happening], record: dict[str, Any] | None = None) -> list[str]:
    return unwrapped("\n".join(draw(one, colour=False) for one in brief(happenings, record, TARGETS))).splitlines()


def test_a_call_is_told_in_four_lines_where_nobody_asks_for_more() -> None:
    assert told_briefly(ANSWERED, RECORD) == [
        "     0 ms rings      user ec040873… calls sales",
        "    14 ms decided    list sales rings: test user and test user 2; nobody is left out",
        "    17 ms redirected Graph takes it; 2 ring at once",
        "  2017 ms ended      answered by test user 2",
    ]
    assert len(told_briefly(ANSWERED)) == 3  # without a record nobody knows what was decided


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        ({"Skipped": f"{FIRST}: disabled, +4312345: away"}, "left out: test user: disabled, +4312345: away"),
        ({"Rung": SECOND}, "list sales rings: test user 2; nobody"),
        ({"Rung": f"{FIRST} " * 6}, "test user, test user, test user, test user and 2 more; nobody"),
        ({"Rung": "", "List": None}, "nobody rings; nobody is left out"),
        (
            {"Rung": None, "Skipped": f"{CALL}: outside its hours"},
            "nobody rings; left out: f2ab8f91…: outside its hours",
        ),
    ],
)
def test_who_rings_and_who_does_not_is_told_briefly(columns: dict[str, Any], text: str) -> None:
    assert text in told_briefly(ANSWERED, RECORD | columns)[1]


@pytest.mark.parametrize(
    ("what", "facts", "text"),
    [
        ("redirected", {"targets": [FIRST]}, "redirected Graph takes it; it rings there"),
        ("rejected", {"reason": "busy"}, "rejected   Graph takes it: reason busy"),
        ("refused", {"operation": "redirect", "status": 404}, "refused    Graph answers 404 to the redirect"),
        ("ended", {"how": "noAnswer", "code": 487, "subcode": 10004}, "ended      nobody picked up in time"),
        ("ended", {"how": "answered"}, "ended      answered"),
    ],
)
def test_what_went_otherwise_is_told_briefly(what: str, facts: dict[str, Any], text: str) -> None:
    assert [line[10:] for line in told_briefly([Happening(5.0, what, facts)])] == [text]


def test_later_happenings_only_add_lines_to_what_is_told_briefly() -> None:
    tellings = [told_briefly(ANSWERED[:length], RECORD) for length in range(5, len(ANSWERED) + 1)]

    assert all(longer[: len(shorter)] == shorter for shorter, longer in itertools.pairwise(tellings))


@pytest.mark.parametrize(
    ("what", "facts", "text"),
    [
        ("rejected", {"reason": "busy", "requestId": "r"}, "rejected   reason busy"),
        (
            "refused",
            {"operation": "redirect", "status": 404, "code": "8522"},
            "refused    Graph answers 404 8522 to the redirect",
        ),
        ("declined", {"target": SECOND}, "declined   test user 2 (user bf5aae9a…)"),
        ("busy", {"target": "+12345678901"}, "busy       phone +12345678901"),
        ("ended", {"how": "noAnswer", "code": 487, "subcode": 10004}, "nobody picked up in time (487/10004)"),
        ("ended", {"how": "hungUp", "code": 487, "subcode": 0}, "the caller hung up (487/0)"),
        (
            "told",
            {"to": ADDRESS, "form": "entra-v1", "error": "ConnectionError"},
            "(entra-v1): terminated; no answer:",
        ),
        ("lost", {"notification": "told"}, "lost       notification told"),
        (
            "redirected",
            {"targets": [FIRST], "timeout": 20, "callbackUri": ADDRESS},
            "timeout 20 s; routingPolicies none: their own forwarding stays on",
        ),
    ],
)
def test_each_happening_has_its_words(what: str, facts: dict[str, Any], text: str) -> None:
    assert text in unwrapped(drawn([Happening(5.0, what, facts)]))


def test_a_caller_without_a_number_is_called_anonymous() -> None:
    record = {name: value for name, value in RECORD.items() if not name.startswith("Caller")}

    assert "an anonymous caller calls sales" in drawn(ANSWERED, record)


def test_attempts_and_skipped_targets_are_told() -> None:
    record = RECORD | {"Attempts": 4, "RedirectMs": 2010, "Skipped": f"{FIRST}: disabled"}
    late = [Happening(2017.2 if one.what == "redirected" else one.ms, one.what, one.facts) for one in ANSWERED]

    told = unwrapped(drawn(late, record))

    assert "list sales; skipped 98da8a1a…: disabled" in told
    assert "Graph 3 ms; 4 attempts" in told
    assert "    17 ms decided" in told  # before the pauses between the attempts


def test_colour_is_only_where_it_is_wanted() -> None:
    assert "\x1b[" in drawn(ANSWERED, RECORD, colour=True)
    assert "\x1b" not in drawn(ANSWERED, RECORD)


def test_nothing_is_wider_than_a_terminal() -> None:
    record = RECORD | {"Message": "m" * 300, "Skipped": f"{FIRST}: disabled, " * 9, "Rung": f"{FIRST} " * 25}
    many = [Happening(9.0, "redirected", {"targets": [FIRST, SECOND] * 12, "callbackUri": ADDRESS})]
    connection = f"DefaultEndpointsProtocol=http;AccountKey={'k' * 88};TableEndpoint=http://127.0.0.1:10002/account;"

    texts = [
        drawn([*ANSWERED, *many], record),
        *records.record(record, colour=False),
        *records.rows("calls", [record], colour=False),
        *menu.header(Ports(), "http://127.0.0.1:7090/#" + "a" * 32, colour=False),
        *menu.parts(Ports(), {"targets": 4, "routes": 3}),
        *menu.stays_up(None, colour=False),
        *menu.stays_up(Path("/folder"), colour=False),
        *menu.next_steps(Ports(), SAMPLE, colour=False),
        *menu.all_steps(Ports(), SAMPLE, connection, Path("app.log"), colour=False),
    ]

    assert [text for text in "\n".join(texts).splitlines() if len(text) > WIDTH] == []


def test_who_was_rung_is_shown_whole() -> None:
    shown = "\n".join(records.record(RECORD | {"Rung": f"{FIRST} {SECOND}"}, colour=False))

    assert f"Rung         {FIRST}\n               {SECOND}\n" in shown


def test_a_table_has_the_columns_that_its_rows_fill_and_names_its_lines() -> None:
    line = LINES["sales"].id
    rows = [
        {"PartitionKey": line, "RowKey": "any", "Ring": "sales", "Hours": "Mo-Fr 08:00-17:00", "Closed": "night"},
        {"PartitionKey": "any", "RowKey": "+43", "Ring": "", "Hours": "", "Note": "mine"},
    ]

    assert records.rows("routes", rows, colour=False) == [
        "routes",
        "  PartitionKey  RowKey  Ring   Hours              Closed",
        "  sales         any     sales  Mo-Fr 08:00-17:00  night",
        "  any           +43",
    ]
    assert records.rows("holidays", [], colour=False) == ["holidays", "  (none)"]


def test_an_example_is_told_in_one_line() -> None:
    assert records.summary(2, EXAMPLES[2].title, RECORD) == (
        "  2  two users at once; the second picks up   answered   redirected in 14 ms"
    )


def test_a_record_shows_what_it_has_and_no_more() -> None:
    shown = records.record({"PartitionKey": "2026-11-22", "RowKey": CALL, "State": "claimed"}, colour=False)

    assert shown == [f"  its record: calls / 2026-11-22 / {CALL}", "  State        claimed"]
    assert records.record(None, colour=False) == ["  no record of this call"]


def test_the_commands_name_the_ports_that_are_not_the_usual_ones() -> None:
    usual, others = (
        "\n".join(
            [
                *menu.next_steps(ports, SAMPLE, colour=False),
                *menu.all_steps(ports, SAMPLE, "", Path("app.log"), colour=False),
            ]
        )
        for ports in (Ports(), Ports(1, 2, 3, 4))
    )

    assert "-port" not in usual
    assert others.count('make ring ARGS="--list --host-port 1 --microsoft-port 2 --tables-port 4"') == 2
    assert "curl -i http://127.0.0.1:1/api/calls" in others


def test_an_address_to_open_comes_first() -> None:
    header = menu.header(Ports(), "http://127.0.0.1:7090/#a", colour=False)

    assert header[1].strip() == menu.pages(Ports(), "http://127.0.0.1:7090/#a")[0][0]
    assert "http://127.0.0.1:7071/api/check" in "\n".join(header)


def test_the_whole_menu_sets_what_the_commands_read() -> None:
    lines = "\n".join(menu.all_steps(Ports(), SAMPLE, "x" * 200, Path("app.log"), colour=False))
    shell = (
        lines[lines.index("export TABLES") : lines.index("# who would ring")]
        + 'printf %s "$AZURE_STORAGE_CONNECTION_STRING"'
    )
    ran = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True)  # noqa: S603, S607 - whichever sh

    assert ran.stdout == "x" * 200
    assert [lines.index(words) for words in ("tools.who", "tools.tables import", "make ring")] == sorted(
        lines.index(words) for words in ("tools.who", "tools.tables import", "make ring")
    )


def test_a_command_that_goes_over_two_lines_is_one_to_the_shell() -> None:
    lines = "\n".join(menu.all_steps(Ports(1, 2, 3, 4), SAMPLE, "", Path("app.log"), colour=False))
    command = lines[lines.index('make ring ARGS="--set targets') : lines.index('make ring ARGS="--set routes')]

    shell = f"make() {{ printf '%s|' \"$@\"; }}\n{command}"
    ran = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True)  # noqa: S603, S607 - whichever sh

    assert ran.stdout == (
        f"ring|ARGS=--set targets sales {FIRST} Enabled=false --host-port 1 --microsoft-port 2 --tables-port 4|"
    )


def test_the_seed_fills_every_column_on_every_row_and_has_no_mistake() -> None:
    tables = {name: read_csv((SEED / f"{name}.csv").read_text(encoding="utf-8")) for name in ("targets", "routes")}

    directory = reader.read_directory(tables["targets"], tables["routes"], AppId(BOT))

    assert directory.problems == ()
    assert {line.id for line in LINES.values()} == directory.lines
    assert all(len({frozenset(row) for row in found}) == 1 for found in tables.values())


def test_a_seed_file_keeps_the_types_that_it_names() -> None:
    head = "PartitionKey,RowKey,Name,Name@type,Order,Order@type,Enabled,Enabled@type"
    text = f"{head}\nduty,+4312345,007,String,7,Int32,false,Boolean"

    assert read_csv(text) == [
        {"PartitionKey": "duty", "RowKey": "+4312345", "Name": "007", "Order": 7, "Enabled": False}
    ]


def test_an_example_is_held_to_who_rang_and_how_it_ended() -> None:
    good = {**EXAMPLES[2].expected, "Caller": "whoever"}

    assert went_as_expected(EXAMPLES[2], good)
    assert not went_as_expected(EXAMPLES[2], good | {"AnsweredBy": FIRST})
    assert not went_as_expected(EXAMPLES[2], {})


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ("", {"called": LINES["sales"].called}),
        ("--line duty --busy", {"called": LINES["duty"].called, "everyone": "busy", "phones": {}}),
        (
            "--caller +436641234567 --nobody --hang-up-after 5",
            {
                "called": LINES["sales"].called,
                "caller": "+436641234567",
                "everyone": "silent",
                "phones": {},
                "hangsUpAfter": 5.0,
            },
        ),
        ("--caller +43(664)123-45.67", {"called": LINES["sales"].called, "caller": "+436641234567"}),
        (f"--caller {FIRST.upper()}", {"called": LINES["sales"].called, "caller": FIRST}),
        ("--form entra-v1", {"called": LINES["sales"].called, "form": "entra-v1"}),
        ("--caller anonymous", {"called": LINES["sales"].called, "caller": {"kind": "phone", "id": ""}}),
        ("--example 3 --answer-after 0", dict(EXAMPLES[3].asked) | {"everyone": {"picksUp": 0.0}, "phones": {}}),
    ],
)
def test_what_is_asked_for_is_what_the_exchange_is_told(options: str, asked: dict[str, Any]) -> None:
    assert ring.call(ring.parser().parse_args(options.split())) == asked


@pytest.mark.parametrize("caller", ["abc", "06641234567", "436641234567", "+43", "+0436641234567", "", "+43 664 CALL"])
def test_a_caller_that_is_no_number_is_refused(caller: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        ring.parser().parse_args(["--caller", caller])

    assert ended.value.code == 2
    assert "neither a number with + and the country code" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", ["calls a b", "targets a", "targets a b c", "targets a b =c", "targets a b=c", "people a b c=d"]
)
def test_an_edit_that_is_none_is_refused(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        ring.main(["--set", *words.split()])

    assert ended.value.code == 2
    assert "--set takes targets, routes, holidays" in capsys.readouterr().err


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "inf", "fast"])
def test_a_speed_that_is_none_is_refused(speed: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run.main([f"--speed={speed}", "--once", *free_ports()])

    assert ended.value.code == 2
    assert "argument --speed: " in capsys.readouterr().err


def test_a_port_that_two_parts_are_to_have_is_refused() -> None:
    port = free_port()

    with pytest.raises(PortTaken, match=f"Port {port} .*--tables-port"):
        Ports(port, 0, 0, port, 0).chosen()


# From here on the whole of it runs.


def free_ports() -> list[str]:
    return [f"--{name}-port=0" for name in ("page", "host", "microsoft", "login", "tables")]


def demo(*options: str, ready: str = "(It stays up)") -> AbstractContextManager[Running]:
    environment = {name: os.environ[name] for name in ("AZURITE_TABLE",) if name in os.environ}
    return running([sys.executable, "-m", "local.demo", "--speed", "20", *options], environment, ready=ready)


def descendants(pid: int) -> set[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)  # noqa: S607 - whichever ps
    pairs = [tuple(map(int, row.split())) for row in listed.stdout.splitlines()]
    children = {child for child, parent in pairs if parent == pid}
    return children.union(*(descendants(child) for child in children))


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(scope="module")
def up() -> Iterator[Running]:
    with demo("--verbose", *free_ports()) as started:
        yield started


def options_of(up: Running) -> list[str]:
    """Give the ports as the printed commands have them."""
    up.wait_until(lambda: any(text.startswith("tail -f ") for text in up.printed), 5)
    menu_text = "\n".join(up.printed).replace(" \\\n", " ")
    return str(re.findall(r'ARGS="--list (.*)"', menu_text)[0]).split()


def test_a_call_can_be_placed_and_its_record_shown(up: Running, capsys: pytest.CaptureFixture[str]) -> None:
    code = ring.main(["--line", "duty", "--caller", "+436641234567", "--busy", *options_of(up)])

    told = capsys.readouterr().out
    assert code == 0
    assert "phone +436641234567 calls duty" in told
    assert "ended      busy (486/560486)" in told
    assert "State        done            Outcome      busy" in told


def test_calls_soon_go_by_an_edit(up: Running, capsys: pytest.CaptureFixture[str]) -> None:
    def is_turned_away() -> bool:
        assert ring.main(["--caller", "+88212345678", *options_of(up)]) == 0
        return "route any/+882 -> nobody" in capsys.readouterr().out

    edited = ring.main(["--set", "routes", "any", "+882", "Ring=reject", *options_of(up)])

    assert (edited, capsys.readouterr().out.count("\n")) == (0, 1)
    assert any(is_turned_away() for _ in range(30))


def test_an_edit_that_is_left_out_is_said_to_be(up: Running, capsys: pytest.CaptureFixture[str]) -> None:
    code = ring.main(["--set", "targets", "sales", "0664123456", "Name=Bo", *options_of(up)])

    written, problem = capsys.readouterr().out.splitlines()
    assert code == 1
    assert written.startswith("targets / sales / 0664123456 is written")
    assert problem == "error: RowKey: a phone number must start with + and the country code; the row is left out"


def test_a_line_can_be_named_and_a_holiday_set(up: Running, capsys: pytest.CaptureFixture[str]) -> None:
    hours = ring.main(["--set", "routes", "duty", "any", "Hours=Mo-Fr 08:00-17:00", "Closed=front", *options_of(up)])
    day = ring.main(["--set", "holidays", "default", "12-24", "Name=Christmas", *options_of(up)])
    capsys.readouterr()
    ring.main(["--list", *options_of(up)])

    told = capsys.readouterr().out
    assert (hours, day) == (0, 0)
    assert re.search(r"duty +any +duty +Mo-Fr 08:00-17:00 +front", told)
    assert re.search(r"default +12-24 +Christmas", told)


def test_a_row_that_the_table_refuses_is_one_line(up: Running, capsys: pytest.CaptureFixture[str]) -> None:
    code = ring.main(["--set", "targets", "a/b", "+12345678901", *options_of(up)])

    assert code == 2
    assert capsys.readouterr().err.startswith("The table takes no such row: ")


def test_whoever_reads_a_list_may_go_away(up: Running) -> None:
    reading, writing = os.pipe()
    os.close(reading)

    with os.fdopen(writing, "wb") as closed:
        command = [sys.executable, "-m", "local.ring", "--list", *options_of(up)]
        ended = subprocess.run(  # noqa: S603 - our own command
            command, cwd=PROJECT, stdout=closed, stderr=subprocess.PIPE, check=False, timeout=30
        )

    assert (ended.returncode, ended.stderr) == (0, b"")


def test_a_call_is_signed_as_it_was_asked_for(up: Running, capsys: pytest.CaptureFixture[str]) -> None:
    code = ring.main(["--form", "entra-v2", "--answer-after", "1", *options_of(up)])

    told = capsys.readouterr().out
    assert code == 0
    assert (told.count("signed as entra-v2"), told.count("(entra-v2)")) == (1, 1)
    assert "State        done            Outcome      answered" in told


def test_the_tables_and_the_calls_can_be_looked_at(up: Running, capsys: pytest.CaptureFixture[str]) -> None:
    code = ring.main(["--list", *options_of(up)])

    told = capsys.readouterr().out
    assert code == 0
    assert "Noah Wolf" in told
    assert told.count("answered") >= 3


def test_the_printed_log_is_the_apps(up: Running) -> None:
    log = next(text for text in up.printed if text.startswith("tail -f ")).removeprefix("tail -f ")

    assert Path(log).read_text(encoding="utf-8").count('"call.redirected"') >= 3


def test_ctrl_c_ends_every_process(up: Running) -> None:
    started = descendants(up.process.pid)
    log = next(text for text in up.printed if text.startswith("tail -f ")).removeprefix("tail -f ")

    up.process.send_signal(signal.SIGINT)
    code = up.process.wait(15)

    assert len(started) >= 2  # the app and the table server
    assert code == 0
    assert [pid for pid in started if is_running(pid)] == []
    assert up.printed[-1].startswith("All of it has ended, and your edits are gone")
    assert up.log == []
    assert not Path(log).exists()


def test_it_can_be_ended_in_the_middle_of_a_call() -> None:
    with demo(*free_ports(), "--speed", "0.1", ready="(redirected)") as started:
        children = descendants(started.process.pid)

        started.process.send_signal(signal.SIGTERM)
        code = started.process.wait(15)

    assert code == 0
    assert [pid for pid in children if is_running(pid)] == []
    assert started.log == []


def played_once(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "local.demo", "--once", "--speed", "20", *free_ports(), *options],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def without_numbers(text: str) -> str:
    return re.sub(r"[ \n]*[0-9]+", "0", re.sub(r"/#\w+", "/#", text))  # nor the token of an address


def test_once_plays_three_redirected_calls_in_a_few_lines_each() -> None:
    played = played_once()

    lines = played.stdout.splitlines()
    labels = [line.split()[2] for line in lines if re.match(r" +\d+ ms ", line)]
    assert (played.returncode, played.stderr) == (0, "")
    assert labels == ["rings", "decided", "redirected", "ended"] * 3
    assert re.match(r"  http://127\.0\.0\.1:\d+/", lines[1])
    assert [line.split()[0] for line in lines[-3:]] == ["1", "2", "3"]
    assert max(map(len, lines)) <= WIDTH
    assert without_numbers(played.stdout) in without_numbers((PROJECT / "README.md").read_text(encoding="utf-8"))


def test_once_tells_every_step_and_the_record_where_it_is_asked_to() -> None:
    played = played_once("--verbose")

    assert (played.returncode, played.stderr) == (0, "")
    for words in ("ms redirected to ", "its record: calls / ", "State        done            Outcome      answered"):
        assert played.stdout.count(words) == 3
    for number in (1, 2, 3):
        assert f"Call {number}: " in played.stdout
    assert [line.split()[0] for line in played.stdout.splitlines()[-3:]] == ["1", "2", "3"]
    assert max(map(len, played.stdout.splitlines())) <= WIDTH
    assert "\x1b" not in played.stdout
    for form in ("legacy", "entra-v1", "entra-v2"):
        assert (played.stdout.count(f"signed as {form}"), played.stdout.count(f"({form})")) == (1, 1)


def test_a_call_that_goes_wrong_is_exit_code_1() -> None:
    with demo(*free_ports(), "--verbose", "--once", "--speed", "2", ready=r"Microsoft +(http://\S+)") as started:
        refusal = {"neighbour": "graph", "answers": [404]}  # nothing else is tried after it
        started.wait_until(lambda: any("picks up" in text for text in started.printed), 15)
        requests.post(f"{started.url}/_/faults", json=refusal, timeout=5)
        code = started.process.wait(30)

    assert code == 1
    assert "This call did not go as it should. The app's last words:" in started.printed


@pytest.mark.parametrize(
    ("option", "what"),
    [
        ("host", "the app"),
        ("microsoft", "the simulated Microsoft"),
        ("login", "the simulated Entra"),
        ("tables", "the table server"),
    ],
)
def test_a_port_in_use_is_named_with_what_to_do(option: str, what: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        refused = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "local.demo", *free_ports(), f"--{option}-port={port}"],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith(f"Port {port} ({what}) is in use: ")
    assert f'ARGS="--{option}-port 0"' in refused.stderr
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize("options", [["--list"], ["--show", "f2ab"], ["--set", "targets", "a", "b", "c=d"], []])
def test_where_nothing_runs_one_line_says_so(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as nobody:  # bound, but it does not listen
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]

        code = ring.main([*options, f"--microsoft-port={port}", f"--tables-port={port}"])

    assert code == 2
    assert capsys.readouterr().err == "Nothing runs here: start it with `make run` in another terminal.\n"
