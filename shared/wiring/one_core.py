"""Keep a process that answers calls on one core, where taking turns at the interpreter lock costs half."""

import contextlib
import functools
import os

_CORE = 36  # of /proc/.../stat, behind the name: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html


@functools.cache
def stay_on_this_core() -> None:
    """Let every thread of this process, and all that they start, run on the core that the first who asks is on.

    Nothing where the system has no such wish (macOS), or the machine has one core. With several processes the
    scheduler has spread them already: each was busy importing before it was asked anything.
    """
    if not hasattr(os, "sched_setaffinity"):
        return
    with contextlib.suppress(OSError, ValueError, IndexError):  # where it cannot be had, all goes on as it was
        with open("/proc/thread-self/stat", encoding="utf-8") as stat:  # noqa: PTH123 - pathlib is six modules more
            core = int(stat.read().rpartition(")")[2].split()[_CORE])
        for thread in os.listdir("/proc/self/task"):  # noqa: PTH208 - the same
            with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
                os.sched_setaffinity(int(thread), {core})
