"""A call pays for nothing that a person or a timer asks for."""

import subprocess
import sys

from tests.support.paths import ROOT

_LATER = (
    "shared.console.",
    "shared.upkeep.",
    "shared.core.health",
    "shared.core.coverage",
    "shared.core.record.retention",
    "shared.core.directory.problem_rows",
    "shared.core.missed_call",
    "shared.adapters.webhook",
    "shared.adapters.tables.messages_table",
)
_ALLOWED = {"shared.console", "shared.console.document"}


def test_starting_loads_nothing_of_the_console_or_the_timers() -> None:
    program = "import asyncio, function_app, sys; asyncio.run(function_app.loading.process()); print(*sys.modules)"
    command = [sys.executable, "-c", program]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout  # noqa: S603 - our own command

    loaded = {name for name in printed.split() if name.startswith(_LATER)} - _ALLOWED

    assert loaded == set()
    assert "shared.call.flow" in printed
