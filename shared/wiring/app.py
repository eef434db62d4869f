"""Put the app together from its settings; the only reader of the environment."""

import asyncio
import os
import random
import threading
import uuid
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import requests
from azure.data.tables import TableServiceClient

from shared.adapters import telemetry
from shared.adapters.call_memory import MemoryCalls
from shared.adapters.clock import SystemClock
from shared.adapters.directory_cache import NewestDirectory
from shared.adapters.graph import GraphCalls
from shared.adapters.http_session import http_session, trusted
from shared.adapters.probes import GraphDate, TableRights
from shared.adapters.signing_keys.key_cache import SigningKeys
from shared.adapters.signing_keys.microsoft_gate import MicrosoftGate
from shared.adapters.signing_keys.openid import Provider
from shared.adapters.tables.calls_table import CallsTable, DirectoryTables
from shared.adapters.tables.client import service
from shared.adapters.tables.past_calls_table import PastCallsTable
from shared.adapters.tables.problems_table import ProblemsTable
from shared.adapters.tokens.entra import GraphTokens
from shared.adapters.tokens.managed_identity import ManagedIdentity
from shared.call.flow import UNAVAILABLE, Flow, Request, Threads
from shared.call.journal import Journal
from shared.call.redirector import Answering
from shared.console.doctor import Doctor
from shared.console.inquiries import Document, Inquiries, misconfigured
from shared.core.budgets import Budgets
from shared.core.build_id import BUILD_ID
from shared.core.directory.reader import Defaults
from shared.core.gate import Policy
from shared.core.refusals import Misconfigured, RefusedRequest
from shared.core.routing.decide import LastResort
from shared.ports import Clock
from shared.settings.settings import Settings, SettingsWrong
from shared.upkeep.cleanup import Tidying
from shared.upkeep.heartbeat import LastRead, Pulse
from shared.upkeep.problem_list import ProblemList

__all__ = [
    "BUILD_ID",
    "UNAVAILABLE",
    "App",
    "Document",
    "RefusedRequest",
    "Request",
    "build",
    "check",
    "fault",
    "flow",
    "pulse",
    "refused",
    "start",
    "threads",
    "tidying",
    "who",
]

# A call holds a thread while it waits for Graph; 100 calls at once is what an instance is set to take.
_THREADS = 128
fault = telemetry.fault


