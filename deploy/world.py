"""All that a plan reaches, and how it ends before its end."""

import io
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.https_get import fetch

_PROJECT = Path(__file__).resolve().parent.parent


class Stopped(Exception):
    """A step failed; the text says which, and what to do."""


class Declined(Exception):
    """The person said no; the text says what stays."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What runs this command."""

    system: str
    architecture: str
    libc: str
    python: str

    @property
    def builds_for_azure(self) -> bool:
        """Say whether packages that are installed here load in Azure: Flex Consumption with Python 3.13."""
        return (self.system, self.architecture.lower(), self.libc, self.python) in {
            ("Linux", architecture, "glibc", "CPython 3.13") for architecture in ("x86_64", "amd64")
        }

    def __str__(self) -> str:
        libc = self.libc or ("no glibc" if self.system == "Linux" else "")
        return ", ".join(filter(None, (f"{self.system} on {self.architecture}", libc, self.python)))


def this_machine() -> Machine:
    python = f"{platform.python_implementation()} {sys.version_info[0]}.{sys.version_info[1]}"
    return Machine(platform.system(), platform.machine(), platform.libc_ver()[0], python)


@dataclass(frozen=True, slots=True)
class World:
    """`fetch` gives the status and body of a GET with these headers, or raises OSError.

    A check that takes longer than `check_seconds` is given up.
    """

    environment: Mapping[str, str]
    project: Path
    say: Callable[[str], None]
    ask: Callable[[str], str]
    sleep: Callable[[float], None]
    fetch: Callable[[str, Mapping[str, str]], tuple[int, bytes]]
    check_seconds: float = 60.0
    machine: Machine = field(default_factory=this_machine)


def real_world() -> World:
    """Reach this terminal, this machine's commands, and the app."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # az speaks the person's language; the terminal may not
    # func and plan B take the first python of PATH: the project's own is the one that Azure has.
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    environment = {**os.environ, "PATH": path}
    return World(environment, _PROJECT, lambda line: print(line, flush=True), input, time.sleep, fetch)
