"""What leaves: an allow-list, with a build id that is its hash, and .pyc files that no clock can spoil."""

import importlib.util
import os
import struct
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from deploy import package
from tests.support.azure import Azure
from tests.support.paths import ROOT

_STRAY = (
    *("targets.csv", "calls.csv", "venv/lib/x.py", ".env", "local.settings.json", "__azurite_db_table__.json"),
    *("deploy/settings.env", "dist/package/old.py", ".git/config", "notes.md", "function_app.pyc"),
    *("shared/targets.csv", "shared/.env", "shared/core/__pycache__/ids.cpython-313.pyc", "shared/core/ids.py~"),
    *("shared/core/.#ids.py", "shared/core/ids (copy).py", "shared/venv-3.13/x.py", "shared/.ipynb/x.py"),
)


def _write(project: Path, *names: str) -> None:
    for name in names:
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("" if name.endswith(".py") else name, encoding="utf-8")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    project = tmp_path / "checkout"
    _write(project, *package.SHIPPED, "shared/__init__.py", "shared/core/ids.py", *_STRAY)
    (project / "shared/core/build_id.py").write_text('"""Which."""\n\nBUILD_ID = "dev"\n', encoding="utf-8")
    return project


def test_a_used_checkout_ships_only_what_is_on_the_list(checkout: Path, tmp_path: Path) -> None:
    (checkout / "shared" / "link.py").symlink_to(checkout / "deploy" / "settings.env")
    (checkout / "shared" / "linked").symlink_to(checkout / "venv")

    package.stage(checkout, tmp_path / "package")

    shipped = [path.relative_to(tmp_path / "package").as_posix() for path in (tmp_path / "package").rglob("*.*")]
    modules = ("shared/__init__.py", "shared/core/build_id.py", "shared/core/ids.py")
    assert sorted(_sources(shipped)) == sorted((*package.SHIPPED, *modules))


def test_every_module_is_shipped_compiled(checkout: Path, tmp_path: Path) -> None:
    package.stage(checkout, tmp_path / "package")

    modules = list((tmp_path / "package").rglob("*.py"))
    assert modules
    assert [path for path in modules if not Path(importlib.util.cache_from_source(str(path))).exists()] == []


def test_all_that_the_app_needs_is_shipped() -> None:
    tracked = {path.relative_to(ROOT) for path in (ROOT / "shared").rglob("*") if path.is_file()}

    assert {path for path in tracked if "__pycache__" not in path.parts} <= set(package.files(ROOT))


def test_func_publishes_from_a_folder_that_holds_nothing_else(azure: Azure) -> None:
    _write(azure.project, "targets.csv", "venv/x.py", "__azurite_db_table__.json")

    azure.up("--yes")

    assert _sources(azure.package) == [path.as_posix() for path in package.files(ROOT)]


def test_the_folder_is_made_anew(checkout: Path, tmp_path: Path) -> None:
    _write(tmp_path, "package/left_from_before.py")

    package.stage(checkout, tmp_path / "package")

    assert not (tmp_path / "package" / "left_from_before.py").exists()


def test_the_build_id_is_the_hash_of_what_is_shipped(checkout: Path, tmp_path: Path) -> None:
    first = package.stage(checkout, tmp_path / "package")
    _write(checkout, "targets2.csv", "shared/notes.txt")
    again = package.stage(checkout, tmp_path / "package")
    os.utime(checkout / "host.json", (0, 0))
    touched = package.stage(checkout, tmp_path / "package")
    _write(checkout, "shared/core/new.py")
    other = package.stage(checkout, tmp_path / "package")

    assert first == again == touched != other
    assert (tmp_path / "package/shared/core/build_id.py").read_text().endswith(f'\nBUILD_ID = "{other}"\n')


def test_a_checkout_that_lacks_a_file_is_not_published(azure: Azure) -> None:
    (azure.project / "host.json").unlink()

    assert azure.up("--yes") == 1
    assert "\npackage failed: " in azure.output
    assert "host.json: No such file or directory" in azure.output
    assert azure.matching("publish") == []


_PRINT_BUILD = "import asyncio, function_app as app; print(asyncio.run(app.loading.process()).health['build'])"


def test_what_is_shipped_is_the_whole_app_and_knows_its_build(tmp_path: Path) -> None:
    build = package.stage(ROOT, tmp_path)

    said = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", _PRINT_BUILD],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout.splitlines()[-1] == build  # before it stands what settings are missing


def test_compiled_modules_count_whatever_the_times_of_their_sources(checkout: Path, tmp_path: Path) -> None:
    folder = tmp_path / "package"
    package.stage(checkout, folder)
    (folder / "shared/core/ids.py").write_text("ID = 1\n", encoding="utf-8")

    package.compile_all(folder)

    source = folder / "shared/core/ids.py"
    compiled = Path(importlib.util.cache_from_source(str(source)))
    assert struct.unpack("<I", compiled.read_bytes()[4:8]) == (0b01,)  # by hash, and not looked at: PEP 552
    assert str(tmp_path).encode() not in compiled.read_bytes()
    os.utime(source, (1, 1))
    seen = subprocess.run(
        [sys.executable, "-v", "-c", "import shared.core.ids"],
        cwd=folder,
        env={"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    assert f"matches {source}" in seen


def _sources(files: Iterable[str]) -> list[str]:
    return [file for file in files if "__pycache__" not in file]
