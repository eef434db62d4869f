"""Do what a plan says, step by step, and keep what was found."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, assert_never

from deploy import app_check, az_errors, commands, package, teams_app
from deploy.az_errors import Cause, Wait
from deploy.commands import Absent, Failed, Hung
from deploy.publish import AGAIN, Publisher
from deploy.steps import (
    Await,
    Check,
    Confirm,
    Facts,
    Pack,
    Publish,
    Run,
    Stage,
    Step,
    Visit,
    Word,
    partly_filled,
    typed,
)
from deploy.world import Declined, Stopped, World

_ROLE_PAUSE = 20.0


@dataclass(slots=True)
class Runner:
    """Goes through steps in their order, and keeps what they found."""

    world: World
    facts: dict[str, str]
    notes: list[str] = field(default_factory=list)
    report: Mapping[str, Any] = field(default_factory=dict)
    has_waited_for_a_role: bool = False

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
                self._ask(run)
            except Hung as hung:
                given_up.add(run.command[0])
                hint = f". {partly_filled(run.remedy, self.facts)}" if run.otherwise and run.essential else ""
                missing.append(f"{run.command[0]} gives no answer: try {typed(run)} ({hung}){hint}")
            except Failed as failed:
                given_up |= {run.command[0]} if isinstance(failed, Absent) else set()
                (missing if _is_essential(run, failed) else self.notes).append(self._what_to_do(run, failed))
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
                case Stage():
                    self._stage(step)
                case Publish():
                    self._publish(step)
                case Await():
                    self.world.say(f"{step.name}: {step.purpose}")
                    app_check.wait_for_build(step, self.facts, self.world)
                case Visit():
                    self.world.say(f"{step.name}: {step.purpose}")
                    self.report = app_check.visit(step, self.facts, self.world)
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
        failed, cause = self._tried(run)
        if failed is None:
            return
        said = _indented(str(failed))
        remedy = f"{cause.code}: {cause.meaning}" if cause else partly_filled(run.remedy, self.facts)
        if run.essential:
            again = f", {AGAIN}" if cause else ""
            raise Stopped(f"{run.name} failed: {typed(run)}{said}\n{remedy}{again}")
        self.world.say(f"  left out{said}")
        notes = (remedy, *([partly_filled(run.remedy, self.facts)] if cause else []))
        self.notes += [note for note in notes if note not in self.notes]

    def _tried(self, run: Run) -> tuple[Failed | None, Cause | None]:
        """Try it for as long as waiting is of use, and give what was in the way at last."""
        tried = 0
        while True:
            try:
                self.facts |= self._once(run, run.seconds)
            except Failed as failed:
                cause = az_errors.cause(failed.said)
                tried += 1
                tries, pause, why = self._patience(run, cause)
                if tried >= tries:
                    self.has_waited_for_a_role |= cause is not None and cause.wait is Wait.ROLE
                    return failed, cause
                self.world.say(f"  {why}; again in {pause:g} s ({tried} of {tries - 1})")
                self.world.sleep(pause)
            else:
                return None, None

    def _patience(self, run: Run, cause: Cause | None) -> tuple[int, float, str]:
        if cause is None:
            return run.tries, run.pause, "that did not work"
        if cause.wait is Wait.USELESS:
            return 1, 0.0, ""
        if cause.wait is Wait.ROLE:
            tries = 1 if self.has_waited_for_a_role else run.role_tries
            return tries, _ROLE_PAUSE, "a role that was just given does not count yet, which can take ten minutes"
        return run.tries, run.pause, cause.meaning

    def _ask(self, run: Run) -> None:
        try:
            self.facts |= self._once(run, min(run.seconds, self.world.check_seconds))
        except (Absent, Hung):
            raise
        except Failed:
            if run.otherwise is None:
                raise
            self._ask(run.otherwise)

    def _what_to_do(self, run: Run, failed: Failed) -> str:
        cause = az_errors.cause(failed.said)
        remedy = partly_filled(run.remedy, self.facts)
        if cause:
            remedy = f"{run.name}: {cause.meaning}" + (f". {remedy}" if run.otherwise else "")
        last = str(failed).strip().splitlines()[-1:]
        return f"{remedy} ({last[0]})" if last else remedy

    def _once(self, run: Run, seconds: float) -> Facts:
        return commands.run_once(run, self.facts, self.world.environment, self.world.project, seconds)

    def _stage(self, step: Stage) -> None:
        self.world.say(f"{step.name}: {step.purpose}")
        try:
            build = package.stage(self.world.project, self.world.project / step.folder)
        except OSError as error:
            what = f"{error.filename or step.folder}: {error.strerror or error}"
            raise Stopped(f"{step.name} failed: {what}\nMend that, {AGAIN}") from error
        self.facts["BUILD"] = build
        self.world.say(f"  build {build}")

    def _publish(self, step: Publish) -> None:
        self.world.say(f"{step.name}: {step.purpose}")
        Publisher(self.world, self.facts, lambda run: self._once(run, run.seconds)).publish(step)
        self.facts["PUBLISHED"] = self.facts["BUILD"]

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
        self.facts["TEAMS_PACKAGE"] = str(pack.path)


def _is_essential(run: Run, failed: Failed) -> bool:
    return run.essential or (run.essential_if is not None and run.essential_if.search(failed.said) is not None)


def _indented(said: str) -> str:
    return "".join(f"\n    {line}" for line in said.splitlines())
