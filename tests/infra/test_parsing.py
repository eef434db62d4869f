"""Every Bicep file parses, and says what Azure's types allow; the compiler confirms it where there is one."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pycep import BicepParser

from tests.infra.reading import FILES, INFRA, ROOT, parsed, read

_CHECKER = ROOT.parent / "shared" / "tools" / "bicep_check.py"
_BICEP = shutil.which("bicep")

each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(INFRA).as_posix())
with_checker = pytest.mark.skipif(not _CHECKER.exists(), reason="the type checker is not beside the project")
with_compiler = pytest.mark.skipif(_BICEP is None, reason="the Bicep CLI is not on PATH")


@each_file
def test_both_parsers_accept_the_file(path: Path) -> None:
    read(path)
    tree = BicepParser().parse(text=path.read_text(encoding="utf-8"))

    assert tree["parameters"]


def test_entra_is_written_for_the_extension_that_the_configuration_names() -> None:
    configured = json.loads((INFRA / "bicepconfig.json").read_text(encoding="utf-8"))

    assert configured == {
        "extensions": {"microsoftGraphV1": "br:mcr.microsoft.com/bicep/extensions/microsoftgraph/v1.0:1.0.0"}
    }
    assert "\nextension microsoftGraphV1\n" in (INFRA / "entra.bicep").read_text(encoding="utf-8")


def test_what_is_no_bicep_is_refused() -> None:
    with pytest.raises(ValueError, match="not Bicep"):
        parsed(b"resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {")


@with_checker
def test_the_types_of_azure_allow_all_of_it(tmp_path: Path) -> None:
    for path in FILES:
        copy = tmp_path / path.relative_to(INFRA)
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(_with_variables_in_place(path.read_text(encoding="utf-8")), encoding="utf-8")

    checked = _checked(FILES)
    in_place = _checked(sorted(tmp_path.rglob("*.bicep")))

    assert checked.returncode == 0, checked.stdout
    assert in_place.returncode == 0, in_place.stdout


@with_checker
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("minimumTlsVersion", "minimumTlsVersoin"),
        ("publicAccess: 'None'", "publicAccess: 'Nobody'"),
        ("Microsoft.Storage/storageAccounts@2025-06-01", "Microsoft.Storage/storageAccounts@2025-06-31"),
        ("allowSharedKeyAccess: false", "allowSharedKeyAccess: 'false'"),
        ("perInstanceConcurrency: perInstanceConcurrency\n      }", "perInstanceConcurency: 100\n      }"),
        ("alwaysReady:", "allwaysReady:"),
        ("callingWebhook: callingWebhook\n      i", "callingWebHook: callingWebhook\n      i"),
        ("instanceCount: alwaysReadyCount", "instanceCount: 'one'"),
    ],
)
def test_a_planted_mistake_is_found(tmp_path: Path, right: str, wrong: str) -> None:
    (source,) = (text for path in FILES if right in (text := path.read_text(encoding="utf-8")))
    broken = tmp_path / "broken.bicep"
    broken.write_text(_with_variables_in_place(source.replace(right, wrong)), encoding="utf-8")

    assert _checked([broken]).returncode == 1


@with_compiler
@each_file
@pytest.mark.parametrize("command", [["build", "--stdout"], ["lint"]], ids=["build", "lint"])
def test_the_compiler_has_nothing_to_say(path: Path, command: list[str]) -> None:
    done = _run(str(_BICEP), *command, str(path))

    assert (done.returncode, done.stderr) == (0, "")


@with_compiler
def test_the_compiler_takes_the_parameter_file() -> None:
    done = _run(str(_BICEP), "build-params", str(INFRA / "main.bicepparam"), "--stdout")

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)


def _checked(paths: list[Path]) -> subprocess.CompletedProcess[str]:
    return _run(sys.executable, str(_CHECKER), *map(str, paths))


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - tools named here


def _with_variables_in_place(source: str) -> str:
    """Write an object where its variable is used: the checker does not look through variables, as the compiler does."""
    for name, value in re.findall(r"(?m)^var (\w+) = (\{\n(?:.*\n)*?\})\n", source):
        source = re.sub(rf"(?m): {name}$", f": {value}".replace("\\", "\\\\"), source)
    return source
