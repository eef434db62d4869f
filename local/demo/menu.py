"""What stands at the top, and what can be tried next: values in, lines out."""

from collections.abc import Mapping
from pathlib import Path

from local.demo.stack import Ports
from local.demo.terminal import Tone, heading, painted

_CHUNK = 90


def header(ports: Ports, rows: Mapping[str, int], *, colour: bool) -> list[str]:
    counts = ", ".join(f"{count} {table}" for table, count in sorted(rows.items(), reverse=True))
    parts = (
        ("app", ports.host, "function_app.py, behind the Functions worker of Azure"),
        ("Microsoft", ports.microsoft, f"simulated: Graph, keys, telephone exchange; Entra on {ports.login}"),
        ("tables", ports.tables, f"Azurite, in memory: {counts} from local/seed"),
    )
    return [
        heading("Call Redirect, all of it on this machine: open the check page in a browser", colour=colour),
        f"  {'page':<11}http://127.0.0.1:{ports.host}/api/check",
        *(f"  {name:<11}http://127.0.0.1:{port:<7} {what}" for name, port, what in parts),
    ]


def next_steps(ports: Ports, connection_string: str, log: Path, *, colour: bool) -> list[str]:
    """Give commands to copy; a line that goes on ends in a backslash."""
    app, microsoft = f"http://127.0.0.1:{ports.host}", f"http://127.0.0.1:{ports.microsoft}"
    post = (
        f"curl -i {app}/api/calls -H 'Content-Type: application/json' \\",
        "  -d @tests/samples/seed-example-1-incoming.json \\",
    )
    elsewhere = _elsewhere(ports)

    def ring(options: str) -> str:
        return f'make ring ARGS="{options}{elsewhere}"'

    def title(text: str) -> str:
        return painted(f"\n{text}", Tone.HEADING, colour=colour)

    return [
        heading("It stays up until Ctrl-C. In another terminal, in this folder", colour=colour),
        title("# ring"),
        ring("--line sales --caller +436641234567"),
        ring("--line duty --caller anonymous --busy"),
        ring("--line sales --nobody --hang-up-after 5"),
        ring("--example 2 --answer-after 4"),
        title("# edit: calls go by it within a second (in Azure, within 30)"),
        ring("--list"),
        ring("--set targets sales 98da8a1a-1b87-452c-a713-65d3f10b1253 Enabled=false"),
        ring("--set routes any +43 Ring=duty Timeout=20"),
        ring("--show CALL-ID"),
        title("# the same with az, or with Storage Explorer"),
        *_exported(connection_string),
        "az storage entity query -t calls -o table",
        "az storage entity merge -t targets -e PartitionKey=sales \\",
        "  RowKey=98da8a1a-1b87-452c-a713-65d3f10b1253 Enabled=true",
        title("# post a notification by hand, signed: 202 (no such call rings, so the record says late)"),
        f"TOKEN=$(curl -s {microsoft}/_/token | sed 's/.*: \"//; s/\".*//')",
        *post,
        '  -H "Authorization: Bearer $TOKEN"',
        title("# forge one: 401, and nothing happens"),
        *post,
        '  -H "Authorization: Bearer forged"',
        title("# let Graph be away for three answers, then ring"),
        f'curl -s {microsoft}/_/faults -d \'{{"neighbour":"graph","answers":[503,503,503]}}\'',
        title("# what the app says"),
        f"tail -f {log}",
        "",
    ]


def _elsewhere(ports: Ports) -> str:
    """Name the ports where they are not the usual ones."""
    usual = Ports()
    microsoft = f" --microsoft-port {ports.microsoft}" if ports.microsoft != usual.microsoft else ""
    tables = f" --tables-port {ports.tables}" if ports.tables != usual.tables else ""
    return microsoft + tables


def _exported(connection_string: str) -> list[str]:
    chunks = [connection_string[at : at + _CHUNK] for at in range(0, len(connection_string), _CHUNK)]
    broken = "\\\n".join(['export AZURE_STORAGE_CONNECTION_STRING="', *chunks])
    return [f'{broken}"']
