"""What a deployment is to be like: settings of the right shape, or all that is wrong with them."""

import hashlib
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from deploy.cli_output import GUID as _GUID
from deploy.settings_file import WrongSettings, places_said, unusual
from shared.settings import values
from shared.settings.values import InvalidSetting

AZURE_CLOUDS = {"global": "AzureCloud", "usgov": "AzureUSGovernment", "usgovdod": "AzureUSGovernment"}
WEBHOOK = "MISSED_CALL_WEBHOOK"  # of the environment alone: a secret belongs into no file, and onto no command line
_EXAMPLES = {"+12345678901", "00000000-0000-0000-0000-000000000000"}  # of settings.env.example and main.bicepparam
_NAMES_ARE = "2 to 16 lower-case letters and digits: a storage account is named by it"
_GROUP = re.compile(r"[\w().-]{0,89}[\w()-]")
_HOOK = re.compile(r"https://[!-~]{1,1992}")
_OURS = {"name", "location", "botAppId", "fallbackTargets", "cloud", "editorsObjectId", "editorsType", "alertEmails"}
_SECRET = {"missedCallWebhook": WEBHOOK}
_MOST_TARGETS, _MOST_EMAILS = 25, 20  # as infra/main.bicep has it
_LONGEST_DEVELOPER = 32  # https://learn.microsoft.com/microsoft-365/extensibility/schema/root-developer


@dataclass(frozen=True, slots=True)
class Settings:
    """`bot_app_id` is empty where infra/entra.sh is to make the registration. Without `entra`, others look after it.

    `examples` names each value that is still that of an example: to be looked at, and not to be deployed with.
    """

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
    examples: tuple[str, ...] = ()

    @property
    def deployment(self) -> str:
        return f"call-redirect-{self.name}"

    def registration(self, subscription_id: str) -> str:
        """Give the registration's unique name: two deployments of one tenant must not share a credential."""
        place = f"{subscription_id}/{self.resource_group}/{self.name}".lower()
        return f"call-redirect-{self.name}-{hashlib.sha256(place.encode()).hexdigest()[:8]}"


def settings(
    given: Mapping[str, str], environment: Mapping[str, str], places: Mapping[str, str] | None = None
) -> Settings:
    """Read the settings; `places` are the lines of a file that they stand in. Raises WrongSettings.

    What PARAMETERS may name, and within which bounds, what-if says.
    """
    reader = _Reader(given, places or {})
    read = Settings(
        resource_group=reader.one("RESOURCE_GROUP", _GROUP, "1 to 90 letters, digits, _ - . ( )"),
        location=reader.one("LOCATION", re.compile(r"[a-z0-9 A-Z]+"), "a region, such as westeurope")
        .replace(" ", "")
        .lower(),
        fallback_targets=reader.targets(),
        name=reader.one("NAME", re.compile("[a-z0-9]{2,16}"), _NAMES_ARE, "callredirect"),
        subscription=given.get("SUBSCRIPTION", "").strip(),
        cloud=reader.one("CLOUD", re.compile("|".join(AZURE_CLOUDS)), f"one of {', '.join(AZURE_CLOUDS)}", "global"),
        bot_app_id=reader.one("BOT_APP_ID", _GUID, "an application (client) id", ""),
        entra=reader.one("ENTRA", re.compile("make|leave"), "make or leave", "make") == "make",
        editors=reader.one("EDITORS", re.compile(f"me|{_GUID.pattern}"), "me, or the object id of a group", ""),
        alert_emails=reader.emails(),
        developer=given.get("DEVELOPER", "").strip() or "Call Redirect",
        website=reader.one("WEBSITE", re.compile(r"https://\S+"), "an https address", ""),
        parameters=reader.parameters(),
        has_webhook=reader.webhook(environment.get(WEBHOOK, "")),
    )
    return reader.concluded(read)


