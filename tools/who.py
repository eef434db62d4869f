"""Say who would ring for a call: `python -m tools.who --called LINE --caller +43… --at 2026-12-24T20:00`.

Of the live tables, or of CSV files before they are imported. Nothing is sent to anyone.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

from shared.console.explain import explanation, question
from shared.console.explain.explanation import Explanation, RoutingContext
from shared.console.explain.forecast import HORIZON
from shared.console.explain.overrides import callers_text, effect_text
from shared.console.explain.question import Question
from shared.core import ids
from shared.core.directory.line_names import line_text
from shared.core.directory.model import ANY
from shared.core.json_reader import Json
from shared.core.refusals import InvalidQuestion
from shared.core.routing.decisions import Decision, Redirect
from tools import called_names, table_source
from tools.az_login import NotSignedIn
from tools.command import run
from tools.live_tables import NoTables
from tools.table_source import Unusable


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    try:
        tables, settings, directory = called_names.read(asked.files, asked.encoding, ids.guid(asked.called))
        wanted = Question(
            question.parse_called(asked.called, directory.names),
            question.parse_caller(asked.caller),
            question.parse_at(Json(asked.at, "at"), datetime.now(UTC)),
        )
    except (Unusable, NoTables, NotSignedIn) as why:
        return _refused(str(why))
    except InvalidQuestion as unclear:
        return _refused(unclear.message)
    for notice in tables.notices:
        print(notice, file=sys.stderr)
    for wrong in tables.untyped:
        print(f"{wrong.table}, row {wrong.row}, column {wrong.column}: {wrong.message}; taken as text", file=sys.stderr)
    answer = explanation.explain(
        wanted, RoutingContext(directory, table_source.last_resort(settings), settings.public_base_url)
    )
    print(
        json.dumps(explanation.as_json(answer), indent=2, ensure_ascii=False)
        if asked.json
        else "\n".join(explanation_lines(answer))
    )
    return 0


def explanation_lines(answer: Explanation) -> Iterator[str]:
    """Tell an answer in lines for a terminal."""
    at = answer.question.at.astimezone(answer.route.zone)
    decision = f"{explanation.in_words(answer.decision)}, by route {answer.route.name}"
    yield f"{_line(answer)}{at:%A %Y-%m-%d %H:%M %Z}: {decision}."
    for target in answer.rings:
        yield f"  rings      {_person(target.id, target.name)}"
    for silent in answer.skipped:
        yield f"  not rung   {_person(silent.id, silent.name)}: {silent.why}"
    if answer.action:
        yield f"Graph would get, to {answer.action} the call:"
        yield f"  {answer.body}"
    if answer.next_change and answer.then:
        local = answer.next_change.astimezone(answer.route.zone)
        yield f"From {local:%A %Y-%m-%d %H:%M %Z}: {explanation.in_words(answer.then)}{_rung(answer.then)}."
    else:
        yield f"Nothing about it changes within {HORIZON.days} days."
    if answer.is_protected:
        yield "The line is protected: no row of any can override its own."
    if answer.overrides.rules:
        yield "Rows of any override the line's own:"
        for rule in answer.overrides.rules:
            yield f"  {rule.name}: {callers_text(rule)}: {effect_text(rule)}"
        if more := answer.overrides.count - len(answer.overrides.rules):
            yield f"  and {more} more"


def _line(answer: Explanation) -> str:
    called = answer.question.called
    if answer.line_name:
        return f"{line_text(called, answer.line_name)}, "
    return "" if called == ANY else f"line {line_text(called, None)}, "


def _rung(decision: Decision) -> str:
    if not isinstance(decision, Redirect):
        return ""
    return f" ({', '.join(target.name or target.id for target in decision.targets)})"


def _person(key: str, name: str) -> str:
    return f"{name} ({key})" if name else key


def _refused(why: str) -> int:
    print(why, file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.who", description=__doc__)
    table_source.add_files(parser, "*")
    parser.add_argument("--called", default="any", metavar="LINE", help="the called line's Name or object id (any)")
    parser.add_argument("--caller", default="any", metavar="WHO", help="a number, an object id, anonymous (any)")
    parser.add_argument("--at", default="", metavar="TIME", help="2026-12-24T20:00, in the route's time zone (now)")
    parser.add_argument("--json", action="store_true", help="what POST /api/who answers")
    return parser


if __name__ == "__main__":
    run(main)
