"""Show who rings when, line by line, in the days to come: `python -m tools.week --days 14`.

Of the live tables, or of CSV files before they are written. It ends with 1 where nobody rings for a line at some time.
"""

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo

from shared.core.coverage import wording
from shared.core.coverage.days import by_day, first_and_last, hours_text
from shared.core.coverage.gaps import gaps_of
from shared.core.coverage.stretches import Kind, Stretch, call_on, line_stretches, lines_of
from shared.core.directory.line_names import rule_line_text
from shared.core.directory.model import Directory
from shared.core.routing.decide import LastResort, choose_route
from shared.core.schedule import local_times
from tools import called_names, options, table_source
from tools.az_login import NotSignedIn
from tools.command import run
from tools.live_tables import NoTables
from tools.table_source import Unusable

_MOST_DAYS = 35
_MARKS = {Kind.RINGS: " ", Kind.SPARE: "~", Kind.LAST_RESORT: "!", Kind.CLOSED: "-", Kind.NOBODY: "#"}
_LEGEND = (
    "~ the Empty list rings   ! FALLBACK_TARGETS ring   - closed on purpose   # nobody rings: the caller hears busy"
)


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    try:
        tables, settings, directory = called_names.read(asked.files, asked.encoding)
    except (Unusable, NoTables, NotSignedIn) as why:
        print(why, file=sys.stderr)
        return 2
    for notice in tables.notices:
        print(notice, file=sys.stderr)
    begin = asked.start or datetime.now(UTC).replace(second=0, microsecond=0)
    return _shown(directory, table_source.last_resort(settings), begin, asked.days)


def _shown(directory: Directory, last_resort: LastResort, begin: datetime, days: int) -> int:
    lines = []
    for line in lines_of(directory):
        zone = choose_route(call_on(line), directory).zone
        start, end = first_and_last(begin if begin.tzinfo else local_times.moment_of(begin, zone), days, zone)
        lines.append((line, zone, line_stretches(line, directory, last_resort, start, end)))
    lines.sort(key=lambda shown: not gaps_of(shown[2]))  # those with gaps first
    for line, zone, stretches in lines:
        name = rule_line_text(line, directory)
        for gap in gaps_of(stretches):
            why = wording.why_nobody(gap, choose_route(call_on(line), directory), directory)
            print(f"NOBODY RINGS for {name} {wording.span(gap.begins, gap.ends, zone)}: {why}")
    for line, zone, stretches in lines:
        print("\n".join(_line(line, zone, stretches, directory, days)))
    print(f"\n{_LEGEND}")
    return 1 if any(gaps_of(stretches) for _, _, stretches in lines) else 0


def _line(line: str, zone: tzinfo, stretches: tuple[Stretch, ...], directory: Directory, days: int) -> Iterator[str]:
    guarded = ", protected" if line in directory.protected else ""
    yield f"\n{rule_line_text(line, directory)}{guarded} (times of {zone})"
    for day in by_day(stretches, zone, stretches[0].begins.astimezone(zone).date(), days):
        heading = f"{day.day:%a} {day.day.day:2} {day.day:%b}"
        for stretch in day.stretches:
            hours = hours_text(stretch, day, zone)
            yield f"{_MARKS[stretch.kind]} {heading:10}  {hours:11}  {wording.kind_text(stretch)}"
            heading = ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.week", description=__doc__)
    table_source.add_files(parser, "*")
    parser.add_argument(
        "--days", type=options.whole_number(1, _MOST_DAYS), default=7, metavar="N", help=f"1 to {_MOST_DAYS} (7)"
    )
    parser.add_argument(
        "--from", dest="start", type=options.moment, metavar="TIME", help="2026-12-14, by each line's clock (now)"
    )
    return parser


if __name__ == "__main__":
    run(main)
