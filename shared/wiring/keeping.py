"""Keep an idle app warm and small."""

from collections.abc import Callable, Iterable

EVERY = 100.0  # seconds: servers close what was idle for 2 minutes


def keep(steps: Iterable[Callable[[], object]], sleep: Callable[[float], object]) -> None:
    """Take these steps now, and again and again for as long as the process lives.

    Not only by the heartbeat: Azure runs timers on another instance than the one that answers calls.
    https://learn.microsoft.com/azure/azure-functions/flex-consumption-plan#per-function-scaling
    """
    steps = tuple(steps)
    while True:
        for step in steps:
            step()
        sleep(EVERY)
