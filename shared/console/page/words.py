"""Say numbers and times as people do."""

from datetime import datetime, timedelta, tzinfo

from shared.console.page.markup import Html, tag

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def moment(at: datetime, zone: tzinfo) -> Html:
    """Give a time that people read, with its zone, and that programs read."""
    local = at.astimezone(zone)
    return tag("time", f"{local:%A} {local.day} {local:%B %Y, %H:%M %Z}", datetime=at.isoformat(timespec="seconds"))


def time_until(wait: timedelta) -> str:
    """Say how long it is until then, no finer than a person needs."""
    minutes = max(round(wait.total_seconds() / 60), 1)
    if wait < _HOUR:
        return f"in {counted(minutes, 'minute')}"
    if wait < _DAY:
        hours, rest = divmod(minutes, 60)
        return f"in {hours} h {rest} min" if rest else f"in {counted(hours, 'hour')}"
    return f"in {counted(wait.days, 'day')}"
