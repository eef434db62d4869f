"""What a call and a cold start may cost, in counts: seconds are for `make bench`."""

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, override

import pytest

from bench import profiling
from bench.load import Notification
from bench.neighbours import Neighbours
from bench.tables import TableResponse
from bench.world import World, world
from tests.support.paths import ROOT

_CALLS = 5
_ROUND_TRIPS = 3  # of a call
_PATIENCE = 60  # seconds, on a machine that does much else
_TABLES = ("targets", "routes", "holidays", "shifts", "away")
_FIRST = ("legacy metadata", "entra metadata", "token", *(f"GET {table}" for table in _TABLES))
_SECOND = ("legacy keys", "entra keys")
_LATER = (
    "opening_hours",
    "shared.console.",
    "shared.upkeep.",
    "shared.core.health",
    "shared.core.coverage",
    "shared.core.record.retention",
    "shared.core.directory.problem_rows",
    "shared.core.missed_call",
    "shared.adapters.webhook",
    "shared.adapters.tables.messages_table",
)
_OF_A_CALL = {"shared.console.document"}
_MOST_BYTES, _MOST_FILES = 40_000_000, 1_450


@dataclass(slots=True)
class Heard(Neighbours):
    """Notes what is asked, by a short name; holds back the answers to what is named in `held`."""

    asked: list[str] = field(default_factory=list)
    held: frozenset[str] = frozenset()
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    @override
    async def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> TableResponse:
        name = _name(method, path)
        async with self.news:
            self.asked.append(name)
            self.news.notify_all()
            await self.news.wait_for(lambda: name not in self.held)
        return await Neighbours.answer(self, method, path, headers, body)

    async def has_been_asked(self, *names: str) -> None:
        async with self.news, asyncio.timeout(_PATIENCE):
            await self.news.wait_for(lambda: set(names) <= set(self.asked))

    async def hold(self, *names: str) -> None:
        """Hold these back from now on, and answer all others."""
        async with self.news:
            self.held = frozenset(names)
            self.news.notify_all()


def _name(method: str, path: str) -> str:
    last = path.rsplit("/", 1)[-1]
    if path.endswith("onfiguration"):
        return "legacy metadata" if "OpenId" in last else "entra metadata"
    if last == "keys":
        return "entra keys" if "discovery" in path else "legacy keys"
    table = last.partition("(")[0]
    return {"HEAD": "graph, to be warm"}.get(method) or (f"{method} {table}" if table in {*_TABLES, "calls"} else last)


def _line(notification: Notification) -> bytes:
    return json.dumps({"token": notification.token, "body": notification.body.decode()}).encode() + b"\n"