@dataclass(slots=True)
class _Reader:
    given: Mapping[str, str]
    places: Mapping[str, str]
    wrong: list[str] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)

    def one(self, name: str, like: re.Pattern[str], what: str, otherwise: str | None = None) -> str:
        value = self.given.get(name, "").strip()
        if not value:
            if otherwise is None:
                self._wrong(name, f"{name} is missing: {what}")
            return otherwise or ""
        if value in _EXAMPLES:
            self._example(name, value)
        elif not like.fullmatch(value):
            self._wrong(name, f"{name}={value} is not {what}{unusual(value)}")
        return value

    def targets(self) -> tuple[str, ...]:
        name, found = "FALLBACK_TARGETS", []
        for said in values.split_targets(self.given.get(name, "")):
            try:
                target = said if said in _EXAMPLES else values.target(said).id
            except InvalidSetting as mistake:
                self._wrong(name, f"{name}: {said} {mistake}")
                target = said
            found.append(target)
            if target in _EXAMPLES:
                self._example(name, target)
        if not found:
            self._wrong(name, f"{name} is missing: who rings when nobody else can, object ids of users or +numbers")
        if len(set(found)) > _MOST_TARGETS:
            self._wrong(name, f"{name}: {_MOST_TARGETS} at most")
        return tuple(dict.fromkeys(found))

    def emails(self) -> tuple[str, ...]:
        name = "ALERT_EMAILS"
        found = [said.lower() for said in re.split(r"[,;\s]+", self.given.get(name, "")) if said]
        for said in found:
            if not re.fullmatch(r"[^@\s]+@[^@\s]+", said):
                self._wrong(name, f"{name}: {said} is no e-mail address{unusual(said)}")
        if len(set(found)) > _MOST_EMAILS:
            self._wrong(name, f"{name}: {_MOST_EMAILS} at most")
        return tuple(dict.fromkeys(found))

    def webhook(self, value: str) -> bool:
        if value and not _HOOK.fullmatch(value):
            self.wrong.append(f"{WEBHOOK} is not an https address of 2000 characters at most")
        return bool(value)

    def parameters(self) -> tuple[str, ...]:
        try:
            words = shlex.split(self.given.get("PARAMETERS", ""))
        except ValueError as error:
            self._wrong("PARAMETERS", f"PARAMETERS cannot be read: {error}")
            return ()
        seen: set[str] = set()
        if typographic := re.search("[\u201c-\u201e\u2018-\u201a\u00ab\u00bb]", "".join(words)):
            self._wrong(
                "PARAMETERS", f"PARAMETERS has a quote of a text program{unusual(typographic[0])}: type \" or '"
            )
        for word in words:
            name, equals, value = word.partition("=")
            if not equals:
                self._wrong("PARAMETERS", f"PARAMETERS: {word} is not name=value")
            elif name in _SECRET:
                self._wrong("PARAMETERS", f"PARAMETERS: {name} is a secret: export {_SECRET[name]} instead")
            elif name in _OURS:
                self._wrong("PARAMETERS", f"PARAMETERS: {name} has a setting of its own")
            elif name in seen:
                self._wrong("PARAMETERS", f"PARAMETERS: {name} is there twice")
            elif value.startswith("@"):
                self._wrong("PARAMETERS", f"PARAMETERS: {word} is a file to az: give the value itself")
            seen.add(name)
        return tuple(words)

    def concluded(self, read: Settings) -> Settings:
        if not read.entra and not read.bot_app_id:
            self._wrong("ENTRA", "ENTRA=leave needs BOT_APP_ID")
        if len(read.developer) > _LONGEST_DEVELOPER:
            self._wrong("DEVELOPER", f"DEVELOPER: {_LONGEST_DEVELOPER} characters at most")
        if self.wrong:
            raise WrongSettings("\n".join((*self.wrong, *self.examples)))
        return replace(read, examples=tuple(self.examples))

    def _example(self, name: str, value: str) -> None:
        self.examples.append(f"{name}: {value} is only an example: give your own{places_said(self.places, name)}")

    def _wrong(self, name: str, what: str) -> None:
        self.wrong.append(what + places_said(self.places, name))
