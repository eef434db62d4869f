"""What import-linter cannot hold: how the deployed files import, and who reads the environment and the clock."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT

_DEPLOYED = [ROOT / "function_app.py", *sorted((ROOT / "shared").rglob("*.py"))]
_NEVER_DEPLOYED = {"local", "tools", "deploy", "bench", "tests", "conftest", "pytest", "hypothesis"}
_FOREIGN_HERE = {  # what of ours a folder may not import: local is another world's stand-in, tools run without the app
    "local": {"function_app", "shared", "tools", "deploy", "bench", "tests"},
    "tools": {"function_app", "shared.wiring", "local", "deploy", "bench", "tests"},
}
_CLOCKS = {"now", "utcnow", "today"}
_WAYS_IN = {"environ", "environb", "getenv", "getenvb"}


def _named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


deployed = pytest.mark.parametrize("path", _DEPLOYED, ids=_named)
core = pytest.mark.parametrize(
    "path", [path for path in _DEPLOYED if _named(path).startswith("shared/core/")], ids=_named
)


def test_function_app_knows_nothing_of_ours_but_wiring() -> None:
    ours = {
        name for name in _imported(_tree(ROOT / "function_app.py")) if name.split(".")[0] in {"shared", "function_app"}
    }

    assert {".".join(name.split(".")[:2]) for name in ours} == {"shared.wiring"}


@deployed
def test_what_is_deployed_imports_nothing_that_is_not(path: Path) -> None:
    assert _NEVER_DEPLOYED.isdisjoint(name.split(".")[0] for name in _imported(_tree(path)))


@pytest.mark.parametrize("folder", _FOREIGN_HERE)
def test_what_a_person_runs_keeps_to_its_own(folder: str) -> None:
    imported = {name for path in (ROOT / folder).rglob("*.py") for name in _imported(_tree(path))}

    assert [
        name for name in imported for foreign in _FOREIGN_HERE[folder] if f"{name}.".startswith(f"{foreign}.")
    ] == []


@deployed
def test_an_import_inside_a_function_says_how_much_it_wins(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()

    unexplained = [
        node.lineno for node in _imports_inside_functions(_tree(path)) if not _says_how_much(lines, node.lineno)
    ]

    assert unexplained == []


@deployed
def test_only_wiring_reads_the_environment(path: Path) -> None:
    read = _reads_of_the_environment(_tree(path))

    assert read == [] or _named(path) == "shared/wiring/loading.py"


@core
def test_core_is_told_the_time(path: Path) -> None:
    asked = [
        node.lineno
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Attribute)
        and node.attr in _CLOCKS
        and isinstance(node.value, ast.Name | ast.Attribute)
        and ast.unparse(node.value).split(".")[-1] in {"datetime", "date"}
    ]

    assert asked == []


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos.environ['A']",
        "import os\nos.getenv('A')",
        "import os as o\no.environ",
        "from os import environ",
        "from os import getenv as g",
        "from os import *",
    ],
)
def test_each_way_to_the_environment_is_seen(source: str) -> None:
    assert _reads_of_the_environment(ast.parse(source)) != []


def test_other_uses_of_os_are_not_the_environment() -> None:
    assert _reads_of_the_environment(ast.parse("import os\nos.getpid()\nfrom os import getpid\nrequest.environ")) == []


@pytest.mark.parametrize(
    ("source", "explained"),
    [
        ("def f():\n    import msal  # 170 ms of a cold start\n", True),
        ("def f():\n    # 170 ms of a cold start\n    import msal\n", True),
        ("def f():\n    import msal\n", False),
        ("def f():\n    import msal  # at last\n", False),
        ("class A:\n    async def f(self):\n        if self:\n            from msal import x\n", False),
    ],
)
def test_an_explained_import_is_told_from_another(source: str, *, explained: bool) -> None:
    (inside,) = _imports_inside_functions(ast.parse(source))

    assert _says_how_much(source.splitlines(), inside.lineno) is explained


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _imported(tree: ast.Module) -> Iterator[str]:
    """Full dotted names, of `from shared import wiring` too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"a relative import in line {node.lineno}"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _imports_inside_functions(tree: ast.Module) -> list[ast.Import | ast.ImportFrom]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [
        node for function in functions for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def _says_how_much(lines: list[str], lineno: int) -> bool:
    own, above = lines[lineno - 1], lines[lineno - 2].strip()
    comment = own.partition("#")[2] or (above if above.startswith("#") else "")
    return any(letter.isdigit() for letter in comment)


def _reads_of_the_environment(tree: ast.Module) -> list[int]:
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    names_of_os = {alias.asname or alias.name for node in imports for alias in node.names if alias.name == "os"}
    through_os = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in _WAYS_IN
        and isinstance(node.value, ast.Name)
        and node.value.id in names_of_os
    ]
    by_name = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and node.module == "os"
        and not {alias.name for alias in node.names}.isdisjoint({*_WAYS_IN, "*"})
    ]
    return through_os + by_name
