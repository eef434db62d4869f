"""Run Azurite, the table server of this machine: in memory, on loopback, and gone with whoever started it.

`python -m local.azurite --port 10002` runs it alone.
"""

import argparse
import contextlib
import http.client
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from local.processes import free_port, port_number

# Every emulator of Azure storage has this account and this key:
# https://learn.microsoft.com/azure/storage/common/storage-connect-azurite
_ACCOUNT = "devstoreaccount1"
_ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
_SCRIPT = Path(__file__).parents[1] / "node_modules/azurite/dist/src/table/main.js"
_OPTIONS = ("--inMemoryPersistence", "--silent", "--disableTelemetry", "--skipApiVersionCheck")

# Azurite keeps running when its parent is killed; its standard input ends then, and this ends it too.
_ENDS_WITH_STDIN = "--import=data:text/javascript,process.stdin.on('end',()=>process.exit()).resume()"
_READY_SECONDS = 30
_STOP_SECONDS = 5


class AzuriteFailed(RuntimeError):
    """It is not installed, did not start, or did not answer; the text says which."""


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files to serve https with. Only over https does Azurite take tokens."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Azurite:
    endpoint: str
    connection_string: str
    process: subprocess.Popen[bytes]


@contextlib.contextmanager
def azurite(*, port: int | None = None, tls: Tls | None = None, script: Path | None = None) -> Iterator[Azurite]:
    """Yield a table server that answers; without a port it takes a free one.

    Azurite's main.js for tables is the script, else the environment's AZURITE_TABLE, else what `make setup` installed.
    """
    with tempfile.TemporaryFile() as output:
        port = port or free_port()
        process = _started(port, tls, script or Path(os.environ.get("AZURITE_TABLE", _SCRIPT)), output)
        try:
            _wait_until_it_answers(process, port, tls, output)
            scheme = "https" if tls else "http"
            endpoint = f"{scheme}://127.0.0.1:{port}/{_ACCOUNT}"
            yield Azurite(
                endpoint,
                f"DefaultEndpointsProtocol={scheme};AccountName={_ACCOUNT};"
                f"AccountKey={_ACCOUNT_KEY};TableEndpoint={endpoint};",
                process,
            )
        finally:
            _stop(process)


def _started(port: int, tls: Tls | None, script: Path, output: IO[bytes]) -> subprocess.Popen[bytes]:
    node = shutil.which("node")
    if node is None:
        raise AzuriteFailed(
            "Azurite, the table server, needs Node.js 20 or later, and there is no `node` on PATH: "
            "install it from https://nodejs.org or with your package manager."
        )
    if not script.exists():
        raise AzuriteFailed("Azurite, the table server, is not there: run `rm -rf node_modules`, then `make setup`.")
    oauth = ["--oauth", "basic", "--cert", str(tls.certificate), "--key", str(tls.key)] if tls else []
    return subprocess.Popen(  # noqa: S603 - Azurite, with arguments of our own and no shell
        [node, _ENDS_WITH_STDIN, str(script), *_OPTIONS, "--tablePort", str(port), *oauth],
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # a Ctrl-C is its starter's to answer, which may still want to write
    )


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int, tls: Tls | None, output: IO[bytes]) -> None:
    context = ssl.create_default_context(cafile=tls.certificate) if tls else None
    until = time.monotonic() + _READY_SECONDS
    while True:
        said = os.pread(output.fileno(), 10_000, 0).decode(errors="replace").strip()
        # Both: before it listens, another server on this port could answer.
        if "successfully started" in said and _answers(port, context):
            return
        ended = process.poll() is not None
        if ended or time.monotonic() > until:
            how = "ended" if ended else f"did not answer within {_READY_SECONDS} s"
            raise AzuriteFailed(f"Azurite {how} on port {port}. It said: {said}")
        time.sleep(0.02)


def _answers(port: int, context: ssl.SSLContext | None) -> bool:
    connection = (
        http.client.HTTPSConnection("127.0.0.1", port, timeout=1, context=context)
        if context
        else http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    )
    with contextlib.closing(connection):
        try:
            connection.request("GET", f"/{_ACCOUNT}/Tables")
            connection.getresponse().read()  # a refusal, for nothing is signed; but an answer
        except ssl.SSLCertVerificationError as wrong:
            raise AzuriteFailed(f"Azurite's certificate is not good for 127.0.0.1: {wrong.verify_message}") from wrong
        except (OSError, http.client.HTTPException):
            return False
        return True


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.communicate(timeout=_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def main() -> int:
    """Run it until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m local.azurite", description="The table server, alone.")
    parser.add_argument("--port", type=port_number, default=10002)
    port = parser.parse_args().port
    try:
        with contextlib.suppress(KeyboardInterrupt), azurite(port=port) as tables:
            print(f"TABLES_CONNECTION_STRING={tables.connection_string}", flush=True)
            tables.process.wait()
    except AzuriteFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
