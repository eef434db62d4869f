"""Hear of each call that is recorded, and have those told that nobody answered."""

import threading
from typing import TYPE_CHECKING

from shared.adapters import telemetry
from shared.core.budgets import Budgets
from shared.core.record.classes import UNANSWERED, class_of
from shared.core.record.record import Record
from shared.ports import Clock
from shared.settings.settings import Settings
from shared.wiring.neighbours import Neighbours

if TYPE_CHECKING:
    from shared.upkeep.outbox import Outbox


class MissedCalls:
    """What it takes to tell of a call is loaded with the first one that nobody answered."""

    def __init__(self, settings: Settings, neighbours: Neighbours, budgets: Budgets, clock: Clock) -> None:
        self._parts = settings, neighbours, budgets, clock
        self._is_wanted = settings.missed_call_webhook is not None
        self._lock = threading.Lock()
        self._outbox: Outbox | None = None

    def __call__(self, record: Record) -> None:
        """Tell of it where nobody answered. Nothing that goes wrong here may change what Microsoft is answered."""
        if not self._is_wanted or class_of(record.outcome) not in UNANSWERED:
            return
        try:
            if (outbox := self._built()) is not None:
                outbox.tell(record)
        except Exception as error:  # noqa: BLE001 - the call is recorded; a fault of ours is said, and costs no more
            telemetry.internal_error(error)

    def _built(self) -> "Outbox | None":
        from shared.wiring.messages import build_outbox  # noqa: PLC0415 - 10 ms of a cold start, with the timers

        with self._lock:
            if self._outbox is None:
                self._outbox = build_outbox(*self._parts)
            return self._outbox
