"""checkov finds nothing but what was reviewed; on demand: it lives in an environment of its own, named by CHECKOV."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.infra.reading import FILES, INFRA

_CONFIG = INFRA / "checkov.yaml"
_CHECKOV = os.environ.get("CHECKOV") or shutil.which("checkov")
_REVIEWED = set(re.findall(r"(?m)^  - (CKV\w+)", _CONFIG.read_text(encoding="utf-8")))

pytestmark = pytest.mark.skipif(_CHECKOV is None, reason="checkov is neither on PATH nor named by CHECKOV")


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the files, without the line that checkov's parser does not know."""
    folder = tmp_path_factory.mktemp("infra")
    for path in FILES:
        source = path.read_text(encoding="utf-8")
        copy = folder / path.relative_to(INFRA)
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(re.sub(r"(?m)^extension .*$", "", source), encoding="utf-8")
    return folder


def test_checkov_reads_every_file_and_finds_nothing_else(copies: Path) -> None:
    report = _report(copies, "--config-file", str(_CONFIG))

    assert report["summary"]["parsing_errors"] == 0  # its exit status keeps quiet about these
    assert report["results"]["failed_checks"] == []
    assert report["summary"]["passed"] > 0


def test_what_was_reviewed_is_still_found(copies: Path) -> None:
    report = _report(copies, "--framework", "bicep", "--skip-download")

    assert {one["check_id"] for one in report["results"]["failed_checks"]} == _REVIEWED


def _report(folder: Path, *options: str) -> Any:
    command = [str(_CHECKOV), "--directory", str(folder), "--output", "json", "--soft-fail", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - the tool that was named
    return json.loads(done.stdout)
