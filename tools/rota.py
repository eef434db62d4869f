"""Make the rows of a rota: `python -m tools.rota --list oncall --first 2026-11-30T08:00 --people "Gerd Maier, Hana"`.

They are printed, or written into a file that `tools.tables apply` takes.
"""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from tools import csv_rows, options
from tools.command import command_line, run
from tools.live_tables import Row

_MOST = 1000  # handovers
_EVERY = re.compile(r"(?:(\d{1,2}) ?)?(day|week)s?|daily|weekly|fortnight")


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    names = [name for found in asked.people for name in found]
    rows = list(shifts(asked.list, asked.first, asked.every, asked.times or len(names), names))
    text = csv_rows.write(rows, csv_rows.SEPARATORS[asked.separator])
    if asked.file is None:
        sys.stdout.write(text)
        return 0
    try:
        asked.file.write_text(text, encoding="utf-8-sig", newline="")  # without its mark, Excel reads a code page
    except OSError as error:
        print(f"{asked.file}: {error.strerror}", file=sys.stderr)
        return 2
    last = rows[-1]
    print(f"{len(rows)} shifts. After the last, from {last['RowKey']}, {last['Who']} rings on until you add rows.")
    print(f"Look at them, then: {command_line(f'tools.tables apply {asked.file}')}")
    return 0


def shifts(of_list: str, first: datetime, every: timedelta, times: int, people: Sequence[str]) -> Iterator[Row]:
    """Give so many shifts, one person after the other; handovers stay at the same time on the wall."""
    for number in range(times):
        begins = first + number * every
        yield {
            "PartitionKey": of_list,
            "RowKey": begins.isoformat(timespec="minutes"),
            "Who": people[number % len(people)],
        }


def _names(text: str) -> list[str]:
    """Part names at semicolons, or where there are none at commas: a name may hold a comma ("Maier, Gerd")."""
    names = [name.strip() for name in text.split(";" if ";" in text else ",") if name.strip()]
    if not names:
        raise argparse.ArgumentTypeError(f"{text!r} names nobody")
    return names


def _first(text: str) -> datetime:
    moment = options.moment(text)
    if moment.tzinfo is not None:
        raise argparse.ArgumentTypeError(f"{text!r} has an offset: write the time on the clock of the list's line")
    return moment


def _every(text: str) -> timedelta:
    found = _EVERY.fullmatch(text.strip().lower())
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a span like day, week, '3 days' or '2 weeks'")
    word = found[2] or {"daily": "day", "weekly": "week"}.get(found[0], "fortnight")
    days = int(found[1] or 1) * {"day": 1, "week": 7, "fortnight": 14}[word]
    if not days:
        raise argparse.ArgumentTypeError(f"{text!r} is no span of time")
    return timedelta(days=days)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.rota", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="shifts.csv (the terminal)")
    parser.add_argument("--list", required=True, metavar="LIST", help="the list of `targets` that takes turns")
    parser.add_argument(
        "--first",
        required=True,
        type=_first,
        metavar="TIME",
        help="the first handover, by the clock of the list's line: 2026-11-30T08:00",
    )
    parser.add_argument("--every", type=_every, default="week", metavar="SPAN", help="day, 3 days, 2 weeks (week)")
    parser.add_argument(
        "--times",
        type=options.whole_number(1, _MOST),
        metavar="N",
        help="how many shifts: 13 for a quarter of weeks (one for each person)",
    )
    parser.add_argument(
        "--people",
        required=True,
        action="append",
        type=_names,
        metavar="NAMES",
        help="in their order, by commas, or by semicolons where a name has a comma",
    )
    parser.add_argument(
        "--separator", choices=csv_rows.SEPARATORS, default=",", metavar="SIGN", help="(,) for Excel in Europe: ;"
    )
    return parser


if __name__ == "__main__":
    run(main)
