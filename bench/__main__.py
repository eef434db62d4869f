"""Measure this app beside an empty function and the usual stack, in turns: `make bench`, `make bench-quick`."""

import argparse
import asyncio
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psutil

from bench import machine, plot, report
from bench.goals import Contender
from bench.hosts import PROJECT
from bench.load import Failed
from bench.measures import WARM_FIGURES, App, Bench, Counts, Measure
from bench.report import Result
from bench.world import seeded_azurite, world

_RESULTS = Path(__file__).parent / "results"
_APPS = Path(__file__).parent / "apps"
_DOCUMENTATION = PROJECT / "docs/performance.md"


@dataclass(frozen=True, slots=True)
class Plan:
    """A round that would end later than `within` seconds after the first began is left out."""

    name: str
    rounds: int
    within: float
    counts: Counts
    growth: int
    processes: tuple[int, ...]
    core: int | None = None


_FULL = Plan("latest", 7, 900, Counts(cold=3, first=100, alone=300, eight=1000, crowd=640), 20_000, (1, 2, 4))
_ONE_CORE = replace(_FULL, name="one-core", rounds=5, growth=600, processes=(), core=0)
_QUICK = Plan("quick", 3, 35, Counts(cold=2, first=24, alone=60, eight=240, crowd=192), 600, ())


async def _measure(plan: Plan) -> Result:
    when, described = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", machine.describe()
    figures: dict[Contender, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))

    def note(contender: Contender, measured: dict[str, float]) -> None:
        for key, value in measured.items():
            figures[contender][key].append(value)

    if plan.core is not None:  # what the bench itself does, and its servers, has the others
        others = set(psutil.Process().cpu_affinity()) - {plan.core}
        psutil.Process().cpu_affinity(list(others or {plan.core}))
    async with world() as around:
        bench = Bench(around.neighbours, around.ringing, plan.counts)
        apps: dict[Contender, App] = {
            "empty": App(_APPS / "empty", around.settings, redirects=False, core=plan.core),
            "usual": App(_APPS / "usual", around.settings, core=plan.core),
            "ours": App(PROJECT, around.settings, core=plan.core),
        }
        for app in apps.values():  # once for nothing: it compiles what is not, and fills the machine's file cache
            await bench.cold(app)
        began = time.monotonic()
        for done in range(plan.rounds):
            if done and (time.monotonic() - began) / done * (done + 1) > plan.within:
                break
            for contender, app in apps.items():
                _say(f"round {done + 1} of at most {plan.rounds}: {contender}")
                note(contender, await _everything(bench, app))
        _say("ours on Azurite")
        note("azurite", await _on_azurite(bench, apps["ours"]))
        _say(f"ours, memory over {plan.growth} calls")
        note("ours", await bench.growth(apps["ours"], plan.growth))
        scaling = [await bench.side_by_side(apps["ours"], processes) for processes in plan.processes]
    return Result(when, described, plan.growth, figures, scaling)


async def _everything(bench: Bench, app: App) -> dict[str, float]:
    return await bench.cold(app) | await bench.warm(app, WARM_FIGURES) | await bench.burst(app)


async def _on_azurite(bench: Bench, app: App) -> dict[str, float]:
    """Measure with a new Azurite for each figure: every row makes it slower."""
    warm = [partial(bench.warm, figures=[figure]) for figure in WARM_FIGURES]
    measures: list[Measure] = [bench.cold, *warm, bench.burst]
    measured: dict[str, float] = {}
    for measure in measures:
        with seeded_azurite() as tables:
            measured |= await measure(replace(app, settings=app.settings | tables))
    return measured


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer calls and rounds, in a minute; not for the docs")
    parser.add_argument("--one-core", action="store_true", help="each app on one core alone (Linux); not for the docs")
    parser.add_argument("--draw", action="store_true", help="measure nothing, write the pages of the last run again")
    asked = parser.parse_args()
    plan = _QUICK if asked.quick else _ONE_CORE if asked.one_core else _FULL
    file = _RESULTS / f"{plan.name}.json"
    if not asked.draw:
        try:
            file.write_text(asyncio.run(_measure(plan)).to_json() + "\n")
        except* Failed as failed:
            print(*failed.exceptions, sep="\n", file=sys.stderr)
            sys.exit(1)
    result = Result.from_json(file.read_text())
    page = report.page(result)
    plot.draw(result, file.with_suffix(".svg"))
    if plan is _FULL:
        _DOCUMENTATION.write_text(report.replaced(_DOCUMENTATION.read_text(), page))
    print(page)


if __name__ == "__main__":
    main()
