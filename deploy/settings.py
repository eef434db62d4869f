"""Read what a deployment is to be like: a file of NAME=value lines, and words that override it."""

import difflib
import hashlib
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from deploy.cli_output import GUID as _GUID

AZURE_CLOUDS = {"global": "AzureCloud", "usgov": "AzureUSGovernment", "usgovdod": "AzureUSGovernment"}
WEBHOOK = "MISSED_CALL_WEBHOOK"  # of the environment alone: a secret belongs into no file, and onto no command line
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_GROUP = re.compile(r"[\w().-]{0,89}[\w()-]")
_HOOK = re.compile(r"https://[!-~]{1,1992}")
_OURS = {"name", "location", "botAppId", "fallbackTargets", "cloud", "editorsObjectId", "editorsType", "alertEmails"}
_SECRET = {"missedCallWebhook": WEBHOOK}
_MOST_TARGETS, _MOST_EMAILS = 25, 20  # as infra/main.bicep has it
_LONGEST_DEVELOPER = 32  # https://learn.microsoft.com/microsoft-365/extensibility/schema/root-developer


class WrongSettings(Exception):
    """The text names all that is missing or wrong."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`bot_app_id` is empty where infra/entra.sh is to make the registration. Without `entra`, others look after it."""

    resource_group: str
    location: str
    fallback_targets: tuple[str, ...]
    name: str = "callredirect"
    subscription: str = ""
    cloud: str = "global"
    bot_app_id: str = ""
    entra: bool = True
    editors: str = ""
    alert_emails: tuple[str, ...] = ()
    developer: str = "Call Redirect"
    website: str = ""
    parameters: tuple[str, ...] = ()
    has_webhook: bool = False

    @property
    def deployment(self) -> str:
        return f"call-redirect-{self.name}"

    def registration(self, subscription_id: str) -> str:
        """Give the registration's unique name: two deployments of one tenant must not share a credential."""
        place = f"{subscription_id}/{self.resource_group}/{self.name}".lower()
        return f"call-redirect-{self.name}-{hashlib.sha256(place.encode()).hexdigest()[:8]}"


NAMES = (
    "RESOURCE_GROUP",
    "LOCATION",
    "FALLBACK_TARGETS",
    "NAME",
    "SUBSCRIPTION",
    "CLOUD",
    "BOT_APP_ID",
    "ENTRA",
    "EDITORS",
    "ALERT_EMAILS",
    "DEVELOPER",
    "WEBSITE",
    "PARAMETERS",
)


