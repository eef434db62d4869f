"""The last words of a deployment: what no template can do, with everything that is known filled in."""

from collections.abc import Iterator
from pathlib import Path

from deploy.settings import Settings
from deploy.steps import Facts
from shared.settings.clouds import CLOUDS

_LINE = "line@YOUR-DOMAIN"
_TEAMS = {"global": "", "usgov": " -TeamsEnvironmentName TeamsGCCH", "usgovdod": " -TeamsEnvironmentName TeamsDOD"}


def lines(settings: Settings, facts: Facts, package: Path) -> Iterator[str]:
    bot = facts["BOT_APP_ID"]
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
