"""Put together what answers calls, from settings alone."""

import random
import uuid
from collections.abc import Callable

from shared.adapters import telemetry
from shared.adapters.call_memory import MemoryCalls
from shared.adapters.clock import SystemClock
from shared.adapters.graph import GraphClient
from shared.adapters.tables.calls_table import CallsTable
from shared.call.claims import Claims
from shared.call.ends import Ends
from shared.call.flow import Flow
from shared.call.journal import Journal
from shared.call.redirector import Redirector
from shared.call.ringing import Ringing
from shared.core.budgets import Budgets
from shared.core.light_dataclass import dataclass
from shared.core.routing.decide import LastResort
from shared.ports import Clock
from shared.settings.settings import Settings
from shared.wiring.gate import build_entrance
from shared.wiring.missed_calls import MissedCalls
from shared.wiring.neighbours import Neighbours, build_neighbours


@dataclass(frozen=True, slots=True, eq=False)
class App:
    """What answers calls, and the parts that the console and the timers are built of when somebody asks for them.

    `keep_warm` opens a connection to Graph, or uses the one that is there.
    """

    flow: Flow
    settings: Settings
    budgets: Budgets
    clock: Clock
    neighbours: Neighbours
    last_resort: LastResort
    keep_warm: Callable[[], object]


def build(settings: Settings, budgets: Budgets | None = None, clock: Clock | None = None) -> App:
    """Make every part once. Nothing is called, read or connected before the first call."""
    budgets, clock = budgets or Budgets(), clock or SystemClock()
    neighbours = build_neighbours(settings, build_entrance(settings, clock), budgets, clock)
    return build_on(neighbours, settings, budgets, clock)


def build_on(neighbours: Neighbours, settings: Settings, budgets: Budgets, clock: Clock) -> App:
    """Make what answers calls, on neighbours that may be at work already."""
    pool, tokens = neighbours.entrance.pool, neighbours.tokens
    graph = GraphClient(pool, settings.graph_url, budgets, now=clock.now, new_id=_new_id)
    last_resort = LastResort(settings.bot_app_id, settings.fallback_targets, settings.unroutable)
    table, memory = CallsTable(pool, neighbours.account, budgets, clock.now), MemoryCalls()
    journal = Journal(table, memory, clock, telemetry.event, budgets, random.random)
    missed_calls = MissedCalls(settings, neighbours, budgets, clock)
    ringing = Ringing(
        directories=neighbours.directory,
        claims=Claims(table, memory, clock, telemetry.event, budgets, _new_id),
        journal=journal,
        redirector=Redirector(graph, tokens, clock, budgets, random.random),
        clock=clock,
        events=telemetry.event,
        last_resort=last_resort,
        base_url=settings.public_base_url,
        recorded=missed_calls,
    )
    ends = Ends(journal, clock, telemetry.event, missed_calls)
    flow = Flow(neighbours.entrance.gate, ringing, ends, clock, telemetry.event, telemetry.internal_error)
    return App(flow, settings, budgets, clock, neighbours, last_resort, graph.warm)


def _new_id() -> str:
    return str(uuid.uuid4())
