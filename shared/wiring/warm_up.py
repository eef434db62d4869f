"""Make everything ready before the first call, and keep the way to Graph so."""

import threading
from collections.abc import Callable, Iterable

KEEP_WARM_EVERY = 100.0  # seconds: servers close what was idle for 2 minutes


def warm_up(
    steps: Iterable[Callable[[], object]], keep_warm: Callable[[], object], sleep: Callable[[float], object]
) -> None:
    """Take each step in a thread of its own, then keep warm for as long as the process lives.

    Not only by the heartbeat: Azure runs timers on another instance than the one that answers calls.
    https://learn.microsoft.com/azure/azure-functions/flex-consumption-plan#per-function-scaling
    """
    for step in steps:
        threading.Thread(target=step, name="warm-up", daemon=True).start()
    while True:
        sleep(KEEP_WARM_EVERY)
        keep_warm()
