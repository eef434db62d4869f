"""Bring up all of it on this machine, play the three examples of the API page, and stay up: `make run`."""

import argparse
import signal
import sys
import threading
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from local.azurite import AzuriteFailed
from local.demo import menu, records
from local.demo.brief import brief
from local.demo.data_folder import DataRefused, Loading
from local.demo.examples import EXAMPLES, SAMPLE, Example, went_as_expected
from local.demo.exchange_client import Watch
from local.demo.own_lines import own_examples, own_sample
from local.demo.stack import TIME_ZONE, Ports, PortTaken, Stack, running_stack
from local.demo.terminal import draw, hang_up, heading, wants_colour
from local.demo.timeline import timeline
from local.microsoft.identity.token_forms import add_form_option, chosen_forms
from local.processes import NotStarted, port_number, speed
from local.switchboard.asks import Unclear, moment
from local.switchboard.serving import running_switchboard

_LOG_LINES = 20


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    colour = wants_colour(sys.stdout)
    try:
        ports = Ports(asked.host_port, asked.microsoft_port, asked.login_port, asked.tables_port, asked.page_port)
        with (
            running_stack(
                ports,
                forms=chosen_forms(asked.form),
                speed=asked.speed,
                since=asked.clock,
                loading=_loading(asked),
            ) as stack,
            running_switchboard(stack) as page,
        ):
            code = _run(stack, page, stop, asked, colour=colour)
            lost = _keep_at_last(stack)
        if stop.is_set():
            kept = "" if asked.keep and not lost else ", and your edits are gone: the tables were in memory"
            print(f"\nAll of it has ended{kept}.")
    except BrokenPipeError:
        hang_up()
        return 0
    except (PortTaken, DataRefused) as why:
        print(why, file=sys.stderr)
        return 2
    except (AzuriteFailed, NotStarted) as failed:
        if stop.is_set():  # Ctrl-C reaches the app by itself, also while it starts
            return 0
        print(failed, file=sys.stderr)
        return 1
    return code or int(lost)


def _keep_at_last(stack: Stack) -> bool:
    """Give whether edits are lost that were to be kept."""
    if stack.data is None:
        return False
    _print(stack.data.keep())
    return bool(stack.data.trouble)


def _run(stack: Stack, page: str, stop: threading.Event, asked: argparse.Namespace, *, colour: bool) -> int:
    _print(menu.header(stack.ports, page, colour=colour))
    if asked.verbose:
        _print(menu.parts(stack.ports, stack.rows))
    if stack.data:
        _print(["", *stack.data.said])
    code = _play_all(stack, stop, asked, colour=colour)
    if code or asked.once or stop.is_set():
        return code
    _print(["", *_next(stack, verbose=asked.verbose, colour=colour)])
    return _stay(stack, stop)


def _play_all(stack: Stack, stop: threading.Event, asked: argparse.Namespace, *, colour: bool) -> int:
    """Give 1 where a call did not go as it should, and nobody is there to look."""
    told = []
    for number, example in (own_examples(stack.tables.rows("routes")) if stack.data else EXAMPLES).items():
        if stop.is_set():
            return 0
        _print(["", heading(f"Call {number}: {example.title}", colour=colour)])
        record = _play(stack, example, stop, verbose=asked.verbose, colour=colour)
        if not went_as_expected(example, record) and not stop.is_set():
            _print(["", "This call did not go as it should. The app's last words:", *list(stack.app.log)[-_LOG_LINES:]])
            if asked.once:
                return 1
        told.append(records.summary(number, example.title, record))
    if not stop.is_set():
        _print(["", heading("The calls", colour=colour), *told])
    return 0


def _stay(stack: Stack, stop: threading.Event) -> int:
    """Stay up until it is stopped, and keep edits meanwhile; give 1 where the app ends by itself."""
    while not stop.wait(0.5):
        ended = stack.app.ended
        if ended is not None and not stop.wait(0.5):  # Ctrl-C reaches both at once
            _print([f"The app has ended with exit code {ended}. Its last words:", *list(stack.app.log)[-_LOG_LINES:]])
            return 1
        _print(stack.data.keep() if stack.data else [])
    return 0


def _play(stack: Stack, example: Example, stop: threading.Event, *, verbose: bool, colour: bool) -> Mapping[str, Any]:
    """Give the call's record, empty where there is none, or it was stopped."""
    call = stack.exchange.ring(example.asked)
    watch = Watch(stack.exchange, stack.tables, call, timeline if verbose else brief)
    for entry in watch.entries(stop.is_set):
        _print([draw(entry, colour=colour)])
    if stop.is_set():
        return {}
    if verbose:
        _print(["", *records.record(watch.record, colour=colour)])
    return watch.record or {}


def _next(stack: Stack, *, verbose: bool, colour: bool) -> list[str]:
    tables, kept = stack.tables, stack.data.folder if stack.data and stack.data.is_kept else None
    sample = own_sample(tables.rows("routes"), tables.rows("targets")) if stack.data else SAMPLE
    if verbose:
        steps = menu.all_steps(stack.ports, sample, stack.connection_string, stack.log, colour=colour)
    else:
        steps = menu.next_steps(stack.ports, sample, colour=colour)
    return [*menu.stays_up(kept, colour=colour), *steps]


def _loading(asked: argparse.Namespace) -> Loading | None:
    """Raise DataRefused where there is nothing to keep edits in."""
    if asked.data is None:
        if asked.keep:
            raise DataRefused("KEEP=1 keeps edits in a folder: name it with DATA=folder")
        return None
    return Loading(asked.data.expanduser().absolute(), anyway=asked.anyway, kept=asked.keep, encoding=asked.encoding)


def _print(lines: Iterable[str]) -> None:
    if text := "\n".join(lines):
        print(text, flush=True)


def _moment(text: str) -> datetime:
    try:
        return moment(text, ZoneInfo(TIME_ZONE))
    except Unclear as unclear:
        raise argparse.ArgumentTypeError(str(unclear)) from unclear


def _parser() -> argparse.ArgumentParser:
    usual = Ports()
    parser = argparse.ArgumentParser(prog="python -m local.demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the calls; exit code 1 if one went wrong")
    parser.add_argument(
        "--verbose", action="store_true", help="each step and the record of each call, and all commands"
    )
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="begin with its CSV files: targets.csv and so on")
    parser.add_argument("--keep", action="store_true", help="keep edits in the files of --data")
    parser.add_argument("--anyway", action="store_true", help="load them in spite of errors")
    parser.add_argument("--encoding", default="", help="how they are saved, such as cp1252 (found out)")
    add_form_option(parser, "each in turn")
    parser.add_argument("--speed", type=speed, default=1.0, help="how much faster than life phones are (1)")
    parser.add_argument(
        "--host-port", type=port_number, default=usual.host, help=f"the app ({usual.host}); 0: a free one"
    )
    parser.add_argument(
        "--microsoft-port", type=port_number, default=usual.microsoft, help=f"Microsoft ({usual.microsoft})"
    )
    parser.add_argument("--login-port", type=port_number, default=usual.login, help=f"Entra, over TLS ({usual.login})")
    parser.add_argument("--tables-port", type=port_number, default=usual.tables, help=f"Azurite ({usual.tables})")
    clock = f"when it is to be: 2026-12-24T20:00, in {TIME_ZONE} (now)"
    parser.add_argument("--clock", type=_moment, metavar="TIME", help=clock)
    parser.add_argument("--page-port", type=port_number, default=usual.page, help=f"the switchboard ({usual.page})")
    return parser


if __name__ == "__main__":
    sys.exit(main())
