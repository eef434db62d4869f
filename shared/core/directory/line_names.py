"""What a called line is called wherever people read of it."""

from collections.abc import Mapping
from dataclasses import replace

from shared.core.directory.model import ANY, Directory

_SHORT = 8  # digits of an id
_JOINERS = "\u200c\u200d"  # unseen, but words and pictures are written with them


def line_name(directory: Directory | None, line: str | None, display_name: str | None = None) -> str:
    """Give the Name of the line's rows, else Microsoft's `display_name` of it, "" where neither is there."""
    return (directory.names.get(line or "") if directory else None) or display_name or ""


def unnamed_lines(directory: Directory | None) -> frozenset[str]:
    """Give the lines of the tables that have no Name there."""
    return directory.lines - directory.names.keys() if directory else frozenset()


def with_called_names(directory: Directory, names: Mapping[str, str]) -> Directory:
    """Call the lines that the tables have no Name for by these, as the records of their calls have them."""
    shown = {line: _on_one_line(name) for line, name in names.items() if line}
    return replace(directory, names={line: name for line, name in shown.items() if name} | dict(directory.names))


def line_text(line: str | None, name: str | None) -> str:
    """Write a line as people read it: "Sales (5a1e5000)", or the beginning of its id, or that it is not known."""
    short = (line or "")[:_SHORT]
    if not name:
        return short or "unknown line"
    return f"{name} ({short})" if short else name


def rule_line_text(line: str, directory: Directory) -> str:
    """Write the line of a rule: as any other, and `any` as what is left beside the lines that have rules."""
    if line == ANY:
        return directory.names.get(ANY) or ("any other line" if directory.lines else "any line")
    name = directory.names.get(line)
    return line_text(line, name) if name else f"line {line_text(line, None)}"


def _on_one_line(name: str) -> str:
    """Take out what a terminal would act on."""
    return " ".join("".join(sign if sign.isprintable() or sign in _JOINERS else " " for sign in name).split())
