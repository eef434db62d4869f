"""Read what people type behind a command's options: times, and whole numbers within bounds."""

import argparse
from collections.abc import Callable
from datetime import datetime

from shared.core.schedule import local_times


def moment(text: str) -> datetime:
    """Read a time as the tables have it; naive where it names no offset. Raises ArgumentTypeError."""
    found = local_times.parse_begin(text.strip())
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time like {local_times.EXAMPLE} or 30.11.2026 08:00")
    return found


def whole_number(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
        return number

    return read
