"""Put together what the timers do; no call waits for it."""

from shared.adapters import telemetry
from shared.adapters.tables.past_calls_table import PastCallsTable
from shared.adapters.tables.problems_table import ProblemsTable
from shared.core.directory.model import Problem, Severity
from shared.upkeep.cleanup import Cleanup
from shared.upkeep.heartbeat import Heartbeat
from shared.upkeep.problem_list import ProblemList
from shared.wiring.app import App
from shared.wiring.messages import build_daily_digest, build_messages_table, build_outbox


def build_heartbeat(app: App) -> Heartbeat:
    wrong = tuple(
        Problem(Severity.ERROR, "settings", one.name, "value", f"{one.why}; {one.instead}")
        for one in app.settings.ignored
    )
    problems = ProblemList(
        ProblemsTable(app.neighbours.tables(), app.budgets), app.clock, telemetry.event, app.last_resort, wrong
    )
    outbox = build_outbox(app.settings, app.neighbours, app.budgets, app.clock)
    daily = build_daily_digest(app.settings, app.neighbours, app.budgets, app.clock)
    # The day's message first: both take turns, and on a busy line there would be none left for it.
    messages = [*([daily.send] if daily else []), *([outbox.flush] if outbox else [])]
    return Heartbeat(
        app.neighbours.directory,
        app.clock,
        telemetry.event,
        problems.write,
        app.keep_warm,
        messages,
    )


def build_cleanup(app: App) -> Cleanup:
    past = PastCallsTable(app.neighbours.tables(), app.budgets)
    messages = build_messages_table(app.neighbours)
    return Cleanup(past, app.clock, telemetry.event, app.settings.retention_days, messages.drop_days)
