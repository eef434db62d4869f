"""Say what people call the lines, as `make deploy` takes it for the workbook: `python -m tools.line_names`.

Of the live tables, or of CSV files. No name is ever logged, so the workbook has those that a deployment is given: add
what this prints to PARAMETERS in deploy/settings.env.
"""

import argparse
import json
import shlex
import sys

from shared.core.directory.model import ANY
from tools import called_names, table_source
from tools.az_login import NotSignedIn
from tools.command import run
from tools.live_tables import NoTables
from tools.table_source import Unusable


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    try:
        _, _, directory = called_names.read(asked.files, asked.encoding)
    except (Unusable, NoTables, NotSignedIn) as why:
        print(why, file=sys.stderr)
        return 2
    names = directory.names
    print(shlex.quote(f"lineNames={json.dumps({line: names[line] for line in sorted(names) if line != ANY})}"))
    return 0


def _parser() -> argparse.ArgumentParser:
    first, _, rest = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(prog="python -m tools.line_names", description=first, epilog=rest)
    table_source.add_files(parser, "*")
    return parser


if __name__ == "__main__":
    run(main)
