"""Keep the process on one core: its threads take turns at one interpreter lock, and there a turn costs half."""

import contextlib
import os

_CORE = 36  # of /proc/.../stat, behind the name: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html


def stay_on_this_core() -> None:
    """Let every thread of this process, and all that they start, run on the core that this one is on.

    Nothing where the system has no such wish, or the machine has one core. With several processes the scheduler has
    spread them already: each is busy importing when it comes here.
    """
    if not hasattr(os, "sched_setaffinity"):  # not Linux
        return
    with contextlib.suppress(OSError, ValueError, IndexError):  # where it cannot be had, all goes on as it was
        with open("/proc/thread-self/stat", encoding="utf-8") as stat:  # noqa: PTH123 - pathlib is six modules more
            core = int(stat.read().rpartition(")")[2].split()[_CORE])
        for thread in os.listdir("/proc/self/task"):  # noqa: PTH208 - the same
            with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
                os.sched_setaffinity(int(thread), {core})
