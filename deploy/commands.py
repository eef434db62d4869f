"""Run one command of a plan and read what it printed: the only place that starts a process."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from deploy.steps import Facts, Run, filled

_LAST_LINES = 12  # of what a command said when it failed


class Failed(Exception):
    """One try failed; the text is what the command said."""


class Absent(Failed):
    """The command is not on this machine."""


class Hung(Failed):
    """The command came to no end."""


def run_once(run: Run, facts: Facts, environment: Mapping[str, str], project: Path, seconds: float) -> Facts:
    """Run it one time. Only a command whose output is read prints nothing here. Raises Failed."""
    words = [filled(word, facts) for word in run.command]
    program = shutil.which(words[0], path=environment.get("PATH"))
    if program is None:
        raise Absent(f"{words[0]} is not on PATH")
    wanted = subprocess.PIPE if run.learn else None
    try:
        ran = subprocess.run(  # noqa: S603 - the plan's own words, no shell
            [program, *words[1:]],
            cwd=project,
            env=dict(environment),
            input=filled(run.reads, facts) if run.reads else "",
            stdout=wanted,
            stderr=wanted,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Hung(f"no end after {seconds:g} s") from None
    except OSError as error:
        raise Failed(str(error)) from error
    if ran.returncode:
        raise Failed("\n".join((ran.stderr or "").strip().splitlines()[-_LAST_LINES:]))
    try:
        return run.learn(ran.stdout) if run.learn else {}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        # Not quoted, not chained: what it printed can be a key.
        raise Failed("what it printed is not what was expected") from None
