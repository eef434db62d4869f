"""From and Until by a zone's clock: the first moment at which a target rings, and the first at which it does not."""

from datetime import UTC, datetime, tzinfo


def is_before(begins: datetime, now: datetime, zone: tzinfo) -> bool:
    return now < earliest_moment(begins, zone)


def is_after(ends: datetime, now: datetime, zone: tzinfo) -> bool:
    return now >= latest_moment(ends, zone)


def earliest_moment(wall: datetime, zone: tzinfo) -> datetime:
    """Give the first moment (UTC) at which the wall clock shows this: open where autumn makes it doubtful."""
    return min(_both(wall, zone))


def latest_moment(wall: datetime, zone: tzinfo) -> datetime:
    return max(_both(wall, zone))


def _both(wall: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    if wall.tzinfo is not None:
        return wall, wall
    first = wall.replace(tzinfo=zone)
    return first.astimezone(UTC), first.replace(fold=1).astimezone(UTC)