async def _started(around: World, settings: Mapping[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.counted_calls"),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **around.settings, **settings},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )


async def _ready(process: asyncio.subprocess.Process) -> None:
    assert process.stdout
    async with asyncio.timeout(_PATIENCE):
        while await process.stdout.readline() not in {b"ready\n", b""}:
            pass


def _counted(printed: bytes) -> dict[str, Any]:
    counted: dict[str, Any] = json.loads(printed.splitlines()[-1])
    assert set(counted["statuses"]) == {202}
    return counted


@dataclass(frozen=True, slots=True)
class Seen:
    counted: dict[str, Any]
    asked: Sequence[str]  # by the calls that are counted
    profile: profiling.Rows


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    async def see() -> Seen:
        async with world(Heard) as around:
            heard = around.neighbours
            assert isinstance(heard, Heard)
            first, *others = around.ringing.notifications(1 + _CALLS)
            process = await _started(around, {"WARM_UP": "false"})
            assert process.stdin
            process.stdin.write(_line(first))
            await heard.has_been_asked(*_FIRST, *_SECOND)
            await _ready(process)
            before = len(heard.asked)
            printed, _ = await process.communicate(b"".join(map(_line, others)))
            asked = heard.asked[before:]
            rows = await profiling.warm(around, tmp_path_factory.mktemp("profile") / "profile")
            return Seen(_counted(printed), asked, rows)

    return asyncio.run(see())


def test_importing_function_app_loads_hardly_anything(seen: Seen) -> None:
    assert len(seen.counted["adds"]) <= 15, seen.counted["adds"]


def test_a_call_loads_nothing_of_the_console_or_the_timers_and_no_reader_of_hours(seen: Seen) -> None:
    loaded = {name for name in seen.counted["loaded"] if name.startswith(_LATER)}

    assert loaded - _OF_A_CALL == set()
    assert "shared.call.flow" in seen.counted["loaded"]


def test_a_warm_call_takes_three_round_trips(seen: Seen) -> None:
    assert sorted(seen.asked) == sorted(["POST calls", "redirect", "PUT calls"] * _CALLS)


def test_a_warm_call_takes_one_thread_and_one_line_and_no_new_connection(seen: Seen) -> None:
    assert seen.counted["counts"] == {"hops": _CALLS, "lines": _CALLS}


def test_a_warm_call_takes_2100_function_calls_at_most(seen: Seen) -> None:
    assert sum(count for count, _ in profiling.calls(seen.profile, profiling.CALLS).values()) <= 2100


def test_a_request_waits_for_its_answer_and_sets_no_time_out_of_a_socket(seen: Seen) -> None:
    times = Counter({name: round(row[1] / profiling.CALLS) for (_, _, name), row in seen.profile.items()})

    # Once before it is sent, and once after; a busy neighbour may send its answer in two pieces.
    assert 2 * _ROUND_TRIPS <= times["<method 'poll' of 'select.poll' objects>"] <= 3 * _ROUND_TRIPS
    assert times["<method 'write' of '_ssl._SSLSocket' objects>"] == _ROUND_TRIPS
    assert times["<method 'read' of '_ssl._SSLSocket' objects>"] <= 3 * _ROUND_TRIPS
    assert times["<method 'settimeout' of '_socket.socket' objects>"] == 0


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="only Linux lets a process choose its cores")
def test_what_answers_calls_is_on_one_core(seen: Seen) -> None:
    assert seen.counted["cores"] == 1


def test_a_cold_call_waits_for_two_answers_in_a_row_besides_its_claim() -> None:
    """While none of one row is answered, all of it is asked for: so nothing in it waits for another."""

    async def ring() -> list[str]:
        async with world(Heard) as around:
            heard = around.neighbours
            assert isinstance(heard, Heard)
            await heard.hold(*_FIRST, *_SECOND, "POST calls")
            process = await _started(around, {"WARM_UP": "true"})
            await heard.has_been_asked(*_FIRST)
            await heard.hold(*_SECOND, "POST calls")
            await heard.has_been_asked(*_SECOND)
            await heard.hold("POST calls")
            process.stdin.write(_line(*around.ringing.notifications(1)))  # type: ignore[union-attr]  # it is a pipe
            await heard.has_been_asked("POST calls")
            await heard.hold()
            await heard.has_been_asked("redirect")
            printed, _ = await process.communicate()
            _counted(printed)
            return heard.asked

    asked = asyncio.run(ring())

    assert set(asked) - {"graph, to be warm"} == {*_FIRST, *_SECOND, "POST calls", "redirect", "PUT calls"}


def test_what_is_installed_stays_small() -> None:
    names = {line.split("==")[0].split("[")[0] for line in _pinned()}
    files = [Path(str(file.locate())) for name in names for file in distribution(name).files or ()]
    there = [file for file in files if file.suffix != ".pyc" and file.is_file()]

    assert (sum(file.stat().st_size for file in there) <= _MOST_BYTES, len(there) <= _MOST_FILES) == (True, True)


def _pinned() -> list[str]:
    """Give the lines of requirements.txt that name a package for this machine."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if "==" in line and not line.startswith((" ", "#")) and "platform" not in line]
