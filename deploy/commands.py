"""Run one command of a plan and read what it printed: the only place that starts a process."""

import shutil
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TextIO

from deploy.steps import Facts, Run, filled

_LAST_LINES = 12  # of what a command said when it failed
_KEPT_LINES = 400  # of what goes by, to find an error code in


class Failed(Exception):
    """One try failed; the text is what the command said, where nobody has seen it yet. `said` is all of it."""

    def __init__(self, text: str = "", said: str = "") -> None:
        super().__init__(text)
        self.said = said or text


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
    command, typed_in = [program, *words[1:]], filled(run.reads, facts) if run.reads else ""
    folder = project / run.folder if run.folder else project
    try:
        if run.learn is None:
            _watched(command, typed_in, environment, folder, seconds, both=run.is_watched)
            return {}
        ran = subprocess.run(  # noqa: S603 - the plan's own words, no shell
            command,
            cwd=folder,
            env=dict(environment),
            input=typed_in,
            capture_output=True,
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
        raise Failed("\n".join(ran.stderr.strip().splitlines()[-_LAST_LINES:]), ran.stderr)
    try:
        return run.learn(ran.stdout)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        # Not quoted, not chained: what it printed can be a key.
        raise Failed("what it printed is not what was expected") from None


def _watched(
    command: list[str], typed_in: str, environment: Mapping[str, str], folder: Path, seconds: float, *, both: bool
) -> None:
    """Let a person see what it prints, and keep it: of az what it says of errors alone, so that its colours stay."""
    with subprocess.Popen(  # noqa: S603 - the plan's own words, no shell
        command,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE if both else None,
        stderr=subprocess.STDOUT if both else subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        clock = threading.Timer(seconds, process.kill)
        clock.start()
        try:
            _type(process.stdin, typed_in)
            kept = _passed_on(process.stdout or process.stderr, sys.stdout if both else sys.stderr)
            process.wait()
        except BaseException:
            process.kill()
            raise
        finally:
            in_time = clock.is_alive()
            clock.cancel()
    if not in_time:
        raise Hung(f"no end after {seconds:g} s", kept)
    if process.returncode:
        raise Failed(said=kept)


def _type(stdin: IO[str] | None, text: str) -> None:
    if stdin is None:
        return
    try:
        stdin.write(text)
        stdin.close()
    except BrokenPipeError:
        return  # it reads nothing, and has gone already


def _passed_on(pipe: IO[str] | None, to: TextIO) -> str:
    kept: deque[str] = deque(maxlen=_KEPT_LINES)
    for line in pipe or ():
        kept.append(line)
        to.write(line)
        to.flush()
    return "".join(kept)
