"""Do what a plan says: the only place that runs a command, asks a person or reaches the app."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, assert_never

from deploy import teams_app, verdict
from deploy.steps import Check, Confirm, Pack, Run, Step, Visit, Word, filled, shown

_LAST_LINES = 12  # of what a command said when it failed


class Stopped(Exception):
    """A step failed; the text says which, and what to do."""


class Declined(Exception):
    """The person said no; the text says what stays."""


class _Failed(Exception):
    """One try failed; the text is what the command said."""


class _Absent(_Failed):
    """The command is not on this machine."""


@dataclass(frozen=True, slots=True)
class World:
    """All that a plan reaches. `fetch` gives the status and body of a GET with these headers, or raises OSError."""

    environment: Mapping[str, str]
    project: Path
    say: Callable[[str], None]
    ask: Callable[[str], str]
    sleep: Callable[[float], None]
    fetch: Callable[[str, Mapping[str, str]], tuple[int, bytes]]


@dataclass(slots=True)
class Runner:
    """Goes through steps in their order, and keeps what they found."""

    world: World
    facts: dict[str, str]
    notes: list[str] = field(default_factory=list)
    checkup: Mapping[str, Any] = field(default_factory=dict)

    def check(self, checks: Iterable[Check]) -> list[str]:
        """Make every check that can be made, and give all that is missing."""
        missing: list[str] = []
        absent: set[Word] = set()
        for check in checks:
            if check.run.command[0] in absent or not self._applies(check.run):
                continue
            try:
                self.facts |= self._once(check.run)
            except _Failed as failed:
                absent |= {check.run.command[0]} if isinstance(failed, _Absent) else set()
                (missing if check.run.essential else self.notes).append(_joined(check.run.remedy, failed))
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
            raise Stopped(f"{run.name} cannot be done: {', '.join(sorted(unknown))} is not known\n{run.remedy}")
        if not self._applies(run):
            return
        self.world.say(f"{run.name}: {run.purpose}")
        said = ""
        for attempt in range(run.tries):
            if attempt:
                self.world.say(f"  that did not work; again in {run.pause:g} s")
                self.world.sleep(run.pause)
            try:
                self.facts |= self._once(run)
            except _Failed as failed:
                said = str(failed)
            else:
                return
        if run.plan_b is not None:
            self.world.say(f"  that did not work{_indented(said)}")
            self._run(run.plan_b)
        elif run.essential:
            raise Stopped(f"{run.name} failed: {shown(run.command)}{_indented(said)}\n{run.remedy}")
        else:
            self.world.say(f"  left out{_indented(said)}")
            if run.remedy not in self.notes:
                self.notes.append(run.remedy)

    def _once(self, run: Run) -> Mapping[str, str]:
        """Run it one time and read what it printed. Only a command whose output is read prints nothing here."""
        words = [filled(word, self.facts) for word in run.command]
        program = shutil.which(words[0], path=self.world.environment.get("PATH"))
        if program is None:
            raise _Absent(f"{words[0]} is not on PATH")
        wanted = subprocess.PIPE if run.learn else None
        try:
            ran = subprocess.run(  # noqa: S603 - the plan's own words, no shell
                [program, *words[1:]],
                cwd=self.world.project,
                env=dict(self.world.environment),
                stdin=subprocess.DEVNULL,
                stdout=wanted,
                stderr=wanted,
                text=True,
                encoding="utf-8",
                errors="replace",
                timeout=run.seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise _Failed(f"no end after {run.seconds:g} s") from None
        except OSError as error:
            raise _Failed(str(error)) from error
        if ran.returncode:
            raise _Failed("\n".join((ran.stderr or "").strip().splitlines()[-_LAST_LINES:]))
        try:
            return run.learn(ran.stdout) if run.learn else {}
        except (ValueError, LookupError, TypeError, AttributeError):
            # Not quoted, not chained: what it printed can be a key.
            raise _Failed("what it printed is not what was expected") from None

    def _visit(self, visit: Visit) -> None:
        self.world.say(f"{visit.name}: {visit.purpose}")
        headers = {"x-functions-key": self.facts[visit.key], "Accept": "application/json"}
        said = ""
        for attempt in range(visit.tries):
            if attempt:
                self.world.sleep(visit.pause)
            try:
                status, body = self.world.fetch(filled(visit.url, self.facts), headers)
                said = f"HTTP {status}"
                checkup = json.loads(body)
            except OSError as error:
                said = type(error).__name__
            except ValueError:
                said = f"HTTP {status}, and no JSON"
            else:
                if status == 200 and isinstance(checkup, dict):  # noqa: PLR2004 - OK
                    self.checkup = checkup
                    if not verdict.is_ill(checkup):
                        return
        if not self.checkup:
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


def dry(checks: Iterable[Check], steps: Iterable[Step]) -> Iterable[str]:
    """Tell every command, and run none."""
    yield "# Nothing is run. A variable stands for what an earlier command finds."
    for step in (*(check.run for check in checks), *steps):
        yield ""
        match step:
            case Run():
                yield from _told(step)
            case Confirm():
                yield f"# asks: {step.question.strip()}"
            case Visit():
                yield f"# {step.name}: {step.purpose}"
                yield f'curl -H "x-functions-key: ${step.key}" -H "Accept: application/json" {shown((step.url,))}'
            case Pack():
                yield f"# {step.name}: {step.purpose}: {step.path}"
            case _:
                assert_never(step)


def _told(run: Run) -> Iterable[str]:
    condition = f" (only where {run.only_if[0]} is {run.only_if[1]})" if run.only_if else ""
    finds = f"; finds {', '.join(run.gives)}" if run.gives else ""
    yield f"# {run.name}: {run.purpose}{condition}{finds}"
    yield shown(run.command)
    if run.plan_b is not None:
        yield f"# where that fails: {run.plan_b.purpose}"
        yield shown(run.plan_b.command)


def _joined(remedy: str, failed: _Failed) -> str:
    last = str(failed).strip().splitlines()[-1:]
    return f"{remedy} ({last[0]})" if last else remedy


def _indented(said: str) -> str:
    return "".join(f"\n    {line}" for line in said.splitlines())
