"""Move the clock of a process, and let it run on from there: for the local world alone.

`python -m local.clock SECONDS MODULE ...` runs a module of the local world with a clock that is so far ahead; the
module itself knows nothing of it. What measures durations (`time.monotonic`), and what is not Python's (OpenSSL, which
judges certificates), keep their own time.
"""

import runpy
import sys
import time
from datetime import UTC, datetime, timedelta

import time_machine


class Clock:
    """The clock of this process, for `datetime.now`, `time.time` and their kin in every thread."""

    def __init__(self) -> None:
        self._shift = timedelta()
        self._travel: tuple[time_machine.travel, time_machine.Traveller] | None = None

    @property
    def shift(self) -> float:
        """By how many seconds it is ahead of this machine's."""
        return self._shift.total_seconds()

    def set_to(self, moment: datetime) -> None:
        """Let it be that time now."""
        machine = datetime.now(UTC) - self._shift
        self.shift_by((moment - machine).total_seconds())

    def shift_by(self, seconds: float) -> None:
        """Let it be so far ahead of this machine's, from now on; 0 is this machine's time again."""
        before, self._shift = self._shift, timedelta(seconds=seconds)
        if self._travel:
            self._travel[1].shift(self._shift - before)  # in one step: no thread sees another time in between
        elif seconds:
            travel = time_machine.travel(datetime.now(UTC) + self._shift, tick=True)
            self._travel = travel, travel.start()
            time.time()  # it runs from when it is first asked for

    def back(self) -> None:
        """Let this process have the machine's own clock again."""
        if self._travel:
            self._travel[0].stop()
        self._shift, self._travel = timedelta(), None


if __name__ == "__main__":
    _, ahead, module, *rest = sys.argv
    sys.argv[1:] = rest
    Clock().shift_by(float(ahead))
    runpy.run_module(module, run_name="__main__", alter_sys=True)
