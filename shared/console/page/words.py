"""Say numbers and times as people do."""

from datetime import datetime, timedelta, tzinfo

from shared.console.page.markup import Html, tag
from shared.core.routing.decisions import Leave, Reject, RejectReason, Why

_WHY = {Why.BY_RULE: ", as a rule says", Why.CLOSED: ", for the line is closed", Why.NO_TARGET: ""}
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


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


def nobody(decision: Reject | Leave) -> str:
    """Say of a decision that rings nobody what the caller notices, and why."""
    if isinstance(decision, Leave):
        hears = "the caller hears it ring until they give up"
    else:
        hears = "the caller hears busy" if decision.reason is RejectReason.BUSY else "the caller is turned away"
    return f"No one rings: {hears}{_WHY[decision.why]}."
