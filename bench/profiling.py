"""Show where the time of a warm call goes, and what a cold start imports: `make bench-profile`."""

import asyncio
import json
import os
import pstats
import re
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from bench.world import World, world

# What pstats has: file, line, name; calls that are no recursion, all calls, own seconds, those with all below, callers.
type Rows = Mapping[tuple[str, int, str], tuple[int, int, float, float, object]]

_PROJECT = Path(__file__).parents[1]
CALLS = 100  # profiled, and as many before them
_MOST = 16  # lines of a table
_IMPORTED = re.compile(r"import time:\s*(\d+) \|\s*\d+ \|\s*(\S+)")
_PACKAGE = re.compile(r"site-packages/(azure/\w+|\w+)")
_STANDARD = re.compile(r"lib/python3\.\d+/(\w+)")


def owner(file: str) -> str:
    """Give the package that a file of a profile is of; what is written in C stands under "built in"."""
    if package := _PACKAGE.search(file):
        return package[1].replace("/", ".")
    if file.startswith(f"{_PROJECT}/"):
        return Path(file).relative_to(_PROJECT).parts[0].removesuffix(".py")
    standard = _STANDARD.search(file)
    return standard[1] if standard else "built in"


def imports(text: str) -> dict[str, tuple[float, float]]:
    """Read what `-X importtime` writes: for each package its modules, and their own milliseconds."""
    found = ((module.split("."), int(own) / 1000) for own, module in _IMPORTED.findall(text))
    return _added((".".join(parts[: 2 if parts[0] == "azure" else 1]), 1, own) for parts, own in found)


def calls(rows: Rows, count: int) -> dict[str, tuple[float, float]]:
    """Give for each package its function calls and its own milliseconds, in one of `count` calls."""
    parts = ((owner(file), times, own) for (file, _, _), (_, times, own, _, _) in rows.items())
    return _added((name, times / count, own * 1000 / count) for name, times, own in parts)


def steps(rows: Rows, count: int) -> dict[str, tuple[float, float]]:
    """Give for each function of the app its times in one of `count` calls, and its milliseconds with all below it."""
    ours = [(key, row) for key, row in rows.items() if owner(key[0]) in {"shared", "function_app"}]
    parts = ((f"{Path(file).stem}.{name}", times, whole) for (file, _, name), (_, times, _, whole, _) in ours)
    return _added((name, times / count, whole * 1000 / count) for name, times, whole in parts)


def _added(parts: Iterable[tuple[str, float, float]]) -> dict[str, tuple[float, float]]:
    total: dict[str, tuple[float, float]] = {}
    for name, count, amount in parts:
        counted, added = total.get(name, (0.0, 0.0))
        total[name] = (counted + count, added + amount)
    return dict(sorted(total.items(), key=lambda item: -item[1][1]))


async def warm(around: World, file: Path) -> Rows:
    """Profile `CALLS` warm calls, and as many before them that do not count."""
    notifications = [
        {"authorization": f"Bearer {notification.token}", "body": notification.body.decode()}
        for notification in around.ringing.notifications(2 * CALLS)
    ]
    settings = around.settings | {"WARM_UP": "false"}  # its threads would get into the profile
    await _run(["-m", "bench.profiled", str(file)], settings, json.dumps(notifications))
    rows: Rows = pstats.Stats(str(file)).stats  # type: ignore[attr-defined]  # typeshed does not know it
    return rows


async def _run(arguments: list[str], settings: dict[str, str], given: str = "") -> str:
    """Give what it wrote to stderr."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=_PROJECT,
        env={"PATH": os.environ["PATH"], **settings},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(120):
        _, wrote = await process.communicate(given.encode())
    if process.returncode:
        raise SystemExit(wrote.decode()[-2000:])
    return wrote.decode()


def _show(title: str, columns: tuple[str, str], rows: dict[str, tuple[float, float]], *, sums: bool = True) -> None:
    print(f"\n{title}\n{'':40} {columns[0]:>14} {columns[1]:>10}")
    total = tuple(map(sum, zip(*rows.values(), strict=True)))
    for name, (count, amount) in [*list(rows.items())[:_MOST], *([("in all", total)] if sums else [])]:
        print(f"{name:40} {count:14g} {amount:10.2f}")


async def _profile() -> None:
    async with world() as around:
        with tempfile.TemporaryDirectory() as folder:
            rows = await warm(around, Path(folder) / "profile")
        for _ in range(2):  # the second finds compiled files
            imported = imports(
                await _run(["-X", "importtime", "-c", "import function_app"], around.settings | {"WARM_UP": ""})
            )
    _show(
        "a warm call, by package (the profiler makes it slower; waiting is built in)",
        ("function calls", "own ms"),
        calls(rows, CALLS),
    )
    _show("a warm call, by step", ("times", "ms in all"), steps(rows, CALLS), sums=False)
    _show("import function_app", ("modules", "own ms"), imported)


if __name__ == "__main__":
    asyncio.run(_profile())
