"""How a report names lines, those who ring, and callers."""

from dataclasses import dataclass

from shared.core.directory.line_names import line_name, line_text
from shared.core.directory.model import Directory
from shared.core.loggable import loggable, masked_caller
from shared.core.missed_call.wording import Shown
from tools.report.figures import Figures


@dataclass(frozen=True, slots=True)
class Names:
    """`directory` is what the tables say now; a target that has gone from it is shown by its id."""

    directory: Directory
    figures: Figures
    numbers: Shown

    def line(self, line: str) -> str:
        _, told = self.figures.line_names.get(line, (None, ""))
        return line_text(line, line_name(self.directory, line, told))

    def target(self, who: str, place: int) -> str:
        """Name one who rings; a number without a name is shown as far as callers' numbers are."""
        names = (one.name for targets in self.directory.lists.values() for one in targets if one.id == who)
        return next(filter(None, names), "") or self._number(who, f"target {place}", loggable("caller", who))

    def caller(self, who: str, place: int) -> str:
        return self._number(who, f"caller {place}", masked_caller(who))

    def _number(self, who: str, counted: str, masked: str) -> str:
        return {Shown.FULL: who, Shown.MASKED: masked, Shown.NONE: counted}[self.numbers]
