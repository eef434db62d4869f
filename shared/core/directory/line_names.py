"""What a called line is called wherever people read of it."""

from shared.core.directory.model import ANY, Directory

_SHORT = 8  # digits of an id


def line_name(directory: Directory | None, line: str | None, display_name: str | None = None) -> str:
    """Give the Name of the line's rows, else Microsoft's `display_name` of it, "" where neither is there."""
    return (directory.names.get(line or "") if directory else None) or display_name or ""


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
