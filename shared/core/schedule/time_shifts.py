"""When the clocks of a zone change."""

from datetime import datetime, timedelta, tzinfo


def next_time_shift(zone: tzinfo, after: datetime, until: datetime) -> datetime:
    """Give the first moment with another offset from UTC than `after` has; `until` where there is none before it."""
    offset, early = after.astimezone(zone).utcoffset(), after
    while early < until:
        late = min(early + timedelta(days=1), until)
        if late.astimezone(zone).utcoffset() != offset:
            while late - early > timedelta(microseconds=1):
                middle = early + (late - early) / 2
                if middle.astimezone(zone).utcoffset() == offset:
                    early = middle
                else:
                    late = middle
            return late
        early = late
    return until
