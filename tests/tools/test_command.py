"""The commands of a terminal whose output goes nowhere: a closed one, a full disk."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tools.command import command_line


def ended(place: str, *command: str) -> tuple[int, str]:
    """Give the exit code, and what came on standard error."""
    words = ("sh", "-c", f'exec "$@" {place}', "sh", sys.executable, "-m", *command)
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - ours
    return done.returncode, done.stderr


def test_a_closed_output_is_no_fault() -> None:
    assert ended(">&-", "tools.check", "local/seed/targets.csv") == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full disk to write to is Linux's")
def test_a_full_disk_is_one_line() -> None:
    code, said = ended(">/dev/full", "tools.check", "local/seed/targets.csv")

    assert code == 1
    assert said.splitlines() == ["the output cannot be written (No space left on device)"]


def test_a_command_is_written_as_it_is_typed_in_the_projects_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(sys.executable).parents[1])

    assert command_line("tools.tables undo") == f"bin/{Path(sys.executable).name} -m tools.tables undo"
