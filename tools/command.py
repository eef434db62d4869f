"""Run a command of a terminal: whoever reads it may have seen enough, and whoever started it may stop it."""

import os
import sys
from collections.abc import Callable
from typing import NoReturn

_STOPPED = 130  # what a shell says of Ctrl-C


def run(main: Callable[[], int]) -> NoReturn:
    """Run it, and end with its exit code; a pipe that was closed (`| head -1`) is no fault of ours."""
    try:
        try:
            code = main()
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains as it ends
        code = 0
    except KeyboardInterrupt:
        code = _STOPPED
    sys.exit(code)
