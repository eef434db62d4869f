"""Run a command of a terminal: whoever reads it may have seen enough, and whoever started it may stop it."""

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

_FAILED, _STOPPED = 1, 130  # the second is what a shell says of Ctrl-C


def run(main: Callable[[], int]) -> NoReturn:
    """Run it, and end with its exit code; a pipe that was closed (`| head -1`) is no fault of ours."""
    if sys.stdout is None:  # started with `>&-`
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for as long as it runs
    try:
        try:
            code = main()
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        _write_no_more()
        code = 0
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _write_no_more()
        print(f"the output cannot be written ({error.strerror})", file=sys.stderr)
        code = _FAILED
    except KeyboardInterrupt:
        code = _STOPPED
    sys.exit(code)


def command_line(words: str) -> str:
    """Write a command as it is typed here, with the Python that runs now: `.venv/bin/python -m tools.tables undo`."""
    python = Path(sys.executable)
    here = Path.cwd()
    return f"{python.relative_to(here) if python.is_relative_to(here) else python} -m {words}"


def _write_no_more() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains as it ends
