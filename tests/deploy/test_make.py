"""What `make deploy` and `make undeploy` hand on: the settings of their own command line, and no others."""

import os
import shlex
import shutil
import subprocess
import sys

import pytest

from tests.support.azure import ROOT


@pytest.mark.parametrize(("target", "command"), [("deploy", "up"), ("undeploy", "down"), ("next-steps", "next-steps")])
def test_settings_of_makes_command_line_are_handed_on_whole(target: str, command: str) -> None:
    words = ["LOCATION=West Europe", "DEVELOPER=Anna's line", "ARGS=--dry-run"]

    assert _would_run(target, *words) == ["-m", "deploy", command, *words[:2], "--dry-run"]


def test_a_variable_of_the_environment_is_no_setting() -> None:
    assert _would_run("deploy", environment={"NAME": "this-machine"}) == ["-m", "deploy", "up"]


def _would_run(*arguments: str, environment: dict[str, str] | None = None) -> list[str]:
    make = shutil.which("make")
    assert make
    printed = subprocess.run(  # noqa: S603 - our own words
        [make, "--dry-run", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | (environment or {}),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return shlex.split(printed.splitlines()[-1])[1:]


def test_who_reads_only_the_beginning_gets_no_traceback() -> None:
    words = "RESOURCE_GROUP=x LOCATION=westeurope FALLBACK_TARGETS=+43123456789 --dry-run"
    command = f"{shlex.quote(sys.executable)} -m deploy up {words} | head -n 1"

    told = subprocess.run(  # noqa: S602 - a pipe, as a person types it
        command, shell=True, cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True
    )

    assert (told.stdout.count("\n"), told.stderr) == (1, "")
