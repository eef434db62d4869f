"""On whose wall the calls of a line are told: one zone for all of them, whichever rule a caller has."""

from datetime import tzinfo

from shared.core.directory.model import ANY, Directory


def line_zone(directory: Directory, line: str, otherwise: tzinfo) -> tzinfo:
    """Give the zone of the line's own route, else of the one for any line and caller."""
    route = directory.routes.get((line, ANY)) or directory.routes.get((ANY, ANY))
    return route.zone if route else otherwise
