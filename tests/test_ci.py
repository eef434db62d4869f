"""What CI's script does about a browser, with programs of our own in place of the machine's."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.paths import ROOT

_SKIPS = "There is no Chromium here"


def ci_run(folder: Path, programs: dict[str, str]) -> tuple[int, str, list[str]]:
    """Run it where the machine has only these programs; give its code, what it printed, and which of them ran how."""
    called = folder / "called"
    for name, body in {"make": "", "id": "echo 0", **programs}.items():
        note = "" if name == "id" else f'echo "{name} $*" >>"{called}"\n'
        (folder / name).write_text(f"#!/bin/sh\n{note}{body}\n", encoding="utf-8")
        (folder / name).chmod(0o700)
    for name in ("bash", "dirname", "timeout", "chmod"):
        (folder / name).symlink_to(str(shutil.which(name)))
    ended = subprocess.run(  # noqa: S603 - our own script
        [str(folder / "bash"), str(ROOT / ".ci" / "run")],
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stdout, called.read_text(encoding="utf-8").splitlines()


CHECKS = ["make setup", "make check"]
GIVES_CHROMIUM = 'case "$*" in *install*) echo "#!/bin/sh" >"${0%/*}/chromium"; chmod 700 "${0%/*}/chromium";; esac'


def test_root_on_debian_gets_a_browser_before_the_checks(tmp_path: Path) -> None:
    code, printed, called = ci_run(tmp_path, {"apt-get": GIVES_CHROMIUM})

    assert code == 0
    assert [line.split()[:2] for line in called] == [
        ["apt-get", "update"],
        ["apt-get", "install"],
        *(check.split() for check in CHECKS),
    ]
    assert called[1].endswith(" chromium")
    assert _SKIPS not in printed


@pytest.mark.parametrize(
    "programs",
    [
        pytest.param({"apt-get": "exit 100"}, id="apt-get-fails"),
        pytest.param({"apt-get": ""}, id="apt-get-brings-none"),
        pytest.param({}, id="no-apt-get"),
        pytest.param({"apt-get": GIVES_CHROMIUM, "id": "echo 1000"}, id="not-root"),
    ],
)
def test_without_a_browser_everything_else_is_checked_and_the_output_says_so(
    tmp_path: Path, programs: dict[str, str]
) -> None:
    code, printed, called = ci_run(tmp_path, programs)

    assert code == 0
    assert called[-2:] == CHECKS
    assert printed.count(_SKIPS) == 1


@pytest.mark.parametrize("name", ["chromium", "google-chrome"])
def test_a_browser_that_is_there_is_used(tmp_path: Path, name: str) -> None:
    code, printed, called = ci_run(tmp_path, {name: "", "apt-get": "exit 1"})

    assert (code, printed, called) == (0, "", CHECKS)
