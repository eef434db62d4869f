"""Let the app die in the middle of calls, start it anew, and let Microsoft announce them once more."""

import threading
import time

from local.demo.stack import Stack
from local.processes import NotStarted
from local.switchboard.placed_calls import Placed, PlacedCalls
from local.switchboard.reporter import Reporter

_LOOK = 0.05  # seconds between two looks at who is to be announced once more


class AppDeath:
    """One death takes all calls that are under way; until these have been answered, or are lost, no other call kills.

    Otherwise each of many calls would kill the app anew, and none would be left. `turning` is held while the app is
    away.
    """

    def __init__(self, stack: Stack, calls: PlacedCalls, reporter: Reporter, turning: threading.Lock) -> None:
        self._app = stack.app
        self._exchange = stack.microsoft.exchange
        self._calls = calls
        self._reporter = reporter
        self._turning = turning
        self._lock = threading.Lock()
        self._is_dying = False  # until it is dead: what it asks of Graph meanwhile dies with it
        self._is_mending = False  # until the calls that it took have been answered
        self._served_at = float("-inf")  # time.monotonic()

    def takes(self, call_id: str) -> bool:
        """Tell whether the app, which has just asked Graph about this call, dies of it before it has an answer."""
        with self._lock:
            if self._is_mending:
                return self._is_dying
            call = self._exchange.find(call_id)
            if call is None or call.rang_at < self._served_at:
                return False
            self._is_dying = self._is_mending = True
        threading.Thread(target=self._die, name="switchboard restart", daemon=True).start()
        return True

    def _die(self) -> None:
        try:
            with self._turning:
                self._restart()
            self._announce_again()
        except NotStarted:
            pass  # the page shows the app as away, and the terminal says why
        finally:
            self._is_dying = self._is_mending = False

    def _restart(self) -> None:
        told = [placed for placed in self._calls.under_way() if not placed.call.happened("notified")]
        try:
            self._app.kill()
            self._is_dying = False
            taken = [placed for placed in told if not placed.call.over and placed.call.notified is None]
            self._note(taken, "killed")
            self._reporter.tell_starting(is_starting=True)
            self._app.start()
            self._served_at = time.monotonic()
            self._note(taken, "started")
        finally:
            self._reporter.tell_starting(is_starting=False)

    def _announce_again(self) -> None:
        """Announce what rang before the app served and got no answer, once each, and wait for the answers."""
        sent: dict[str, threading.Thread] = {}
        while waiting := [
            placed
            for placed in self._calls.under_way()
            if _is_unanswered(placed, before=self._served_at)
            and (placed.call.id not in sent or sent[placed.call.id].is_alive())
        ]:
            for placed in waiting:
                if placed.call.id not in sent and _has_failed(placed):
                    self._note([placed], "told again")
                    sent[placed.call.id] = self._exchange.announce_again(placed.call)
            time.sleep(_LOOK)

    def _note(self, calls: list[Placed], what: str) -> None:
        at = time.monotonic()
        for placed in calls:
            placed.turns.append((at, what))
            self._calls.changed(placed.call.id)


def _is_unanswered(placed: Placed, before: float) -> bool:
    return placed.call.rang_at < before and placed.call.rings and placed.call.notified is None


def _has_failed(placed: Placed) -> bool:
    """Tell whether each announcement so far has come to nothing; one may be on its way to the app that serves now."""
    again = sum(what == "told again" for _, what in placed.turns)
    return len(placed.call.happened("notified")) > again
