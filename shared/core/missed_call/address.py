"""Say what is wrong with an address for missed calls before a message is lost on it."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from shared.core.health import Finding, Health

_PART = "Missed calls"
# https://devblogs.microsoft.com/microsoft365dev/retirement-of-office-365-connectors-within-microsoft-teams/
# The oldest are of the other two hosts: https://containrrr.dev/shoutrrr/v0.4/services/teams/
_CONNECTORS = "webhook.office.com", "outlook.office.com", "outlook.office365.com"
_OLD_FLOWS = "logic.azure.com"  # their addresses were to end on 2025-11-30, for those on the next line
_FLOWS = "api.powerplatform.com", _OLD_FLOWS
_PAGES = "make.powerautomate.com", "flow.microsoft.com", "teams.microsoft.com", "teams.cloud.microsoft"  # for people
_SLACK = "hooks.slack.com"
_NEW_FLOW = 'make a workflow "When a Teams webhook request is received", and set MISSED_CALL_WEBHOOK to its address'


def address_findings(address: str | None, message_format: str, *, is_daily: bool = False) -> Iterator[Finding]:
    """Judge an address and the format of what goes there; the address itself is a secret, and in no finding."""
    if address is None:
        if is_daily:
            said = "MISSED_CALL_DAILY is set, and there is no address to send anything to"
            yield Finding(_PART, Health.WARNING, said, "set MISSED_CALL_WEBHOOK, which each deployment takes anew")
        return
    parts = urlsplit(address)
    host = (parts.hostname or "").lower().rstrip(".")
    is_flow = _is_of(host, *_FLOWS)
    if _is_of(host, *_CONNECTORS):
        yield Finding(
            _PART, Health.ERROR, "the address is of an Office connector, and Teams has retired these", _NEW_FLOW
        )
    elif _is_of(host, *_PAGES):
        said = "the address is of a page to look at, and takes no message"
        remedy = "set MISSED_CALL_WEBHOOK to the address that the workflow's trigger shows"
        yield Finding(_PART, Health.ERROR, said, remedy)
    elif _is_of(host, _OLD_FLOWS):
        yield Finding(_PART, Health.ERROR, "the address is one that workflows had until November 2025", _NEW_FLOW)
    elif is_flow and not parse_qs(parts.query).get("sig"):
        said = "the address is a workflow's without its signature (sig=...), so it answers 401"
        remedy = "let the workflow's trigger take anyone, and copy its whole address"
        yield Finding(_PART, Health.ERROR, said, remedy)
    elif is_flow and message_format == "json":
        yield Finding(
            _PART, Health.WARNING, "a workflow is sent JSON, and posts nothing", "set MISSED_CALL_FORMAT to card"
        )
    elif _is_of(host, _SLACK) and message_format == "card":
        yield Finding(_PART, Health.WARNING, "Slack is sent a card, and refuses it", "set MISSED_CALL_FORMAT to json")
    else:
        said = (
            f"somebody is told of each call that reached nobody, by {'a card' if message_format == 'card' else 'JSON'}"
        )
        yield Finding(_PART, Health.OK, said)


def _is_of(host: str, *domains: str) -> bool:
    return any(f".{host}".endswith(f".{domain}") for domain in domains)
