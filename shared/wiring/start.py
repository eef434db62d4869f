"""Start the app of this process: what is longest to wait for comes first, and what follows is imported meanwhile.

Keys are two answers away, a token is one, the tables are one behind the identity's token: so each is asked for, where
WARM_UP allows it, as soon as that is imported which asks. docs/performance.md has what the parts take.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from shared.adapters import telemetry
from shared.adapters.clock import SystemClock
from shared.core.budgets import Budgets
from shared.core.refusals import Misconfigured
from shared.settings.settings import InvalidSettings, Settings
from shared.wiring.gate import build_entrance
from shared.wiring.keeping import keep

if TYPE_CHECKING:
    from shared.wiring.app import App
    from shared.wiring.process import Process


def start(environment: Mapping[str, str]) -> tuple["Process", Callable[[], None]]:
    """Give the app, and what keeps it warm and small from then on, for as long as the process lives.

    Settings that stop the app are told now, and not first by a call that is lost.
    """
    telemetry.quiet_libraries()
    try:
        app = _started(Settings.from_env(environment))
    except InvalidSettings as wrong:
        return _misconfigured(wrong)
    if app.settings.ignored:
        telemetry.event("settings.ignored", why="; ".join(map(str, app.settings.ignored)))
    from shared.wiring.process import Process  # noqa: PLC0415 - 10 ms of a cold start, in which keys and token come

    process = Process(app)
    warm = [app.keep_warm] if app.settings.warm_up else []
    steps = (*warm, process.threads.shrink, app.neighbours.entrance.pool.shrink)
    return process, lambda: keep(steps, app.clock.sleep)


def _started(settings: Settings) -> "App":
    budgets, clock = Budgets(), SystemClock()
    entrance = build_entrance(settings, clock)
    if settings.warm_up:
        entrance.keys.warm()
    from shared.wiring.neighbours import build_neighbours  # noqa: PLC0415 - 120 ms, with requests and msal

    neighbours = build_neighbours(settings, entrance, budgets, clock)
    if settings.warm_up:
        neighbours.warm(settings)
    from shared.wiring.app import build_on  # noqa: PLC0415 - 60 ms: what a call takes once it is let in

    return build_on(neighbours, settings, budgets, clock)


def _misconfigured(wrong: InvalidSettings) -> tuple["Process", Callable[[], None]]:
    from shared.wiring.process import Process, log_refusal  # noqa: PLC0415 - 60 ms, as above

    log_refusal(Misconfigured(str(wrong)))
    return Process(wrong), lambda: None