def from_lines(text: str, place: str) -> dict[str, str]:
    """Read NAME=value lines, with or without quotes; `#` begins a comment. Raises WrongSettings."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            name, equals, value = line.partition("=")
            if not equals:
                raise WrongSettings(f"{place}, line {number}: not NAME=value")
            found[_known(name.strip(), f"{place}, line {number}")] = _unquoted(value.strip())
    return found


def from_words(words: Iterable[str]) -> dict[str, str]:
    """Read NAME=value words of the command line. Raises WrongSettings."""
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise WrongSettings(f"{word}: not NAME=value")
        found[_known(name, "the command line")] = value
    return found


def settings(given: Mapping[str, str], environment: Mapping[str, str]) -> Settings:
    """Read the settings. What PARAMETERS may name, and within which bounds, what-if says. Raises WrongSettings."""
    reader = _Reader(given)
    read = Settings(
        resource_group=reader.one("RESOURCE_GROUP", _GROUP, "1 to 90 letters, digits, _ - . ( )"),
        location=reader.one("LOCATION", re.compile(r"[a-z0-9 A-Z]+"), "a region, such as westeurope")
        .replace(" ", "")
        .lower(),
        fallback_targets=reader.many("FALLBACK_TARGETS", re.compile(f"{_GUID.pattern}|{_NUMBER.pattern}"), "people"),
        name=reader.one("NAME", re.compile("[a-z0-9]{2,16}"), "2 to 16 lower-case letters and digits", "callredirect"),
        subscription=given.get("SUBSCRIPTION", "").strip(),
        cloud=reader.one("CLOUD", re.compile("|".join(AZURE_CLOUDS)), f"one of {', '.join(AZURE_CLOUDS)}", "global"),
        bot_app_id=reader.one("BOT_APP_ID", _GUID, "an application (client) id", ""),
        entra=reader.one("ENTRA", re.compile("make|leave"), "make or leave", "make") == "make",
        editors=reader.one("EDITORS", re.compile(f"me|{_GUID.pattern}"), "me, or the object id of a group", ""),
        alert_emails=reader.many("ALERT_EMAILS", re.compile(r"[^@\s]+@[^@\s]+"), "addresses", needed=False),
        developer=given.get("DEVELOPER", "").strip() or "Call Redirect",
        website=reader.one("WEBSITE", re.compile(r"https://\S+"), "an https address", ""),
        parameters=reader.parameters(),
        has_webhook=reader.webhook(environment.get(WEBHOOK, "")),
    )
    reader.conclude(read)
    return read


@dataclass(slots=True)
class _Reader:
    given: Mapping[str, str]
    wrong: list[str] = field(default_factory=list)

    def one(self, name: str, like: re.Pattern[str], what: str, otherwise: str | None = None) -> str:
        value = self.given.get(name, "").strip()
        if not value:
            if otherwise is None:
                self.wrong.append(f"{name} is missing: {what}")
            return otherwise or ""
        if not like.fullmatch(value):
            self.wrong.append(f"{name}={value} is not {what}")
        return value

    def many(self, name: str, like: re.Pattern[str], what: str, *, needed: bool = True) -> tuple[str, ...]:
        values = tuple(filter(None, re.split(r"[,;\s]+", self.given.get(name, ""))))
        if needed and not values:
            self.wrong.append(f"{name} is missing: who rings when nobody else can, object ids of users or +numbers")
        self.wrong += [
            f"{name}: {value} is none of the {what} that it takes" for value in values if not like.fullmatch(value)
        ]
        return tuple(dict.fromkeys(value.lower() for value in values))

    def webhook(self, value: str) -> bool:
        if value and not _HOOK.fullmatch(value):
            self.wrong.append(f"{WEBHOOK} is not an https address of 2000 characters at most")
        return bool(value)

    def parameters(self) -> tuple[str, ...]:
        try:
            words = shlex.split(self.given.get("PARAMETERS", ""))
        except ValueError as error:
            self.wrong.append(f"PARAMETERS cannot be read: {error}")
            return ()
        seen: set[str] = set()
        for word in words:
            name, equals, value = word.partition("=")
            if not equals:
                self.wrong.append(f"PARAMETERS: {word} is not name=value")
            elif name in _SECRET:
                self.wrong.append(f"PARAMETERS: {name} is a secret: export {_SECRET[name]} instead")
            elif name in _OURS:
                self.wrong.append(f"PARAMETERS: {name} has a setting of its own")
            elif name in seen:
                self.wrong.append(f"PARAMETERS: {name} is there twice")
            elif value.startswith("@"):
                self.wrong.append(f"PARAMETERS: {word} is a file to az: give the value itself")
            seen.add(name)
        return tuple(words)

    def conclude(self, read: Settings) -> None:
        if not read.entra and not read.bot_app_id:
            self.wrong.append("ENTRA=leave needs BOT_APP_ID")
        if len(read.fallback_targets) > _MOST_TARGETS:
            self.wrong.append(f"FALLBACK_TARGETS: {_MOST_TARGETS} at most")
        if len(read.alert_emails) > _MOST_EMAILS:
            self.wrong.append(f"ALERT_EMAILS: {_MOST_EMAILS} at most")
        if len(read.developer) > _LONGEST_DEVELOPER:
            self.wrong.append(f"DEVELOPER: {_LONGEST_DEVELOPER} characters at most")
        if self.wrong:
            raise WrongSettings("\n".join(self.wrong))


def _known(name: str, place: str) -> str:
    if name not in NAMES:
        raise WrongSettings(f"{place}: there is no setting {name}{_likely(name, NAMES)}")
    return name


def _likely(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 1)
    return f"; did you mean {near[0]}?" if near else ""


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value