class Context(Protocol):
    """What the worker tells of an invocation."""

    @property
    def invocation_id(self) -> str: ...
    @property
    def thread_local_storage(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class App:
    """The flow, what the timers do, what answers people, and what makes it ready before the first call.

    `warm_up`: keys, token, directory, a connection to Graph.
    """

    flow: Flow
    tidying: Tidying
    pulse: Pulse
    inquiries: Inquiries
    warm_up: tuple[Callable[[], object], ...] = ()


def build(settings: Settings, budgets: Budgets | None = None, clock: Clock | None = None) -> App:
    """Make every part once. Nothing is called, read or connected before the first call, or `warm_up`."""
    budgets, clock = budgets or Budgets(), clock or SystemClock()
    http = http_session(trusted(), _THREADS)
    keys = SigningKeys(
        http,
        [Provider(url, frozenset(settings.token_issuers)) for url in settings.openid_metadata_urls],
        clock.monotonic,
        telemetry.event,
    )
    identity = _identity(settings, http, clock)
    tokens = _tokens(settings, http, identity, clock)
    graph = GraphCalls(http, settings.graph_url, budgets, now=clock.now, new_id=_new_id)
    tables = _tables(settings, http, identity, budgets)
    defaults = Defaults(settings.time_zone, settings.holiday_country)
    last_read = LastRead(DirectoryTables(tables, settings.bot_app_id, defaults, budgets).load, clock)
    directory = NewestDirectory(
        last_read,
        ttl=settings.config_ttl_seconds,
        clock=clock,
        events=telemetry.event,
        budgets=budgets,
    )
    problems = ProblemList(ProblemsTable(tables, budgets), clock, telemetry.event)
    last_resort = LastResort(settings.bot_app_id, settings.fallback_targets, settings.unroutable)
    flow = Flow(
        gate=MicrosoftGate(keys, Policy(settings.bot_app_id, settings.allowed_tenant_ids), clock),
        directories=directory,
        journal=Journal(CallsTable(tables, budgets), MemoryCalls(), clock, telemetry.event, budgets, _new_id),
        answering=Answering(graph, tokens, clock, budgets, random.random),
        clock=clock,
        events=telemetry.event,
        fault=telemetry.fault,
        last_resort=last_resort,
        base_url=settings.public_base_url,
    )
    doctor = Doctor(
        keys,
        tokens,
        TableRights(tables),
        GraphDate(http, settings.graph_url),
        clock,
        tenants=settings.allowed_tenant_ids,
        has_fallback=bool(settings.fallback_targets),
        waits_for_missed_calls=settings.missed_call_webhook is not None,
    )
    warm_up = (keys.warm, directory.warm, lambda: tokens.warm(settings.bot_tenant_id), graph.warm)
    return App(
        flow,
        Tidying(PastCallsTable(tables, budgets), clock, telemetry.event, settings.retention_days),
        Pulse(directory, last_read, clock, telemetry.event, problems.write),
        Inquiries(
            directory,
            doctor,
            clock,
            last_resort,
            settings.public_base_url,
        ),
        warm_up if identity is None else (partial(identity.warm, settings.cloud.exchange), *warm_up),
    )


def flow() -> Flow:
    """Give the flow of this process. Raises Misconfigured, which names every setting that is missing or wrong."""
    return _app().flow


def tidying() -> Tidying:
    """Give what closes and deletes old records. Raises Misconfigured."""
    return _app().tidying


def pulse() -> Pulse:
    """Give what says that the app is alive. Raises Misconfigured."""
    return _app().pulse


def check(line: str, accept: str) -> Document:
    """Examine everything, wrong settings too. Raises QuestionUnclear for a `line` that is none."""
    try:
        inquiries = _app().inquiries
    except Misconfigured as wrong:
        problems = wrong.__cause__.problems if isinstance(wrong.__cause__, SettingsWrong) else (wrong.detail,)
        return misconfigured(problems, SystemClock().now(), accept)
    return inquiries.check(line, accept)


def who(body: bytes) -> Document:
    """Say who would ring. Raises Misconfigured, and QuestionUnclear."""
    return _app().inquiries.who(body)


def start() -> None:
    """Where WARM_UP asks for it, make everything ready in the background, each neighbour in its own thread."""
    if os.environ.get("WARM_UP", "").strip().lower() in {"true", "1", "yes"}:
        threading.Thread(target=_warm, name="warm-up", daemon=True).start()


def threads(context: Context) -> Threads:
    """Run blocking work in this app's own threads; the lines that it logs keep the invocation they belong to.

    The worker's pool has 5 threads on one core, unless a setting says otherwise that somebody can forget.
    """

    def run[**P, T](work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        def inside() -> T:
            context.thread_local_storage.invocation_id = context.invocation_id
            with telemetry.invocation():
                return work(*args, **kwargs)

        return asyncio.get_running_loop().run_in_executor(_pool, inside)

    return run


def refused(refusal: RefusedRequest) -> None:
    """Log why a request was turned away."""
    telemetry.event(refusal.event, reason=refusal.reason, why=refusal.detail or None)


_pool = ThreadPoolExecutor(_THREADS, "call")
_building = threading.Lock()
_built: list[App] = []


def _app() -> App:
    with _building:
        if not _built:
            telemetry.quiet()
            try:
                _built.append(build(Settings.from_env(os.environ)))
            except SettingsWrong as wrong:
                raise Misconfigured(str(wrong)) from wrong
        return _built[0]


def _warm() -> None:
    try:
        app = _app()
    except Misconfigured as wrong:
        refused(wrong)
        return
    for step in app.warm_up:
        threading.Thread(target=step, name="warm-up", daemon=True).start()


def _identity(settings: Settings, http: requests.Session, clock: Clock) -> ManagedIdentity | None:
    client_id = settings.managed_identity_client_id
    return ManagedIdentity(client_id, http, clock=clock.monotonic, sleep=clock.sleep) if client_id else None


def _tokens(settings: Settings, http: requests.Session, identity: ManagedIdentity | None, clock: Clock) -> GraphTokens:
    """Prove the bot by its secret, where somebody chose to set one, else by the identity's assertion."""
    credential: str | Callable[[], str] = settings.bot_client_secret or ""
    if not credential and identity is not None:
        credential = partial(identity.assertion, settings.cloud.exchange)
    return GraphTokens(
        settings.bot_app_id,
        credential,
        login=settings.login_url,
        graph=settings.token_audience,
        http=http,
        events=telemetry.event,
        clock=clock.monotonic,
        sleep=clock.sleep,
    )


def _tables(
    settings: Settings, http: requests.Session, identity: ManagedIdentity | None, budgets: Budgets
) -> TableServiceClient:
    if settings.tables_connection_string:
        try:
            return service(http, connection_string=settings.tables_connection_string)
        except ValueError:
            raise SettingsWrong(("TABLES_CONNECTION_STRING is not a storage account's connection string",)) from None
    credential = identity.credential(budgets.directory_wait) if identity else None
    return service(http, endpoint=settings.tables_endpoint or "", credential=credential)


def _new_id() -> str:
    return str(uuid.uuid4())
