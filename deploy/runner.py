"""Do what a plan says: the only place that has a command run, asks a person or reaches the app."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, assert_never

from deploy import commands, health_report, teams_app
from deploy.commands import Absent, Failed, Hung
from deploy.https_get import NoAnswer
from deploy.steps import Check, Confirm, Facts, Pack, Run, Step, Visit, Word, filled, partly_filled, typed


class Stopped(Exception):
    """A step failed; the text says which, and what to do."""


class Declined(Exception):
    """The person said no; the text says what stays."""


@dataclass(frozen=True, slots=True)
class World:
    """All that a plan reaches. `fetch` gives the status and body of a GET with these headers, or raises OSError.

    A check that takes longer than `check_seconds` is given up.
    """

    environment: Mapping[str, str]
    project: Path
    say: Callable[[str], None]
    ask: Callable[[str], str]
    sleep: Callable[[float], None]
    fetch: Callable[[str, Mapping[str, str]], tuple[int, bytes]]
    check_seconds: float = 60.0


@dataclass(slots=True)
class Runner:
    """Goes through steps in their order, and keeps what they found."""

    world: World
    facts: dict[str, str]
    notes: list[str] = field(default_factory=list)
    report: Mapping[str, Any] = field(default_factory=dict)

    def check(self, checks: Iterable[Check]) -> list[str]:
        """Make every check that can be made, and give all that is missing."""
        missing: list[str] = []
        given_up: set[Word] = set()
        for check in checks:
            run = check.run
            if run.command[0] in given_up or not self._applies(run):
                continue
            self.world.say(f"  {run.name}: {run.purpose}")
            try:
                self.facts |= self._once(run, min(run.seconds, self.world.check_seconds))
            except Hung as hung:
                given_up.add(run.command[0])
                missing.append(f"{run.command[0]} gives no answer: try {typed(run)} ({hung})")
            except Failed as failed:
                given_up |= {run.command[0]} if isinstance(failed, Absent) else set()
                (missing if run.essential else self.notes).append(
                    _joined(partly_filled(run.remedy, self.facts), failed)
                )
            else:
                missing += check.lacks(self.facts)
        return missing

    def go(self, steps: Iterable[Step]) -> None:
        """Do each step. Raises Stopped or Declined."""
        for step in steps:
            match step:
                case Run():
                    self._run(step)
                case Confirm():
                    self._confirm(step)
                case Visit():
                    self._visit(step)
                case Pack():
                    self._pack(step)
                case _:
                    assert_never(step)

    def _confirm(self, step: Confirm) -> None:
        try:
            answer = self.world.ask(step.question)
        except EOFError:
            raise Declined(f"{step.declined} (There is nobody to ask here: --yes answers.)") from None
        if answer.strip() != step.answer:
            raise Declined(step.declined)

    def _applies(self, run: Run) -> bool:
        if not run.needs <= self.facts.keys():
            return False
        return run.only_if is None or self.facts[run.only_if[0]] == run.only_if[1]

    def _run(self, run: Run) -> None:
        unknown = run.needs - self.facts.keys()
        if unknown and run.essential:
            lacking = ", ".join(sorted(unknown))
            raise Stopped(f"{run.name} cannot be done: {lacking} is not known\n{partly_filled(run.remedy, self.facts)}")
        if not self._applies(run):
            return
        self.world.say(f"{run.name}: {run.purpose}")
        said = ""
        for attempt in range(run.tries):
            if attempt:
                self.world.say(f"  that did not work; again in {run.pause:g} s")
                self.world.sleep(run.pause)
            try:
                self.facts |= self._once(run, run.seconds)
            except Failed as failed:
                said = str(failed)
            else:
                return
        if run.plan_b is not None:
            self.world.say(f"  that did not work{_indented(said)}")
            self._run(run.plan_b)
        elif run.essential:
            raise Stopped(f"{run.name} failed: {typed(run)}{_indented(said)}\n{partly_filled(run.remedy, self.facts)}")
        else:
            self.world.say(f"  left out{_indented(said)}")
            remedy = partly_filled(run.remedy, self.facts)
            if remedy not in self.notes:
                self.notes.append(remedy)

    def _once(self, run: Run, seconds: float) -> Facts:
        return commands.run_once(run, self.facts, self.world.environment, self.world.project, seconds)

    def _visit(self, visit: Visit) -> None:
        self.world.say(f"{visit.name}: {visit.purpose}")
        headers = {"x-functions-key": self.facts[visit.key], "Accept": "application/json"}
        said = ""
        for attempt in range(visit.tries):
            if attempt:
                self.world.sleep(visit.pause)
            try:
                status, body = self.world.fetch(filled(visit.url, self.facts), headers)
            except OSError as error:
                said = str(error) if isinstance(error, NoAnswer) else type(error).__name__
                continue
            said = f"HTTP {status}"
            try:
                report = json.loads(body)
            except (ValueError, RecursionError):
                said += ", and no JSON"
                continue
            if status == 200 and isinstance(report, dict):  # noqa: PLR2004 - OK
                self.report = report
                if not health_report.has_errors(report):
                    return
        if not self.report:
            raise Stopped(f"{visit.name} failed: {said}\n{visit.remedy}")

    def _pack(self, pack: Pack) -> None:
        self.world.say(f"{pack.name}: {pack.purpose}")
        teams = self.world.project / "teams"
        text = teams_app.manifest(
            (teams / "manifest.json").read_text(encoding="utf-8"),
            bot_app_id=self.facts["BOT_APP_ID"],
            host=self.facts["HOST"],
            developer=pack.developer,
            website=pack.website,
        )
        try:
            teams_app.write(self.world.project / pack.path, text, teams)
        except OSError as error:
            raise Stopped(f"{pack.name} failed: {pack.path} cannot be written ({error.strerror})") from error


def _joined(remedy: str, failed: Failed) -> str:
    last = str(failed).strip().splitlines()[-1:]
    return f"{remedy} ({last[0]})" if last else remedy


def _indented(said: str) -> str:
    return "".join(f"\n    {line}" for line in said.splitlines())
