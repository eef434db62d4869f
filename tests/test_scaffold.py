"""What is uploaded, and what is pinned: the promises of .funcignore and of the lock files."""

import fnmatch
import json
import re
import subprocess

import pytest

from tests.support.paths import ROOT

_RUNS = {"host.json", "function_app.py", "requirements.txt", "shared"}
_BESIDE_THE_APP = ["requirements-dev.txt", "bench/requirements.txt", ".github/audit.txt"]
_PYTHON = ["requirements.txt", *_BESIDE_THE_APP]
_PINNED = [*_PYTHON, "package-lock.json"]


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _packages(name: str) -> set[str]:
    return set(re.findall(r"^([\w.-]+)==", _text(name), re.MULTILINE))


def test_nothing_is_uploaded_but_what_runs() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S607 - whichever git
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    patterns = [line for line in _text(".funcignore").splitlines() if line and not line.startswith("#")]

    uploaded = {
        top
        for top in {name.split("/")[0] for name in listed.stdout.splitlines()}
        if not any(fnmatch.fnmatch(top, pattern) for pattern in patterns)
    }

    assert uploaded <= _RUNS


def test_what_runs_is_not_ignored() -> None:
    patterns = [line for line in _text(".funcignore").splitlines() if line and not line.startswith("#")]

    assert [name for name in _RUNS for pattern in patterns if fnmatch.fnmatch(name, pattern)] == []


@pytest.mark.parametrize("name", _BESIDE_THE_APP)
def test_tests_bench_and_audit_run_on_the_very_packages_that_are_deployed(name: str) -> None:
    (read_first,) = re.findall(r"^-r (.+)$", _text(name), re.MULTILINE)

    assert (ROOT / name).parent.joinpath(read_first).resolve() == ROOT / "requirements.txt"
    assert _packages(name) & _packages("requirements.txt") == set()


def test_every_pin_has_its_hashes() -> None:
    for name in _PYTHON:
        for requirement in re.split(r"^(?=[\w-]+==)", _text(name), flags=re.MULTILINE)[1:]:
            assert "--hash=sha256:" in requirement
    packages = json.loads(_text("package-lock.json"))["packages"]
    assert [path for path, package in packages.items() if path and "integrity" not in package] == []


@pytest.mark.parametrize("name", _PINNED)
def test_no_pin_names_where_it_was_found(name: str) -> None:
    assert not re.search(r"--(extra-)?index-url|--find-links|\bfile:|\"resolved\"", _text(name))
