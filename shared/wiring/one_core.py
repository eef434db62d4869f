"""Keep the threads that answer calls on one core, where taking turns at the interpreter lock costs half."""

import contextlib
import functools
import os

_CORE = 36  # of /proc/.../stat, behind the name: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html


@functools.cache
def stay_on_this_core() -> None:
    """Let the first thread that asks, and all that it starts from then on, run on the core that it is on.

    That thread is the worker's event loop, which starts those that calls wait in. Nothing where the system has no such
    wish (macOS), or the machine has one core.
    """
    if not hasattr(os, "sched_setaffinity"):
        return
    with contextlib.suppress(OSError, ValueError, IndexError):  # where it cannot be had, all goes on as it was
        with open("/proc/thread-self/stat", encoding="utf-8") as stat:  # noqa: PTH123 - pathlib is six modules more
            core = int(stat.read().rpartition(")")[2].split()[_CORE])
        os.sched_setaffinity(0, {core})
