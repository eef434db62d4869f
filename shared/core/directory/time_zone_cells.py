"""Read a TimeZone, which rows of `targets` and of `routes` have."""

from datetime import tzinfo

from shared.core.directory.cells import quoted
from shared.core.directory.diagnostics import TableRow
from shared.core.schedule import time_zones


def read_time_zone(entry: TableRow, otherwise: str) -> tzinfo | None:
    """Give the zone; nothing where the cell is empty, or unclear, which is noted: `otherwise` is used then."""
    said = entry.text("TimeZone")
    zone = time_zones.time_zone(said) if said else None
    trap = time_zones.time_zone_trap(said)
    if said and zone is None:
        example = time_zones.closest_time_zone(said) if entry.diagnostics.may_suggest() else time_zones.EXAMPLE
        why = f" ({trap})" if trap else f"; did you mean {example}?"
        entry.error("TimeZone", f"no such time zone: {quoted(said)}{why} {otherwise} is used")
    elif trap:
        entry.warn("TimeZone", trap)
    return zone
