"""Bring the app up between neighbours that fail at random, and let the calls ring, a few at a time."""

import random
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from azure.data.tables import TableServiceClient

from local.azurite import azurite
from local.faultproxy import FaultProxy
from local.microsoft.identity.key_set import KeySet
from local.microsoft.identity.token_forms import TokenForm
from local.microsoft.server.neighbour import Neighbour
from local.microsoft.simulator import Microsoft
from local.processes import Running, running_host
from local.soak.balance import Balance, Fate, balance
from local.soak.plan import FRAUD, KeyEvent, Turn, turn

_BASE_URL = "https://bot.contoso.com"  # the exchange keeps its paths and delivers to this machine
_SPEED = 1000.0  # of the phones
_OVER_WITHIN = 60.0  # seconds
_ANNOUNCED = 30.0  # seconds from a key's publication to its first signature
_WARM = 200  # calls before memory is measured first
_TARGETS = ("98da8a1a-1b87-452c-a713-65d3f10b1253", "bf5aae9a-d11d-47a8-93b1-782504c9c3f3")


@dataclass(frozen=True, slots=True)
class Result:
    balance: Balance
    seconds: float
    memory: tuple[int, ...]  # kB of the app's process: when warm, then at each tenth
    faults: int  # events in which the app said that a fault was its own


class _Publisher:
    """Publish a new key a while before it signs: the app rests 10 s after it looked for a key in vain."""

    def __init__(self, keys: KeySet, metadata: Neighbour) -> None:
        self._keys, self._metadata = keys, metadata
        self._signs_at: float | None = None
        self._lock = threading.Lock()

    def turn(self, drawn: KeyEvent | None) -> None:
        with self._lock:
            if self._signs_at is None and drawn is KeyEvent.AWAY:
                self._metadata.will_answer(503, 503)
            elif self._signs_at is None and drawn is KeyEvent.ROTATED:
                self._metadata.behaves()
                self._keys.announce()
                self._signs_at = time.monotonic() + _ANNOUNCED
            elif self._signs_at is not None and time.monotonic() > self._signs_at:
                self._keys.rotate()
                self._signs_at = None


@dataclass(slots=True)
class _Stage:
    microsoft: Microsoft
    legacy: _Publisher
    entra: _Publisher
    proxy: FaultProxy
    tables: TableServiceClient
    host: Running
    fates: list[Fate] = field(default_factory=list)
    knocks: list[int] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def play(self, drawn: Turn) -> None:
        for spoil in drawn.spoil:
            spoil(self.microsoft)
        event, of_form = drawn.keys or (None, None)
        self.legacy.turn(event if of_form is TokenForm.LEGACY else None)
        self.entra.turn(event if of_form is not TokenForm.LEGACY else None)
        if drawn.tables:
            fault, times = drawn.tables
            self.proxy.spoils(fault, times=times)
        if drawn.forged:
            self.knock(drawn.forged)
        call = self.microsoft.exchange.ring(drawn.call).wait(_OVER_WITHIN)
        with self.lock:
            self.fates.append(Fate.of(call))

    def knock(self, form: TokenForm) -> None:
        token = self.microsoft.signing.token(form, key=self.microsoft.signing.stranger)
        headers = {"Authorization": f"Bearer {token}"}
        answer = requests.post(f"{self.host.url}/api/calls", json={}, headers=headers, timeout=20)
        with self.lock:
            self.knocks.append(answer.status_code)

    def memory(self) -> int:
        command = ["ps", "-o", "rss=", "-p", str(self.host.process.pid)]
        return int(subprocess.run(command, capture_output=True, check=True, text=True).stdout)  # noqa: S603 - our own child

    def rows(self) -> dict[str, dict[str, Any]]:
        """Read the records of today, and of the day before where midnight has passed meanwhile."""
        since = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
        found = self.tables.get_table_client("calls").query_entities(
            f"PartitionKey ge '{since}'", results_per_page=1000
        )
        return {str(row["RowKey"]): dict(row) for row in found}


def soak(
    calls: int, *, forms: Sequence[TokenForm], seed: int, at_once: int, within: float, say: Callable[[str], None]
) -> Result:
    """Play so many calls, fewer where `within` seconds do not suffice, and give the balance."""
    dice = random.Random(seed)  # noqa: S311 - dice
    turns = [turn(dice, forms) for _ in range(calls)]
    began = time.monotonic()
    with _stage(forms) as stage, ThreadPoolExecutor(at_once) as callers:
        memory: list[int] = []
        portions = [turns[:_WARM], *_portions(turns[_WARM:], 10)]
        for portion in portions:
            if time.monotonic() - began > within:
                say(f"{within:.0f} s are over; {len(stage.fates)} calls of {calls} were played")
                break
            list(callers.map(stage.play, portion))
            memory.append(stage.memory())
            say(f"{len(stage.fates):6} calls, {time.monotonic() - began:5.0f} s, {memory[-1]:7} kB")
        stage.proxy.behaves()
        lines = [event["row"] for event in stage.host.events("call.unrecorded")]
        made_up = balance(stage.fates, stage.rows(), lines, stage.knocks)
        return Result(made_up, time.monotonic() - began, tuple(memory), len(stage.host.events("internal.error")))


@contextmanager
def _stage(forms: Sequence[TokenForm]) -> Iterator[_Stage]:
    with ExitStack() as parts:
        storage = parts.enter_context(azurite())
        microsoft = parts.enter_context(Microsoft(forms=forms, speed=_SPEED))
        tables = parts.enter_context(TableServiceClient.from_connection_string(storage.connection_string))
        targets = tables.create_table("targets")
        for target in _TARGETS:
            targets.upsert_entity({"PartitionKey": "default", "RowKey": target})
        tables.create_table("routes").upsert_entity({"PartitionKey": "any", "RowKey": FRAUD, "Ring": "reject"})
        proxy = parts.enter_context(FaultProxy(int(storage.endpoint.rpartition(":")[2].partition("/")[0])))
        settings = microsoft.settings() | {
            "TABLES_CONNECTION_STRING": proxy.through(storage.connection_string),
            "PUBLIC_BASE_URL": _BASE_URL,
            "FALLBACK_TARGETS": _TARGETS[0],
        }
        host = parts.enter_context(running_host(settings))
        microsoft.exchange.delivers_to(host.url)
        legacy = _Publisher(microsoft.signing.legacy, microsoft.metadata)
        entra = _Publisher(microsoft.signing.entra, microsoft.entra_metadata)
        yield _Stage(microsoft, legacy, entra, proxy, tables, host)


def _portions(turns: list[Turn], into: int) -> list[list[Turn]]:
    size = -(-len(turns) // into) or 1
    return [turns[start : start + size] for start in range(0, len(turns), size)]
