"""What stands at the top, and what can be tried next: values in, lines out."""

import textwrap
from collections.abc import Mapping
from pathlib import Path

from local.demo.examples import Sample
from local.demo.stack import Ports
from local.demo.terminal import WIDTH, Tone, heading, painted

_CHUNK = 76


def pages(ports: Ports, switchboard: str) -> list[tuple[str, str]]:
    """Give the pages to open in a browser, the first one first, and what each shows."""
    return [
        (switchboard, "the switchboard: place calls, and see whose phones ring"),
        (f"http://127.0.0.1:{ports.host}/api/check", "who rings now, and what is wrong in the tables"),
    ]


def header(ports: Ports, switchboard: str, *, colour: bool) -> list[str]:
    """Begin with the pages: they are what a person opens."""
    return [
        heading("Call Redirect, all of it on this machine: open it in a browser", colour=colour),
        *(
            line
            for url, what in pages(ports, switchboard)
            for line in (f"  {painted(url, Tone.OURS, colour=colour)}", f"    {what}")
        ),
    ]


def parts(ports: Ports, rows: Mapping[str, int]) -> list[str]:
    counts = ", ".join(f"{rows[table]} {table}" for table in ("targets", "routes"))
    running = (
        ("app", ports.host, "function_app.py, in Azure's own worker"),
        ("Microsoft", ports.microsoft, f"simulated; its Entra on port {ports.login}"),
        ("tables", ports.tables, f"Azurite in memory: {counts}"),
    )
    return [f"  {name:<11}http://127.0.0.1:{port:<6} {what}" for name, port, what in running]


def stays_up(kept: Path | None, *, colour: bool) -> list[str]:
    """Say until when, and what becomes of edits, which go to the folder `kept` where there is one."""
    if kept is None:
        return [heading("It stays up until Ctrl-C, which takes your edits with it", colour=colour)]
    return [heading("It stays up until Ctrl-C, and your edits are kept in", colour=colour), f"  {kept}"]


def next_steps(ports: Ports, sample: Sample, *, colour: bool) -> list[str]:
    """Give the few commands to begin with."""
    elsewhere = _elsewhere(ports)
    edit = f"--set targets {sample.of_list} {sample.target} Enabled=false"
    commands = (
        (
            "place a call, in another terminal in this folder",
            _ring(f"--line {sample.line} --caller +436641234567", elsewhere),
        ),
        ("somebody stops ringing: calls go by an edit within a second", _ring(edit, elsewhere)),
        ("the tables, and the latest calls", _ring("--list", elsewhere)),
        ("begin with your own CSV files, and keep your edits in them", ["make run DATA=folder KEEP=1"]),
        ("every step and the record of each call, and all that can be tried", ["make run ARGS=--verbose"]),
    )
    return [line for what, command in commands for line in (painted(f"# {what}", Tone.FAINT, colour=colour), *command)]


def all_steps(ports: Ports, sample: Sample, connection_string: str, log: Path, *, colour: bool) -> list[str]:
    """Give commands to copy; a line that goes on ends in a backslash."""
    app, microsoft = f"http://127.0.0.1:{ports.host}", f"http://127.0.0.1:{ports.microsoft}"
    post = (
        f"curl -i {app}/api/calls -H 'Content-Type: application/json' \\",
        "  -d @tests/samples/seed-example-1-incoming.json \\",
    )
    elsewhere = _elsewhere(ports)

    def title(text: str) -> str:
        return painted(f"\n# {text}", Tone.HEADING, colour=colour)

    return [
        title("in another terminal, in this folder: where the tables are"),
        *_exported(connection_string),
        'export AZURE_STORAGE_CONNECTION_STRING="$TABLES_CONNECTION_STRING"  # for az',
        title("who would ring? Nothing is sent"),
        f".venv/bin/python -m tools.who --caller +436641234567 --called \\\n  {sample.line_id}",
        title("your own rows: export, edit in a spreadsheet, import"),
        ".venv/bin/python -m tools.tables export targets targets.csv",
        ".venv/bin/python -m tools.tables import targets.csv",
        title("ring"),
        *_ring(f"--line {sample.line} --caller +436641234567", elsewhere),
        *_ring(f"--line {sample.line} --caller anonymous --busy", elsewhere),
        *_ring(f"--line {sample.line} --nobody --hang-up-after 5", elsewhere),
        *_ring("--example 2 --answer-after 4 --form entra-v2", elsewhere),
        title("edit: calls go by it within a second (in Azure, within 30)"),
        *_ring("--list", elsewhere),
        *_ring(f"--set targets {sample.of_list} {sample.target} Enabled=false", elsewhere),
        *_ring(f"--set routes any +43 Ring={sample.of_list} Timeout=20", elsewhere),
        *_ring("--set holidays default 12-24 Name=Christmas", elsewhere),
        *_ring("--show CALL-ID", elsewhere),
        title("the same with az, or with Storage Explorer"),
        "az storage entity query -t calls -o table",
        f"az storage entity merge -t targets -e PartitionKey={sample.of_list} \\",
        f"  RowKey={sample.target} Enabled=true",
        title("the table problems fills every ten minutes; this fills it at once"),
        f"curl {app}/admin/functions/heartbeat \\\n  -H 'Content-Type: application/json' -d '{{}}'",
        title("post a notification, signed: 202 (no such call rings, so: late)"),
        f"TOKEN=$(curl -s '{microsoft}/_/token?form=entra-v2' \\",
        "  | sed 's/.*: \"//; s/\".*//')",
        *post,
        '  -H "Authorization: Bearer $TOKEN"',
        title("forge one: 401, and nothing happens"),
        *post,
        '  -H "Authorization: Bearer forged"',
        title("let Graph be away for three answers, then ring"),
        f"curl -s {microsoft}/_/faults \\",
        '  -d \'{"neighbour":"graph","answers":[503,503,503]}\'',
        title("what the app says"),
        f"tail -f {log}",
        "",
    ]


def _ring(options: str, elsewhere: str) -> list[str]:
    """Give a command; inside the quotes too, a backslash at the end of a line is taken away with it."""
    lines = textwrap.wrap(f'make ring ARGS="{options}{elsewhere}"', WIDTH - 2, break_on_hyphens=False)
    return [*(f"{line} \\" for line in lines[:-1]), lines[-1]]


def _elsewhere(ports: Ports) -> str:
    """Name the ports where they are not the usual ones."""
    usual = Ports()
    host = f" --host-port {ports.host}" if ports.host != usual.host else ""
    microsoft = f" --microsoft-port {ports.microsoft}" if ports.microsoft != usual.microsoft else ""
    tables = f" --tables-port {ports.tables}" if ports.tables != usual.tables else ""
    return host + microsoft + tables


def _exported(connection_string: str) -> list[str]:
    chunks = [connection_string[at : at + _CHUNK] for at in range(0, len(connection_string), _CHUNK)]
    broken = "\\\n".join(['export TABLES_CONNECTION_STRING="', *chunks])
    return [f'{broken}"']
