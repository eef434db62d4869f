"""requirements.in names the packages that the deployed code imports, and no other without a reason."""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.support.paths import ROOT

_LINES = (ROOT / "requirements.in").read_text(encoding="utf-8").splitlines()
_OWN = {"shared", "function_app"}


def named() -> dict[str, str]:
    """Give each package that requirements.in names, with its comment."""
    lines = (line.partition("#") for line in _LINES)
    return {re.split(r"[\[=<>~! ]", name.strip())[0].lower(): why.strip() for name, _, why in lines if name.strip()}


def imported() -> set[str]:
    """Give the packages that the deployed code imports."""
    modules = {module for path in [ROOT / "function_app.py", *(ROOT / "shared").rglob("*.py")] for module in _of(path)}
    return {_package(module) for module in modules if module.split(".")[0] not in sys.stdlib_module_names | _OWN}


def _of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _package(module: str) -> str:
    owners = {name.lower().replace("_", "-") for name in packages_distributions()[module.split(".", maxsplit=1)[0]]}
    # Many packages share the name azure: the one that is meant has the module's own name.
    fits = [name for name in owners if len(owners) == 1 or f"{module}.".startswith(f"{name.replace('-', '.')}.")]
    (package,) = fits
    return package


def test_what_is_imported_is_named() -> None:
    assert imported() - named().keys() == set()


def test_what_is_named_is_imported_or_says_why_it_is_there() -> None:
    assert {name for name, why in named().items() if name not in imported() and "not imported" not in why} == set()


def test_what_is_imported_needs_no_excuse() -> None:
    assert {name for name, why in named().items() if "not imported" in why} & imported() == set()
