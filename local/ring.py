"""Place one call on what `make run` started, watch it, and see its record; or look at the tables, or edit them."""

import argparse
import re
import shutil
import sys
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from local.demo import records
from local.demo.check_client import CheckClient
from local.demo.data_folder import EDITED
from local.demo.examples import EXAMPLES, LINES
from local.demo.exchange_client import ExchangeClient, NoExchange, NotPlaced, Watch
from local.demo.stack import Ports
from local.demo.tables import NoTables, RowRefused, Tables
from local.demo.terminal import WIDTH, draw, hang_up, wants_colour
from local.microsoft.identity.token_forms import add_form_option

_ANONYMOUS = {"kind": "phone", "id": ""}
_LATEST_CALLS = 10
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_SEPARATORS = re.compile(r"[ ./()-]")
_UNCUT = 1000  # columns, where nobody looks at a terminal


def main(arguments: list[str] | None = None) -> int:
    options = parser()
    asked = options.parse_args(arguments)
    tables = Tables(asked.tables_port)
    colour = wants_colour(sys.stdout)
    try:
        if asked.list:
            _print(_listed(tables, colour=colour))
        elif asked.show:
            _print(records.record(tables.record(asked.show), colour=colour))
        elif asked.set:
            table, row = _edit(options, asked.set)
            tables.put(table, row)
            print(f"{table} / {row['PartitionKey']} / {row['RowKey']} is written; calls go by it within a second.")
            return _checked(CheckClient(f"http://127.0.0.1:{asked.host_port}"), table, row)
        else:
            _ring(ExchangeClient(f"http://127.0.0.1:{asked.microsoft_port}"), tables, call(asked), colour=colour)
    except (NoExchange, NoTables):
        print("Nothing runs here: start it with `make run` in another terminal.", file=sys.stderr)
        return 2
    except NotPlaced as why:
        print(f"The exchange takes no such call: {why}", file=sys.stderr)
        return 2
    except RowRefused as why:
        print(f"The table takes no such row: {why}. A key must not hold / \\ # or ?", file=sys.stderr)
        return 2
    except BrokenPipeError:
        hang_up()
    except KeyboardInterrupt:
        return 130
    return 0


def call(asked: argparse.Namespace) -> dict[str, Any]:
    """Write the call that was asked for as the exchange takes it."""
    wanted = dict(EXAMPLES[asked.example].asked) if asked.example else {"called": LINES["sales"].called}
    if asked.line:
        wanted["called"] = asked.line
    if asked.caller:
        wanted["caller"] = asked.caller
    phone = _phone(asked)
    if phone is not None:
        wanted |= {"everyone": phone, "phones": {}}
    if asked.hang_up_after is not None:
        wanted["hangsUpAfter"] = asked.hang_up_after
    if asked.form:
        wanted["form"] = asked.form
    return wanted


def _phone(asked: argparse.Namespace) -> object:
    if asked.nobody:
        return "silent"
    if asked.busy:
        return "busy"
    return None if asked.answer_after is None else {"picksUp": asked.answer_after}


def _ring(exchange: ExchangeClient, tables: Tables, wanted: Mapping[str, Any], *, colour: bool) -> None:
    watch = Watch(exchange, tables, exchange.ring(wanted))
    for entry in watch.entries():
        _print([draw(entry, colour=colour)])
    _print(["", *records.record(watch.record, colour=colour)])


def _checked(app: CheckClient, table: str, row: Mapping[str, str]) -> int:
    """Say what the app finds wrong with a row that was written; give 1 where it is an error."""
    problems = app.problems(table, f"{row['PartitionKey']}/{row['RowKey']}")
    for one in problems:
        print(f"{one['level']}: {one['column']}: {one['message']}")
    return int(any(one["level"] == "error" for one in problems))


def _listed(tables: Tables, *, colour: bool) -> Iterable[str]:
    width = max(WIDTH, shutil.get_terminal_size((_UNCUT, 0)).columns)
    for name in (*EDITED, "problems"):
        yield from [*records.rows(name, tables.rows(name), width, colour=colour), ""]
    yield from [*records.rows("calls", tables.latest_calls()[:_LATEST_CALLS], width, colour=colour), ""]


def _edit(options: argparse.ArgumentParser, words: list[str]) -> tuple[str, dict[str, str]]:
    table, partition, key, *cells = [*words, *[""] * 3][: max(len(words), 3)]
    if table not in EDITED or not key or "=" in partition + key or not all("=" in cell[1:] for cell in cells):
        options.error(f"--set takes {', '.join(EDITED)}; then PartitionKey and RowKey; then Column=value, any number")
    if table == "routes" and partition in LINES:
        partition = LINES[partition].id
    # Text, as people's tools write it: the app reads a number or a truth from text too.
    columns = {name: value for name, _, value in (cell.partition("=") for cell in cells)}
    return table, {"PartitionKey": partition, "RowKey": key} | columns


def _print(lines: Iterable[str]) -> None:
    print("\n".join(lines), flush=True)


def _line(text: str) -> dict[str, str]:
    if text in LINES:
        return LINES[text].called
    try:
        return {"kind": "applicationInstance", "id": str(uuid.UUID(text))}
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is none of {', '.join(LINES)}, nor an id") from None


def _caller(text: str) -> object:
    if text == "anonymous":
        return _ANONYMOUS
    number = _SEPARATORS.sub("", text)
    if _NUMBER.fullmatch(number):
        return number
    try:
        return str(uuid.UUID(text))
    except ValueError:
        kinds = "neither a number with + and the country code, nor a user's id, nor anonymous"
        raise argparse.ArgumentTypeError(f"{text} is {kinds}") from None


def parser() -> argparse.ArgumentParser:
    usual = Ports()
    parser = argparse.ArgumentParser(prog="python -m local.ring", description=__doc__)
    parser.add_argument(
        "--line", type=_line, metavar="NAME", help=f"{', '.join(LINES)} (sales), or a resource account's id"
    )
    parser.add_argument("--caller", type=_caller, metavar="WHO", help="+436641234567, a user's id, or anonymous")
    parser.add_argument("--example", type=int, choices=EXAMPLES, help="the API page's call instead")
    phones = parser.add_mutually_exclusive_group()
    phones.add_argument("--answer-after", type=float, metavar="S", help="every phone picks up after S seconds (3)")
    phones.add_argument("--nobody", action="store_true", help="nobody does: it rings until the time-out, a minute")
    phones.add_argument("--busy", action="store_true", help="every phone is busy")
    parser.add_argument("--hang-up-after", type=float, metavar="S", help="the caller gives up after S seconds")
    add_form_option(parser, "as `make run` was told")
    instead = parser.add_argument_group("instead of a call").add_mutually_exclusive_group()
    instead.add_argument("--list", action="store_true", help="the tables, and the latest calls")
    instead.add_argument("--show", metavar="CALL", help="the record of a call, by its id or the beginning of it")
    instead.add_argument("--set", nargs="+", metavar="WORD", help="TABLE PARTITION ROW Column=value ...")
    parser.add_argument("--host-port", type=int, default=usual.host, help=f"({usual.host})")
    parser.add_argument("--microsoft-port", type=int, default=usual.microsoft, help=f"({usual.microsoft})")
    parser.add_argument("--tables-port", type=int, default=usual.tables, help=f"({usual.tables})")
    return parser


if __name__ == "__main__":
    sys.exit(main())
