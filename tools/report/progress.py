"""Show at a terminal how far a long reading has come."""

from dataclasses import dataclass
from typing import TextIO

_WIDTH = 30


@dataclass(slots=True)
class Progress:
    """Nothing is shown where nobody looks: in a pipe or a file."""

    stream: TextIO
    what: str
    _shown: str = ""

    def show(self, part: float, count: int) -> None:
        """Show a part of 0 to 1, and how many there were so far."""
        done = round(part * _WIDTH)
        shown = f"[{'#' * done}{'.' * (_WIDTH - done)}] {part:4.0%}  {count:,} {self.what}"
        if shown != self._shown and self.stream.isatty():
            self.stream.write(f"\r{shown}")
            self.stream.flush()
        self._shown = shown

    def end(self) -> None:
        if self._shown and self.stream.isatty():
            self.stream.write("\r\x1b[K")
            self.stream.flush()
