"""How a report names lines, those who ring, and callers."""

from dataclasses import dataclass
from enum import StrEnum

from shared.core.directory.line_names import line_name, line_text
from shared.core.directory.model import Directory
from shared.core.loggable import loggable
from tools.report.figures import Figures


class Numbers(StrEnum):
    """How much of a number a report shows."""

    FULL = "full"
    MASKED = "masked"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Names:
    """`directory` is what the tables say now; a target that has gone from it is shown by its id."""

    directory: Directory
    figures: Figures
    numbers: Numbers

    def line(self, line: str) -> str:
        _, told = self.figures.line_names.get(line, (None, ""))
        return line_text(line, line_name(self.directory, line, told))

    def target(self, who: str) -> str:
        """Name one who rings; a number without a name is shown as far as callers' numbers are."""
        names = (one.name for targets in self.directory.lists.values() for one in targets if one.id == who)
        named = next(filter(None, names), "")
        return named or (who if self.numbers is Numbers.FULL else loggable("caller", who))

    def caller(self, who: str, place: int) -> str:
        match self.numbers:
            case Numbers.FULL:
                return who
            case Numbers.MASKED:
                return loggable("caller", who)
            case Numbers.NONE:
                return f"caller {place}"
