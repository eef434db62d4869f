"""Whose a function or a module is, and what is added up for each."""

from pathlib import Path

import pytest

from bench.profiling import Rows, calls, imports, owner, steps

_ROOT = str(Path(__file__).parents[2])
_PACKAGES = f"{_ROOT}/.venv/lib/python3.13/site-packages"


@pytest.mark.parametrize(
    ("file", "package"),
    [
        (f"{_PACKAGES}/azure/data/tables/_table_client.py", "azure.data"),
        (f"{_PACKAGES}/urllib3/connectionpool.py", "urllib3"),
        (f"{_PACKAGES}/typing_extensions.py", "typing_extensions"),
        (f"{_ROOT}/shared/core/rows.py", "shared"),
        (f"{_ROOT}/function_app.py", "function_app"),
        ("/opt/python/lib/python3.13/json/decoder.py", "json"),
        ("/opt/python/lib/python3.13/ssl.py", "ssl"),
        ("~", "built in"),
        ("<string>", "built in"),
    ],
)
def test_a_file_belongs_to_a_package(file: str, package: str) -> None:
    assert owner(file) == package


def test_modules_are_added_up_by_package_the_slowest_first() -> None:
    text = """import time: self [us] | cumulative | imported package
import time:      1000 |       9000 |   json.decoder
import time:       500 |       9000 | json
import time:      4000 |       4000 |     azure.core.pipeline
import time:      2000 |       2000 | azure.functions
a line of the app's
"""

    assert list(imports(text).items()) == [("azure.core", (1, 4.0)), ("azure.functions", (1, 2.0)), ("json", (2, 1.5))]


def test_function_calls_are_counted_for_one_call_of_the_app() -> None:
    rows: Rows = {
        ("~", 0, "recv"): (10, 10, 0.02, 0.02, {}),
        (f"{_ROOT}/shared/flow.py", 7, "take"): (10, 20, 0.01, 0.1, {}),
        (f"{_ROOT}/shared/core/rows.py", 9, "read"): (10, 10, 0.01, 0.01, {}),
    }

    assert calls(rows, 10) == {"built in": (1, 2.0), "shared": (3, 2.0)}
    assert steps(rows, 10) == {"flow.take": (2, 10.0), "rows.read": (1, 1.0)}
