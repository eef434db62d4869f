"""Serve a function app on this machine: `python -m local.host --port 7071`."""

import argparse
import errno
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from local.host import timers
from local.host.files import UnreadableFile, local_settings, route_prefix
from local.host.host import Host, Keys
from local.host.worker import IndexingFailed, start_worker
from local.loopback.server import LoopbackServer
from local.processes import port_number


def main(arguments: argparse.Namespace) -> int:
    app: Path = arguments.app.resolve()
    try:
        prefix = route_prefix(app)
        # The process environment wins, as with `func start`.
        os.environ.update(({} if arguments.no_settings_file else local_settings(app)) | os.environ)
        server = LoopbackServer(arguments.port, address=arguments.address)
    except UnreadableFile as error:
        return _refuse(str(error), 2)
    except OSError as error:
        return _refuse(_why_not_bound(arguments, error), 2)

    try:
        worker = start_worker(app)
    except IndexingFailed as error:
        return _refuse(str(error), 1)
    keys = Keys(arguments.function_key, arguments.master_key) if arguments.enforce_keys else None
    host = Host(worker, prefix, keys)
    server.start(host.serve)
    if arguments.timers:
        threading.Thread(target=timers.run, args=(host.background, host.start), name="timers", daemon=True).start()
    print(_ready(server, host), flush=True)
    server.join()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.host", description=__doc__)
    parser.add_argument("--port", type=port_number, default=7071, help="0 takes a free one (default: 7071)")
    parser.add_argument("--address", default="127.0.0.1", help="(default: 127.0.0.1)")
    parser.add_argument("--app", type=Path, default=Path(), metavar="DIR", help="the app's folder (default: this one)")
    parser.add_argument("--no-settings-file", action="store_true", help="take settings from the environment alone")
    parser.add_argument(
        "--timers", action=argparse.BooleanOptionalAction, default=True, help="run timers when they are due (they do)"
    )
    parser.add_argument("--enforce-keys", action="store_true", help="answer 401 without the right key, as Azure does")
    parser.add_argument("--function-key", metavar="K", help="opens functions of level function")
    parser.add_argument("--master-key", metavar="K", help="opens everything")
    arguments = parser.parse_args()
    if not arguments.app.is_dir():
        parser.error(f"--app {arguments.app}: there is no such folder")
    if (arguments.function_key or arguments.master_key) and not arguments.enforce_keys:
        parser.error("a key does nothing without --enforce-keys")
    return arguments


def _ready(server: LoopbackServer, host: Host) -> str:
    lines = [f"call redirect: listening on {server.url}"]
    lines += [
        f"  {route.function.name}: {','.join(sorted(route.methods)) or 'any method'} /{route.template}"
        for route in host.routes
    ]
    lines += [
        f"  {function.name}: {function.trigger['type']} {function.trigger.get('schedule', '')}".rstrip()
        for function in host.background
    ]
    return "\n".join(lines)


def _why_not_bound(arguments: argparse.Namespace, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {arguments.port} is in use: end what listens there, or take another with --port (0: a free one)"
    return f"cannot listen on {arguments.address} port {arguments.port}: {error.strerror}"


def _refuse(why: str, code: int) -> int:
    print(f"call redirect: {why}", file=sys.stderr, flush=True)
    return code


if __name__ == "__main__":
    parsed = _arguments()
    # Written out, because a shell starts background jobs with SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s")
    try:
        code = main(parsed)
    except KeyboardInterrupt:
        code = 0
    logging.shutdown()
    sys.stdout.flush()
    # At once: an ordinary exit would wait for functions that are still running.
    os._exit(code)
