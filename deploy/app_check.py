"""Ask the app: until this build answers, and then how it is."""

import json
from collections.abc import Mapping
from typing import Any

from deploy import health_report, live_build
from deploy.https_get import NoAnswer
from deploy.steps import Await, Facts, Visit, filled, partly_filled
from deploy.world import Stopped, World

_OK = 200
_EVERY = 60.0  # seconds, between two lines that say the same


def wait_for_build(step: Await, facts: Facts, world: World) -> None:
    """Ask until the staged build answers. Raises Stopped, which says what answers instead."""
    build, said, silent = facts["BUILD"], "", 0.0
    for attempt in range(step.tries):
        if attempt:
            world.sleep(step.pause)
            silent += step.pause
        live = live_build.ask(world.fetch, facts["HOST"])
        if live.id == build:
            world.say(f"  build {build} answers")
            return
        if live.said != said or silent >= _EVERY:
            left = (step.tries - 1 - attempt) * step.pause / 60
            world.say(f"  {live.said}, not {build} yet; it is asked for {left:.0f} more minutes")
            said, silent = live.said, 0.0
    remedy = partly_filled(step.remedy, facts)
    raise Stopped(f"{step.name} failed: build {build} was published, but {said}\n{remedy}")


def visit(step: Visit, facts: Facts, world: World) -> Mapping[str, Any]:
    """Give the app's own check, once nothing is wrong or at the last try. Raises Stopped where there is none."""
    headers = {"x-functions-key": facts[step.key], "Accept": "application/json"}
    said, report = "", {}
    for attempt in range(step.tries):
        if attempt:
            world.sleep(step.pause)
        try:
            status, body = world.fetch(filled(step.url, facts), headers)
        except OSError as error:
            said = str(error) if isinstance(error, NoAnswer) else type(error).__name__
            continue
        said = f"HTTP {status}"
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            said += ", and no JSON"
            continue
        if status != _OK or not isinstance(answer, dict):
            continue
        if "build" in answer and (live := live_build.from_json(body)).id != facts["BUILD"]:
            said = f"{live.said}, not {facts['BUILD']}"  # an instance of before, which goes on for a while
            continue
        report = answer
        if not health_report.has_errors(report):
            return report
    if not report:
        raise Stopped(f"{step.name} failed: {said}\n{step.remedy}")
    return report
