"""Say what became of the calls of a week, a day or any other span: `python -m tools.report --week 2026-W48`.

Of the live tables, or of CSV files (`calls.csv`, and beside it `routes.csv` and `targets.csv` for names). It writes one
HTML file that needs nothing else, and on request the same figures as CSV.
"""

import argparse
import csv
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from functools import partial
from pathlib import Path

from shared.console.page.words import counted
from shared.core.directory.line_zones import line_zone
from shared.core.directory.model import ANY
from shared.core.missed_call.wording import Shown
from shared.core.schedule import time_zones
from tools import live_tables, table_source
from tools.az_login import NotSignedIn
from tools.command import run
from tools.csv_rows import defused
from tools.live_tables import NoTables
from tools.report import source
from tools.report.call import UnreadableCall, call_of
from tools.report.callers import Callers
from tools.report.figures import Figures
from tools.report.names import Names
from tools.report.page import Report, headline, page, worst_hour
from tools.report.period import UnclearPeriod, add_period, parse_period
from tools.report.progress import Progress
from tools.report.source import Page
from tools.report.tables import Cell, Table
from tools.table_source import Unusable

_CALLS = "calls"
_MOST_CALLERS = 50


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    try:
        with Callers() as callers:
            report = _made(asked, callers)
        _write(report, asked)
    except (Unusable, NoTables, NotSignedIn, UnclearPeriod) as why:
        print(why, file=sys.stderr)
        return 2
    return 0


def _made(asked: argparse.Namespace, callers: Callers) -> Report:
    environment = live_tables.environment()
    settings = table_source.settings(environment)
    zone: tzinfo = asked.zone or settings.time_zone
    now = datetime.now(UTC)
    figures = Figures(parse_period(asked, now.astimezone(zone).date()))
    calls = [file for file in asked.files if _CALLS in file.stem.lower()]
    others = [file for file in asked.files if file not in calls]
    if others and not calls:
        raise Unusable("there is no file of calls among these: name it calls.csv")
    with ExitStack() as opened:
        if calls:
            tables = table_source.from_files(others, asked.encoding)
            pages = source.from_files(calls, asked.encoding)
        else:
            tables = table_source.from_service(environment)
            service = opened.enter_context(live_tables.service(environment))
            pages = source.from_service(service, figures.period.utc_days)
        directory = table_source.directory(tables, replace(settings, time_zone=zone))
        zone = line_zone(directory, ANY, zone)
        zone_of = partial(line_zone, directory, otherwise=zone)
        unread, outside = _count(pages, figures, callers, zone_of)
    if unread:
        print(f"{counted(unread, 'row')} without a clear time: not counted", file=sys.stderr)
    if calls and outside and not figures.all.calls:
        said = f"{counted(outside, 'call')} are of other days than {figures.period.name}"
        print(f"{said}: name those with --week, --day, or --from and --to", file=sys.stderr)
    names = Names(directory, figures, Shown(asked.numbers))
    return Report(figures, names, tuple(callers.never_reached(_MOST_CALLERS)), callers.count(), zone, now)


def _count(
    pages: Iterator[Page], figures: Figures, callers: Callers, zone_of: Callable[[str], tzinfo]
) -> tuple[int, int]:
    """Count page by page; give how many rows cannot be read, and how many are of other days."""
    progress = Progress(sys.stderr, "calls")
    unread = outside = 0
    try:
        for one in pages:
            inside = []
            for row in one.rows:
                try:
                    call = call_of(row)
                except UnreadableCall:
                    unread += 1
                    continue
                if figures.add(call, zone_of):
                    inside.append(call)
                else:
                    outside += 1
            callers.add(inside)
            progress.show(one.part, figures.all.calls)
    finally:
        progress.end()
    return unread, outside


def _write(report: Report, asked: argparse.Namespace) -> None:
    name = f"report-{report.figures.period.name}"
    file: Path = asked.output or Path(f"{name}.html")
    try:
        file.write_text(page(report), encoding="utf-8")
        if asked.csv:
            asked.csv.mkdir(parents=True, exist_ok=True)
            for table in report.tables:
                _write_csv(table, asked.csv / f"{name}-{table.name}.csv", asked.separator)
    except OSError as error:
        raise Unusable(f"{error.filename or file}: {error.strerror}") from error
    print(headline(report.figures), *filter(None, [worst_hour(report.figures)]))
    print(f"{file}: open it in a browser")


def _write_csv(table: Table, file: Path, separator: str) -> None:
    with file.open("w", encoding="utf-8-sig", newline="") as text:
        writer = csv.writer(text, delimiter=separator, lineterminator="\n")
        writer.writerow(table.columns)
        for row in table.rows:
            cells = defused({str(place): _cell(cell, separator) for place, cell in enumerate(row)})
            writer.writerow(cells.values())


def _cell(cell: Cell, separator: str) -> Cell:
    """Write a decimal as the spreadsheets do that part cells so: of 33.3 those that take semicolons make a day."""
    is_decimal = isinstance(cell, float) and separator == ";"
    return "" if cell is None else str(cell).replace(".", ",") if is_decimal else cell


def _zone(name: str) -> tzinfo:
    zone = time_zones.time_zone(name)
    if zone is None:
        raise argparse.ArgumentTypeError(f"{name} is no time zone; did you mean {time_zones.closest_time_zone(name)}?")
    return zone


def _parser() -> argparse.ArgumentParser:
    first, _, rest = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(prog="python -m tools.report", description=first, epilog=rest)
    table_source.add_files(parser, "*")
    add_period(parser)
    parser.add_argument("--zone", type=_zone, help="of lines whose route names none (TIME_ZONE)")
    parser.add_argument(
        "--numbers",
        choices=[one.value for one in Shown],
        default=Shown.MASKED.value,
        help="how callers' numbers are shown (masked: their last two digits)",
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="(report-2026-W48.html)")
    parser.add_argument("--csv", type=Path, metavar="FOLDER", help="write the figures as CSV files there too")
    parser.add_argument(
        "--separator", choices=[",", ";"], default=",", help="of these (,); after ; decimals have a comma"
    )
    return parser


if __name__ == "__main__":
    run(main)
