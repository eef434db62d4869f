"""Commands of this project, run in the test's own process: one of their own would take a second each time."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

type Command = Callable[[list[str] | None], int]


@dataclass(frozen=True, slots=True)
class Ended:
    returncode: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Run:
    """Runs a command with these words, and settings in its environment."""

    environment: pytest.MonkeyPatch
    output: pytest.CaptureFixture[str]

    def __call__(self, command: Command, *words: object, **settings: str) -> Ended:
        for name, value in settings.items():
            self.environment.setenv(name, value)
        code = command([str(word) for word in words])
        said = self.output.readouterr()
        return Ended(code, said.out, said.err)
