"""Put together what answers calls, from settings alone."""

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

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
from shared.core.routing.decide import LastResort
from shared.ports import Clock
from shared.settings.settings import Settings
from shared.wiring.neighbours import Neighbours, build_neighbours

# A call holds a thread while it waits for Graph; 100 calls at once is what an instance is set to take.
THREADS = 128


@dataclass(frozen=True, slots=True, eq=False)
class App:
    """What answers calls, and the parts that the console and the timers are built of when somebody asks for them.

    `warm_up`: keys, token, directory, a connection to Graph; `keep_warm` opens the last again, or uses it.
    """

    flow: Flow
    settings: Settings
    budgets: Budgets
    clock: Clock
    neighbours: Neighbours
    last_resort: LastResort
    warm_up: tuple[Callable[[], object], ...]
    keep_warm: Callable[[], object]


def build(settings: Settings, budgets: Budgets | None = None, clock: Clock | None = None) -> App:
    """Make every part once. Nothing is called, read or connected before the first call, or `warm_up`."""
    budgets, clock = budgets or Budgets(), clock or SystemClock()
    neighbours = build_neighbours(settings, budgets, clock, THREADS)
    tokens, identity = neighbours.tokens, neighbours.identity
    graph = GraphClient(neighbours.pool, settings.graph_url, budgets, now=clock.now, new_id=_new_id)
    last_resort = LastResort(settings.bot_app_id, settings.fallback_targets, settings.unroutable)
    table, memory = CallsTable(neighbours.pool, neighbours.account, budgets, clock.now), MemoryCalls()
    journal = Journal(table, memory, clock, telemetry.event, budgets, random.random)
    ringing = Ringing(
        directories=neighbours.directory,
        claims=Claims(table, memory, clock, telemetry.event, budgets, _new_id),
        journal=journal,
        redirector=Redirector(graph, tokens, clock, budgets, random.random),
        clock=clock,
        events=telemetry.event,
        last_resort=last_resort,
        base_url=settings.public_base_url,
    )
    ends = Ends(journal, clock, telemetry.event)
    flow = Flow(neighbours.gate, ringing, ends, clock, telemetry.event, telemetry.internal_error)
    warm_up: tuple[Callable[[], object], ...] = (
        neighbours.keys.warm,
        neighbours.directory.warm,
        lambda: tokens.warm(settings.bot_tenant_id),
        graph.warm,
    )
    if identity is not None:
        warm_up = (partial(identity.warm, settings.cloud.assertion_audience), *warm_up)
    return App(flow, settings, budgets, clock, neighbours, last_resort, warm_up, graph.warm)


def _new_id() -> str:
    return str(uuid.uuid4())
