"""What no template can do, with everything that is known filled in: printed after a deployment, and on demand."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from deploy import cli_output
from deploy.publish import AGAIN
from deploy.settings import Settings
from deploy.steps import Facts, Pack, Run, Step
from shared.settings.clouds import CLOUDS

_OUTPUTS = {
    "functionAppName": ("FUNCTION_APP", re.compile("[A-Za-z0-9][A-Za-z0-9-]{1,59}")),
    "functionHostName": ("HOST", re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")),
    "callingWebhook": ("WEBHOOK", re.compile(r"https://[!-~]+")),
    "storageAccountName": ("STORAGE", re.compile("[a-z0-9]{3,24}")),
    "identityPrincipalId": ("IDENTITY", cli_output.GUID),
}
_LINE = "line@YOUR-DOMAIN"
_TEAMS = {"global": "", "usgov": " -TeamsEnvironmentName TeamsGCCH", "usgovdod": " -TeamsEnvironmentName TeamsDOD"}


def plan(settings: Settings) -> tuple[Step, ...]:
    """Read what a deployment made, and write the Teams app's package again."""
    bot = Run(
        name="bot",
        purpose="which registration it was deployed with",
        command=_shown(settings, "properties.parameters.botAppId.value", "tsv"),
        remedy=f"there is no deployment {settings.deployment} in {settings.resource_group} to be seen: make deploy",
        learn=lambda text: {"BOT_APP_ID": cli_output.guid(text)},
        gives=("BOT_APP_ID",),
    )
    return bot, outputs(settings), teams_package(settings)


def outputs(settings: Settings) -> Run:
    return Run(
        name="outputs",
        purpose="read the names of what was made",
        command=_shown(settings, "properties.outputs", "json"),
        remedy=f"the deployment gave no outputs: see it in the portal under Deployments, {AGAIN}",
        learn=_outputs,
        gives=tuple(fact for fact, _ in _OUTPUTS.values()),
    )


def teams_package(settings: Settings) -> Pack:
    return Pack("teams", "write the Teams app's package", _package(settings), settings.developer, settings.website)


def lines(settings: Settings, facts: Facts) -> Iterator[str]:
    bot, package = facts["BOT_APP_ID"], _package(settings)
    yield f"The webhook that Microsoft posts calls to: {facts['WEBHOOK']}"
    yield ""
    yield "1. Consent, by an administrator of the tenant (again after each change of permissions):"
    yield f"   {CLOUDS[settings.cloud].login}/{facts['TENANT_ID']}/adminconsent?client_id={bot}"
    yield f"   or: az ad app permission admin-consent --id {bot}"
    yield "   The link can end on an error page, for a bot has no page to return to."
    yield "   Whether the consent is there, the portal says: Enterprise applications, Permissions."
    yield ""
    yield f"2. The Teams app, {package}:"
    yield "   Teams admin center, Teams apps, Manage apps, Upload new app; or in Teams PowerShell:"
    yield f"   Connect-MicrosoftTeams{_TEAMS[settings.cloud]}"
    yield f"   New-TeamsApp -DistributionMethod organization -Path {package}"
    yield "   Now a user who adds the app can call the bot."
    yield ""
    yield "3. A phone number. In Teams PowerShell, with your own domain, name, country and number:"
    yield f'   New-CsOnlineApplicationInstance -UserPrincipalName {_LINE} -ApplicationId {bot} -DisplayName "Line"'
    yield f"   $line = Get-CsOnlineApplicationInstance -Identity {_LINE}"
    yield f"   Sync-CsOnlineApplicationInstance -ObjectId $line.ObjectId -ApplicationId {bot}"
    yield "   the licence Microsoft Teams Phone Resource Account, in Graph PowerShell or the admin center:"
    yield f"   Update-MgUser -UserId {_LINE} -UsageLocation COUNTRY"
    yield "   $sku = (Get-MgSubscribedSku -All | Where-Object SkuPartNumber -eq PHONESYSTEM_VIRTUALUSER).SkuId"
    yield f"   Set-MgUserLicense -UserId {_LINE} -AddLicenses @{{SkuId = $sku}} -RemoveLicenses @()"
    yield "   and the number (or -PhoneNumberType CallingPlan, or OperatorConnect):"
    yield f"   Set-CsPhoneNumberAssignment -Identity {_LINE} -PhoneNumber +NUMBER -PhoneNumberType DirectRouting"
    yield ""
    yield "Then call it. Who rings, and how the last calls went:"
    yield f"   tables targets and routes of the storage account {facts['STORAGE']}; records in its table calls"
    yield "These steps again: make next-steps"


def _package(settings: Settings) -> Path:
    return Path("dist") / f"call-redirect-{settings.name}-teams.zip"


def _shown(settings: Settings, query: str, output: str) -> tuple[str, ...]:
    return (
        *("az", "deployment", "group", "show", "--resource-group", settings.resource_group),
        *("--name", settings.deployment, "--query", query, "--output", output),
    )


def _outputs(text: str) -> Facts:
    found = json.loads(text)
    return {fact: cli_output.one(found[name]["value"], like) for name, (fact, like) in _OUTPUTS.items()}
