"""Publish the code: by what func says and by what the app answers, for func's exit code proves neither."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from deploy import az_errors, live_build, package
from deploy.az_errors import Cause, Wait
from deploy.commands import Failed
from deploy.steps import Facts, Publish, Run, typed
from deploy.world import Stopped, World

AGAIN = "then run `make deploy` again: it goes on from what is there"
_PAUSE, _MOST_WAITS = 30.0, 6
# PublishFunctionAppAction.cs of Azure/azure-functions-core-tools: func ends with 1 where the app's health could not be
# read after a deployment that worked, and with 0 after a partial success and after a status that it could not read.
_ARRIVED = re.compile(
    "appears to be unhealthy|deployment was (partially )?successful|deployment completed successfully"
    "|remote build succeeded|retrieve deployment status|syncing triggers",
    re.IGNORECASE,
)
_LAST_LINES = 8  # where func says why it failed; what is above is the log of the build
_FUNC = (
    # A site that was just made is not on every list yet: azure-functions-core-tools issues 1616 and 1766.
    ("Can't find app with name", "Azure does not list the new function app yet", Wait.BUSY),
    ("another deployment in progress", "another deployment of this app is under way", Wait.BUSY),
    ("Unable to connect to Azure", "func finds no log-in: az login", Wait.USELESS),
)
_NEW_ROLE = "the app's identity may not write the package yet: its role is new, which can take ten minutes"
_OLD_ROLE = "storage refuses the package: look at its firewall, and at the app identity's role Storage Blob Data Owner"


@dataclass(frozen=True, slots=True)
class Publisher:
    """`run` runs one command in the world, and raises Failed."""

    world: World
    facts: Facts
    run: Callable[[Run], object]

    def publish(self, step: Publish) -> None:
        """Have the code in Azure, or raise Stopped. Whether it answers is asked afterwards."""
        waits, tries = 0, 0
        while (failed := self._attempt(step.remote)) is not None:
            cause = self._cause(failed)
            if cause is None and (tries := tries + 1) > 1:
                break
            if cause is not None and (cause.wait is Wait.USELESS or (waits := waits + 1) > _MOST_WAITS):
                if cause.wait is Wait.USELESS or cause.code in {code for code, _, _ in _FUNC}:
                    raise self._stopped(step.remote, failed, f"{cause.meaning}, {AGAIN}")
                break
            why = f"{cause.meaning}; again in {_PAUSE:g} s ({waits} of {_MOST_WAITS})" if cause else _that_failed()
            self.world.say(f"  {why}")
            self.world.sleep(_PAUSE)
        if failed is not None:
            self._build_here(step, failed)

    def _attempt(self, run: Run) -> Failed | None:
        """Give the failure, or nothing where the code came to Azure."""
        try:
            self.run(run)
        except Failed as failed:
            if _ARRIVED.search(failed.said):
                self.world.say("  func ends with an error, after the code came to Azure: the app is asked itself")
                return None
            if self._answers():
                self.world.say("  func ends with an error, but this build answers")
                return None
            return failed
        return None

    def _answers(self) -> bool:
        return live_build.ask(self.world.fetch, self.facts["HOST"]).id == self.facts["BUILD"]

    def _cause(self, failed: Failed) -> Cause | None:
        end = "\n".join(failed.said.strip().splitlines()[-_LAST_LINES:])
        for code, meaning, wait in _FUNC:
            if code.lower() in end.lower():
                return Cause(code, meaning, wait)
        cause = az_errors.cause(end)
        if cause and (cause.wait is Wait.ROLE or cause.code.lower() in {"forbidden", "403"}):
            is_new = self.facts["FIRST_TIME"] == "true"
            return Cause(cause.code, _NEW_ROLE if is_new else _OLD_ROLE, Wait.ROLE if is_new else Wait.USELESS)
        return cause

    def _build_here(self, step: Publish, failed: Failed) -> None:
        machine = self.world.machine
        if not machine.builds_for_azure:
            what = (
                f"Nothing was built here instead: this is {machine}, and what loads in Azure is built on Linux with "
                "x86-64, glibc and CPython 3.13. Use WSL or a container with that, or .github/workflows/deploy.yml; "
                f"or look at what func says above, {AGAIN}"
            )
            raise self._stopped(step.remote, failed, what)
        self.world.say(f"{step.local.name}: {step.local.purpose}")
        folder = self.world.project / package.FOLDER
        try:
            self.run(step.packages)
            package.seal_packages(folder)
        except Failed:
            self.world.say("  func fetches the packages itself")
        package.compile_all(folder)
        failed_here = self._attempt(step.local)
        if failed_here is not None:
            cause = self._cause(failed_here)
            raise self._stopped(step.local, failed_here, f"{cause.meaning if cause else step.local.remedy}, {AGAIN}")

    def _stopped(self, run: Run, failed: Failed, what: str) -> Stopped:
        live = live_build.ask(self.world.fetch, self.facts["HOST"]).said
        said = "".join(f"\n    {line}" for line in str(failed).splitlines())
        return Stopped(
            f"{run.name} failed: {typed(run)}{said}\nBuild {self.facts['BUILD']} is not there; {live}.\n{what}"
        )


def _that_failed() -> str:
    return f"that did not work; again in {_PAUSE:g} s"
