"""azure-functions-doctor finds nothing in what is deployed but what was reviewed."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.infra.reading import ROOT

_DEPLOYED = ".funcignore", "host.json", "function_app.py", "requirements.txt", "shared", "infra"
_REVIEWED = {
    "check_programming_model_v2": "it overlooks async functions",
    "check_native_dependency_risk": "func builds in Azure, or on the Linux and Python that Azure has",
    "check_app_insights": "infra sets it, in a module that the tool does not find",
    "check_extension_bundle": "HTTP and timers need no extension",
    "check_extension_bundle_v4": "the same",
    "check_host_json_log_level_conflict": "the app's own lines are kept, and the host's few",
}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    for name in _DEPLOYED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    return tmp_path


def test_it_finds_nothing_else(app: Path) -> None:
    found = _found(app)

    assert found["check_requirements_txt"] == "pass"
    assert {rule for rule, status in found.items() if status not in {"pass", "skip"}} == _REVIEWED.keys()


def test_it_finds_a_package_that_was_forgotten(app: Path) -> None:
    (app / "requirements.txt").write_text("requests==2.32.5\n", encoding="utf-8")

    assert _found(app)["check_azure_functions_library"] == "fail"


def _found(app: Path) -> dict[str, str]:
    """Give the status of each of its rules."""
    done = subprocess.run(  # noqa: S603 - a tool of our own environment
        [
            str(Path(sys.executable).parent / "azure-functions-doctor"),
            *("doctor", "--profile", "deploy", "--hosting-plan", "flex-consumption", "--target-python", "3.13"),
            *("--format", "json", "--path", str(app)),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    parts = json.loads(done.stdout)["results"]
    return {item["rule_id"]: item["status"] for part in parts for item in part["items"]}
